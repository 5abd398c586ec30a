/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/events.h"

#include "base/mem.h"

#include <stdlib.h>

void events_release(struct events *e)
{
	free(e->queue);
	buf_release(&e->bytes);
	*e = (struct events){.bytes = BUF_INIT};
}

void events_push(struct events *e, const struct session_event *event)
{
	if (e->next == e->n) {
		e->next = e->n = 0;
		buf_reset(&e->bytes);
	}
	struct queued_event *q = MEM_PUSH(e->queue, e->n, e->cap);
	*q = (struct queued_event){*event, e->bytes.len, event->bytes.len};
	buf_add(&e->bytes, event->bytes);
}

bool events_pop(struct events *e, struct session_event *out)
{
	if (e->next == e->n) {
		*out = (struct session_event){.kind = SESSION_NONE, .bytes = STR_EMPTY};
		return false;
	}
	const struct queued_event *q = &e->queue[e->next++];
	*out = q->event;
	out->bytes = str_sub(buf_str(&e->bytes), q->at, q->length);
	return true;
}
