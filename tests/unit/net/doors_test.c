/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same hostile entries by every door of one daemon: a link, a file, a web host. Each is refused
 * by the name it must get, counted in status, and neither memory nor anybody else suffers.
 */
#include "one_hub.h"

#include "../../hostile/segments.h"
#include "net/pull.h"
#include "store/mirror.h"
#include "sync/session_impl.h"
#include "web.h"

/* What the whole of this may make a daemon hold. */
enum { RSS_KIB_MAX = 64 * 1024 };
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_UNDEFINED__)
static const bool is_sanitized = true;
#else
static const bool is_sanitized = false;
#endif

static struct hostile_source source;
static struct raw west; /* an honest peer, connected all the time */

/* --- what status says --- */

/* How often each kind was refused by that door; the caller's. */
static json_t *counts_of(const char *door)
{
	json_t *status = ask(&hub, json_pack("{s:s}", "op", "status")), *o, *found = NULL;
	bool is_link = strcmp(door, "link") == 0;
	const json_t *list = is_link ? json_object_get(status, "peers")
				     : json_object_get(json_object_get(status, "store"), "doors");
	size_t i;
	json_array_foreach(list, i, o)
	{
		struct str name = json_get_text(o, is_link ? "name" : "door");
		if (str_is(name, is_link ? "east" : door))
			found = json_incref(json_object_get(o, "refused"));
	}
	json_decref(status);
	return found ? found : json_object();
}

static int64_t sum(json_t *counts)
{
	const char *kind;
	json_t *n;
	int64_t all = 0;
	json_object_foreach(counts, kind, n) all += json_integer_value(n);
	return all;
}

/* One more of this kind than `before`, and of no other. */
static void counted(
    const struct hostile_case *c, const char *door, json_t *before, const char *kind)
{
	json_t *now = counts_of(door);
	for (int64_t late = clock_ms() + PATIENCE_MS; sum(now) == sum(before);) {
		if (clock_ms() > late)
			fail_msg("%s by %s: nothing is counted", c->name, door);
		pause_ms(5);
		json_decref(now);
		now = counts_of(door);
	}
	if (json_get_int(now, kind) != json_get_int(before, kind) + 1 ||
	    sum(now) != sum(before) + 1) {
		struct buf text = BUF_INIT;
		json_write(&text, before, 0);
		buf_puts(&text, " -> ");
		json_write(&text, now, 0);
		fail_msg("%s by %s: not counted once as %s: %s", c->name, door, kind, text.ptr);
	}
	json_decref(now);
	json_decref(before);
}

static long rss_kib(void)
{
	return strtol(
	    output_of("sed -n 's/^VmHWM:[^0-9]*//p' /proc/%d/status", (int)hub.pid), NULL, 10);
}

/* --- doors --- */

static void by_link(const struct hostile_body *b)
{
	struct head claim = {.seq = 9};
	struct local_state l;
	struct buf body = BUF_INIT;
	store_state(source.east, &l);
	snprintf(claim.hub, sizeof claim.hub, "%s", b->hub);
	l.heads = &claim;
	l.nheads = 1;
	struct raw r = raw_new(&hub, EAST, "east", network.text, &l);
	assert_true(raw_until(&r, SESSION_UP));
	entries_write(&body, b->hub, b->from, buf_str(&b->segment));
	outbox_message(&r.s->out, MESSAGE_HEADS, STR("\0"));
	outbox_message(&r.s->out, MESSAGE_ENTRIES, buf_str(&body));
	raw_flush(&r);
	raw_until(&r, SESSION_DISPUTED); /* that journal is put aside, or the link ends */
	assert_true(r.seen & (1u << SESSION_DISPUTED | 1u << SESSION_CLOSED));
	raw_free(&r);
	buf_release(&body);
}

/* The file that its writer would make of these entries; no first block, as a web host's. */
static void file_of(struct buf *out, const struct hostile_body *b)
{
	struct buf body = BUF_INIT;
	entries_write(&body, b->hub, b->from, buf_str(&b->segment));
	buf_puts(out, "belfry-segments 1\n");
	buf_unhex(out, str_from(network.text));
	buf_u8(out, 3);
	buf_varint(out, body.len);
	buf_add(out, buf_str(&body));
	buf_release(&body);
}

static void by_file(const struct hostile_body *b)
{
	struct buf file = BUF_INIT;
	struct err err = {0};
	json_t *reply,
	    *request = json_pack("{s:s, s:s}", "op", "import", "file", at("hostile.belfry"));
	file_of(&file, b);
	good(file_write(at("hostile.belfry"), buf_str(&file), 0600, &err), &err);
	assert_int_not_equal(control_call(hub.dir, request, &reply, &err), 0);
	json_decref(request);
	buf_release(&file);
}

/* What a web host serves that makes all its hashes fit. */
struct site {
	struct buf index, list, file;
};

static void serve(struct web *w, int fd, const char *path, long range)
{
	const struct site *s = w->ctx;
	const struct buf *b = strstr(path, MIRROR_INDEX) ? &s->index
			      : strstr(path, ".belfry")	 ? &s->file
							 : &s->list;
	web_body(fd, buf_str(b), range);
}

static void lay_out(struct site *s, const struct hostile_body *b)
{
	struct mirror_file f = {.first = 1, .last = b->from};
	struct mirror_list list = {.files = &f, .n = 1};
	struct mirror_line lines[2] = {{.hub = "", .last = 1}, {.last = b->from}};
	struct mirror_index index = {.lines = lines, .n = 2};
	struct sha256 charter = sha256(buf_str(&charter_one));
	*s = (struct site){BUF_INIT, BUF_INIT, BUF_INIT};
	file_of(&s->file, b);
	f.hash = sha256(buf_str(&s->file));
	f.bytes = s->file.len;
	memset(f.id, 'e', 40);
	mirror_list_write(&s->list, &list);
	snprintf(lines[0].id, sizeof lines[0].id, "%s", sha256_hex(&charter).text);
	lines[0].list_bytes = 1;
	memcpy(lines[1].hub, b->hub, sizeof lines[1].hub);
	memcpy(lines[1].id, f.id, sizeof f.id);
	lines[1].list = sha256(buf_str(&s->list));
	lines[1].list_bytes = s->list.len;
	snprintf(index.network, sizeof index.network, "%s", network.text);
	mirror_index_write(&s->index, &index);
}

static void by_web(const struct hostile_body *b)
{
	struct site s;
	struct web w;
	struct pull_report report;
	struct err err = {0};
	lay_out(&s, b);
	web_start(&w, serve, &s);
	good(
	    pull(&(struct pull_options){.dir = hub.dir, .url = w.url, .stall_s = 5}, &report, &err),
	    &err);
	assert_int_not_equal(report.fault.code, 0);
	web_stop(&w);
	buf_release(&s.index);
	buf_release(&s.list);
	buf_release(&s.file);
}

/* --- tests --- */

static int setup(void **state)
{
	if (hub_start(state))
		return -1;
	source.east = net_store("east", "east", EAST, true);
	struct draft d = {.n = 0};
	draft_news(&d, EAST, "ke-mombasa", "second", "");
	append(source.east, &d);
	source.wires = wires_new(source.east, "east", 1);
	return 0;
}

static int teardown(void **state)
{
	wires_free(source.wires);
	store_close(source.east);
	return hub_stop(state);
}

static void each_is_refused_by_every_door(void **state)
{
	static const struct {
		const char *name;
		void (*bring)(const struct hostile_body *b);
	} doors[] = {{"link", by_link}, {"file", by_file}, {"web", by_web}};
	struct local_state l;
	(void)state;
	store_state(source.east, &l);
	west = raw_new(&hub, WEST, "west", network.text, &l);
	assert_true(raw_until(&west, SESSION_ENTRIES)); /* it is through at both ends */
	for (size_t i = 0; i < HOSTILE_CASES; i++) {
		const struct hostile_case *c = &hostile_cases[i];
		const char *const kinds[] = {c->link, c->file, c->web};
		struct hostile_body b = {.hub = "east", .from = 1, .segment = BUF_INIT};
		c->make(&b, &source);
		for (size_t k = 0; k < 3; k++) {
			json_t *before = counts_of(doors[k].name);
			doors[k].bring(&b);
			counted(c, doors[k].name, before, kinds[k]);
			if (held(&hub, "east") != 0 || held(&hub, "west") > 0)
				fail_msg(
				    "%s by %s: something was taken in", c->name, doors[k].name);
		}
		buf_release(&b.segment);
	}
	assert_true(peer_is(&hub, "west", "connected"));
	raw_free(&west);
	long rss = rss_kib();
	print_message("%d cases by 3 doors: the daemon held %ld KiB at most\n", HOSTILE_CASES, rss);
	assert_true(rss > 0);
	if (!is_sanitized)
		assert_true(rss < RSS_KIB_MAX);
}

/* And honest ones come in by each of them afterwards. */
static void honest_entries_still_come(void **state)
{
	struct hostile_body b = {.hub = "east", .from = 1, .segment = BUF_INIT};
	struct buf file = BUF_INIT;
	struct err err = {0};
	(void)state;
	hostile_whole(&b, source.wires->entries, 2);
	file_of(&file, &b);
	good(file_write(at("honest.belfry"), buf_str(&file), 0600, &err), &err);
	json_decref(
	    ask(&hub, json_pack("{s:s, s:s}", "op", "import", "file", at("honest.belfry"))));
	assert_int_equal(held(&hub, "east"), 2);
	buf_release(&file);
	buf_release(&b.segment);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_is_refused_by_every_door),
	    cmocka_unit_test(honest_entries_still_come),
	};
	signal(SIGPIPE, SIG_IGN);
	int bad = cmocka_run_group_tests(tests, setup, teardown);
	keys_free();
	return bad;
}
