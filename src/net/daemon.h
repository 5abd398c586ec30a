/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon: holds a store's lock, keeps links to peers, carries out what commands ask over the
 * control socket. The same runs one exchange for `belfry sync` where no daemon does.
 *
 * <store>/listening holds a line for each address that it listens on while it runs.
 */
#ifndef BELFRY_NET_DAEMON_H
#define BELFRY_NET_DAEMON_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct daemon_options {
	const char *dir;
	/* ADDR:PORT, port 0 for any; "none"; NULL: the setting belfry.listen, else port 4710 on
	 * all addresses at a hub and none at an edge, but see `lan`. */
	const char *listen;
	/* Find peers in the same room (net/lan.h). LAN_SETTING: the setting belfry.lan, else at an
	 * edge alone; which then listens at any port unless told otherwise. */
	enum { LAN_SETTING, LAN_ON, LAN_OFF } lan;
	const char *http; /* ADDR:PORT to serve the site on; NULL: not at all */
	bool is_unrendered; /* leave <store>/site alone; with is_once it is in any case */
	bool is_once; /* one exchange with `peer` (NULL: any), not listening, then the end */
	const char *peer;
	int64_t timeout_ms; /* of the exchange: without anything moving */
	/* Called with a sentence for people: where it listens, whom it is in sync with. */
	void (*say)(void *ctx, const char *sentence);
	/* Called each second while entries that peers have are missing here, from when that has
	 * lasted a second on, with a line such as gauge_write() makes; once more (`is_over`) when
	 * none is missing any more. May be NULL. */
	void (*progress)(void *ctx, const char *line, bool is_over);
	void *ctx;
};

/* Run until SIGINT, SIGTERM, a request to stop, or the end of the one exchange.
 * Errors: as store_open(); ERR_MISSING (no network, no link key), ERR_SYNTAX and ERR_IO (an
 * address); with is_once ERR_PEER and why there was no exchange. */
int daemon_run(const struct daemon_options *o, struct err *err);

#endif
