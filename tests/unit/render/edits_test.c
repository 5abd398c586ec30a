/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is rendered after an edit is what would be rendered from nothing: EDITS (30) edits of all
 * kinds by chance from SEED (printed), each beside a build of the same records into a fresh folder.
 */
#include "fixture.h"

#include "record/attachment.h"

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { DOCS = 90, DOCS_MAX = 400 };

/* What a text says, besides what follows from its number. */
struct text {
	bool is_here, is_withdrawn;
	unsigned revision, of_revision, title, body, themes, file; /* file: 0: it has none */
	struct sha256 hash; /* of the revision before */
	size_t item;
};
struct state {
	struct fixture f;
	struct text texts[DOCS_MAX][2]; /* en, fr */
	size_t ndocs;
	uint64_t seed;
	bool is_plain; /* without compressed forms, which take longest */
	json_t *heads; /* of what was erased */
	char fresh[80];
};

static const char *const langs[] = {"en", "fr"};

static unsigned draw(struct state *t, unsigned n)
{
	t->seed ^= t->seed >> 12;
	t->seed ^= t->seed << 25;
	t->seed ^= t->seed >> 27;
	return (unsigned)((t->seed * 0x2545f4914f6cdd1du >> 33) % n);
}

static const char *place_of(size_t doc)
{
	static const char *const places[] = {"ke-mombasa", "lb-tripoli", "lb-saida", "global"};
	return places[doc % 4];
}

static const char *type_of(size_t doc)
{
	static const char *const types[] = {
	    "news", "event", "news", "good-practice", "city-profile"};
	return types[doc % 5];
}

/* --- files --- */

static void file_path(const struct state *t, struct buf *path, const struct sha256 *hash)
{
	buf_printf(path, "%s/files/%s", t->f.folder, sha256_hex(hash).text);
}

static bool find_file(void *ctx, const struct attachment *a, struct buf *path)
{
	const struct state *t =
	    (const void *)((const char *)ctx - offsetof(struct state, f)); /* its fixture's */
	size_t from = path->len;
	file_path(t, path, &a->hash);
	if (file_exists(path->ptr + from))
		return true;
	path->len = from;
	return false;
}

static struct attachment file_of(size_t doc, const struct text *x, char bytes[static 64])
{
	int n = snprintf(bytes, 64, "%%PDF-1.4 file %u of %zu", x->file, doc);
	struct sha256 hash = sha256(str_of(bytes, (size_t)n));
	return (struct attachment){.name = STR("plan.pdf"),
	    .media = STR("application/pdf"),
	    .size = (uint64_t)n,
	    .hash = hash,
	    .chunks = hash};
}

/* It is here, or is here no longer. */
static void turn_file(struct state *t, size_t doc, const struct text *x)
{
	char bytes[64];
	struct attachment a = file_of(doc, x, bytes);
	struct buf path = BUF_INIT;
	struct err err = {0};
	file_path(t, &path, &a.hash);
	if (unlink(path.ptr) != 0)
		must(file_write(path.ptr, str_from(bytes), 0644, &err), &err);
	buf_release(&path);
}

/* --- texts --- */

static void write_text(struct state *t, struct buf *b, size_t doc, size_t lang)
{
	static const char *const themes[] = {"dialogue", "evaluation", "gender", "youth"};
	const struct text *x = &t->texts[doc][lang];
	buf_printf(b,
	    "---\ntype: %s\nid: doc-%zu\nlang: %s\ntitle: Title %u of %zu\nsummary: A text.\n"
	    "place: %s\nthemes: [%s]\naudiences: [mayors]\n",
	    type_of(doc), doc, langs[lang], x->title, doc, place_of(doc), themes[x->themes % 4]);
	if (doc % 5 == 0 || doc % 5 == 2)
		buf_printf(b, "date: \"20%02zu-0%zu-11\"\n", 10 + doc % 15, 1 + doc % 9);
	if (strcmp(type_of(doc), "city-profile") == 0)
		buf_printf(b,
		    "country: KE\nregion: mena\ncoordinates: {lat: %zu.5, lon: 39.5, source: a "
		    "survey}\n",
		    doc % 9);
	if (strcmp(type_of(doc), "event") == 0)
		buf_printf(b, "starts: \"20%02zu-0%zu-11\"\n", 10 + doc % 15, 1 + doc % 9);
	if (doc % 7 == 0)
		buf_printf(
		    b, "related: [%s/%s/doc-%zu]\n", place_of(doc + 9), type_of(doc + 9), doc + 9);
	if (x->file) {
		char bytes[64];
		struct attachment a = file_of(doc, x, bytes);
		buf_puts(b, "attachments:\n");
		attachment_write(b, &a);
	}
	if (x->is_withdrawn)
		buf_puts(b, "status: withdrawn\nreason: It was wrong.\n");
	buf_printf(b, "revision: %u\n", x->revision);
	if (x->revision > 1)
		buf_printf(b, "previous: [\"sha256:%s\"]\n", sha256_hex(&x->hash).text);
	if (lang)
		buf_printf(
		    b, "translation: {of: en, revision: %u, method: machine}\n", x->of_revision);
	buf_printf(b, "---\nBody %u. [Another](record:%s/%s/doc-%zu)\n", x->body, place_of(doc + 3),
	    type_of(doc + 3), doc + 3);
}

/* The text as it now is, in an entry of its own. */
static void publish(struct state *t, size_t doc, size_t lang)
{
	struct fixture *f = &t->f;
	struct text *x = &t->texts[doc][lang];
	struct buf raw = BUF_INIT, bytes = BUF_INIT;
	struct err err = {0};
	write_text(t, &raw, doc, lang);
	must(record_format(&bytes, buf_str(&raw), "a text", f->schemas, NULL, &err), &err);
	if (!x->is_here) {
		x->item = f->len;
		struct site_item like = f->items[0]; /* which moves as there are more */
		*MEM_PUSH(f->items, f->len, f->cap) = like;
		x->is_here = true;
	}
	struct site_item *i = &f->items[x->item];
	i->place = place_of(doc), i->type = type_of(doc), i->lang = langs[lang];
	i->id = arena_printf(&f->arena, "doc-%zu", doc);
	i->hub = hub_of(f, str_from(i->place));
	i->seq = f->nblobs;
	i->time = 1764000000 + (int64_t)f->nblobs;
	i->revision = x->revision;
	i->hash = x->hash = sha256(buf_str(&bytes));
	memcpy(&i->commit, &i->hash, sizeof i->commit);
	blob_id(f, i->md, buf_str(&bytes));
	sign(f, i->sig, f->author, "record", buf_str(&bytes));
	sign(f, i->rev, f->reviewer, "review", buf_str(&bytes));
	i->has_rev = true;
	i->record = NULL;
	i->is_erased = false;
	f->source.items = f->items;
	f->source.nitems = f->len;
	buf_release(&raw);
	buf_release(&bytes);
}

/* An order took it from everybody: what is left says so. */
static void erase(struct state *t, struct text *x)
{
	struct fixture *f = &t->f;
	struct site_item *i = &f->items[x->item];
	struct record *r = arena_alloc(&f->arena, sizeof *r);
	*r = (struct record){.source = BUF_INIT,
	    .head = json_pack("{s:s, s:s}", "status", "withdrawn", "reason", "It named people."),
	    .type = str_from(i->type),
	    .id = str_from(i->id),
	    .lang = str_from(i->lang),
	    .place = str_from(i->place),
	    .title = str_from(i->id),
	    .summary = STR_EMPTY,
	    .date = STR_EMPTY,
	    .status = STR("withdrawn"),
	    .audience = STR("public"),
	    .revision = 1};
	json_array_append_new(t->heads, r->head);
	i->record = r;
	i->is_erased = true;
	x->is_withdrawn = true; /* nobody edits it but who translates anew */
	x->file = 0;
	f->source.has_erased = true;
}

static void publish_new(struct state *t)
{
	struct text *x = t->texts[t->ndocs];
	x[0] = (struct text){.revision = 1, .themes = draw(t, 4)};
	publish(t, t->ndocs, 0);
	if (draw(t, 2)) {
		x[1] = (struct text){.revision = 1, .of_revision = 1, .themes = x[0].themes};
		publish(t, t->ndocs, 1);
	}
	t->ndocs++;
}

/* Threads read the same memory. */
static void *fork_reader(void *ctx)
{
	return ctx;
}

static void join_reader(void *ctx)
{
	(void)ctx;
}

static int setup(void **state)
{
	struct state *t = *state = mem_alloc(sizeof *t);
	const char *seed = getenv("SEED");
	char files[80];
	fixture_open(&t->f, golden_in);
	json_object_set_new(t->f.charter, "site", json_string("https://cities.example/"));
	t->f.source.fork = fork_reader;
	t->f.source.join = join_reader;
	t->f.source.find_file = find_file;
	t->heads = json_array();
	t->seed = seed ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL);
	printf("SEED=%llu\n", (unsigned long long)t->seed);
	t->seed = t->seed * 2 + 1;
	while (t->ndocs < DOCS)
		publish_new(t);
	snprintf(files, sizeof files, "%s/files", t->f.folder);
	assert_int_equal(mkdir(files, 0755), 0);
	snprintf(t->fresh, sizeof t->fresh, "%s/fresh", t->f.folder);
	return 0;
}

static int teardown(void **state)
{
	struct state *t = *state;
	json_decref(t->heads);
	return fixture_teardown(state);
}

static size_t build(struct state *t, const char *out)
{
	struct site_options o = {.out = out, .threads = 3, .has_no_compressed = t->is_plain};
	struct site_report report;
	struct err err = {0};
	if (site_build(&t->f.source, &o, &report, &err) != 0)
		fail_msg("%s", err.msg);
	size_t written = report.written_pages;
	site_report_release(&report);
	return written;
}

/* Every file and folder, compressed forms too. */
static void check(struct state *t, const char *what)
{
	char command[320], trees[96];
	struct err err = {0};
	snprintf(trees, sizeof trees, "%s.d", t->fresh);
	unlink(t->fresh);
	must(file_remove_tree(trees, &err), &err);
	build(t, t->fresh);
	snprintf(command, sizeof command, "diff -rq %s/ %s/", t->f.out, t->fresh);
	if (system(command) != 0)
		fail_msg("after %s the site is not what it would be from nothing", what);
}

/* One of those that are there. */
static struct text *draw_text(struct state *t, size_t *doc, size_t *lang)
{
	do {
		*doc = draw(t, (unsigned)t->ndocs);
		*lang = draw(t, 2);
	} while (!t->texts[*doc][*lang].is_here || t->texts[*doc][*lang].is_withdrawn);
	return &t->texts[*doc][*lang];
}

enum kind {
	BODY,
	TITLE,
	THEME,
	WITHDRAWAL,
	DOCUMENT,
	TRANSLATION,
	FILE_NEW,
	FILE_TURN,
	ERASURE,
	KINDS
};

static const char *edit(struct state *t, enum kind kind)
{
	static const char *const kinds[KINDS] = {"a new body", "a new title", "another theme",
	    "a withdrawal", "a new document", "a translation", "another file",
	    "a file that came or went", "an erasure"};
	size_t doc, lang;
	struct text *x = draw_text(t, &doc, &lang);
	if (kind == DOCUMENT && t->ndocs < DOCS_MAX) {
		publish_new(t);
		return kinds[kind];
	}
	if (kind == ERASURE) {
		erase(t, x);
		return kinds[kind];
	}
	if (kind == FILE_TURN && x->file) {
		turn_file(t, doc, x);
		return kinds[kind];
	}
	if (kind == TRANSLATION) {
		x = &t->texts[doc][1];
		lang = 1;
		x->of_revision = t->texts[doc][0].revision;
		x->is_withdrawn = false;
	}
	x->revision++;
	x->body += kind == BODY || kind == TRANSLATION;
	x->title += kind == TITLE;
	x->themes += kind == THEME;
	x->file += kind == FILE_NEW || kind == FILE_TURN;
	x->is_withdrawn = kind == WITHDRAWAL;
	if (!x->is_here)
		x->revision = 1;
	publish(t, doc, lang);
	if (x->file && kind == FILE_NEW && draw(t, 2))
		turn_file(t, doc, x);
	return kinds[kind];
}

static void any_edit(void **state)
{
	struct state *t = *state;
	const char *wanted = getenv("EDITS");
	unsigned long n = wanted ? strtoul(wanted, NULL, 10) : 30;
	t->is_plain = true;
	build(t, t->f.out);
	check(t, "the first build");
	for (unsigned long i = 0; i < n; i++) {
		/* Now and then several at once. */
		while (draw(t, 4) == 0)
			edit(t, draw(t, KINDS));
		const char *what = edit(t, draw(t, KINDS));
		build(t, t->f.out);
		check(t, what);
	}
	t->is_plain = false;
}

/* A new body is shown by its own pages, by its hub's, which say how far the hub's journal goes, by
 * those that explain how to verify it, by those that say what is new, and by those that say which
 * translations are behind it. */
static void a_body_changes_few_pages(void **state)
{
	struct state *t = *state;
	size_t all = build(t, t->f.out);
	assert_int_equal(build(t, t->f.out), 0);
	size_t doc, lang;
	struct text *x = draw_text(t, &doc, &lang);
	x->revision++;
	x->body++;
	publish(t, doc, lang);
	size_t written = build(t, t->f.out);
	assert_in_range(written, 2, 16);
	assert_true(all == 0 || all > 100);
	check(t, "a new body");
}

static void spoil(const char *path, long at)
{
	FILE *f = fopen(path, "r+b");
	assert_non_null(f);
	assert_int_equal(fseek(f, at, SEEK_SET), 0);
	int c = fgetc(f);
	assert_int_equal(fseek(f, at, SEEK_SET), 0);
	fputc(c ^ 0x55, f);
	fclose(f);
}

/* What is known of the build before is a help and nothing more. */
static void damage_costs_time_only(void **state)
{
	static const char *const files[] = {"a.state", "b.state", "faces"};
	struct state *t = *state;
	char path[128];
	struct stat st;
	build(t, t->f.out);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		for (int how = 0; how < 4; how++) {
			snprintf(path, sizeof path, "%s.d/%s", t->f.out, files[i]);
			assert_int_equal(stat(path, &st), 0);
			if (how == 0)
				spoil(path, draw(t, (unsigned)st.st_size));
			else if (how == 1)
				spoil(path, draw(t, 64));
			else
				assert_int_equal(truncate(path, how == 2 ? 0 : st.st_size / 2), 0);
			edit(t, BODY);
			build(t, t->f.out);
			check(t, "damage");
		}
}

/* A build that was killed leaves a tree that is neither: without its state it is laid out anew. */
static void a_half_made_tree_is_mended(void **state)
{
	struct state *t = *state;
	char target[128], path[256];
	build(t, t->f.out);
	for (int i = 0; i < 2; i++) {
		ssize_t n = readlink(t->f.out, target, sizeof target - 1);
		assert_true(n > 0);
		char other = target[n - 1] == 'a' ? 'b' : 'a';
		snprintf(path, sizeof path, "%s.d/%c.state", t->f.out, other);
		unlink(path);
		snprintf(path, sizeof path, "%s.d/%c/en/index.html", t->f.out, other);
		assert_int_equal(unlink(path), 0);
		snprintf(path, sizeof path, "%s.d/%c/en/left.html", t->f.out, other);
		FILE *f = fopen(path, "w");
		assert_non_null(f);
		fclose(f);
		edit(t, TITLE);
		build(t, t->f.out);
		check(t, "a build that was killed");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(any_edit),
	    cmocka_unit_test(a_body_changes_few_pages),
	    cmocka_unit_test(damage_costs_time_only),
	    cmocka_unit_test(a_half_made_tree_is_mended),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
