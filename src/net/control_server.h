/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon's end of the control socket (net/control.h has the protocol): takes a request off each
 * connection, hands it to requests.c, sends back the answer.
 */
#ifndef BELFRY_NET_CONTROL_SERVER_H
#define BELFRY_NET_CONTROL_SERVER_H

#include "base/err.h"
#include "base/json.h"

#include <uv.h>

enum { CONTROL_CLIENTS_MAX = 64 };

enum client_state { CLIENT_READING, CLIENT_WORKING, CLIENT_ANSWERING, CLIENT_CLOSED };

struct wait;
struct control_client {
	struct control_server *server;
	struct control_client *next;
	enum client_state state;
	uv_pipe_t pipe;
	uv_timer_t timer;
	uv_write_t write;
	struct buf in, out;
	unsigned handles;
	bool is_held; /* by a job that will answer */
	struct wait *wait; /* an exchange it waits for */
};

struct control_server {
	uv_loop_t *loop;
	uv_pipe_t pipe;
	int folder; /* the path of the socket leads through it */
	bool is_open;
	struct control_client *clients;
	size_t nclients;
	/* Takes over the request. Answers at once or later, with one of the two below. */
	void (*run)(void *ctx, struct control_client *client, json_t *request);
	void *ctx;
};

/* Listen at <dir>/control. Errors: ERR_IO. */
int control_server_start(
    struct control_server *c, uv_loop_t *loop, const char *dir, struct err *err);
/* Take no more; those that wait for an answer still get it. */
void control_server_stop(struct control_server *c);

/* Takes over `result`. */
void control_answer(struct control_client *client, json_t *result);
void control_refuse(struct control_client *client, const struct err *why);

#endif
