/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the daemon: shared by daemon.c (life), listen.c, control_server.c and requests.c.
 */
#ifndef BELFRY_NET_DAEMON_IMPL_H
#define BELFRY_NET_DAEMON_IMPL_H

#include "net/control_server.h"
#include "net/daemon.h"
#include "net/dial.h"
#include "net/gauge.h"
#include "net/http.h"
#include "net/lan.h"
#include "net/pull_again.h"
#include "net/render.h"
#include "net/station.h"

enum { LISTENERS_MAX = 4 };

struct listener {
	uv_tcp_t tcp;
	char address[ADDRESS_TEXT_BYTES]; /* with the real port */
};

struct daemon {
	struct station station;
	const struct daemon_options *options;
	struct listener listeners[LISTENERS_MAX];
	size_t nlisteners;
	struct control_server control;
	struct render render;
	struct pull_again pulls;
	struct http *http;
	struct lan *lan;
	bool is_in_lan; /* it is wanted */
	char http_address[ADDRESS_TEXT_BYTES];
	uv_timer_t saving;
	uv_timer_t gauging; /* for options->progress */
	struct gauge begin; /* when nothing was missing last */
	bool is_behind, is_shown; /* as of the last look; it was said */
	uint64_t follow_changes; /* that links know of */
	json_t *saved; /* what was last kept of peers */
	uv_signal_t interrupted, terminated;
	bool has_failed; /* the one exchange; why is in err */
	struct err err;
};

/* End in order: goodbye to peers, what is under way is finished. Idempotent. */
void daemon_stop(struct daemon *d);
/* Read the peers' settings again. */
void daemon_reload(struct daemon *d);

/* The port at which others on our networks reach us, 0: none. */
uint16_t listen_port(const struct daemon *d);
/* listen.c. Errors: ERR_SYNTAX, ERR_IO. */
int listen_start(struct daemon *d, struct store *s, struct err *err);
void listen_stop(struct daemon *d);
/* Remove what a killed daemon has left in <store>/listening. */
void listen_forget(const char *dir);

#endif
