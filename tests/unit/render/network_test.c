/* SPDX-License-Identifier: Apache-2.0 */
/* Pages that read across a kind of documents: strategy, partners, questions; years; regions beside
 * one another; what is missing. */
#include "fixture.h"

#define FOLLOWED "1f0c1d5f3b0a4a5e8f4f6b6e2d7c9a8b7c6d5e4f30210f1e2d3c4b5a69788796"

/* Heads without what all have alike. */
static const struct {
	const char *path, *head;
} records[] = {
    {"global/strategy/plan/en", "title: The plan\nthemes: [youth]\naudiences: [mayors]\n"
				"objectives: [1-1]\nstarted: \"2023\"\nended: \"2025\"\n"
				"priorities: [Speak & listen]\nbudget:\n  amount: 3100000\n"
				"  currency: USD\n  year: \"2022\"\n"},
    {"ke-mombasa/good-practice/deed/en", "title: A deed\nthemes: [gender]\naudiences: [mayors]\n"
					 "objectives: [1-1]\nevidence: evaluated\n"},
    {"global/good-practice/leg/en", "title: Leg\nthemes: [gender]\naudiences: [mayors]\n"
				    "adapted_from: [global/good-practice/ring]\n"},
    {"global/good-practice/ring/en", "title: Ring\nthemes: [gender]\naudiences: [mayors]\n"
				     "adapted_from: [global/good-practice/round]\n"},
    {"global/good-practice/round/en",
	"title: Round\nthemes: [gender]\naudiences: [mayors]\n"
	"adapted_from: [global/good-practice/ring, global/good-practice/round]\n"},
    {"global/partner/friend/en", "title: A friend\nkind: partner\nrole: Helps\nthemes: [youth]\n"},
    {"global/partner/state/en", "title: A state\nkind: donor\ncountry: \"NO\"\n"
				"gives: [A <b>summit</b>]\nsince: \"2021\"\nthemes: [youth]\n"},
    {"global/question/zeal/en", "title: Why not?\nshort_answer: Because.\nthemes: [youth]\n"
				"audiences: [mayors]\n"},
    {"global/question/zeal/fr", "title: \u00c9videmment ?\nshort_answer: Parce que.\n"
				"themes: [youth]\naudiences: [mayors]\n"
				"translation: {of: en, revision: 1, method: human}\n"},
    {"global/question/e-z/en", "title: Ezra?\nthemes: [youth]\naudiences: [mayors]\n"},
    {"global/question/e-l/en", "title: \u00c9lan?\nthemes: [youth]\naudiences: [mayors]\n"},
    {"global/question/e-c/en", "title: eclairs?\nthemes: [youth]\naudiences: [mayors]\n"},
    {"global/question/able/en", "title: How so?\nthemes: [youth]\naudiences: [mayors]\n"},
    {"lb-saida/city-profile/saida/en",
	"title: Saida\ncountry: LB\nregion: mena\nkind: town\nthemes: [youth]\n"
	"coordinates: {lat: -3.0, lon: 41.0, source: https://example.org/}\n"},
    {"global/event/first/en", "title: First\nstarts: \"2019-04-02\"\nthemes: [youth]\n"
			      "audiences: [mayors]\n"},
    {"global/event/second/en", "title: Second\nstarts: \"2024\"\nthemes: [youth]\n"
			       "audiences: [mayors]\n"
			       "participants: {people: 70, cities: 1, countries: 11}\n"},
    {"global/event/third/en", "title: Third\nstarts: \"2018-04-02\"\nends: \"2018-04-03\"\n"
			      "themes: [youth]\naudiences: [mayors]\n"},
    {"global/body/board/en",
	"title: Board\nkind: committee\nminutes:\n"
	"  - {title: Minutes, date: \"2021-05-04\"}\nroles:\n"
	"  - {role: Chair, name: Backwards, starts: \"2024\", ends: \"2022\"}\n"
	"  - {role: Chair, name: Onwards, starts: \"2020\", ends: \"2023\"}\n"},
    {"global/question/zeta/en", "title: Zeta?\nthemes: [youth]\naudiences: [mayors]\n"},
    {"global/question/zeta/fr", "title: Ypres ?\nthemes: [youth]\naudiences: [mayors]\n"
				"translation: {of: en, revision: 1, method: human}\n"},
};

static void put_record(const char *folder, const char *path, const char *head)
{
	char file[256], lang[8];
	struct buf bytes = BUF_INIT;
	struct err err = {0};
	struct str rest = str_from(path), place = str_cut(&rest, '/'), type = str_cut(&rest, '/'),
		   id = str_cut(&rest, '/');
	snprintf(lang, sizeof lang, "%.*s", STR_FMT(rest));
	snprintf(file, sizeof file, "mkdir -p %s/records/%.*s/%.*s/%.*s", folder, STR_FMT(place),
	    STR_FMT(type), STR_FMT(id));
	assert_int_equal(system(file), 0);
	buf_printf(&bytes, "---\ntype: %.*s\nid: %.*s\nlang: %s\nplace: %.*s\nsummary: In short.\n",
	    STR_FMT(type), STR_FMT(id), lang, STR_FMT(place));
	buf_puts(&bytes, head);
	buf_puts(&bytes, strcmp(path, "global/question/zeal/en") == 0
			     ? "revision: 2\nprevious: [\"sha256:" FOLLOWED "\"]\n"
			     : "revision: 1\n");
	buf_puts(&bytes, "---\nText.\n");
	snprintf(file, sizeof file, "%s/records/%s.md", folder, path);
	must(file_write(file, buf_str(&bytes), 0644, &err), &err);
	buf_release(&bytes);
}

static int setup(void **state)
{
	struct fixture *f = *state = mem_alloc(sizeof *f);
	char command[160], in[80];
	fixture_folder(f);
	snprintf(in, sizeof in, "%s/in", f->folder);
	snprintf(command, sizeof command, "cp -r %s %s", golden_in, in);
	assert_int_equal(system(command), 0);
	for (size_t i = 0; i < sizeof records / sizeof *records; i++)
		put_record(in, records[i].path, records[i].head);
	for (int i = 0; i < 125; i++) {
		char path[64], head[160];
		snprintf(path, sizeof path, "global/question/x-%d/en", i);
		snprintf(
		    head, sizeof head, "title: X %03d?\nthemes: [youth]\naudiences: [mayors]\n", i);
		put_record(in, path, head);
	}
	static const char principles[] = "## Principes directeurs\n\nEn fran\u00e7ais.\n\n"
					 "## Guiding principles\n\nIn English.\n\n### Small\n\n"
					 "More.\n\n## Other\n\nElsewhere.\n";
	struct err err = {0};
	snprintf(command, sizeof command, "%s/principles.md", in);
	must(file_write(command, str_from(principles), 0644, &err), &err);
	fixture_open(f, in);
	fixture_build(f);
	return 0;
}

/* The page has these texts, one behind the other. */
static void says(void **state, const char *page, const char *const *texts)
{
	struct buf html = slurp(((const struct fixture *)*state)->out, page);
	const char *at = strstr(html.ptr, "<main");
	for (; *texts; texts++) {
		const char *found = strstr(at, *texts);
		if (!found)
			fail_msg("%s does not go on with: %s", page, *texts);
		at = found + strlen(*texts);
	}
	buf_release(&html);
}
#define SAYS(state, page, ...) says(state, page, (const char *const[]){__VA_ARGS__, NULL})

static void objectives_have_what_was_done(void **state)
{
	/* What a city did, and not the plan for it. */
	SAYS(state, "en/strategy.html", "2023 – 2025", "The plan", "<li>Speak &amp; listen</li>",
	    "<h2><a href=\"objective/1-1.html\">1.1 Support</a> <bdi class=\"n\">3</bdi></h2>",
	    "case-study/lb-tripoli.bureau-jeunesse.html", "good-practice/ke-mombasa.deed.html",
	    "objective/1-1.html");
	SAYS(state, "fr/strategy/index.html", "<a href=\"../strategy.html\">");
	SAYS(state, "en/governance.html", "<a href=\"strategy.html\">",
	    "<a href=\"partners.html\">");
}

static void those_who_pay_come_first(void **state)
{
	SAYS(state, "en/partners.html", "<h2>Donors <bdi class=\"n\">1</bdi></h2>", "Norway",
	    "partner/global.state.html", "<li>A &lt;b&gt;summit&lt;/b&gt;</li>", "2021",
	    "Partner organisations", "partner/global.friend.html", "Helps", "Not reported",
	    "strategy/global.plan.html", "<bdi>3,100,000\u00a0USD</bdi> · 2022");
}

static void a_day_is_no_beginning(void **state)
{
	SAYS(state, "en/event/global.first.html", "<dt>Date</dt><dd><bdi>2 April 2019</bdi>");
	SAYS(state, "en/event/global.second.html", "<dt>Date</dt><dd><bdi>2024</bdi>");
	SAYS(state, "en/event/global.third.html", "<dt>From</dt>", "<dt>To</dt>");
}

static void questions_go_by_their_title(void **state)
{
	SAYS(state, "en/questions.html", "How so?", "In short.", "Why not?", "Because.");
	SAYS(state, "fr/questions.html", "\u00c9videmment ?", "Parce que.", "How so?");
}

static void events_stand_by_year(void **state)
{
	SAYS(state, "en/event/index.html", "<h3><bdi>2024</bdi></h3>", "Second",
	    "<h3><bdi>2019</bdi></h3>", "First");
	SAYS(state, "en/event/timeline.html", "<h3><bdi>2024</bdi></h3>",
	    "<h3><bdi>2019</bdi></h3>");
}

/* Saida lies in another region, and here near Mombasa. */
static void neighbours_are_pale(void **state)
{
	SAYS(state, "en/region/east-southern-africa.html", "<path class=\"near\"",
	    "d=\"M1105 522h0\"/>", "<title>Mombasa</title>", "Pale dots");
	SAYS(state, "en/region/mena.html", "<title>Saida</title>", "The list has all cities.");
}

static void accents_do_not_count_in_the_alphabet(void **state)
{
	SAYS(state, "en/az/e.html", "eclairs?</a>", "\u00c9lan?</a>", "Ezra?</a>");
}

/* A page of a letter stays light; there are as many in a language that has fewer. */
static void a_long_letter_has_pages(void **state)
{
	SAYS(state, "en/az/x.html", "X 000?</a>", "X 119?</a>", "<span>1 / 2</span>",
	    "az/x_2.html\">Next");
	SAYS(state, "en/az/x_2.html", "X 120?</a>", "X 124?</a>", "az/x.html\">Previous",
	    "<span>2 / 2</span>");
	SAYS(state, "fr/az/x_2.html", "X (2/2)</h1>", "X 124?</a>");
}

/* The page is there, as in French; nothing leads to it where it has nothing. */
static void letters_lead_somewhere(void **state)
{
	lacks(((const struct fixture *)*state)->out, "en/browse.html", "az/y.html");
	SAYS(state, "fr/browse.html", "az/y.html");
	SAYS(state, "en/az/y.html", "Nothing has been published here yet");
}

/* Of records that name one another in a ring, each is said once, and none of itself. */
static void a_ring_of_adaptations_ends(void **state)
{
	SAYS(state, "en/good-practice/global.leg.html",
	    "<dt>Adapted from</dt><dd><a href=\"../good-practice/global.round.html\">Round</a> "
	    "<bdi>Worldwide</bdi></dd><dd><a href=\"../good-practice/global.ring.html\">Ring</a> "
	    "<bdi>Worldwide</bdi></dd></div>");
	SAYS(state, "en/good-practice/global.round.html",
	    "<dt>Adapted from</dt><dd><a href=\"../good-practice/global.ring.html\">Ring</a> "
	    "<bdi>Worldwide</bdi></dd></div>",
	    "<dt>Adapted by</dt><dd><a href=\"../good-practice/global.ring.html\">Ring</a> "
	    "<bdi>Worldwide</bdi></dd></div>");
}

/* An office that ends before it begins is said, and not drawn. */
static void terms_are_drawn(void **state)
{
	SAYS(state, "en/governance.html", "Backwards", "2022</td></tr>", "Onwards",
	    "2023<svg class=\"bar\"", "<rect x=\"0\" y=\"0\" width=");
}

static void numbers_say_of_what(void **state)
{
	SAYS(state, "en/event/global.second.html", "Participants",
	    "<bdi>70 people · 1 city · 11 countries</bdi>");
	SAYS(state, "fr/event/global.second.html", "<bdi>70 personnes · 1 ville · 11 pays</bdi>");
	SAYS(state, "en/city/lb-saida.html",
	    "<dd><bdi>3° S, 41° E</bdi></dd><dd><bdi>https://example.org/</bdi></dd>");
}

/* Whoever meets another language than their own is told so, and so is what reads it aloud. */
static void what_stands_in_another_language_says_so(void **state)
{
	SAYS(state, "fr/city/lb-saida.html", "<p class=\"lead\" lang=\"en\" dir=\"ltr\">In short.",
	    "<p class=\"notice note\">Ce document n’est pas encore traduit en français.",
	    "<a href=\"../../en/city-profile/lb-saida.saida.html\" hreflang=\"en\">",
	    "<div class=\"text\" lang=\"en\" dir=\"ltr\">", "<dd><bdi>3° S, 41° E</bdi></dd>",
	    "<dd><bdi lang=\"en\" dir=\"ltr\">https://example.org/</bdi></dd>");
	lacks(((const struct fixture *)*state)->out, "en/city/lb-saida.html", "class=\"notice");
	SAYS(state, "fr/strategy/global.plan.html",
	    "<p lang=\"en\" dir=\"ltr\">Amina O’Neill (2025). The plan.");
	SAYS(state, "fr/strategy.html", "hreflang=\"en\">The plan</a>",
	    "<span class=\"tag\">anglais</span>");
	SAYS(state, "fr/partners.html", "hreflang=\"en\">A friend</a>",
	    "<span class=\"tag\">anglais</span>", "2022 · anglais</span>");
	SAYS(state, "fr/governance.html", "hreflang=\"en\">Board</a>", "<span>anglais</span>",
	    "Onwards", "<span class=\"tag\">anglais</span>", "2020 – 2023<svg",
	    "<bdi lang=\"en\" dir=\"ltr\">Board</bdi></span>");
}

static void principles_come_in_the_readers_language(void **state)
{
	const char *out = ((const struct fixture *)*state)->out;
	SAYS(state, "en/principles.html", "In English.", "Small<", "More.");
	lacks(out, "en/principles.html", "Elsewhere");
	lacks(out, "en/principles.html", "fran\u00e7ais.");
	SAYS(state, "fr/principles.html", "En fran\u00e7ais.");
}

static void what_is_missing_is_named(void **state)
{
	SAYS(state, "en/dashboard.html", "<a href=\"year/2024.html\">2024</a>", "Evaluated</th>",
	    "<bdi>1</bdi>", "<summary>Middle East and North Africa", "theme/gender.html",
	    "</details>", "French</th>", "<a href=\"missing/behind.html\"><bdi>2</bdi></a>",
	    "<a href=\"missing/fr.html\">");
	SAYS(state, "en/missing/fr.html", "Not translated: French", "event/global.second.html",
	    "strategy/global.plan.html");
	SAYS(state, "en/missing/behind.html", "question/global.zeal.html");
}

/* Its alphabet comes first; years have no direction of their own, and <bdi> would have them run
 * from the left; a degree's sign stays behind its number. */
static void arabic_begins_at_the_right(void **state)
{
	struct fixture *f = *state;
	json_array_append_new(json_object_get(f->charter, "languages"), json_string("ar"));
	fixture_build(f);
	SAYS(state, "ar/browse.html", "\"az/u0627.html\"", "\"az/a.html\"");
	SAYS(state, "en/browse.html", "\"az/a.html\"", "\"az/z.html\"");
	SAYS(state, "ar/verify.html", "«<bdi lang=\"", "\" dir=\"ltr\">", "</bdi>»");
	SAYS(state, "ar/strategy.html", "<p class=\"kicker\">2023 – 2025</p>");
	SAYS(state, "ar/city/lb-saida.html",
	    "<dd><bdi>\u20663°\u2069 جنوبا، \u206641°\u2069 شرقا</bdi></dd>");
}

/* The first thing that whoever founds a network looks at; the last test here, for it takes all
 * away. */
static void nothing_yet_is_said(void **state)
{
	static const char *const pages[] = {"en/index.html", "en/browse.html", "en/city/index.html",
	    "en/theme/index.html", "en/changes.html"};
	struct fixture *f = *state;
	f->source.nitems = 0;
	json_object_clear(f->places);
	fixture_build(f);
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
		SAYS(state, pages[i], "Nothing has been published here yet");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(objectives_have_what_was_done),
	    cmocka_unit_test(those_who_pay_come_first),
	    cmocka_unit_test(a_day_is_no_beginning),
	    cmocka_unit_test(questions_go_by_their_title),
	    cmocka_unit_test(events_stand_by_year),
	    cmocka_unit_test(neighbours_are_pale),
	    cmocka_unit_test(accents_do_not_count_in_the_alphabet),
	    cmocka_unit_test(a_long_letter_has_pages),
	    cmocka_unit_test(letters_lead_somewhere),
	    cmocka_unit_test(a_ring_of_adaptations_ends),
	    cmocka_unit_test(terms_are_drawn),
	    cmocka_unit_test(numbers_say_of_what),
	    cmocka_unit_test(what_stands_in_another_language_says_so),
	    cmocka_unit_test(principles_come_in_the_readers_language),
	    cmocka_unit_test(what_is_missing_is_named),
	    cmocka_unit_test(arabic_begins_at_the_right),
	    cmocka_unit_test(nothing_yet_is_said),
	};
	return cmocka_run_group_tests(tests, setup, fixture_teardown);
}
