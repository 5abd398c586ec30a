/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

#include <math.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>

static uint64_t xorshift(uint64_t *x)
{
	*x ^= *x >> 12;
	*x ^= *x << 25;
	*x ^= *x >> 27;
	return *x * 2685821657736338717u;
}

uint64_t pick(struct world *w, uint64_t n)
{
	return (xorshift(&w->random) >> 16) % n;
}

int64_t pick_mean(struct world *w, int64_t mean_ms)
{
	double u = (double)(1 + pick(w, 1u << 30)) / (double)(1u << 30);
	return 1 + (int64_t)(-log(u) * (double)mean_ms);
}

/* libsodium's randomness, so that ephemeral keys and with them all bytes on the wire repeat. */
static uint64_t sodium_state = 1;

static const char *chance_name(void)
{
	return "simulator";
}

static uint32_t chance_u32(void)
{
	return (uint32_t)(xorshift(&sodium_state) >> 32);
}

static void chance_fill(void *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((uint8_t *)out)[i] = (uint8_t)(xorshift(&sodium_state) >> 40);
}

void chance_begin(struct world *w)
{
	static struct randombytes_implementation ours;
	ours.implementation_name = chance_name;
	ours.random = chance_u32;
	ours.buf = chance_fill;
	randombytes_set_implementation(&ours);
	hash_init(); /* it keeps the generator that it finds */
	w->random = w->seed * 0x9e3779b97f4a7c15u + 0x632be59bd9b4e019u;
	if (!w->random)
		w->random = 1;
	for (int i = 0; i < 4; i++)
		xorshift(&w->random);
	sodium_state = w->random ^ 0x5851f42d4c957f2du;
	if (!sodium_state)
		sodium_state = 1;
	w->log_hash = 14695981039346656037u;
}

static bool is_before(const struct event *a, const struct event *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

void event_add(struct world *w, int64_t at, enum event_kind kind, void *what, uint32_t epoch)
{
	struct event e = {at > w->now ? at : w->now, w->order++, kind, what, epoch};
	(void)MEM_PUSH(w->queue, w->nqueue, w->queue_cap);
	size_t i = w->nqueue - 1;
	for (size_t up; i && is_before(&e, &w->queue[up = (i - 1) / 2]); i = up)
		w->queue[i] = w->queue[up];
	w->queue[i] = e;
}

bool event_take(struct world *w, struct event *out)
{
	if (!w->nqueue)
		return false;
	*out = w->queue[0];
	struct event last = w->queue[--w->nqueue];
	size_t i = 0;
	for (size_t down; (down = 2 * i + 1) < w->nqueue; i = down) {
		if (down + 1 < w->nqueue && is_before(&w->queue[down + 1], &w->queue[down]))
			down++;
		if (!is_before(&w->queue[down], &last))
			break;
		w->queue[i] = w->queue[down];
	}
	if (w->nqueue)
		w->queue[i] = last;
	return true;
}

void log_bytes(struct world *w, const void *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		w->log_hash = (w->log_hash ^ ((const uint8_t *)bytes)[i]) * 1099511628211u;
}

void log_line(struct world *w, const char *format, ...)
{
	char text[400];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	log_bytes(w, &w->now, sizeof w->now);
	log_bytes(w, text, strlen(text));
	if (w->is_verbose)
		printf("%10.3f s  %s\n", (double)w->now / 1000, text);
}

void world_fail(struct world *w, const char *format, ...)
{
	va_list args;
	if (w->is_failed)
		return;
	w->is_failed = true;
	va_start(args, format);
	vsnprintf(w->why, sizeof w->why, format, args);
	va_end(args);
	log_line(w, "FAILED: %s", w->why);
}
