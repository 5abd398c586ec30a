/* SPDX-License-Identifier: Apache-2.0 */
#include "site/reading.h"

#include "base/mem.h"
#include "base/threads.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { WORTH_A_THREAD = 32 };

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

static void keep(struct queue *q, struct reading *r, struct str written)
{
	pthread_mutex_lock(&q->lock);
	faces_keep(q->faces, &r->item->hash, written, r->face);
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
		keep(me->queue, r, buf_str(&me->face));
		r->head = json_incref(record.head);
	} else {
		r->why = mem_alloc(sizeof *r->why);
		*r->why = why;
	}
	record_release(&record);
	return 0;
}

static void read_all(void *ctx)
{
	struct reader *me = ctx;
	struct queue *q = me->queue;
	for (size_t i; !atomic_load(&q->has_failed) && (i = atomic_fetch_add(&q->next, 1)) < q->n;)
		if (!q->items[i].is_done && read_record(me, &q->items[i]) != 0)
			atomic_store(&q->has_failed, true);
}

/* How many are left to be read. What the source has parsed is not kept: it may be a tombstone,
 * which is no record. */
static size_t take_known(struct queue *q)
{
	struct buf b = BUF_INIT;
	size_t left = 0;
	for (size_t i = 0; i < q->n; i++) {
		struct reading *r = &q->items[i];
		const struct record *parsed = r->item->record;
		buf_reset(&b);
		if (parsed) {
			face_write(&b, parsed);
			faces_keep(q->faces, NULL, buf_str(&b), r->face);
		}
		r->is_done = parsed || faces_get(q->faces, &r->item->hash, r->face);
		left += !r->is_done;
	}
	buf_release(&b);
	return left;
}

int readings_run(struct reading *items, size_t n, struct stash *faces,
    const struct site_source *source, unsigned threads, struct err *err)
{
	struct queue q = {
	    .items = items, .n = n, .faces = faces, .lock = PTHREAD_MUTEX_INITIALIZER};
	struct reader readers[THREADS_MAX];
	size_t left = take_known(&q), most = left / WORTH_A_THREAD + 1;
	size_t nreaders = source->fork ? threads_count(threads) : 1;
	nreaders = nreaders < most ? nreaders : most;
	for (size_t i = 0; i < nreaders; i++) {
		readers[i] = (struct reader){
		    .queue = &q, .source = *source, .bytes = BUF_INIT, .face = BUF_INIT};
		if (i)
			readers[i].source.ctx = source->fork(source->ctx);
	}
	if (left)
		threads_run(read_all, readers, sizeof *readers, nreaders);
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
