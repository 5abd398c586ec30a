/* SPDX-License-Identifier: Apache-2.0 */
/* Pulling from mirrors that are honest, spoilt or hostile. */
#include "mirror.h"
#include "net/fetch.h"
#include "net/pull.h"
#include "store/stick.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

static struct web web;
static struct pull_report report;

static int pull_from(const char *path, bool is_dry, struct err *err)
{
	char url[256];
	snprintf(url, sizeof url, "%s%s", web.url, path);
	*err = (struct err){.code = ERR_NONE};
	return pull(
	    &(struct pull_options){.dir = at("edge"), .url = url, .stall_s = 2, .is_dry = is_dry},
	    &report, err);
}

static void pulled(uint64_t entries)
{
	struct err err;
	good(pull_from("/", false, &err), &err);
	if (report.fault.code)
		fail_msg("fault: %s", report.fault.msg);
	assert_int_equal(report.entries, entries);
}

/* It went on past the fault. */
static void faulted(enum err_code code, const char *says, uint64_t entries)
{
	struct err err;
	good(pull_from("/", false, &err), &err);
	refused(report.fault.code, code, &report.fault, says);
	assert_int_equal(report.entries, entries);
}

static const char *edge_heads(void)
{
	static char text[256];
	struct store *s;
	struct err err = {0};
	size_t n = 0;
	text[0] = 0;
	good(store_open(&s, at("edge"), STORE_READ, &err), &err);
	for (size_t i = 0; i < s->njournals; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%s %d ", s->journals[i].head.hub,
		    (int)s->journals[i].head.seq);
	store_close(s);
	return text;
}

/* --- spoiling what is on the host --- */

static void sh(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void sh(const char *format, ...)
{
	char command[PATH_MAX], whole[2 * PATH_MAX];
	va_list ap;
	va_start(ap, format);
	vsnprintf(command, sizeof command, format, ap);
	va_end(ap);
	snprintf(whole, sizeof whole, "cd %s/www/belfry && %s", scratch, command);
	if (system(whole))
		fail_msg("%s", whole);
}

static struct mirror_index index_now(void)
{
	struct mirror_index index;
	struct buf text = BUF_INIT;
	struct err err = {0};
	good(file_read(&text, at("www/belfry/index.txt"), MIRROR_INDEX_BYTES_MAX, &err) ||
		 mirror_index_read(&index, buf_str(&text), &err),
	    &err);
	buf_release(&text);
	return index;
}

static struct mirror_list list_now(const char *hub)
{
	struct mirror_index index = index_now();
	const struct mirror_line *line = mirror_line_of(&index, hub);
	struct mirror_list list;
	struct buf text = BUF_INIT;
	struct err err = {0};
	char path[PATH_MAX];
	snprintf(
	    path, sizeof path, "%s/www/belfry/%s", scratch, mirror_list_name(&line->list).text);
	good(file_read(&text, path, MIRROR_LIST_BYTES_MAX, &err) ||
		 mirror_list_read(&list, buf_str(&text), line, &err),
	    &err);
	buf_release(&text);
	mirror_index_release(&index);
	return list;
}

/* A hostile host makes its hashes fit: list and index say of `hub` what `list` says. */
static void publish_list(const char *hub, const struct mirror_list *list)
{
	struct mirror_index index = index_now();
	struct buf text = BUF_INIT;
	struct err err = {0};
	char path[PATH_MAX];
	mirror_list_write(&text, list);
	for (size_t i = 0; i < index.n; i++)
		if (strcmp(index.lines[i].hub, hub) == 0) {
			const struct mirror_file *last = &list->files[list->n - 1];
			index.lines[i].list = sha256(buf_str(&text));
			index.lines[i].list_bytes = text.len;
			index.lines[i].last = last->last;
			memcpy(index.lines[i].id, last->id, sizeof last->id);
			snprintf(path, sizeof path, "%s/www/belfry/%s", scratch,
			    mirror_list_name(&index.lines[i].list).text);
		}
	good(file_write(path, buf_str(&text), 0644, &err), &err);
	buf_reset(&text);
	mirror_index_write(&text, &index);
	good(file_write(at("www/belfry/index.txt"), buf_str(&text), 0644, &err), &err);
	buf_release(&text);
	mirror_index_release(&index);
}

/* Put `bytes` in place of a list's file. */
static void replace_file(struct mirror_file *f, struct str bytes)
{
	struct err err = {0};
	char path[PATH_MAX];
	f->hash = sha256(bytes);
	f->bytes = bytes.len;
	snprintf(path, sizeof path, "%s/www/belfry/%s", scratch, mirror_file_name(&f->hash).text);
	good(file_write(path, bytes, 0644, &err), &err);
}

static struct buf bytes_of(const struct mirror_file *f)
{
	struct buf b = BUF_INIT;
	struct err err = {0};
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s/www/belfry/%s", scratch, mirror_file_name(&f->hash).text);
	good(file_read(&b, path, 1 << 24, &err), &err);
	return b;
}

/* --- tests --- */

static void a_mirror_is_pulled(void **state)
{
	(void)state;
	struct err err;
	web_start(&web, from_disk, NULL);
	good(pull_from("///", true, &err), &err);
	assert_int_equal(report.wanted_entries, 14);
	assert_string_equal(edge_heads(), "");
	uint64_t wanted = report.wanted_bytes;
	pulled(14);
	assert_string_equal(edge_heads(), "east 13 west 1 ");
	assert_int_equal(report.wanted_bytes, wanted);
	pulled(0);
	assert_int_equal(report.requests, 1);
	web_stop(&web);
}

static void what_is_no_mirror_says_so(void **state)
{
	(void)state;
	struct err err;
	web_start(&web, from_disk, NULL);
	refused(pull_from("/no/", false, &err), ERR_MISSING, &err, "belfry build made?");
	sh("mv index.txt index; echo '<!doctype html>' >index.txt");
	refused(pull_from("/", false, &err), ERR_SYNTAX, &err, "is no index of a mirror");
	sh("sed 's/^network .*/network %064d/' index >index.txt", 0);
	refused(pull_from("/", false, &err), ERR_NETWORK, &err, "of another network");
	sh("(cat index; head -c 70000 /dev/zero) >index.txt");
	refused(pull_from("/", false, &err), ERR_LIMIT, &err, "longer than the 65536 bytes");
	sh("head -c 200 index >index.txt");
	refused(pull_from("/", false, &err), ERR_SYNTAX, &err, "breaks the grammar");
	sh("mv index index.txt");
	pulled(14);
	web_stop(&web);
}

static void a_spoilt_file_spoils_one_journal(void **state)
{
	(void)state;
	struct mirror_list east = list_now("east");
	const char *name = mirror_file_name(&east.files[east.n - 2].hash).text;
	web_start(&web, from_disk, NULL);
	sh("cp %s kept; printf '\\377' | dd of=%s bs=1 seek=90 conv=notrunc 2>/dev/null", name,
	    name);
	faulted(ERR_CHAIN, "is damaged", 12);
	sh("head -c 100 kept >%s", name);
	faulted(ERR_PEER, "ends after 100 of the", 0);
	sh("(cat kept; echo) >%s", name);
	struct err err;
	good(pull_from("/", false, &err), &err);
	refused(report.fault.code, ERR_LIMIT, &report.fault, "longer than the");
	sh("rm %s", name);
	good(pull_from("/", false, &err), &err);
	refused(report.fault.code, ERR_MISSING, &report.fault, "is not there (404)");
	sh("mv kept %s", name);
	good(pull_from("/", false, &err), &err);
	assert_int_equal(report.fault.code, 0);
	assert_string_equal(edge_heads(), "east 13 west 1 ");
	web_stop(&web);
	mirror_list_release(&east);
}

static void a_spoilt_list_spoils_one_journal(void **state)
{
	(void)state;
	struct mirror_index index = index_now();
	const char *name = mirror_list_name(&mirror_line_of(&index, "east")->list).text;
	web_start(&web, from_disk, NULL);
	sh("mv %s kept; sed 's/^1 /2 /' kept >%s", name, name);
	faulted(ERR_CHAIN, "not the one whose hash", 1);
	sh("(cat kept; cat kept) >%s", name);
	faulted(ERR_LIMIT, "longer than", 0);
	sh("rm %s", name);
	faulted(ERR_MISSING, "is not there (404)", 0);
	sh("mv kept %s", name);
	pulled(13);
	web_stop(&web);
	mirror_index_release(&index);
}

/* All hashes fit, and what they name is forged: what the journal's key did not sign is not taken.
 */
static void a_host_can_only_keep_back(void **state)
{
	(void)state;
	struct mirror_list east = list_now("east");
	struct buf b = bytes_of(&east.files[0]);
	web_start(&web, from_disk, NULL);
	b.ptr[b.len - 10] ^= 1; /* in the last entry of the first file */
	replace_file(&east.files[0], buf_str(&b));
	publish_list("east", &east);
	struct err err;
	good(pull_from("/", false, &err), &err);
	assert_int_not_equal(report.fault.code, 0);
	assert_true(report.entries < 5);
	assert_non_null(strstr(edge_heads(), "west 1 "));
	web_stop(&web);
	buf_release(&b);
	mirror_list_release(&east);
}

static void a_file_must_hold_what_its_list_says(void **state)
{
	(void)state;
	struct mirror_list east = list_now("east"), west = list_now("west");
	struct buf b = bytes_of(&west.files[0]);
	web_start(&web, from_disk, NULL);
	replace_file(&east.files[0], buf_str(&b));
	publish_list("east", &east);
	faulted(ERR_PEER, "does not hold numbers 1 to 4 of east", 1);
	assert_string_equal(edge_heads(), "west 1 ");
	web_stop(&web);
	buf_release(&b);
	mirror_list_release(&east);
	mirror_list_release(&west);
}

/* It claims a thousand entries and four hundred megabytes, or sends no end of them. */
static void without_end(struct web *w, int fd, const char *path, long range)
{
	static const char zeros[8192];
	if (!strstr(path, ".belfry")) {
		from_disk(w, fd, path, range);
		return;
	}
	web_text(fd, "HTTP/1.1 200 OK\r\n\r\n");
	for (int i = 0; i < 2000; i++)
		web_bytes(fd, zeros, sizeof zeros);
}

static void a_body_without_end_is_cut(void **state)
{
	(void)state;
	struct err err;
	web_start(&web, without_end, NULL);
	good(pull_from("/", false, &err), &err);
	refused(report.fault.code, ERR_LIMIT, &report.fault, "longer than the");
	assert_int_equal(report.entries, 0);
	assert_true(report.bytes < 200000);
	assert_string_equal(output_of("find %s/edge/pull -name '*.belfry'", scratch), "");
	web_stop(&web);
}

static void a_broken_line_brings_what_it_can(void **state)
{
	(void)state;
	struct err err;
	struct mirror_list east = list_now("east");
	web_start(&web, from_disk, NULL);
	cut_at = (size_t)east.files[0].bytes - 100; /* whole but for the last entry or two */
	refused(pull_from("/", false, &err), ERR_IO, &err, "breaks off");
	assert_true(report.entries > 0 && report.entries < 4);
	cut_at = 0;
	uint64_t first = report.entries;
	good(pull_from("/", false, &err), &err);
	assert_int_equal(first + report.entries, 14);
	assert_non_null(strstr(web.seen[web.nseen - 1], "GET"));
	web_stop(&web);
	mirror_list_release(&east);
}

static void another_story_is_told_apart(void **state)
{
	(void)state;
	struct mirror_list east = list_now("east");
	web_start(&web, from_disk, NULL);
	pulled(14);
	memset(east.files[east.n - 1].id, 'a', 40);
	publish_list("east", &east);
	faulted(ERR_CHAIN, "tells another story of east: number 13", 0);
	/* The same in a journal that has gone on. */
	size_t cap = east.n;
	struct mirror_file *f = MEM_PUSH(east.files, east.n, cap);
	*f = f[-1];
	f->first = f->last = 14;
	publish_list("east", &east);
	faulted(ERR_CHAIN, "tells another story of east: number 13", 0);
	/* A host that lags behind is no liar. */
	east.n -= 3;
	publish_list("east", &east);
	pulled(0);
	web_stop(&web);
	mirror_list_release(&east);
}

static int count_folders(void)
{
	return (int)strtol(output_of("ls %s/edge/pull | wc -l", scratch), NULL, 10);
}

static void what_is_kept_is_bounded(void **state)
{
	(void)state;
	struct err err;
	web_start(&web, from_disk, NULL);
	pulled(14);
	for (int i = 0; i < 12; i++) {
		char path[16];
		snprintf(path, sizeof path, "/%d", i);
		refused(pull_from(path, false, &err), ERR_MISSING, &err, "is not there");
	}
	assert_int_equal(count_folders(), 8);
	pulled(0);
	output_of("touch %s/edge/pull/junk; for d in %s/edge/pull/*/; do touch $d/x; done", scratch,
	    scratch);
	pulled(0);
	web_stop(&web);
}

static void one_pull_at_a_time(void **state)
{
	(void)state;
	struct err err;
	web_start(&web, from_disk, NULL);
	pulled(14);
	const char *dir = output_of("ls -d %s/edge/pull/* | tr -d '\\n'", scratch);
	int fd = open(dir, O_RDONLY | O_DIRECTORY);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	refused(pull_from("/", false, &err), ERR_BUSY, &err, "is under way");
	close(fd);
	pulled(0);
	web_stop(&web);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_mirror_is_pulled),
	    TEST(what_is_no_mirror_says_so),
	    TEST(a_spoilt_file_spoils_one_journal),
	    TEST(a_spoilt_list_spoils_one_journal),
	    TEST(a_host_can_only_keep_back),
	    TEST(a_file_must_hold_what_its_list_says),
	    TEST(a_body_without_end_is_cut),
	    TEST(a_broken_line_brings_what_it_can),
	    TEST(another_story_is_told_apart),
	    TEST(what_is_kept_is_bounded),
	    TEST(one_pull_at_a_time),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
