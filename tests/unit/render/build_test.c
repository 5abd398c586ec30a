/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "markup/later.h"
#include "markup/lint.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char golden[] = "tests/golden/site/out";

struct state {
	struct fixture fixture;
	struct site_report report;
};

static void build_to(struct state *t, const char *out, struct site_report *report)
{
	struct site_options o = {.out = out};
	struct err err = {0};
	int r = site_build(&t->fixture.source, &o, report, &err);
	if (r != 0)
		fail_msg("%s", err.msg);
}

static int setup(void **state)
{
	struct state *t = *state = mem_alloc(sizeof *t);
	fixture_open(&t->fixture, golden_in);
	build_to(t, t->fixture.out, &t->report);
	return 0;
}

static int teardown(void **state)
{
	struct state *t = *state;
	site_report_release(&t->report);
	return fixture_teardown(state);
}

/* Every file of a tree, as lines of paths relative to it, in order. */
static struct buf walked;
static size_t walked_prefix;

static int walk_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st, (void)at;
	if (kind == FTW_F)
		buf_printf(&walked, "%s\n", path + walked_prefix);
	return 0;
}

static const char **files_of(const char *tree, size_t *n)
{
	const char **paths = NULL;
	size_t cap = 0;
	char real[512];
	*n = 0;
	assert_non_null(realpath(tree, real));
	walked = BUF_INIT;
	walked_prefix = strlen(real) + 1;
	assert_int_equal(nftw(real, walk_one, 16, FTW_PHYS), 0);
	for (char *line = strtok(walked.ptr, "\n"); line; line = strtok(NULL, "\n"))
		*MEM_PUSH(paths, *n, cap) = line;
	qsort(paths, *n, sizeof *paths, by_path);
	return paths;
}

static void files_release(const char **paths)
{
	free(paths);
	buf_release(&walked);
}

/* Those under search/ go by the texts (search_test.c). */
static size_t search_files(const char *tree)
{
	size_t n, found = 0;
	const char **paths = files_of(tree, &n);
	for (size_t i = 0; i < n; i++)
		found += str_starts(str_from(paths[i]), STR("search/")) &&
			 str_ends(str_from(paths[i]), STR(".js"));
	files_release(paths);
	return found;
}

static void counts(void **state)
{
	struct state *t = *state;
	assert_int_equal(t->report.documents, 8);
	assert_int_equal(t->report.records, 11);
	assert_int_equal(t->report.skipped, 0);
	/* Two languages: 8 documents; lists of 6 types, 3 themes, 3 regions, 3 hubs, 3 cities,
	 * 2 needs, 1 objective, 2 audiences, 2 countries, 5 years; 9 of topic and type, 6 of topic
	 * and region, 7 of type and region; 6 letters; three directories, ten overviews, three of
	 * what is missing, home, verify, principles, search, saved; and two pages above. */
	size_t lists = 6 + 3 + 3 + 3 + 3 + 2 + 1 + 2 + 2 + 5, pairs = 9 + 6 + 7;
	assert_int_equal(t->report.pages, 2 * (8 + lists + pairs + 6 + 3 + 10 + 3 + 5) + 2);
	/* Each record with two signatures; style, icon, three scripts, signers, robots, llms, two
	 * catalogues; feeds of everything, 6 types, 3 themes and 2 cities; what is searched. */
	size_t searched = search_files(t->fixture.out);
	assert_in_range(searched, 2 * 3, 2 * 20);
	assert_int_equal(
	    t->report.files, t->report.pages + 3 * 11 + 10 + 2 * (1 + 6 + 3 + 2) + searched);
	assert_non_null(strstr(t->report.notes.ptr, "no words in the language xx\n"));
}

struct links {
	const char *tree, *page;
	struct buf ids;
	size_t checked;
};

static void keep_id(void *ctx, struct str value)
{
	struct links *l = ctx;
	char needle[128];
	snprintf(needle, sizeof needle, "\n%.*s\n", STR_FMT(value));
	if (strstr(l->ids.ptr, needle))
		fail_msg("%s: two ids %.*s", l->page, STR_FMT(value));
	buf_printf(&l->ids, "\n%.*s\n", STR_FMT(value));
}

static void follow(void *ctx, struct str value, enum url_kind kind)
{
	struct links *l = ctx;
	char path[1024], folder[512];
	if (kind != URL_RELATIVE)
		return;
	snprintf(folder, sizeof folder, "%s", l->page);
	char *slash = strrchr(folder, '/');
	if (slash)
		*slash = 0;
	snprintf(path, sizeof path, "%s/%s/%.*s", l->tree, slash ? folder : ".", STR_FMT(value));
	char *fragment = strchr(path, '#');
	if (fragment)
		*fragment = 0;
	if (access(path, R_OK) != 0)
		fail_msg("%s links to %.*s, which is not there", l->page, STR_FMT(value));
	l->checked++;
}

static void local_anchor(void *ctx, struct str value, enum url_kind kind)
{
	struct links *l = ctx;
	char needle[128];
	if (kind != URL_FRAGMENT)
		return;
	snprintf(needle, sizeof needle, "\n%.*s\n", (int)value.len - 1, value.ptr + 1);
	if (!strstr(l->ids.ptr, needle))
		fail_msg("%s links to %.*s, which is not there", l->page, STR_FMT(value));
}

static void every_page_is_clean_and_leads_somewhere(void **state)
{
	/* The choice of a language has no script at all, the search none inside. */
	static const char bare[] = "content=\"default-src 'none'; style-src 'self'; "
				   "img-src 'self'; base-uri 'none'; form-action 'none'\"";
	char policy[256];
	struct state *t = *state;
	struct links l = {.tree = t->fixture.out, .ids = BUF_INIT};
	size_t n, pages = 0;
	const char **paths = files_of(t->fixture.out, &n);
	for (size_t i = 0; i < n; i++) {
		struct err err = {0};
		struct lint_hooks first = {.href = follow, .id = keep_id, .ctx = &l};
		struct lint_hooks second = {.href = local_anchor, .ctx = &l};
		if (!str_ends(str_from(paths[i]), STR(".html")))
			continue;
		struct buf html = slurp(t->fixture.out, paths[i]);
		l.page = paths[i];
		buf_reset(&l.ids);
		if (html_lint(buf_str(&html), LINT_PAGE, paths[i], &first, &err) != 0 ||
		    html_lint(buf_str(&html), LINT_PAGE, paths[i], &second, &err) != 0)
			fail_msg("%s", err.msg);
		bool has_later = !str_ends(str_from(paths[i]), STR("/search.html"));
		snprintf(policy, sizeof policy,
		    "content=\"default-src 'none'; script-src 'self'%s%s%s; connect-src 'self'; "
		    "style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'\"",
		    has_later ? " 'sha256-" : "", has_later ? later_hash().ptr : "",
		    has_later ? "'" : "");
		if (strcmp(paths[i], "404.html") != 0)
			assert_non_null(strstr(html.ptr, strchr(paths[i], '/') ? policy : bare));
		buf_release(&html);
		pages++;
	}
	assert_int_equal(pages, t->report.pages);
	assert_true(l.checked > 1000);
	buf_release(&l.ids);
	files_release(paths);
}

static void same_tree(const char *a, const char *b)
{
	size_t n, m;
	const char **left = files_of(a, &n);
	struct buf kept = walked;
	const char **other = files_of(b, &m);
	assert_int_equal(n, m);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(left[i], other[i]);
		struct buf x = slurp(a, left[i]), y = slurp(b, other[i]);
		if (!str_eq(buf_str(&x), buf_str(&y)))
			fail_msg("%s differs", left[i]);
		buf_release(&x);
		buf_release(&y);
	}
	files_release(other);
	free(left);
	buf_release(&kept);
}

static void output_depends_on_the_input_alone(void **state)
{
	struct state *t = *state;
	char other[96];
	struct fixture *f = &t->fixture;
	snprintf(other, sizeof other, "%s/other", t->fixture.folder);
	for (size_t i = 0; i < f->len / 2; i++) {
		struct site_item swapped = f->items[i];
		f->items[i] = f->items[f->len - 1 - i];
		f->items[f->len - 1 - i] = swapped;
	}
	build_to(t, other, NULL);
	same_tree(t->fixture.out, other);
}

static void the_link_turns(void **state)
{
	struct state *t = *state;
	char target[64] = "";
	assert_true(readlink(t->fixture.out, target, sizeof target - 1) > 0);
	assert_string_equal(target, "site.d/a");
	build_to(t, t->fixture.out, NULL);
	memset(target, 0, sizeof target);
	assert_true(readlink(t->fixture.out, target, sizeof target - 1) > 0);
	assert_string_equal(target, "site.d/b");
	build_to(t, t->fixture.out, NULL);
	memset(target, 0, sizeof target);
	assert_true(readlink(t->fixture.out, target, sizeof target - 1) > 0);
	assert_string_equal(target, "site.d/a");
}

static int try_build(struct state *t, const char *out, struct err *err)
{
	struct site_options o = {.out = out};
	return site_build(&t->fixture.source, &o, NULL, err);
}

/* Each in a process of its own, as by hand while the daemon builds. */
static void two_at_once_make_one_site(void **state)
{
	enum { BUILDERS = 3, BUILDS = 3 };
	struct state *t = *state;
	char out[128], command[320];
	pid_t pids[BUILDERS];
	int status;
	snprintf(out, sizeof out, "%s/shared", t->fixture.folder);
	for (size_t i = 0; i < BUILDERS; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		for (size_t k = 0; !pids[i]; k++) {
			const struct site_options o = {
			    .out = out, .is_anew = k % 2 == 0, .threads = 1};
			struct err err = {0};
			if (k == BUILDS || site_build(&t->fixture.source, &o, NULL, &err) != 0)
				_exit(k == BUILDS ? 0 : 1);
		}
	}
	for (size_t i = 0; i < BUILDERS; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	snprintf(command, sizeof command, "diff -rq %s/ %s/", t->fixture.out, out);
	assert_int_equal(system(command), 0);
}

static void one_that_is_stopped_turns_nothing(void **state)
{
	struct state *t = *state;
	const atomic_bool yes = true;
	const struct site_options o = {.out = t->fixture.out, .is_anew = true, .stop = &yes};
	struct err err = {0};
	char target[64] = "";
	assert_int_equal(site_build(&t->fixture.source, &o, NULL, &err), ERR_BUSY);
	assert_true(readlink(t->fixture.out, target, sizeof target - 1) > 0);
	assert_string_equal(target, "site.d/a");
	build_to(t, t->fixture.out, NULL);
	assert_true(readlink(t->fixture.out, target, sizeof target - 1) > 0);
	assert_string_equal(target, "site.d/b");
}

static void what_is_not_ours_is_left_alone(void **state)
{
	struct state *t = *state;
	char folder[96], file[128];
	struct err err = {0};
	snprintf(folder, sizeof folder, "%s/mine", t->fixture.folder);
	snprintf(file, sizeof file, "%s/notes.txt", folder);
	assert_int_equal(mkdir(folder, 0755), 0);
	assert_int_equal(file_write(file, STR("keep"), 0644, &err), 0);
	assert_int_equal(try_build(t, folder, &err), ERR_EXISTS);
	assert_non_null(strstr(err.msg, "was not made by belfry build"));
	assert_true(file_exists(file));
	snprintf(file, sizeof file, "%s.d", folder);
	assert_false(file_exists(file));
	snprintf(file, sizeof file, "%s/notes.txt", folder);
	/* A file, and a link elsewhere, are not ours either. */
	assert_int_equal(try_build(t, file, &err), ERR_EXISTS);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(symlink("/tmp", file), 0);
	assert_int_equal(try_build(t, file, &err), ERR_EXISTS);
	/* An empty folder is as good as none. */
	assert_int_equal(unlink(file), 0);
	build_to(t, folder, NULL);
	assert_int_equal(try_build(t, "site/", &err), ERR_USAGE);
}

/* Where a document is, and whom to write to, are the charter's to say. */
static void addresses_of_the_charter(void **state)
{
	static const char page[] = "en/good-practice/ke-mombasa.peace-ambassadors.html";
	static const char *const says[] = {
	    "https://cities.example/hub/en/good-practice/ke-mombasa.peace-ambassadors.html</p>",
	    "  title = {Women \\&amp; peace: &lt;ambassadors&gt; in every ward}",
	    "href=\"mailto:?subject=Women%20%26%20peace%3A%20%3Cambassadors%3E",
	    "href=\"https://wa.me/?text=Women%20%26%20peace%3A%20%3Cambassadors%3E",
	    "href=\"mailto:desk@cities.example?subject=Report%20an%20error&amp;body=ke-mombasa"};
	struct state *t = *state;
	char out[128];
	/* Without an address there is nothing to send. */
	lacks(t->fixture.out, page, "mailto:?");
	lacks(t->fixture.out, page, "wa.me");
	snprintf(out, sizeof out, "%s/addressed", t->fixture.folder);
	json_t *charter = t->fixture.charter;
	json_object_set_new(charter, "site", json_string("https://cities.example/hub"));
	json_object_set_new(charter, "contact", json_string("desk@cities.example"));
	build_to(t, out, NULL);
	struct buf html = slurp(out, page);
	for (size_t i = 0; i < sizeof says / sizeof *says; i++)
		if (!strstr(html.ptr, says[i]))
			fail_msg("%s does not say %s", page, says[i]);
	/* Whoever adapted it stands at what was adapted. */
	assert_non_null(strstr(html.ptr, "<dt>Adapted by</dt><dd><a href=\"../case-study/"));
	buf_release(&html);
	json_object_del(charter, "site");
	json_object_del(charter, "contact");
}

static void golden_pages(void **state)
{
	static const char *const pages[] = {"index.html", "404.html", "en/index.html",
	    "en/good-practice/ke-mombasa.peace-ambassadors.html",
	    "fr/good-practice/ke-mombasa.peace-ambassadors.html",
	    "en/case-study/lb-tripoli.bureau-jeunesse.html", "fr/news/lb-tripoli.marche.html",
	    "fr/news/lb-tripoli.ancien.html", "fr/city/ke-mombasa.html", "en/theme/youth.html",
	    "fr/theme/youth.in_mena.html", "en/verify.html", "en/feed.xml"};
	struct state *t = *state;
	bool is_writing = getenv("GOLDEN") != NULL;
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
		struct buf now = slurp(t->fixture.out, pages[i]);
		struct err err = {0};
		char path[256];
		snprintf(path, sizeof path, "%s/%s", golden, pages[i]);
		if (is_writing) {
			char folder[256];
			snprintf(
			    folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
			must(file_mkdirs(folder, 0755, &err), &err);
			must(file_write(path, buf_str(&now), 0644, &err), &err);
		}
		struct buf then = slurp(golden, pages[i]);
		if (!str_eq(buf_str(&now), buf_str(&then)))
			fail_msg(
			    "%s is not as in %s; diff them, and if the change is meant, run this "
			    "test with GOLDEN=write",
			    pages[i], golden);
		buf_release(&now);
		buf_release(&then);
	}
}

/* Each hub writes its own roster, and none may spoil everybody's pages. */
static void rosters_of_many_hands(void **state)
{
	struct state *t = *state;
	json_t *places = t->fixture.places;
	char out[128];
	snprintf(out, sizeof out, "%s/rosters", t->fixture.folder);
	json_object_set_new(places, "xx-lost",
	    json_pack("{s:s, s:{s:s}}", "region", "atlantis", "names", "en", "Lost"));
	json_object_set_new(places, "index",
	    json_pack("{s:s, s:{s:s}}", "region", "mena", "names", "en", "No such city"));
	build_to(t, out, NULL);
	holds(out, "en/city/xx-lost.html", "Lost");
	lacks(out, "en/city/xx-lost.html", "atlantis");
	holds(out, "en/city/index.html", "xx-lost.html");
	lacks(out, "en/city/index.html", "No such city");
	json_object_del(places, "xx-lost");
	json_object_del(places, "index");
}

/* Shown in place of any page: only what is in it and links from the root work everywhere. */
static void the_missing_page_stands_anywhere(void **state)
{
	const char *out = ((struct state *)*state)->fixture.out;
	struct buf html = slurp(out, "404.html"), policy = BUF_INIT;
	const char *sheet = strstr(html.ptr, "<style>");
	assert_non_null(sheet);
	sheet += strlen("<style>");
	const char *end = strstr(sheet, "</style>");
	assert_non_null(end);
	struct sha256 h = sha256(str_of(sheet, (size_t)(end - sheet)));
	buf_puts(&policy, "default-src 'none'; style-src 'sha256-");
	buf_base64(&policy, str_of(h.bytes, sizeof h.bytes));
	buf_puts(&policy, "'; base-uri 'none'; form-action 'none'");
	holds(out, "404.html", policy.ptr);
	lacks(out, "404.html", "<link");
	for (const char *p = html.ptr; (p = strstr(p, "href=\"")); p++)
		assert_int_equal(p[6], '/');
	holds(out, "404.html", "href=\"/en/index.html\"");
	buf_release(&policy);
	buf_release(&html);
}

static void translations_are_honest(void **state)
{
	const char *out = ((struct state *)*state)->fixture.out;
	const char *stale = "fr/good-practice/ke-mombasa.peace-ambassadors.html";
	const char *fallback = "en/case-study/lb-tripoli.bureau-jeunesse.html";
	const char *arabic = "fr/news/lb-tripoli.marche.html";
	holds(out, stale, "Texte traduit par une machine (langue d’origine : anglais)");
	holds(out, stale, "cette traduction suit la révision 1, l’original en est à la révision 2");
	holds(out, stale, "href=\"../../en/good-practice/ke-mombasa.peace-ambassadors.html\"");
	holds(out, fallback, "has not been translated into English yet");
	holds(out, fallback, "<h1 lang=\"fr\" dir=\"ltr\">");
	holds(out, fallback, "<link rel=\"canonical\" href=\"../../fr/case-study/");
	holds(out, arabic, "<html lang=\"fr\" dir=\"ltr\">");
	holds(out, arabic, "<h1 lang=\"ar\" dir=\"rtl\">");
	holds(out, "en/principles.html", "Do no harm."); /* it names no language */
}

static void withdrawn_texts_leave_a_note(void **state)
{
	const char *out = ((struct state *)*state)->fixture.out;
	holds(out, "en/news/lb-tripoli.ancien.html", "La date était fausse.");
	lacks(out, "en/news/lb-tripoli.ancien.html", "Retirée.");
	lacks(out, "en/news/lb-tripoli.ancien.html", "has not been translated");
	lacks(out, "en/news/index.html", "lb-tripoli.ancien");
	lacks(out, "en/city/lb-tripoli.html", "lb-tripoli.ancien");
	holds(out, "records/lb-tripoli/news/ancien/fr.md", "status: withdrawn");
}

static void hostile_text_stays_text(void **state)
{
	const char *out = ((struct state *)*state)->fixture.out;
	const char *page = "en/good-practice/ke-mombasa.peace-ambassadors.html";
	holds(out, page, "<h1>Women &amp; peace: &lt;ambassadors&gt; in every ward</h1>");
	holds(out, page, "&lt;script&gt;alert(\"x\")&lt;/script&gt;");
	lacks(out, page, "<script>alert");
	lacks(out, page, "<img");
	lacks(out, page, "href=\"javascript");
	holds(out, page, "<a href=\"../training/global.guide.html\">the guide</a>, nothing and");
	holds(out, "en/news/global.deep.html", "<blockquote>\n<p>x</p>\n</blockquote>");
}

static void members_only_with_leave(void **state)
{
	struct state *t = *state;
	struct fixture *f = &t->fixture;
	struct site_options o = {.out = t->fixture.out, .has_members = true};
	struct site_report report;
	struct err err = {0};
	static const char text[] =
	    "---\ntype: news\nid: inside\nlang: en\ntitle: Inside\nsummary: For members.\n"
	    "place: global\ndate: \"2020\"\nthemes: [youth]\naudiences: [public]\naudience: "
	    "members\nrevision: 1\n---\nInside.\n";
	struct site_item *i = MEM_PUSH(f->items, f->len, f->cap);
	*i = f->items[0];
	i->place = "global", i->type = "news", i->id = "inside", i->lang = "en";
	blob_id(f, i->md, str_from(text));
	i->hash = sha256(str_from(text));
	f->source.items = f->items;
	f->source.nitems = f->len;
	build_to(t, t->fixture.out, &report);
	assert_int_equal(report.skipped, 1);
	assert_non_null(strstr(report.notes.ptr,
	    "records/global/news/inside/en.md was left out: it is for members\n"));
	lacks(t->fixture.out, "en/news/index.html", "global.inside");
	site_report_release(&report);
	/* Where everybody reads nothing of it may ever stand, nor the other way round. */
	assert_int_equal(site_build(&f->source, &o, &report, &err), ERR_EXISTS);
	site_report_release(&report);
	char inside[128];
	snprintf(inside, sizeof inside, "%s/inside", t->fixture.folder);
	o.out = inside;
	assert_int_equal(site_build(&f->source, &o, &report, &err), 0);
	assert_int_equal(report.skipped, 0);
	holds(inside, "en/news/index.html", "global.inside");
	holds(inside, "en/news/index.html", "for members only");
	lacks(t->fixture.out, "en/news/index.html", "for members only");
	site_report_release(&report);
	o.has_members = false;
	assert_int_equal(site_build(&f->source, &o, &report, &err), ERR_EXISTS);
	site_report_release(&report);
	/* One that is not what its path says is left out, and the rest stands. */
	i->id = "outside";
	build_to(t, t->fixture.out, &report);
	assert_int_equal(report.skipped, 1);
	site_report_release(&report);
	blob_id(f, i->md, STR("not a record"));
	i->hash = sha256(STR("not a record"));
	build_to(t, t->fixture.out, &report);
	assert_int_equal(report.skipped, 1);
	site_report_release(&report);
}

/* Here is the one file, which the network's charter may as well be. */
static bool find_plan(void *ctx, const struct attachment *a, struct buf *path)
{
	(void)ctx;
	buf_printf(path, "%s/charter.json", golden_in);
	return str_is(a->name, "plan.pdf");
}

/* Pages say the same wherever they are made; what is here stands under local/ alone. */
static void files_are_named_and_found(void **state)
{
	struct state *t = *state;
	struct fixture *f = &t->fixture;
	struct buf text = BUF_INIT;
	const char *page = "fr/news/global.files.html", *local = "fr/local/news.global.files.html";
	struct attachment plan = {
	    .name = STR("plan.pdf"), .media = STR("application/pdf"), .size = 1449999};
	struct attachment talk = {.name = STR("talk.ogg"), .media = STR("audio/ogg"), .size = 640};
	char name[128];
	plan.hash = plan.chunks = sha256(STR("plan"));
	talk.hash = talk.chunks = sha256(STR("talk"));
	buf_puts(&text,
	    "---\ntype: news\nid: files\nlang: en\ntitle: Files\nsummary: Two of them.\n"
	    "place: global\ndate: \"2020\"\nthemes: [youth]\naudiences: [public]\nattachments:\n");
	attachment_write(&text, &plan);
	attachment_write(&text, &talk);
	buf_puts(&text, "revision: 1\n---\nTwo files.\n");
	struct site_item *i = MEM_PUSH(f->items, f->len, f->cap);
	*i = f->items[0];
	i->place = "global", i->type = "news", i->id = "files", i->lang = "en";
	blob_id(f, i->md, buf_str(&text));
	i->hash = sha256(buf_str(&text));
	f->source.items = f->items;
	f->source.nitems = f->len;
	build_to(t, t->fixture.out, NULL);
	struct buf without = slurp(t->fixture.out, page);
	holds(t->fixture.out, local,
	    "<bdi>plan.pdf</bdi> <span class=\"tag\">Document, PDF, 1,4\u00a0Mo");
	lacks(t->fixture.out, local, "/plan.pdf\"");
	f->source.find_file = find_plan;
	build_to(t, t->fixture.out, NULL);
	struct buf with = slurp(t->fixture.out, page);
	assert_true(str_eq(buf_str(&without), buf_str(&with)));
	holds(t->fixture.out, page,
	    "href=\"../local/news.global.files.html\"><bdi>talk.ogg</bdi></a>");
	holds(t->fixture.out, page, "Audio, Ogg, 640\u00a0octets");
	snprintf(name, sizeof name, "local/%s/plan.pdf", sha256_hex(&plan.hash).text);
	holds(t->fixture.out, local, name);
	holds(t->fixture.out, local,
	    "<bdi>talk.ogg</bdi> <span class=\"tag\">Audio, Ogg, 640\u00a0octets</span> "
	    "<strong>pas encore");
	holds(t->fixture.out, name, "themes"); /* the file itself */
	buf_release(&with);
	buf_release(&without);
	buf_release(&text);
}

/* The line that the page shows, run as a visitor would. */
static void the_command_on_the_page_verifies(void **state)
{
	struct state *t = *state;
	char command[2048];
	if (system("command -v ssh-keygen >/dev/null") != 0)
		skip();
	struct buf page =
	    slurp(t->fixture.out, "fr/good-practice/ke-mombasa.peace-ambassadors.html");
	for (const char *at = page.ptr; (at = strstr(at, "<code>ssh-keygen")); at++) {
		const char *from = at + strlen("<code>"), *end = strstr(from, " &lt; ");
		assert_non_null(end);
		snprintf(command, sizeof command,
		    "cd %s && mkdir -p saved && cp site/allowed_signers "
		    "site/records/ke-mombasa/good-practice/peace-ambassadors/fr.md* saved/ && "
		    "cd saved && %.*s < fr.md | grep -q ^Good",
		    t->fixture.folder, (int)(end - from), from);
		assert_int_equal(system(command), 0);
		snprintf(command, sizeof command,
		    "cd %s/saved && echo >> fr.md && ! %.*s < fr.md 2>/dev/null | grep -q ^Good",
		    t->fixture.folder, (int)(end - from), from);
		assert_int_equal(system(command), 0);
	}
	buf_release(&page);
}

int main(void)
{
/* One of its own, to change; the others look at one that all share. */
#define WITH_SITE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(counts),
	    cmocka_unit_test(every_page_is_clean_and_leads_somewhere),
	    WITH_SITE(output_depends_on_the_input_alone),
	    WITH_SITE(the_link_turns),
	    WITH_SITE(two_at_once_make_one_site),
	    WITH_SITE(one_that_is_stopped_turns_nothing),
	    WITH_SITE(what_is_not_ours_is_left_alone),
	    WITH_SITE(addresses_of_the_charter),
	    WITH_SITE(rosters_of_many_hands),
	    cmocka_unit_test(golden_pages),
	    cmocka_unit_test(the_missing_page_stands_anywhere),
	    cmocka_unit_test(translations_are_honest),
	    cmocka_unit_test(withdrawn_texts_leave_a_note),
	    cmocka_unit_test(hostile_text_stays_text),
	    WITH_SITE(files_are_named_and_found),
	    WITH_SITE(members_only_with_leave),
	    WITH_SITE(the_command_on_the_page_verifies),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
