/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An operation on a store, by whoever has it in hand. Apart from control.c, so that a program that
 * only asks needs nothing of a store.
 */
#include "net/control.h"
#include "net/control_socket.h"
#include "store/op.h"

#include <time.h>

static int run_here(const char *dir, const json_t *request, enum store_access access,
    json_t **reply, struct err *err)
{
	struct store *s;
	int rc = store_open(&s, dir, access, err);
	if (rc)
		return rc;
	rc = op_run(s, request, (int64_t)time(NULL), reply, err);
	store_close(s);
	return rc;
}

/* Reading needs no lock, so any trouble with the daemon is a reason to read by ourselves. */
static int read_somewhere(const char *dir, const json_t *request, json_t **reply, struct err *err)
{
	if (control_call(dir, request, reply, err) == 0)
		return 0;
	json_t *all = json_deep_copy(request);
	json_object_del(all, "max"); /* that was for what fits an answer */
	int rc = run_here(dir, all, STORE_READ, reply, err);
	json_decref(all);
	return rc;
}

static int write_somewhere(const char *dir, const json_t *request, json_t **reply, struct err *err)
{
	/* Another command holds the lock for some milliseconds, and a daemon that starts or ends
	 * holds it while nobody listens: worth a short wait. */
	enum { TRIES = 25, WAIT_MS = 120 };
	for (int i = 0;; i++) {
		int fd;
		if (control_connect(&fd, dir, err) == 0)
			return control_exchange(fd, request, reply, err);
		if (err->code != ERR_MISSING)
			return err->code;
		int rc = run_here(dir, request, STORE_WRITE, reply, err);
		if (rc != ERR_BUSY || i == TRIES)
			return rc;
		nanosleep(&(struct timespec){.tv_nsec = WAIT_MS * 1000000L}, NULL);
	}
}

int control_or_run(const char *dir, const json_t *request, json_t **reply, struct err *err)
{
	*reply = NULL;
	return op_only_reads(request) ? read_somewhere(dir, request, reply, err)
				      : write_somewhere(dir, request, reply, err);
}
