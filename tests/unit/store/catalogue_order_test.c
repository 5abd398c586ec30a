/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The catalogue of several journals: one path in many, any order of arrival, and rows kept from the
 * reading before, all give the same rows.
 */
#include "fixture.h"
#include "store/catalogue_cache.h"

static void same_rows(const struct catalogue *a, const struct catalogue *b)
{
	assert_int_equal(a->len, b->len);
	for (size_t i = 0; i < a->len; i++) {
		const struct item *x = &a->items[i], *y = &b->items[i];
		assert_string_equal(x->path, y->path);
		assert_string_equal(x->region, y->region);
		assert_string_equal(x->title, y->title);
		assert_string_equal(x->themes, y->themes);
		assert_int_equal(x->state, y->state);
		assert_string_equal(x->reason, y->reason);
		assert_string_equal(x->hub, y->hub);
		assert_int_equal(x->seq, y->seq);
		assert_int_equal(x->time, y->time);
		assert_int_equal(x->revision, y->revision);
		assert_true(oid_eq(&x->commit, &y->commit) && oid_eq(&x->md, &y->md));
		assert_true(oid_eq(&x->sig, &y->sig) && oid_eq(&x->rev, &y->rev));
		assert_int_equal(x->has_rev, y->has_rev);
		assert_true(sha256_eq(&x->hash, &y->hash));
		assert_string_equal(x->author, y->author);
		assert_string_equal(x->author_name, y->author_name);
		assert_string_equal(x->reviewer, y->reviewer);
		assert_true(public_key_eq(x->author_key, y->author_key));
		assert_true(public_key_eq(x->reviewer_key, y->reviewer_key));
	}
}

#define MARKET "records/ke-mombasa/news/market/en.md"

/* --- several hubs --- */

static void hub_roster(struct store *s, const char *hub, unsigned byte, const char *region)
{
	struct draft d = {.n = 0};
	json_t *roster = roster_head(hub, byte, 1);
	json_object_set_new(roster, "cities", json_pack("[o]", city("ke-mombasa", region)));
	draft_roster(&d, roster, byte);
	append(s, &d);
}

/* Two hubs of the region and the central one name a city: one row counts, the others say whose. */
static void one_path_in_three_journals(void **state)
{
	json_t *head = charter_next(buf_str(&charter_one), 2);
	struct draft d = {.n = 0};
	static const struct {
		const char *hub;
		unsigned byte;
	} hubs[] = {{"central", CENTRAL_HUB}, {"east", EAST}, {"south", 0x40}};
	struct store *s[3];
	(void)state;
	json_array_append_new(
	    json_object_get(head, "hubs"), hub_head("south", "east-southern-africa", 0x40));
	for (int i = 0; i < 3; i++) {
		s[i] = store_new(hubs[i].hub, hubs[i].hub, hubs[i].byte);
		adopt(s[i], json_deep_copy(head));
		hub_roster(s[i], hubs[i].hub, hubs[i].byte, "east-southern-africa");
		draft_news(&d, hubs[i].byte, "ke-mombasa", "market",
		    i == 1 ? "related: [mena/news/four]\n" : "");
		append(s[i], &d);
	}
	json_decref(head);
	carry(s[0], s[1], "east");
	carry(s[0], s[2], "south");
	struct catalogue c = catalogue_of(s[0]);
	assert_int_equal(c.len, 3);
	size_t published = 0;
	for (size_t i = 0; i < c.len; i++)
		published += c.items[i].state != ITEM_HELD;
	assert_int_equal(published, 1);
	assert_string_equal(catalogue_find(&c, STR(MARKET))->hub, "central");
	assert_string_equal(c.items[1].reason,
	    "hub central has published another revision 1, made apart from it, which is shown");
	assert_string_equal(c.items[2].reason, "hub central has published this record too");
	catalogue_release(&c);
	/* A later revision wins, whoever has it. */
	struct buf before = news("ke-mombasa", "market", "related: [mena/news/four]\n");
	char more[200];
	snprintf(more, sizeof more, "%s", following(buf_str(&before), 2));
	draft_news(&d, EAST, "ke-mombasa", "market", more);
	append(s[1], &d);
	carry(s[0], s[1], "east");
	c = catalogue_of(s[0]);
	assert_string_equal(catalogue_find(&c, STR(MARKET))->hub, "east");
	catalogue_release(&c);
	buf_release(&before);
	for (int i = 0; i < 3; i++)
		store_close(s[i]);
}

/* --- order never matters --- */

/* What three hubs have to say: good records, held ones, revisions, a retirement. */
static void fill_hub(struct store *s, const char *hub, unsigned byte, const char *place)
{
	struct draft d = {.n = 0};
	struct buf one = news(place, "market", "");
	char more[200];
	draft_news(&d, byte, place, "market", "");
	draft_news(&d, byte, place, "school", "themes: [sports]\n");
	append(s, &d);
	snprintf(more, sizeof more, "%s", following(buf_str(&one), 2));
	draft_news(&d, byte, place, "market", more);
	append(s, &d);
	json_t *roster = roster_head(hub, byte, 2);
	json_object_set_new(roster_member_head(roster, "ann"), "state", json_string("retired"));
	draft_roster(&d, roster, byte);
	append(s, &d);
	draft_news(&d, byte, place, "harbour", "");
	append(s, &d);
	buf_release(&one);
}

/* Three hubs, and what every store must find that has their journals. */
struct three {
	struct store *s[3];
	struct wires *w[3];
	struct catalogue want;
	struct sha256 digest;
	unsigned stores;
};

static const char *const three_hubs[] = {"central", "east", "west"};

static void three_open(struct three *t, bool is_full)
{
	static const unsigned bytes[] = {CENTRAL_HUB, EAST, WEST};
	static const char *const places[] = {"global", "ke-mombasa", "sn-dakar"};
	*t = (struct three){.stores = 0};
	for (int i = 0; i < 3; i++) {
		struct draft d = {.n = 0};
		t->s[i] = hub_new(three_hubs[i], three_hubs[i], bytes[i]);
		if (is_full) {
			fill_hub(t->s[i], three_hubs[i], bytes[i], places[i]);
		} else {
			draft_news(&d, bytes[i], places[i], "market", "");
			append(t->s[i], &d);
		}
		t->w[i] = wires_new(t->s[i], three_hubs[i], 1);
	}
	carry(t->s[0], t->s[1], "east");
	carry(t->s[0], t->s[2], "west");
	t->want = catalogue_of(t->s[0]);
	t->digest = digest(t->s[0]);
}

static void three_close(struct three *t)
{
	catalogue_release(&t->want);
	for (int i = 0; i < 3; i++) {
		wires_free(t->w[i]);
		store_close(t->s[i]);
	}
}

/* A fresh store takes one entry after the other, of the journals that `order` names. */
static void arrive(struct three *t, const char *order)
{
	char name[32];
	size_t at[3] = {0}, n;
	struct err err = {0};
	snprintf(name, sizeof name, "edge%u", t->stores++);
	struct store *edge = store_new(name, NULL, 0);
	for (; *order; order++) {
		int h = *order - '0';
		good(store_admit(edge, three_hubs[h], &t->w[h]->entries[at[h]++], 1, &n, &err),
		    &err);
		assert_int_equal(n, 1);
	}
	struct catalogue c = catalogue_of(edge);
	struct sha256 d = digest(edge);
	same_rows(&c, &t->want);
	same_digest(&d, &t->digest);
	catalogue_release(&c);
	store_close(edge);
}

static void all_orders(struct three *t, char order[], size_t len, size_t left[3])
{
	if (!(left[0] + left[1] + left[2])) {
		order[len] = 0;
		arrive(t, order);
		return;
	}
	for (int h = 0; h < 3; h++) {
		if (!left[h])
			continue;
		order[len] = (char)('0' + h);
		left[h]--;
		all_orders(t, order, len + 1, left);
		left[h]++;
	}
}

static void every_order_of_short_journals(void **state)
{
	struct three t;
	char order[8];
	size_t left[3] = {2, 2, 2};
	(void)state;
	three_open(&t, false);
	assert_int_equal(t.want.len, 3);
	all_orders(&t, order, 0, left);
	assert_int_equal(t.stores, 90); /* 6! / 2!2!2! */
	three_close(&t);
}

static void many_orders_of_long_journals(void **state)
{
	struct three t;
	unsigned seed = 1;
	(void)state;
	three_open(&t, true);
	assert_int_equal(t.want.len, 9); /* market, school (held) and harbour (held) of each */
	for (int i = 0; i < 24; i++) {
		char order[32];
		size_t left[3] = {t.w[0]->n, t.w[1]->n, t.w[2]->n}, len = 0;
		while (left[0] + left[1] + left[2]) {
			seed = seed * 1103515245 + 12345;
			unsigned h = (seed >> 16) % 3;
			if (left[h]) {
				left[h]--;
				order[len++] = (char)('0' + h);
			}
		}
		order[len] = 0;
		arrive(&t, order);
	}
	three_close(&t);
}

/* --- what is kept from the last reading --- */

/* Reading on from kept rows is the same as reading all: at every entry of a journal. */
static void kept_rows_change_nothing(void **state)
{
	struct store *s = east_new(), *edge = store_new("edge", NULL, 0);
	struct err err = {0};
	(void)state;
	fill_hub(s, "east", EAST, "ke-mombasa");
	for (int i = 0; i < 20; i++) {
		struct draft d = {.n = 0};
		char id[32];
		snprintf(id, sizeof id, "n%d", i);
		struct buf text = news("ke-mombasa", id, "");
		char path[128];
		snprintf(path, sizeof path, "records/ke-mombasa/news/%s/en.md", id);
		draft_record(&d, path, buf_str(&text), EAST + BOTH, i % 3 ? EAST + REV : 0);
		append(s, &d);
		buf_release(&text);
	}
	struct draft d = {.n = 0};
	struct buf text = roster_text(roster_head("east", EAST, 3));
	draft_file(&d, "roster.md", buf_str(&text));
	append(s, &d);
	draft_news(&d, EAST, "ke-mombasa", "unsigned-roster", "");
	append(s, &d);
	struct buf sig = signed_by(EAST + STEWARD, "belfry-roster", network.text, buf_str(&text));
	draft_file(&d, "roster.md.steward-1.sig", buf_str(&sig));
	append(s, &d);
	draft_news(&d, EAST, "ke-mombasa", "signed-roster", "");
	append(s, &d);
	struct wires *w = wires_new(s, "east", 1);
	for (size_t i = 0; i < w->n; i++) {
		size_t n;
		struct catalogue kept, anew = {.len = 0};
		const struct catalogue *lent;
		good(store_admit(edge, "east", &w->entries[i], 1, &n, &err), &err);
		good(catalogue_read(&kept, edge, NULL, NULL, &err), &err);
		anew = catalogue_of(edge);
		same_rows(&kept, &anew);
		good(store_catalogue(&lent, edge, &err), &err);
		same_rows(lent, &anew);
		catalogue_release(&kept);
		catalogue_release(&anew);
	}
	assert_true(file_exists(at("edge/catalogue")));
	wires_free(w);
	buf_release(&text);
	buf_release(&sig);
	store_close(edge);
	store_close(s);
}

/* A kept file that is cut, bent, or of another store is as good as none. */
static void damaged_rows_are_read_anew(void **state)
{
	struct store *s = east_new();
	struct draft d = {.n = 0};
	struct err err = {0};
	struct buf kept = BUF_INIT;
	struct catalogue c;
	(void)state;
	for (int i = 0; i < 20; i++) {
		char id[32];
		snprintf(id, sizeof id, "n%d", i);
		draft_news(&d, EAST, "ke-mombasa", id, "");
	}
	append(s, &d);
	good(catalogue_read(&c, s, NULL, NULL, &err), &err);
	struct catalogue want = catalogue_of(s);
	same_rows(&c, &want);
	catalogue_release(&c);
	good(file_read(&kept, at("east/catalogue"), 1 << 20, &err), &err);
	/* What is whole is taken: nobody would notice by the rows alone. */
	c = (struct catalogue){.len = 0};
	catalogue_cache_load(&c, s);
	assert_int_equal(c.len, want.len);
	catalogue_release(&c);
	for (size_t i = 0; i < kept.len; i += 1 + kept.len / 97) {
		struct buf bent = BUF_INIT;
		buf_add(&bent, i % 2 ? str_sub(buf_str(&kept), 0, i) : buf_str(&kept));
		if (i % 2 == 0)
			bent.ptr[i] ^= 0x20;
		good(file_write(at("east/catalogue"), buf_str(&bent), 0600, &err), &err);
		good(catalogue_read(&c, s, NULL, NULL, &err), &err);
		same_rows(&c, &want);
		catalogue_release(&c);
		buf_release(&bent);
	}
	catalogue_release(&want);
	buf_release(&kept);
	store_close(s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_new, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(one_path_in_three_journals),
	    TEST(every_order_of_short_journals),
	    TEST(many_orders_of_long_journals),
	    TEST(kept_rows_change_nothing),
	    TEST(damaged_rows_are_read_anew),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
