/* SPDX-License-Identifier: Apache-2.0 */
#include "net/pull_again.h"

#include "base/hash.h"
#include "base/log.h"

#include <signal.h>

enum {
	FIRST_MS = 2000,
	EVERY_S = 3600,
	EVERY_S_MAX = 30 * 24 * 3600,
	AFTER_FAILURE_MS = 5 * 60 * 1000,
	JITTER = 8, /* an eighth of the pause more or less: not all at one time */
};

static void on_due(uv_timer_t *timer);

static void rest(struct pull_again *p, uint64_t ms)
{
	uint32_t random;
	random_bytes(&random, sizeof random);
	if (p->is_on)
		uv_timer_start(
		    &p->timer, on_due, ms - ms / JITTER + random % (2 * ms / JITTER + 1), 0);
}

static void on_closed(uv_handle_t *h)
{
	struct pull_again *p = h->data;
	p->is_running = false;
}

static void on_end(uv_process_t *process, int64_t status, int signal)
{
	struct pull_again *p = process->data;
	bool is_good = !status && !signal;
	if (!is_good && p->is_on)
		log_warn("not all that belfry.pull names worked; belfry status says which");
	uv_close((uv_handle_t *)process, on_closed);
	rest(p, is_good || p->every_ms < AFTER_FAILURE_MS ? p->every_ms : AFTER_FAILURE_MS);
}

static void on_due(uv_timer_t *timer)
{
	struct pull_again *p = timer->data;
	uv_stdio_container_t io[3] = {{.flags = UV_IGNORE}}; /* status has what it would say */
	const uv_process_options_t o = {
	    .file = p->program, .args = p->argv, .exit_cb = on_end, .stdio = io, .stdio_count = 3};
	if (p->is_running) { /* its handle is still being closed */
		rest(p, FIRST_MS);
		return;
	}
	p->is_running = true;
	int rc = uv_spawn(timer->loop, &p->process, &o);
	if (!rc)
		return;
	log_warn("%s cannot be run to pull: %s", p->program, uv_strerror(rc));
	uv_close((uv_handle_t *)&p->process, on_closed);
	rest(p, AFTER_FAILURE_MS);
}

/* "belfry pull --store DIR ADDRESS…"; returns how many addresses there are. */
static size_t write_arguments(struct pull_again *p, struct str addresses, const char *dir)
{
	static char name[] = "belfry", command[] = "pull", option[] = "--store";
	size_t n = 0, count = 0, at[PULL_ADDRESSES_MAX];
	buf_puts(&p->words, dir);
	buf_putc(&p->words, 0);
	while (addresses.len) {
		struct str one = str_cut(&addresses, ' ');
		if (!one.len)
			continue;
		if (count == PULL_ADDRESSES_MAX) {
			log_warn("belfry.pull has more than %d addresses; the others are left out",
			    PULL_ADDRESSES_MAX);
			break;
		}
		at[count++] = p->words.len;
		buf_add(&p->words, one);
		buf_putc(&p->words, 0);
	}
	p->argv[n++] = name;
	p->argv[n++] = command;
	p->argv[n++] = option;
	p->argv[n++] = p->words.ptr;
	for (size_t i = 0; i < count; i++)
		p->argv[n++] = p->words.ptr + at[i];
	return count;
}

static uint64_t read_every(struct store *s)
{
	struct buf text = BUF_INIT;
	uint64_t seconds = EVERY_S;
	if (settings_get(&text, s, "belfry.pullEvery") &&
	    (!str_u64(buf_str(&text), EVERY_S_MAX, &seconds) || !seconds)) {
		log_warn("the setting belfry.pullEvery is '%.60s', which is no number of seconds "
			 "from 1 to %d",
		    text.ptr, EVERY_S_MAX);
		seconds = EVERY_S;
	}
	buf_release(&text);
	return seconds * 1000;
}

void pull_again_start(struct pull_again *p, uv_loop_t *loop, struct store *s, const char *dir)
{
	struct buf addresses = BUF_INIT;
	size_t size = sizeof p->program;
	if (settings_get(&addresses, s, "belfry.pull") &&
	    write_arguments(p, buf_str(&addresses), dir) && uv_exepath(p->program, &size) == 0) {
		p->every_ms = read_every(s);
		p->is_on = true;
		uv_timer_init(loop, &p->timer);
		p->timer.data = p->process.data = p;
		uv_timer_start(&p->timer, on_due, FIRST_MS, 0);
	}
	buf_release(&addresses);
}

void pull_again_stop(struct pull_again *p)
{
	if (!p->is_on)
		return;
	p->is_on = false;
	uv_close((uv_handle_t *)&p->timer, NULL);
	if (p->is_running && !uv_is_closing((uv_handle_t *)&p->process))
		uv_process_kill(&p->process, SIGTERM);
}

void pull_again_release(struct pull_again *p)
{
	buf_release(&p->words);
}
