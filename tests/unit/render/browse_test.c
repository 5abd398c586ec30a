/* SPDX-License-Identifier: Apache-2.0 */
/* Which documents the lists hold, in which order, and what leads to them. */
#include "fixture.h"

#include "pages/map.h"

static int setup(void **state)
{
	struct fixture *f = *state = mem_alloc(sizeof *f);
	fixture_open(f, golden_in);
	fixture_build(f);
	return 0;
}

static const char *out_of(void **state)
{
	return ((const struct fixture *)*state)->out;
}

static const char *const documents[] = {"good-practice/ke-mombasa.peace-ambassadors.html",
    "city-profile/ke-mombasa.mombasa.html", "training/global.guide.html", "news/global.deep.html",
    "case-study/lb-tripoli.bureau-jeunesse.html", "news/lb-tripoli.marche.html",
    "news/lb-tripoli.ancien.html"};

/* The list holds exactly these of `documents`, by position, in this order. */
static void lists(void **state, const char *page, const char *expected)
{
	struct buf html = slurp(out_of(state), page), is = BUF_INIT;
	const char *from = strstr(html.ptr, "<main"), *end = strstr(html.ptr, "</main>");
	assert_non_null(from);
	for (const char *p = from; p < end; p++)
		for (size_t i = 0; i < sizeof documents / sizeof *documents; i++)
			if (strncmp(p, documents[i], strlen(documents[i])) == 0)
				buf_putc(&is, (char)('0' + i));
	buf_putc(&is, 0);
	if (strcmp(is.ptr, expected) != 0)
		fail_msg("%s lists %s, not %s", page, is.ptr, expected);
	buf_release(&html);
	buf_release(&is);
}

static void has(void **state, const char *page, const char *text)
{
	holds(out_of(state), page, text);
}

static bool is_there(void **state, const char *page)
{
	return exists(out_of(state), page);
}

static void one_facet(void **state)
{
	lists(state, "en/need/peers.html", "25");
	lists(state, "en/need/means.html", "5");
	lists(state, "fr/objective/1-1.html", "4");
	lists(state, "en/audience/mayors.html", "02543");
	lists(state, "en/year/2024.html", "0");
	lists(state, "en/year/2022.html", "5");
	/* Where it is, or what it says of itself; once where both are so. */
	lists(state, "en/country/ke.html", "01");
	/* Also where only the roster says so; what is withdrawn is in no list. */
	lists(state, "en/country/lb.html", "54");
	assert_false(is_there(state, "en/need/voice.html"));
	assert_false(is_there(state, "en/year/2020.html"));
	has(state, "fr/need/peers.html", "<h1>Des pairs</h1>");
	has(state, "fr/country/lb.html", "<h1>Liban</h1>");
}

/* Out of its place in the site, too: in a list of windows, or of what a search engine found. */
static void lists_say_what_they_are(void **state)
{
	has(state, "en/year/2024.html", "<title>Documents of 2024 · ");
	has(state, "fr/az/m.html", "<title>Documents qui commencent par M · ");
	has(state, "en/az/m.html", "<h1>Documents that begin with M</h1>");
	has(state, "en/theme/youth.html",
	    "<meta name=\"description\" content=\"Young people. 4 documents. What cities have "
	    "published on this topic.\">");
	has(state, "fr/country/lb.html",
	    "<meta name=\"description\" content=\"Liban. 2 documents.\">");
	has(state, "en/az/m.html", "<meta name=\"description\"");
	has(state, "en/browse.html", "<meta name=\"description\"");
	has(state, "en/changes.html", "<meta name=\"description\"");
	/* A city's is its profile's. */
	lacks(out_of(state), "en/city/ke-mombasa.html", " documents. ");
}

static void menus_say_where_one_is(void **state)
{
	has(state, "en/theme/index.html", "<a href=\"../theme/index.html\" aria-current=\"page\">");
	has(state, "en/theme/youth.html", "<a href=\"../theme/index.html\" aria-current=\"true\">");
	has(state, "en/region/mena.html", "<a href=\"../city/index.html\" aria-current=\"true\">");
	has(state, "en/verify.html", "<a href=\"verify.html\" aria-current=\"page\">");
	has(state, "en/verify.html", "<h1>How to check these pages</h1>");
	has(state, "en/search.html", "<a href=\"search.html\" aria-current=\"page\">");
	lacks(out_of(state), "en/good-practice/ke-mombasa.peace-ambassadors.html",
	    "aria-current=\"page\"");
}

static void countries_lead_to_cities(void **state)
{
	has(state, "en/country/ke.html",
	    "<a href=\"../city/ke-mombasa.html\"><bdi>Mombasa</bdi></a>");
	has(state, "en/country/ke.html",
	    "<a href=\"../region/east-southern-africa.html\">East and Southern Africa</a></p>");
	lacks(out_of(state), "en/country/ke.html", "../city/lb-tripoli.html");
}

/* What a fact names has a list, and the fact leads there. */
static void facts_lead_to_lists(void **state)
{
	has(state, "fr/good-practice/ke-mombasa.peace-ambassadors.html",
	    "<a href=\"../audience/mayors.html\"><bdi>");
	has(state, "en/training/global.guide.html",
	    "<a href=\"../need/peers.html\"><bdi>Peers to learn from</bdi></a>");
	has(state, "fr/case-study/lb-tripoli.bureau-jeunesse.html",
	    "<a href=\"../objective/1-1.html\"><bdi>");
}

static void two_facets(void **state)
{
	lists(state, "en/theme/youth.html", "5431");
	lists(state, "en/theme/youth.news.html", "53");
	lists(state, "en/theme/youth.in_mena.html", "54");
	lists(state, "en/theme/dialogue.in_global.html", "2");
	lists(state, "en/news/in_global.html", "3");
	lists(state, "en/news/in_mena.html", "5");
	assert_false(is_there(state, "en/theme/youth.training.html"));
	assert_false(is_there(state, "en/training/in_mena.html"));
	has(state, "fr/theme/youth.in_mena.html",
	    "<h1>Jeunes : Moyen-Orient et Afrique du Nord</h1>");
	has(state, "fr/theme/youth.in_mena.html", "<a href=\"../theme/youth.html\">Jeunes</a>");
}

static void links_say_how_many(void **state)
{
	has(state, "en/theme/youth.html",
	    "<a href=\"../theme/youth.in_mena.html\"><bdi>Middle East and North "
	    "Africa</bdi></a> <bdi class=\"n\">2</bdi>");
	has(state, "en/news/index.html", "<a href=\"../theme/youth.news.html\">");
	has(state, "en/region/mena.html", "<a href=\"../theme/youth.in_mena.html\">");
	has(state, "en/region/mena.html", "<a href=\"../case-study/in_mena.html\">");
	has(state, "en/index.html",
	    "<a href=\"need/peers.html\">Peers to learn from</a> "
	    "<bdi class=\"n\">2</bdi>");
	has(state, "en/browse.html", "<a href=\"year/2024.html\">");
	/* Cities by region are counted, and not their documents. */
	has(state, "en/index.html",
	    "<a href=\"region/mena.html\">Middle East and North Africa</a> <span "
	    "class=\"n\">2 cities</span>");
	lacks(out_of(state), "en/index.html", "<a href=\"region/global.html\">Worldwide</a> <");
}

static void cities_have_what_others_say(void **state)
{
	/* The profile’s own page, which leads to a practice; its documents; what names the city,
	 * and what was adapted from a practice of its own. */
	lists(state, "en/city/ke-mombasa.html", "10054");
	has(state, "en/city/ke-mombasa.html", "<a href=\"../country/ke.html\">Kenya</a>");
}

static void maps_show_where(void **state)
{
	static const char dot[] = "<a href=\"../city/ke-mombasa.html\" tabindex=\"-1\">"
				  "<title>Mombasa</title><circle cx=\"1099\" cy=\"529\"";
	/* 39.7° E is 219.7° from the edge, a fifth of a degree each; 4.1° S 88.1° from the top. */
	has(state, "en/city/index.html", dot);
	has(state, "en/region/east-southern-africa.html", dot);
	has(state, "en/city/ke-mombasa.html", "<circle class=\"here\" cx=\"1099\" cy=\"529\"");
	has(state, "en/index.html", "<path class=\"land\"");
	struct buf html = slurp(out_of(state), "en/region/mena.html");
	assert_null(strstr(html.ptr, "<svg viewBox=\"0 0 1800 846\""));
	assert_null(strstr(html.ptr, "<figure"));
	buf_release(&html);
}

static void overviews_say_what_there_is(void **state)
{
	/* The withdrawn text stands apart, with its reason, and in no list. */
	lists(state, "en/conflicts.html", "6");
	has(state, "en/conflicts.html", "La date était fausse.");
	has(state, "fr/changes.html", "<strong>Traduit</strong>");
	/* A document is in one row, in the reader's language, with what happened to each text. */
	lists(state, "en/changes.html", "5640123");
	/* Young people: one from everywhere, one from the region, two from the other region. */
	has(state, "en/dashboard.html",
	    "<th scope=\"row\">Young people</th><td class=\"level2\"><a "
	    "href=\"theme/youth.in_east-southern-africa.html\">"
	    "<bdi>1</bdi></a></td><td class=\"level3\"><a "
	    "href=\"theme/youth.in_mena.html\"><bdi>2</bdi></a></td>"
	    "<td class=\"level2\"><a href=\"theme/youth.in_global.html\"><bdi>1</bdi></a></td>");
	/* French: three originals of which one is gone, three translations of which one by machine.
	 */
	has(state, "en/dashboard.html",
	    "<th scope=\"row\">French</th><td><bdi>1</bdi></td>"
	    "<td><bdi>1</bdi></td><td><bdi>1</bdi></td>"
	    "<td><a href=\"missing/behind.html\"><bdi>1</bdi></a></td>");
	has(state, "en/dashboard.html", "<a href=\"city/lb-tripoli.html\">");
}

static void clips(const char *land, struct box box, const char *expected)
{
	struct buf out = BUF_INIT;
	buf_puts(&out, "");
	map_clip(&out, str_from(land), box);
	assert_string_equal(out.len ? out.ptr : "", expected);
	buf_release(&out);
}

static void land_ends_at_the_frame(void **state)
{
	const struct box box = {0, 0, 100, 50};
	(void)state;
	/* Within; across an edge; around the whole box; beyond it. */
	clips("M10 10l10 0l0 10z", box, "M10 10l10 0l0 10z");
	clips("M90 10l20 0l0 10l-20 0z", box, "M90 10l10 0l0 10l-10 0z");
	clips("M-10-10l200 0l0 200l-200 0z", box, "M0 50l0-50l100 0l0 50z");
	clips("M200 10l10 0l0 10z", box, "");
	/* What is not as the script writes it ends the map, no more. */
	clips("M10 10l10 0l0 10zM1x", box, "M10 10l10 0l0 10z");
	clips("M10 10l10 0c0 10z", box, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_facet),
	    cmocka_unit_test(lists_say_what_they_are),
	    cmocka_unit_test(menus_say_where_one_is),
	    cmocka_unit_test(countries_lead_to_cities),
	    cmocka_unit_test(facts_lead_to_lists),
	    cmocka_unit_test(two_facets),
	    cmocka_unit_test(links_say_how_many),
	    cmocka_unit_test(cities_have_what_others_say),
	    cmocka_unit_test(maps_show_where),
	    cmocka_unit_test(overviews_say_what_there_is),
	    cmocka_unit_test(land_ends_at_the_frame),
	};
	return cmocka_run_group_tests(tests, setup, fixture_teardown);
}
