/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/cmd.h"
#include "cmd/progress.h"
#include "net/control.h"
#include "net/daemon.h"
#include "net/gauge.h"
#include "store/cut.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>

enum { TIMEOUT_SECONDS = 60, TIMEOUT_SECONDS_MAX = 24 * 3600 };

/* Says with whom, once there is someone. */
static void keep_sentence(void *ctx, const char *sentence)
{
	struct buf *said = ctx;
	buf_reset(said);
	buf_puts(said, sentence);
}

static int sync_here(
    struct buf *said, const char *dir, const char *peer, uint64_t seconds, struct err *err)
{
	const struct daemon_options o = {.dir = dir,
	    .is_once = true,
	    .peer = peer,
	    .timeout_ms = (int64_t)seconds * 1000,
	    .say = keep_sentence,
	    .progress = progress_show,
	    .ctx = said};
	return daemon_run(&o, err);
}

/* --- by a daemon that runs: it is asked each second how far it is --- */

struct watch {
	const char *dir;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t ended;
	bool is_ended;
};

/* As the daemon says; false when it does not say. */
static bool ask_gauge(struct gauge *g, const char *dir)
{
	struct err ignored;
	json_t *reply = NULL, *request = json_pack("{s:s}", "op", "status");
	int bad = control_call(dir, request, &reply, &ignored);
	const json_t *p = json_object_get(reply, "progress");
	*g = (struct gauge){.behind = (uint64_t)json_get_int(p, "behind"),
	    .bytes_to_go = (uint64_t)json_get_int(p, "bytes_to_go"),
	    .is_known = json_is_integer(json_object_get(p, "bytes_to_go")),
	    .rate = (uint64_t)json_get_int(p, "rate_in"),
	    .entries_in = (uint64_t)json_get_int(p, "entries_in"),
	    .bytes_in = (uint64_t)json_get_int(p, "bytes_in")};
	json_decref(request);
	json_decref(reply);
	return !bad && p;
}

/* Returns whether it is over. */
static bool wait_second(struct watch *w)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec++;
	pthread_mutex_lock(&w->mutex);
	while (!w->is_ended && pthread_cond_timedwait(&w->ended, &w->mutex, &until) == 0)
		;
	bool is_ended = w->is_ended;
	pthread_mutex_unlock(&w->mutex);
	return is_ended;
}

static void *watch(void *arg)
{
	struct watch *w = arg;
	struct gauge begin, now;
	struct buf line = BUF_INIT;
	bool is_shown = false;
	if (!ask_gauge(&begin, w->dir))
		return NULL;
	while (!wait_second(w)) {
		if (!ask_gauge(&now, w->dir) || (!now.behind && !is_shown))
			continue;
		buf_reset(&line);
		buf_puts(&line, "receiving: ");
		gauge_write(&line, &now, &begin);
		progress_show(NULL, line.ptr, false);
		is_shown = true;
	}
	if (is_shown)
		progress_show(NULL, line.ptr, true);
	buf_release(&line);
	return NULL;
}

static bool watch_start(struct watch *w, const char *dir)
{
	*w = (struct watch){.dir = dir};
	pthread_mutex_init(&w->mutex, NULL);
	pthread_cond_init(&w->ended, NULL);
	return pthread_create(&w->thread, NULL, watch, w) == 0;
}

static void watch_end(struct watch *w)
{
	pthread_mutex_lock(&w->mutex);
	w->is_ended = true;
	pthread_cond_signal(&w->ended);
	pthread_mutex_unlock(&w->mutex);
	pthread_join(w->thread, NULL);
}

static int sync_by_daemon(
    struct buf *said, const char *dir, const char *peer, uint64_t seconds, struct err *err)
{
	json_t *reply = NULL;
	json_t *request = json_pack(
	    "{s:s, s:s?, s:I}", "op", "sync", "peer", peer, "timeout", (json_int_t)seconds);
	struct watch w;
	bool is_watched = watch_start(&w, dir);
	int bad = control_call(dir, request, &reply, err);
	if (is_watched)
		watch_end(&w);
	if (!bad)
		buf_printf(said, "in sync with %s", json_get_text(reply, "peer").ptr);
	json_decref(request);
	json_decref(reply);
	return bad;
}

/* Another command holds the store for some milliseconds: worth a short wait. */
static int sync_somehow(
    struct buf *said, const char *dir, const char *peer, uint64_t seconds, struct err *err)
{
	enum { TRIES = 25, WAIT_MS = 120 };
	for (int i = 0;; i++) {
		int bad = control_is_up(dir) ? sync_by_daemon(said, dir, peer, seconds, err)
					     : sync_here(said, dir, peer, seconds, err);
		if (bad != ERR_BUSY || i == TRIES)
			return bad;
		nanosleep(&(struct timespec){.tv_nsec = WAIT_MS * 1000000L}, NULL);
	}
}

/* Not while a daemon streams that journal: then the store is busy, and it says so. */
static int restart(const char *dir, const char *hub, struct err *err)
{
	struct store *s;
	if (store_open(&s, dir, STORE_WRITE, err))
		return err->code;
	int bad = cut_restart(s, hub, err);
	store_close(s);
	return bad;
}

static int run(const struct cmd *self, int argc, char **argv)
{
	const char *timeout = NULL, *anew = NULL;
	const struct cmd_option options[] = {
	    {"timeout", "SECONDS", OPTION_TEXT, &timeout,
		"give up when nothing has moved for so long; 60 if left out"},
	    {"anew", "HUB", OPTION_TEXT, &anew,
		"fetch that journal from its first entry: what is here does not lead to where the "
		"charter cuts it"},
	    {0},
	};
	struct cmd_common c;
	struct err err = {.code = ERR_NONE};
	struct buf said = BUF_INIT;
	uint64_t seconds = TIMEOUT_SECONDS;
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	if (nargs > 1)
		return cmd_usage(self, "one peer at a time");
	if (timeout && (!str_u64(str_from(timeout), TIMEOUT_SECONDS_MAX, &seconds) || seconds == 0))
		return cmd_usage(self, "--timeout takes 1 to %d seconds", TIMEOUT_SECONDS_MAX);
	const char *peer = nargs ? argv[0] : NULL;
	if (peer && !str_is_slug(str_from(peer)))
		return cmd_usage(self,
		    "'%s' is no name of a peer; belfry peer add NAME HOST:PORT gives "
		    "an address one",
		    peer);
	int bad = (anew && restart(c.store, anew, &err)) ||
		  sync_somehow(&said, c.store, peer, seconds, &err);
	if (!bad && c.json)
		cmd_print_json(json_pack(
		    "{s:s}", "peer", str_sub(buf_str(&said), sizeof "in sync with", said.len).ptr));
	else if (!bad)
		printf("%s\n", said.ptr);
	buf_release(&said);
	return bad ? cmd_fail(self, &err) : EXIT_DONE;
}

const struct cmd cmd_sync = {
    .name = "sync",
    .args = "[PEER] [--timeout SECONDS] [--anew HUB]",
    .summary = "One exchange with a peer now; fails unless both then hold the same.",
    .group = CMD_CARRY,
    .run = run,
    .details =
	"Without PEER, any of the peers that can be reached. On an edge it also waits until "
	"the home hub\nhas received what was submitted. An exchange that is cut is taken up "
	"again.\n--anew is for a store that has only a part of the wrong story of a hub that "
	"told two;\nwhat it had is kept under refs/belfry/cut/. Stop the daemon first.",
};
