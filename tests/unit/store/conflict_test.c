/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two hubs have published one path: which text is shown, what is said of the other, what ends it,
 * and when a translation by a hub of another place counts. Whatever came first.
 */
#include "fixture.h"

#include "store/publish.h"

enum { HUBS = 4, SOUTH = 0x40, TIA = 5 };
static const char *const hubs[HUBS] = {"central", "east", "south", "west"};
static const unsigned bytes[HUBS] = {CENTRAL_HUB, EAST, SOUTH, WEST};
enum { C, E, S, W };

#define EN "records/ke-mombasa/news/market/en.md"
#define FR "records/ke-mombasa/news/market/fr.md"
#define AR "records/ke-mombasa/news/market/ar.md"

/* Central, east and south may publish for ke-mombasa; west may not, and has a translator. */
struct world {
	json_t *charter;
	struct store *s[HUBS];
	unsigned edges;
};

static struct store *store_in(struct world *w, const char *name, int hub)
{
	struct store *s = store_new(name, hub < 0 ? NULL : hubs[hub], hub < 0 ? 0 : bytes[hub]);
	adopt(s, json_deep_copy(w->charter));
	return s;
}

static void world_open(struct world *w)
{
	*w = (struct world){.charter = charter_next(buf_str(&charter_one), 2)};
	json_array_append_new(
	    json_object_get(w->charter, "hubs"), hub_head("south", "east-southern-africa", SOUTH));
	json_object_set_new(w->charter, "languages", split("en,fr,ar"));
	for (int i = 0; i < HUBS; i++) {
		struct draft d = {.n = 0};
		json_t *roster = roster_head(hubs[i], bytes[i], 1);
		if (i != W)
			json_object_set_new(roster, "cities",
			    json_pack("[o]", city("ke-mombasa", "east-southern-africa")));
		json_array_append_new(json_object_get(roster, "members"),
		    member_head("tia", bytes[i] + TIA, "translator", NULL, NULL));
		w->s[i] = store_in(w, hubs[i], i);
		draft_roster(&d, roster, bytes[i]);
		append(w->s[i], &d);
	}
}

static void world_close(struct world *w)
{
	for (int i = 0; i < HUBS; i++)
		store_close(w->s[i]);
	json_decref(w->charter);
}

/* A text of ke-mombasa/news/market; `more` is front matter, `words` its body. Owns: the caller. */
static struct buf text_of(const char *lang, const char *more, const char *words)
{
	struct buf rough = BUF_INIT, text = BUF_INIT;
	struct schema_set *schemas = schema_set_builtin();
	struct err err = {0};
	buf_printf(&rough,
	    "---\ntype: news\nid: market\nlang: %s\ntitle: The market\nsummary: What happened.\n"
	    "place: ke-mombasa\ndate: \"2026-01-02\"\nthemes: [gender]\naudiences: "
	    "[mayors]\n%s---\n%s\n",
	    lang, more, words);
	good(record_format(&text, buf_str(&rough), "market", schemas, NULL, &err), &err);
	schema_set_free(schemas);
	buf_release(&rough);
	return text;
}

/* "revision: N\nprevious: [sha256:…, sha256:…]\n"; `b` may be NULL. Good until the second call. */
static const char *after(int revision, const struct buf *a, const struct buf *b)
{
	static char line[2][300];
	static int next;
	char *out = line[next++ % 2];
	struct sha256 x = sha256(buf_str(a)), y = b ? sha256(buf_str(b)) : x;
	snprintf(out, 300,
	    b ? "revision: %d\nprevious: [sha256:%s, sha256:%s]\n"
	      : "revision: %d\nprevious: [sha256:%s]\n",
	    revision, sha256_hex(&x).text, sha256_hex(&y).text);
	return out;
}

/* Into the journal of `hub`, by its author, in an entry of its own. Returns the text. */
static struct buf says(struct world *w, int hub, const char *more, const char *words)
{
	struct draft d = {.n = 0};
	struct buf text = text_of("en", more, words);
	draft_record(&d, EN, buf_str(&text), bytes[hub] + ANN, bytes[hub] + REV);
	append(w->s[hub], &d);
	return text;
}

static void say(struct world *w, int hub, const char *more, const char *words)
{
	struct buf text = says(w, hub, more, words);
	buf_release(&text);
}

static void translate_by(
    struct world *w, int hub, unsigned who, const char *path, const char *more, const char *words)
{
	struct draft d = {.n = 0};
	struct record_name name;
	assert_true(record_name_parse(&name, str_from(path)));
	struct buf text = text_of(name.lang.ptr[0] == 'f'   ? "fr"
				  : name.lang.ptr[0] == 'a' ? "ar"
							    : "en",
	    more, words);
	draft_record(&d, path, buf_str(&text), bytes[hub] + who, bytes[hub] + REV);
	append(w->s[hub], &d);
	buf_release(&text);
}

#define FROM(lang, n) "translation: {of: " lang ", revision: " n ", method: human}\n"
#define FIRST "revision: 1\n"

/* --- what a store makes of it --- */

static struct buf rows_of(const struct catalogue *c)
{
	static const char *const states[] = {"published", "withdrawn", "held", "absent"};
	struct buf b = BUF_INIT;
	for (size_t i = 0; i < c->len; i++) {
		const struct item *x = &c->items[i];
		buf_printf(&b, "%s %s %s r%u %s %s%s%s\n", x->path, x->hub, states[x->state],
		    x->revision, x->region, x->is_contested ? "CONTESTED " : "",
		    x->is_guest ? "GUEST " : "", x->reason);
	}
	return b;
}

/* One edge takes the entries of all journals in that order, and looks after each of them. */
static struct buf arrive(struct world *w, struct wires *from[HUBS], const char *order)
{
	char name[32];
	size_t at[HUBS] = {0}, n;
	struct err err = {0};
	const struct catalogue *lent;
	snprintf(name, sizeof name, "edge%u", w->edges++);
	struct store *edge = store_in(w, name, -1);
	for (; *order; order++) {
		int h = *order - '0';
		good(store_admit(edge, hubs[h], &from[h]->entries[at[h]++], 1, &n, &err), &err);
		good(store_catalogue(&lent, edge, &err), &err);
	}
	struct buf lived = rows_of(lent);
	struct catalogue anew = catalogue_of(edge);
	struct buf rows = rows_of(&anew);
	assert_string_equal(rows.ptr ? rows.ptr : "", lived.ptr ? lived.ptr : "");
	catalogue_release(&anew);
	buf_release(&lived);
	store_close(edge);
	return rows;
}

enum { WHOLE_ORDERS = 6, MIXED_ORDERS = 3 }; /* of 24, and of very many */

/* The rows by orders of the journals one after the other, and by some that mix them: all the same.
 * Owns: the caller. */
static struct buf in_all_orders(struct world *w)
{
	struct wires *from[HUBS];
	struct buf first = BUF_INIT;
	unsigned seed = 7;
	for (int i = 0; i < HUBS; i++)
		from[i] = wires_new(w->s[i], hubs[i], 1);
	for (int k = 0; k < WHOLE_ORDERS + MIXED_ORDERS; k++) {
		char order[64];
		size_t left[HUBS], len = 0, all = 0;
		int turn[HUBS], pool[HUBS] = {0, 1, 2, 3};
		for (int i = 0, n = 4 * k; i < HUBS; n /= HUBS - i, i++) {
			turn[i] = pool[n % (HUBS - i)];
			pool[n % (HUBS - i)] = pool[HUBS - i - 1];
			left[turn[i]] = from[turn[i]]->n;
			all += from[turn[i]]->n;
		}
		for (int i = 0; k < WHOLE_ORDERS && i < HUBS; i++)
			for (; left[turn[i]]; left[turn[i]]--)
				order[len++] = (char)('0' + turn[i]);
		while (len < all) {
			seed = seed * 1103515245 + 12345;
			unsigned h = (seed >> 16) % HUBS;
			if (left[h]) {
				left[h]--;
				order[len++] = (char)('0' + h);
			}
		}
		order[len] = 0;
		struct buf rows = arrive(w, from, order);
		if (!k)
			first = rows;
		else {
			assert_string_equal(rows.ptr, first.ptr);
			buf_release(&rows);
		}
	}
	for (int i = 0; i < HUBS; i++)
		wires_free(from[i]);
	return first;
}

static void rows_are(struct world *w, const char *want)
{
	struct buf rows = in_all_orders(w);
	assert_string_equal(rows.ptr ? rows.ptr : "", want);
	buf_release(&rows);
}

#define AFRICA " east-southern-africa "

/* --- revisions made apart --- */

static void made_apart(void **state)
{
	struct world w;
	(void)state;
	world_open(&w);
	struct buf one = says(&w, E, FIRST, "One.");
	say(&w, E, after(2, &one, NULL), "East goes on.");
	say(&w, S, after(2, &one, NULL), "South goes on.");
	rows_are(&w, EN " east published r2" AFRICA "CONTESTED \n" EN " south held r2" AFRICA
			"CONTESTED hub east has published another revision 2, made apart from it, "
			"which is shown\n");
	/* A higher number is shown, and says no more than that. */
	struct buf two = text_of("en", after(2, &one, NULL), "South goes on.");
	say(&w, S, after(3, &two, NULL), "South goes further.");
	rows_are(&w, EN " south published r3" AFRICA "CONTESTED \n" EN " east held r2" AFRICA
			"CONTESTED hub south has published another revision 3, made apart from it, "
			"which is shown\n");
	buf_release(&one);
	buf_release(&two);
	world_close(&w);
}

static void one_after_the_other(void **state)
{
	struct world w;
	(void)state;
	world_open(&w);
	struct buf one = says(&w, E, FIRST, "One.");
	struct buf two = says(&w, S, after(2, &one, NULL), "Two.");
	say(&w, C, after(3, &two, NULL), "Three.");
	rows_are(&w,
	    EN " central published r3" AFRICA "\n" EN " south held r2" AFRICA
	       "hub central has published revision 3, which follows it\n" EN " east held r1" AFRICA
	       "hub south has published revision 2, which follows it\n");
	buf_release(&one);
	buf_release(&two);
	world_close(&w);
}

static void a_merge_ends_it(void **state)
{
	struct world w;
	(void)state;
	world_open(&w);
	struct buf one = says(&w, E, FIRST, "One.");
	struct buf east = says(&w, E, after(2, &one, NULL), "East goes on.");
	struct buf south = says(&w, S, after(2, &one, NULL), "South goes on.");
	struct buf both = says(&w, S, after(3, &south, &east), "Both go on.");
	rows_are(&w, EN " south published r3" AFRICA "\n" EN " east held r2" AFRICA
			"hub south has published revision 3, which follows it\n");
	/* What comes after it names the merge alone, and the peace lasts. */
	say(&w, S, after(4, &both, NULL), "And on.");
	rows_are(&w, EN " south published r4" AFRICA "\n" EN " east held r2" AFRICA
			"hub south has published revision 4, which follows it\n");
	/* A hub goes on from another's text by naming its own last one too; numbers may leap. */
	struct buf four = text_of("en", after(4, &both, NULL), "And on.");
	say(&w, E, after(5, &east, &four), "East again.");
	rows_are(&w, EN " east published r5" AFRICA "\n" EN " south held r4" AFRICA
			"hub east has published revision 5, which follows it\n");
	/* Who had not seen it makes another. */
	say(&w, S, after(5, &four, NULL), "South had not seen it.");
	rows_are(&w, EN " east published r5" AFRICA "CONTESTED \n" EN " south held r5" AFRICA
			"CONTESTED hub east has published another revision 5, made apart from it, "
			"which is shown\n");
	buf_release(&one);
	buf_release(&east);
	buf_release(&south);
	buf_release(&both);
	buf_release(&four);
	world_close(&w);
}

/* What is followed is not shown, however high its number. */
static void a_high_number_is_followed(void **state)
{
	struct world w;
	(void)state;
	world_open(&w);
	struct buf junk = text_of("en", FIRST, "Nobody's.");
	struct buf high = says(&w, C, after(9, &junk, NULL), "Nine.");
	struct buf one = says(&w, E, FIRST, "One.");
	say(&w, E, after(2, &one, &high), "Both.");
	rows_are(&w, EN " east published r2" AFRICA "\n" EN " central held r9" AFRICA
			"hub east has published revision 2, which follows it\n");
	buf_release(&junk);
	buf_release(&high);
	buf_release(&one);
	world_close(&w);
}

static void the_same_words_are_no_conflict(void **state)
{
	struct world w;
	(void)state;
	world_open(&w);
	say(&w, C, FIRST, "One.");
	say(&w, E, FIRST, "One.");
	rows_are(&w, EN " central published r1" AFRICA "\n" EN " east held r1" AFRICA
			"hub central has published this record too\n");
	world_close(&w);
	scratch_remove(state);
	scratch_new(state);
	world_open(&w);
	say(&w, C, FIRST, "One.");
	say(&w, E, FIRST, "Other.");
	say(&w, S, FIRST, "Other.");
	rows_are(&w,
	    EN " central published r1" AFRICA "CONTESTED \n" EN " east held r1" AFRICA
	       "CONTESTED hub central has published another revision 1, made apart from it, "
	       "which is shown\n" EN " south held r1" AFRICA
	       "hub east has published this record too\n");
	world_close(&w);
}

static void a_withdrawal_made_apart(void **state)
{
	struct world w;
	char more[400];
	(void)state;
	world_open(&w);
	struct buf one = says(&w, E, FIRST, "One.");
	snprintf(more, sizeof more, "status: withdrawn\nreason: Wrong.\n%s", after(2, &one, NULL));
	say(&w, S, more, "Gone.");
	rows_are(&w, EN " south withdrawn r2" AFRICA "Wrong.\n" EN " east held r1" AFRICA
			"hub south has published revision 2, which follows it\n");
	say(&w, E, after(2, &one, NULL), "East goes on.");
	rows_are(&w, EN " east published r2" AFRICA "CONTESTED \n" EN " south held r2" AFRICA
			"CONTESTED hub east has published another revision 2, made apart from it, "
			"which is shown\n");
	buf_release(&one);
	world_close(&w);
}

/* In one journal a merge names the text that it replaces, under a higher number. */
static void a_merge_follows_its_own(void **state)
{
	static const char says_so[] = "does not follow revision 2, which is published";
	struct world w;
	struct catalogue c;
	(void)state;
	world_open(&w);
	struct buf one = says(&w, E, FIRST, "One.");
	struct buf east = says(&w, E, after(2, &one, NULL), "East.");
	struct buf other = text_of("en", FIRST, "Other.");
	const char *const bad[] = {after(2, &east, &other), after(3, &one, &other)};
	for (int i = 0; i < 2; i++) {
		say(&w, E, bad[i], "Bad.");
		c = catalogue_of(w.s[E]);
		assert_true(strstr(row_of(&c, EN, true)->reason, says_so) != NULL);
		assert_int_equal(catalogue_find(&c, STR(EN))->revision, 2);
		assert_false(catalogue_find(&c, STR(EN))->is_contested);
		catalogue_release(&c);
	}
	say(&w, E, after(7, &other, &east), "Good.");
	c = catalogue_of(w.s[E]);
	assert_int_equal(catalogue_find(&c, STR(EN))->revision, 7);
	catalogue_release(&c);
	buf_release(&one);
	buf_release(&east);
	buf_release(&other);
	world_close(&w);
}

/* What a text follows is kept with the rows. */
static void kept_rows_know_what_they_follow(void **state)
{
	struct world w;
	struct err err = {0};
	struct catalogue kept;
	struct draft d = {.n = 0};
	(void)state;
	world_open(&w);
	struct buf one = says(&w, S, FIRST, "One.");
	struct buf last = says(&w, E, after(2, &one, NULL), "Two.");
	for (int i = 3; i < 9; i++) {
		struct buf next = says(&w, E, after(i, &last, NULL), "On.");
		buf_release(&last);
		last = next;
	}
	for (int i = 0; i < 20; i++) {
		char id[32];
		snprintf(id, sizeof id, "n%d", i);
		draft_news(&d, SOUTH, "ke-mombasa", id, "");
	}
	append(w.s[S], &d);
	translate_by(&w, W, TIA, FR, FROM("en", "1") FIRST, "Un.");
	carry(w.s[C], w.s[E], "east");
	carry(w.s[C], w.s[S], "south");
	carry(w.s[C], w.s[W], "west");
	for (int i = 0; i < 2; i++) {
		good(catalogue_read(&kept, w.s[C], NULL, NULL, &err), &err);
		assert_true(file_exists(at("central/catalogue")));
		const struct item *en = catalogue_find(&kept, STR(EN)),
				  *fr = catalogue_find(&kept, STR(FR));
		assert_int_equal(en->revision, 8);
		assert_false(en->is_contested);
		assert_true(fr->is_guest);
		assert_string_equal(fr->region, "east-southern-africa");
		catalogue_release(&kept);
	}
	buf_release(&one);
	buf_release(&last);
	world_close(&w);
}

/* --- translations by others --- */

static void a_guest_needs_its_source(void **state)
{
	struct world w;
	(void)state;
	world_open(&w);
	translate_by(&w, W, TIA, FR, FROM("en", "2") FIRST, "Un.");
	rows_are(&w, FR " west held r1 global GUEST it is translated from en.md, which no hub of "
			"the place has published\n");
	struct buf one = says(&w, E, FIRST, "One.");
	rows_are(&w, EN " east published r1" AFRICA "\n" FR
			" west held r1 global GUEST it is translated from revision 2 of en.md, of "
			"which revision 1 is published\n");
	struct buf two = says(&w, E, after(2, &one, NULL), "Two.");
	rows_are(&w, EN " east published r2" AFRICA "\n" FR " west published r1" AFRICA "GUEST \n");
	struct buf three = says(&w, E, after(3, &two, NULL), "Three.");
	rows_are(&w, EN " east published r3" AFRICA "\n" FR " west published r1" AFRICA "GUEST \n");
	char more[400];
	snprintf(
	    more, sizeof more, "status: withdrawn\nreason: Wrong.\n%s", after(4, &three, NULL));
	say(&w, E, more, "Gone.");
	rows_are(&w,
	    EN " east withdrawn r4" AFRICA "Wrong.\n" FR
	       " west held r1 global GUEST it is translated from en.md, which hub east has "
	       "withdrawn\n");
	buf_release(&one);
	buf_release(&two);
	buf_release(&three);
	world_close(&w);
}

static void the_places_own_goes_before(void **state)
{
	struct world w;
	(void)state;
	world_open(&w);
	say(&w, E, FIRST, "One.");
	/* A high number and the right names help a guest to nothing. */
	struct buf own = text_of("fr", FROM("en", "1") FIRST, "Un.");
	char more[400];
	snprintf(more, sizeof more, FROM("en", "1") "%s", after(9, &own, NULL));
	translate_by(&w, W, TIA, FR, more, "Le mien.");
	rows_are(&w, EN " east published r1" AFRICA "\n" FR " west published r9" AFRICA "GUEST \n");
	translate_by(&w, S, ANN, FR, FROM("en", "1") FIRST, "Un.");
	rows_are(&w,
	    EN " east published r1" AFRICA "\n" FR " south published r1" AFRICA "\n" FR
	       " west held r9 global GUEST hub south, whose place it is, has published its "
	       "own in this language\n");
	buf_release(&own);
	world_close(&w);
}

/* Two hubs of other places: as with any two. */
static void guests_apart(void **state)
{
	struct world w;
	(void)state;
	world_open(&w);
	json_t *roster = roster_head("central", CENTRAL_HUB, 2); /* no city any more */
	json_array_append_new(json_object_get(roster, "members"),
	    member_head("tia", CENTRAL_HUB + TIA, "translator", NULL, NULL));
	struct draft d = {.n = 0};
	draft_roster(&d, roster, CENTRAL_HUB);
	append(w.s[C], &d);
	say(&w, E, FIRST, "One.");
	translate_by(&w, W, TIA, FR, FROM("en", "1") FIRST, "Un.");
	translate_by(&w, C, TIA, FR, FROM("en", "1") FIRST, "Une.");
	rows_are(&w, EN " east published r1" AFRICA "\n" FR " central published r1" AFRICA
			"CONTESTED GUEST \n" FR " west held r1" AFRICA
			"CONTESTED GUEST hub central has published another revision 1, made apart "
			"from it, which is shown\n");
	/* One whose source is missing competes with nobody. */
	struct buf un = text_of("fr", FROM("en", "1") FIRST, "Une.");
	char more[400];
	snprintf(more, sizeof more, FROM("en", "5") "%s", after(2, &un, NULL));
	translate_by(&w, C, TIA, FR, more, "Deux.");
	struct buf rows = in_all_orders(&w);
	assert_non_null(strstr(rows.ptr, FR " west published r1" AFRICA "GUEST \n"));
	buf_release(&rows);
	buf_release(&un);
	world_close(&w);
}

/* Translations of each other hold each other up nowhere. */
static void no_guest_stands_on_a_guest(void **state)
{
	struct world w;
	(void)state;
	world_open(&w);
	translate_by(&w, W, TIA, FR, FROM("ar", "1") FIRST, "Un.");
	translate_by(&w, W, TIA, AR, FROM("fr", "1") FIRST, "Un.");
	rows_are(&w, AR " west held r1 global GUEST it is translated from fr.md, which no hub of "
			"the place has published\n" FR
			" west held r1 global GUEST it is translated from ar.md, which no hub of "
			"the place has published\n");
	world_close(&w);
}

static int publish_fr(struct world *w, const char *more, struct err *err)
{
	struct draft d = {.n = 0};
	struct buf text = text_of("fr", more, "Un.");
	draft_record(&d, FR, buf_str(&text), WEST + TIA, WEST + REV);
	int bad = publish(w->s[W], d.changes, d.n, T0 + 6000, err);
	arena_clear(&d.arena);
	buf_release(&text);
	return bad;
}

/* A hub takes no translation that would be held everywhere. */
static void publishing_as_a_guest(void **state)
{
	struct world w;
	struct err err = {0};
	(void)state;
	world_open(&w);
	refused(publish_fr(&w, FROM("en", "1") FIRST, &err), ERR_POLICY, &err,
	    "no hub of the place has published");
	say(&w, E, FIRST, "One.");
	carry(w.s[W], w.s[E], "east");
	refused(publish_fr(&w, FROM("en", "2") FIRST, &err), ERR_POLICY, &err,
	    "of which revision 1 is published");
	good(publish_fr(&w, FROM("en", "1") FIRST, &err), &err);
	struct buf un = text_of("fr", FROM("en", "1") FIRST, "Un.");
	char more[400];
	snprintf(more, sizeof more, FROM("en", "1") "%s", after(2, &un, NULL));
	translate_by(&w, S, ANN, FR, FROM("en", "1") FIRST, "Le mien.");
	carry(w.s[W], w.s[S], "south");
	refused(publish_fr(&w, more, &err), ERR_POLICY, &err, "has published its own");
	buf_release(&un);
	world_close(&w);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_new, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(made_apart),
	    TEST(one_after_the_other),
	    TEST(a_merge_ends_it),
	    TEST(a_high_number_is_followed),
	    TEST(the_same_words_are_no_conflict),
	    TEST(a_withdrawal_made_apart),
	    TEST(a_merge_follows_its_own),
	    TEST(kept_rows_know_what_they_follow),
	    TEST(a_guest_needs_its_source),
	    TEST(the_places_own_goes_before),
	    TEST(guests_apart),
	    TEST(no_guest_stands_on_a_guest),
	    TEST(publishing_as_a_guest),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
