/* SPDX-License-Identifier: Apache-2.0 */
#include "net/room.h"

#include "base/log.h"
#include "base/mem.h"
#include "net/member.h"
#include "net/wait.h"
#include "store/space.h"

#include <stdio.h>
#include <stdlib.h>

struct look {
	struct job job;
	struct station *station;
	struct space space;
};

static void tell_all(struct station *n)
{
	for (struct link *l = n->links; l; l = l->next) {
		if (l->state != LINK_TALKING || !l->is_up)
			continue;
		session_hold(l->session, n->room.is_short);
		link_step(l);
	}
	if (!n->room.is_short)
		member_look(n);
	wait_check(n);
}

void room_is_gone(struct station *n, const char *why)
{
	if (n->room.is_short)
		return;
	n->room.is_short = true;
	snprintf(n->room.why, sizeof n->room.why, "%s", why);
	log_warn("%s", why);
	tell_all(n);
}

static void is_back(struct station *n)
{
	if (!n->room.is_short)
		return;
	n->room.is_short = false;
	n->room.why[0] = 0;
	log_info("there is room on the disk again");
	tell_all(n);
}

static int run_look(struct job *job, struct store *s, struct err *err)
{
	struct look *k = (struct look *)job;
	int rc = store_space(s, &k->space, err);
	return rc ? rc : space_check(&k->space, s->dir, err);
}

static void look_done(struct job *job)
{
	struct look *k = (struct look *)job;
	struct station *n = k->station;
	n->room.is_looking = false;
	if (k->job.rc == ERR_FULL)
		room_is_gone(n, k->job.err.msg);
	else
		is_back(n);
	free(k);
}

void room_look(struct station *n)
{
	if (n->room.is_looking || n->is_stopping)
		return;
	struct look *k = mem_alloc(sizeof *k);
	k->job.run = run_look;
	k->job.done = look_done;
	k->station = n;
	n->room.is_looking = true;
	work_add(&n->work, &k->job);
}

static void on_timer(uv_timer_t *timer)
{
	room_look(timer->data);
}

void room_start(struct station *n)
{
	uv_timer_init(&n->loop, &n->room.timer);
	n->room.timer.data = n;
	uv_timer_start(&n->room.timer, on_timer, ROOM_MS, ROOM_MS);
	room_look(n);
}

void room_stop(struct station *n)
{
	uv_close((uv_handle_t *)&n->room.timer, NULL);
}

void room_greet(struct link *l)
{
	if (l->station->room.is_short)
		session_hold(l->session, true);
}
