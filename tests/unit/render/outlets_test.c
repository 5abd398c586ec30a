/* SPDX-License-Identifier: Apache-2.0 */
/* What the site says to machines: feeds, calendars, sitemaps, catalogues, linked data. */
#include "fixture.h"

#include "pages/page.h"
#include "markup/xml.h"

#include <sys/stat.h>
#include <unistd.h>

static int setup(void **state)
{
	struct fixture *f = *state = mem_alloc(sizeof *f);
	fixture_open(f, golden_in);
	return 0;
}

/* A record as it stands, in the newest entry of all. */
static struct site_item *add(struct fixture *f, const char *type, const char *id, const char *text)
{
	struct buf raw = BUF_INIT, all = BUF_INIT;
	struct err err = {0};
	buf_printf(&raw, "---\ntype: %s\nid: %s\nlang: en\n%s%s%s", type, id,
	    strstr(text, "themes:") ? "" : "themes: [youth]\n",
	    strstr(text, "audiences:") ? "" : "audiences: [mayors]\n", text);
	must(record_format(&all, buf_str(&raw), id, f->schemas, NULL, &err), &err);
	struct site_item *i = MEM_PUSH(f->items, f->len, f->cap);
	*i = f->items[0];
	i->place = "global", i->type = type, i->id = id, i->lang = "en";
	i->time = 1765000000 + (int64_t)f->len * 60;
	blob_id(f, i->md, buf_str(&all));
	i->hash = sha256(buf_str(&all));
	buf_release(&all);
	buf_release(&raw);
	f->source.items = f->items;
	f->source.nitems = f->len;
	return i;
}

static void name_site(struct fixture *t)
{
	json_object_set_new(t->charter, "site", json_string("https://cities.example/commons"));
}

static size_t count(const struct fixture *t, const char *path, const char *text)
{
	struct buf b = slurp(t->out, path);
	size_t n = 0;
	for (const char *p = b.ptr; (p = strstr(p, text)); p++)
		n++;
	buf_release(&b);
	return n;
}

static void feeds_say_what_is_new(void **state)
{
	struct fixture *t = *state;
	struct err err = {0};
	add(t, "news", "bells",
	    "title: \"Bells ]]> & <b>\\\"towers\\\"</b>\"\nsummary: \"Rung once.\"\n"
	    "place: global\nthemes: [youth]\ndate: \"2020\"\nrevision: 1\n---\nX.\n");
	fixture_build(t);
	holds(t->out, "en/feed.xml",
	    "<title xml:lang=\"en\">Bells ]]&gt; &amp; "
	    "&lt;b&gt;&quot;towers&quot;&lt;/b&gt;</title>");
	holds(t->out, "en/feed.xml", "<updated>2025-12-06T05:58:40Z</updated>");
	holds(t->out, "en/feed.xml", "href=\"../en/news/global.bells.html\"");
	holds(t->out, "fr/theme/youth/feed.xml", "<title>Cities of the Example · Jeunes</title>");
	holds(t->out, "fr/theme/youth/feed.xml", "href=\"../../../fr/news/global.bells.html\"");
	holds(t->out, "fr/theme/youth/feed.xml", "<category term=\"youth\" label=\"Jeunes\"/>");
	holds(t->out, "en/city/ke-mombasa/feed.xml", "rel=\"alternate\" type=\"text/html\" href=");
	assert_false(exists(t->out, "en/theme/evaluation/feed.xml"));
	holds(t->out, "en/theme/youth.html", "<a href=\"../theme/youth/feed.xml\">Follow");
	holds(t->out, "en/news/index.html",
	    "<link rel=\"alternate\" type=\"application/atom+xml\" title=\"News\" "
	    "href=\"../news/feed.xml\">");
	lacks(t->out, "en/region/mena.html", "feed.xml");
	/* Withdrawn texts are news to nobody. */
	lacks(t->out, "fr/news/feed.xml", "lb-tripoli.ancien");
	struct buf feed = slurp(t->out, "en/feed.xml");
	const char *id = strstr(strstr(feed.ptr, "<entry>"), "<id>urn:uuid:");
	assert_non_null(id);
	assert_int_equal(id[strlen("<id>urn:uuid:") + 14], '8');
	char kept[64];
	snprintf(kept, sizeof kept, "%.54s", id);
	assert_int_equal(xml_check(buf_str(&feed), "feed", "x", &err), 0);
	buf_release(&feed);
	/* With an address addresses change, and names stay. */
	name_site(t);
	fixture_build(t);
	holds(t->out, "en/feed.xml", kept);
	holds(t->out, "en/feed.xml",
	    "href=\"https://cities.example/commons/en/news/global.bells.html\"/>");
	lacks(t->out, "en/feed.xml", "href=\"../");
}

static void feeds_end(void **state)
{
	struct fixture *t = *state;
	static char ids[30][16];
	for (size_t i = 0; i < 30; i++) {
		snprintf(ids[i], sizeof ids[i], "n%zu", i);
		add(t, "news", ids[i],
		    "title: N\nsummary: S\nplace: global\ndate: \"2020\"\nrevision: 1\n---\nX.\n");
	}
	fixture_build(t);
	assert_int_equal(count(t, "en/news/feed.xml", "<entry>"), 25);
	holds(t->out, "en/news/feed.xml", "global.n29.html");
	holds(t->out, "en/news/feed.xml", "global.n5.html");
	lacks(t->out, "en/news/feed.xml", "global.n4.html");
}

static const char tail[] = "themes: [youth]\naudiences: [mayors]\nstarts: \"%s\"\n%s"
			   "venue: Hall; 2, Quay\nrevision: 1\n---\nX.\n";

static void add_event(struct fixture *t, const char *id, const char *starts, const char *ends)
{
	char text[512] = "title: Days of peace\nsummary: A meeting.\nplace: global\n";
	size_t n = strlen(text);
	snprintf(text + n, sizeof text - n, tail, starts, ends);
	add(t, "event", id, text);
}

static void calendars_have_known_days_alone(void **state)
{
	struct fixture *t = *state;
	const char *all = "fr/event/calendar.ics";
	add_event(t, "full", "2024-02-28", "ends: \"2024-02-29\"\n");
	add_event(t, "open", "2024-05-31", "ends: \"2024-06\"\n");
	add_event(t, "month", "2024-05", "");
	add_event(t, "year", "2024", "");
	fixture_build(t);
	assert_int_equal(count(t, all, "BEGIN:VEVENT"), 2);
	holds(t->out, all, "\r\nDTSTART;VALUE=DATE:20240228\r\nDTEND;VALUE=DATE:20240301\r\n");
	holds(t->out, all,
	    "\r\nDTSTART;VALUE=DATE:20240531\r\nSUMMARY;LANGUAGE=en:Days of peace\r\n");
	holds(t->out, all, "\r\nLOCATION;LANGUAGE=en:Hall\\; 2\\, Quay\r\n");
	holds(t->out, all, "\r\nDTSTAMP:20251206T055840Z\r\n");
	lacks(t->out, all, "\r\nURL");
	assert_int_equal(count(t, "fr/event/global.full.ics", "BEGIN:VEVENT"), 1);
	/* What is said of all of them is not said of one. */
	holds(t->out, all, "\r\nX-WR-CALDESC:");
	lacks(t->out, "fr/event/global.full.ics", "X-WR-CALDESC");
	assert_false(exists(t->out, "fr/event/global.month.ics"));
	holds(t->out, "fr/event/global.full.html", "<a href=\"../event/global.full.ics\">Ajouter");
	holds(t->out, "fr/event/global.month.html", "Son jour n’est pas connu");
	holds(t->out, "en/event/index.html", "<a href=\"../event/calendar.ics\">Calendar of");
	name_site(t);
	fixture_build(t);
	holds(t->out, all, "\r\nURL:https://cities.example/commons/fr/event/global.full.html\r\n");
	holds(t->out, "fr/event/global.full.ics",
	    "\r\nURL:https://cities.example/commons/fr/event/global.full.html\r\n");
}

/* Who finds a page in a search finds the one in their language, or the original. */
static void maps_have_real_pages_in_clusters(void **state)
{
	struct fixture *t = *state;
	struct err err = {0};
	const char *en = "sitemap-en-1.xml", *fr = "sitemap-fr-1.xml";
	const char *practice = "en/good-practice/ke-mombasa.peace-ambassadors.html";
	const char *fallback = "en/case-study/lb-tripoli.bureau-jeunesse.html";
	fixture_build(t);
	assert_false(exists(t->out, "sitemap.xml"));
	holds(t->out, "robots.txt", "User-agent: *\nAllow: /\n");
	lacks(t->out, "robots.txt", "Sitemap");
	holds(t->out, practice,
	    "<link rel=\"alternate\" href=\"../../fr/good-practice/"
	    "ke-mombasa.peace-ambassadors.html\" hreflang=\"fr\">");
	holds(t->out, practice,
	    "<link rel=\"alternate\" href=\"../../en/good-practice/"
	    "ke-mombasa.peace-ambassadors.html\" hreflang=\"x-default\">");
	lacks(t->out, fallback, "rel=\"alternate\" href=");
	holds(t->out, fallback, "<link rel=\"canonical\" href=\"../../fr/");
	lacks(t->out, "fr/news/lb-tripoli.ancien.html", "rel=\"alternate\" href=");
	holds(t->out, "fr/theme/youth.html",
	    "<link rel=\"alternate\" href=\"../../en/theme/youth.html\" hreflang=\"en\">");
	holds(t->out, "fr/index.html",
	    "<link rel=\"alternate\" href=\"../index.html\" hreflang=\"x-default\">");
	name_site(t);
	fixture_build(t);
	holds(t->out, "robots.txt", "Sitemap: https://cities.example/commons/sitemap.xml\n");
	holds(t->out, "sitemap.xml", "<loc>https://cities.example/commons/sitemap-fr-1.xml</loc>");
	holds(t->out, en,
	    "<loc>https://cities.example/commons/en/theme/youth.html</loc>\n<xhtml:link");
	holds(t->out, en,
	    "peace-ambassadors.html</loc>\n<lastmod>2025-11-24T22:00:00Z</lastmod>\n"
	    "<xhtml:link rel=\"alternate\" hreflang=\"en\" "
	    "href=\"https://cities.example/commons/en/"
	    "good-practice/ke-mombasa.peace-ambassadors.html\"/>\n"
	    "<xhtml:link rel=\"alternate\" hreflang=\"fr\"");
	holds(t->out, en,
	    "hreflang=\"x-default\" href=\"https://cities.example/commons/index.html\"");
	lacks(t->out, en, "bureau-jeunesse");
	holds(t->out, fr, "bureau-jeunesse");
	lacks(t->out, fr, "ancien");
	lacks(t->out, fr, "404");
	/* Each link is returned: the same clusters stand in both. */
	assert_int_equal(count(t, en, "hreflang=\"fr\""), count(t, fr, "hreflang=\"en\""));
	struct buf map = slurp(t->out, en);
	assert_int_equal(xml_check(buf_str(&map), "urlset", en, &err), 0);
	buf_release(&map);
}

/* Whoever reads it in no other language finds no cluster of one page. */
static void a_site_of_one_language(void **state)
{
	struct fixture *t = *state;
	json_object_set_new(t->charter, "languages", json_pack("[s]", "fr"));
	name_site(t);
	fixture_build(t);
	holds(t->out, "index.html", "<a href=\"fr/index.html\"");
	lacks(t->out, "index.html", "rel=\"alternate\"");
	lacks(t->out, "fr/index.html", "rel=\"alternate\" href=");
	lacks(t->out, "sitemap-fr-1.xml", "hreflang");
	assert_false(exists(t->out, "en/index.html"));
}

static json_t *linked_of(const struct fixture *t, const char *path)
{
	static const char start[] = "<script type=\"application/ld+json\">";
	struct buf html = slurp(t->out, path);
	struct err err = {0};
	json_t *v = NULL;
	const char *from = strstr(html.ptr, start), *end = from ? strstr(from, "</script>") : NULL;
	assert_non_null(end);
	from += strlen(start);
	must(json_parse(&v, str_of(from, (size_t)(end - from)), path, &err), &err);
	buf_release(&html);
	return v;
}

static void linked_data_is_what_the_page_says(void **state)
{
	struct fixture *t = *state;
	add_event(t, "full", "2024-02-28", "");
	add(t, "news", "bells",
	    "title: \"</script><script>&\\\"x\"\nsummary: Rung.\nplace: global\n"
	    "date: \"2020\"\nsources:\n  - title: Notes\n    url: https://a.example/?a&b\n"
	    "revision: 1\n---\nX.\n");
	fixture_build(t);
	json_t *news = linked_of(t, "en/news/global.bells.html");
	assert_string_equal(json_get_text(news, "@type").ptr, "NewsArticle");
	assert_string_equal(json_get_text(news, "name").ptr, "</script><script>&\"x");
	assert_string_equal(json_get_text(news, "datePublished").ptr, "2020");
	assert_string_equal(json_get_text(news, "inLanguage").ptr, "en");
	const json_t *source = json_array_get(json_object_get(news, "isBasedOn"), 0);
	assert_string_equal(json_get_text(source, "url").ptr, "https://a.example/?a&b");
	assert_null(json_object_get(news, "license"));
	assert_null(json_object_get(news, "url"));
	/* Of this and of the one that is loaded. */
	assert_int_equal(count(t, "en/news/global.bells.html", "</script>"), 2);
	json_decref(news);
	json_t *event = linked_of(t, "en/event/global.full.html");
	assert_string_equal(json_get_text(event, "@type").ptr, "Event");
	assert_string_equal(json_get_text(event, "startDate").ptr, "2024-02-28");
	assert_null(json_object_get(event, "author"));
	assert_string_equal(
	    json_get_text(json_object_get(event, "subjectOf"), "inLanguage").ptr, "en");
	json_decref(event);
	json_t *french = linked_of(t, "fr/good-practice/ke-mombasa.peace-ambassadors.html");
	json_t *english = linked_of(t, "en/good-practice/ke-mombasa.peace-ambassadors.html");
	assert_string_equal(json_get_text(json_object_get(french, "translationOfWork"), "@id").ptr,
	    json_get_text(english, "@id").ptr);
	json_decref(french);
	json_decref(english);
	/* Only where the text is in the page's language. */
	lacks(t->out, "en/case-study/lb-tripoli.bureau-jeunesse.html", "ld+json");
	holds(t->out, "fr/good-practice/ke-mombasa.peace-ambassadors.html",
	    "<link rel=\"alternate\" type=\"text/markdown\" "
	    "href=\"../../records/ke-mombasa/good-practice/peace-ambassadors/fr.md\">");
}

static void fields_are_quoted(void **state)
{
	static const struct {
		const char *in, *csv, *json;
	} rows[] = {
	    {"plain-1", "plain-1", "\"plain-1\""},
	    {"", "", "\"\""},
	    {"a \"b\", c", "\"a \"\"b\"\", c\"", "\"a \\\"b\\\", c\""},
	    {"=1+1", "\"'=1+1\"", "\"=1+1\""},
	    {"+x", "\"'+x\"", "\"+x\""},
	    {"-x", "\"'-x\"", "\"-x\""},
	    {"@x", "\"'@x\"", "\"@x\""},
	    {"\tx", "\"'\tx\"", "\"\\tx\""},
	    {"a\r\nb", "\"a\r\nb\"", "\"a\\r\\nb\""},
	    {"]]></script>\\", "\"]]></script>\\\"", "\"]]></script>\\\\\""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buf b = BUF_INIT;
		csv_field(&b, str_from(rows[i].in));
		assert_string_equal(b.ptr, rows[i].csv);
		buf_reset(&b);
		json_field(&b, str_from(rows[i].in));
		assert_string_equal(b.ptr, rows[i].json);
		buf_release(&b);
	}
}

static void catalogues_have_a_row_a_text(void **state)
{
	struct fixture *t = *state;
	struct err err = {0};
	json_t *all = NULL;
	add(t, "news", "sum",
	    "title: \"=HYPERLINK(\\\"x\\\")\"\nsummary: Rung.\nplace: global\n"
	    "date: \"2020\"\nrevision: 1\n---\nX.\n");
	fixture_build(t);
	/* Eleven texts of the fixture but for the withdrawn one, and this. */
	assert_int_equal(count(t, "data/catalog.csv", "\r\n"), 1 + 11 - 1 + 1);
	holds(t->out, "data/catalog.csv", "id,place,type,lang,title,");
	holds(t->out, "data/catalog.csv",
	    "\r\nsum,global,news,en,\"'=HYPERLINK(\"\"x\"\")\",\"Rung.\",2020,youth,global,,"
	    "\"../en/news/global.sum.html\",");
	struct buf json = slurp(t->out, "data/catalog.json");
	must(json_parse(&all, buf_str(&json), "catalog", &err), &err);
	const json_t *rows = json_object_get(all, "records"), *row = NULL;
	assert_int_equal(json_array_size(rows), 11);
	for (size_t i = 0; i < json_array_size(rows); i++)
		if (str_is(json_get_text(json_array_get(rows, i), "id"), "peace-ambassadors") &&
		    str_is(json_get_text(json_array_get(rows, i), "lang"), "fr"))
			row = json_array_get(rows, i);
	assert_non_null(row);
	assert_string_equal(json_get_text(row, "themes").ptr, "gender dialogue");
	assert_string_equal(json_get_text(row, "country").ptr, "KE");
	assert_string_equal(json_get_text(row, "translated_from").ptr, "en");
	assert_string_equal(json_get_text(row, "hub").ptr, "nairobi");
	assert_int_equal(json_get_int(row, "revision"), 1);
	holds(t->out, "llms.txt", "- [Young people](en/theme/youth.html)\n");
	json_decref(all);
	buf_release(&json);
}

int main(void)
{
#define WITH_SITE(test) cmocka_unit_test_setup_teardown(test, setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
	    WITH_SITE(feeds_say_what_is_new),
	    WITH_SITE(feeds_end),
	    WITH_SITE(maps_have_real_pages_in_clusters),
	    WITH_SITE(a_site_of_one_language),
	    WITH_SITE(linked_data_is_what_the_page_says),
	    cmocka_unit_test(fields_are_quoted),
	    WITH_SITE(catalogues_have_a_row_a_text),
	    WITH_SITE(calendars_have_known_days_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
