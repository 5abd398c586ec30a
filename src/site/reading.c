/* SPDX-License-Identifier: Apache-2.0 */
#include "site/reading.h"

#include "base/mem.h"
#include "base/threads.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

/* Those next to each other are near in the file of faces, too. */
enum { ITEMS_AT_ONCE = 32 };

struct queue {
	struct reading *items;
	size_t n;
	_Atomic size_t next;
	_Atomic bool has_failed;
	struct stash *faces;
	pthread_mutex_t lock; /* of faces */
};

struct reader {
	struct queue *queue;
	struct site_source source;
	struct buf bytes, face;
	struct err err;
};

static void keep(struct queue *q, const struct sha256 *hash, struct str written, struct face *out)
{
	pthread_mutex_lock(&q->lock);
	faces_keep(q->faces, hash, written, out);
	pthread_mutex_unlock(&q->lock);
}

/* The head is parsed, too: it is kept as it is. */
static int read_record(struct reader *me, struct reading *r)
{
	const struct site_item *item = r->item;
	struct record record = {.source = BUF_INIT};
	struct err why;
	char name[320];
	snprintf(name, sizeof name, "records/%s/%s/%s/%s.md", item->place, item->type, item->id,
	    item->lang);
	buf_reset(&me->bytes);
	buf_reset(&me->face);
	if (me->source.read(me->source.ctx, item->md, &me->bytes, &me->err) != 0)
		return err_wrap(&me->err, "%s", name);
	if (record_parse(&record, buf_str(&me->bytes), name, me->source.schemas, NULL, &why) == 0) {
		face_write(&me->face, &record);
		keep(me->queue, &item->hash, buf_str(&me->face), r->face);
		r->head = json_incref(record.head);
	} else {
		r->why = mem_alloc(sizeof *r->why);
		*r->why = why;
	}
	record_release(&record);
	return 0;
}

/* What the source has parsed is not kept: it may be a tombstone, which is no record. */
static int take(struct reader *me, struct reading *r)
{
	const struct record *parsed = r->item->record;
	if (!parsed)
		return faces_get(me->queue->faces, &r->item->hash, r->face) ? 0
									    : read_record(me, r);
	buf_reset(&me->face);
	face_write(&me->face, parsed);
	keep(me->queue, NULL, buf_str(&me->face), r->face);
	return 0;
}

static void take_some(void *ctx)
{
	struct reader *me = ctx;
	struct queue *q = me->queue;
	for (size_t i; (i = atomic_fetch_add(&q->next, ITEMS_AT_ONCE)) < q->n;)
		for (size_t end = i + ITEMS_AT_ONCE; i < end && i < q->n; i++)
			if (atomic_load(&q->has_failed) || take(me, &q->items[i]) != 0) {
				atomic_store(&q->has_failed, true);
				return;
			}
}

int readings_run(struct reading *items, size_t n, struct stash *faces,
    const struct site_source *source, unsigned threads, struct err *err)
{
	struct queue q = {
	    .items = items, .n = n, .faces = faces, .lock = PTHREAD_MUTEX_INITIALIZER};
	struct reader readers[THREADS_MAX];
	size_t most = n / ITEMS_AT_ONCE + 1;
	size_t nreaders = source->fork ? threads_count(threads) : 1;
	nreaders = nreaders < most ? nreaders : most;
	for (size_t i = 0; i < nreaders; i++) {
		readers[i] = (struct reader){
		    .queue = &q, .source = *source, .bytes = BUF_INIT, .face = BUF_INIT};
		if (i)
			readers[i].source.ctx = source->fork(source->ctx);
	}
	threads_run(take_some, readers, sizeof *readers, nreaders);
	for (size_t i = 0; i < nreaders; i++) {
		if (i)
			source->join(readers[i].source.ctx);
		if (readers[i].err.code)
			*err = readers[i].err;
		buf_release(&readers[i].bytes);
		buf_release(&readers[i].face);
	}
	pthread_mutex_destroy(&q.lock);
	return atomic_load(&q.has_failed) ? err->code : 0;
}

void readings_free(struct reading *items, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		json_decref(items[i].head);
		free(items[i].why);
	}
	free(items);
}
