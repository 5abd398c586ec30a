/* SPDX-License-Identifier: Apache-2.0 */
/* Orders to erase: who may give them, what they reach, and what they never reach. */
#include "fixture.h"

#include "store/erased.h"
#include "store/mailbox.h"

static const char bridge[] = "records/ke-mombasa/news/bridge/en.md";

/* An order of `hub` for these texts, signed by the keys whose bytes are in `keys`. */
struct order {
	struct buf bytes;
	struct erased_text texts[4];
	struct erasure e;
};

static void order_text(struct order *o, struct str text)
{
	struct oid id;
	struct err err = {0};
	struct erased_text *t = &o->texts[o->e.ntexts++];
	good(repo_hash(&id, OBJECT_BLOB, text, &err), &err);
	*t = (struct erased_text){.lang = "en", .hash = sha256(text)};
	memcpy(t->blob, id.bytes, OID_BYTES);
}

static struct str order_write(struct order *o, const char *hub, const char *keys)
{
	o->e.hub = hub;
	o->e.record = "ke-mombasa/news/bridge";
	o->e.reason = "A court said so.";
	o->e.charter = 1;
	o->e.texts = o->texts;
	buf_reset(&o->bytes);
	erasure_write(&o->bytes, &o->e, network.text);
	struct buf text = BUF_INIT;
	buf_add(&text, buf_str(&o->bytes));
	for (; *keys; keys++) {
		struct buf sig =
		    signed_by((unsigned char)*keys, "belfry-erasure", network.text, buf_str(&text));
		buf_add(&o->bytes, buf_str(&sig));
		buf_release(&sig);
	}
	buf_release(&text);
	return buf_str(&o->bytes);
}

static const char steward_of_east[] = {EAST + STEWARD, 0}, steward_of_west[] = {WEST + STEWARD, 0};

static void draft_order(struct draft *d, struct str order)
{
	char path[96];
	struct sha256 hash = sha256(order);
	snprintf(path, sizeof path, "erasures/%s.txt", sha256_hex(&hash).text);
	draft_file(d, path, order);
}

static bool has(struct store *s, struct str text)
{
	struct oid id;
	struct err err = {0};
	good(repo_hash(&id, OBJECT_BLOB, text, &err), &err);
	return repo_has(s->repo, &id);
}

/* A hub with a record and another one; its text is added to `text`. */
static struct store *east_with_bridge(struct buf *text)
{
	struct store *s = east_new();
	struct draft d = {.n = 0};
	buf_add(text, draft_news(&d, EAST, "ke-mombasa", "bridge", ""));
	draft_news(&d, EAST, "ke-mombasa", "other", "");
	append(s, &d);
	assert_true(has(s, buf_str(text)));
	return s;
}

static void order_free(struct order *o)
{
	buf_release(&o->bytes);
}

/* --- who may order --- */

static int judge(struct str order, const struct charter *c, struct err *err)
{
	struct erasure *e;
	if (erasure_parse(&e, order, network.text, err))
		return err->code;
	int bad = erasure_check(e, c, network.text, err);
	erasure_free(e);
	return bad;
}

static void only_stewards_and_the_central_team_order(void **state)
{
	static const char central[] = {CENTRAL, 0}, stranger[] = {STRANGER, 0},
			  journal[] = {EAST, 0}, author[] = {EAST + ANN, 0},
			  both[] = {EAST + STEWARD, STRANGER, 0},
			  twice[] = {EAST + STEWARD, EAST + STEWARD, 0};
	const struct {
		const char *hub, *keys;
		enum err_code code;
		const char *says;
	} row[] = {
	    {"east", steward_of_east, ERR_NONE, ""},
	    {"east", twice, ERR_NONE, ""},
	    {"east", central, ERR_NONE, ""},
	    {"gone", central, ERR_NONE, ""}, /* a hub that left no steward */
	    {"east", steward_of_west, ERR_SIGNATURE, "neither a steward's"},
	    {"east", stranger, ERR_SIGNATURE, "neither a steward's"},
	    {"east", journal, ERR_SIGNATURE, "neither a steward's"},
	    {"east", author, ERR_SIGNATURE, "neither a steward's"},
	    {"east", both, ERR_SIGNATURE, "neither a steward's"},
	    {"gone", steward_of_east, ERR_SIGNATURE, "neither a steward's"},
	    {"east", "", ERR_SYNTAX, "grammar"},
	};
	struct store *s = store_new("judge", NULL, 0);
	const struct charter *c;
	struct err err = {0};
	(void)state;
	good(store_charter(s, 1, &c, NULL, &err), &err);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct order o = {.bytes = BUF_INIT};
		order_text(&o, STR("text"));
		struct str bytes = order_write(&o, row[i].hub, row[i].keys);
		if (row[i].code)
			refused(judge(bytes, c, &err), row[i].code, &err, row[i].says);
		else
			good(judge(bytes, c, &err), &err);
		order_free(&o);
	}
	/* Below a threshold nobody orders, whoever signs twice. */
	struct charter strict = *c;
	struct charter_hub hubs[8];
	memcpy(hubs, c->hubs, c->nhubs * sizeof *hubs);
	strict.hubs = hubs;
	strict.threshold = 2;
	for (size_t i = 0; i < c->nhubs; i++)
		hubs[i].steward_threshold = 2;
	struct order o = {.bytes = BUF_INIT};
	order_text(&o, STR("text"));
	refused(judge(order_write(&o, "east", twice), &strict, &err), ERR_SIGNATURE, &err,
	    "1 of 2 stewards'");
	static const char one_of_each[] = {CENTRAL, EAST + STEWARD, 0};
	refused(judge(order_write(&o, "east", one_of_each), &strict, &err), ERR_SIGNATURE, &err,
	    "one of the two must be enough");
	strict = *c;
	strict.version = 2;
	refused(judge(order_write(&o, "east", twice), &strict, &err), ERR_SIGNATURE, &err,
	    "it names charter version 1");
	order_free(&o);
	store_close(s);
}

/* Each damage to the text makes it no order, or leaves it without a good signature. */
static void there_is_one_form(void **state)
{
	struct order o = {.bytes = BUF_INIT};
	struct store *s = store_new("form", NULL, 0);
	const struct charter *c;
	struct err err = {0};
	(void)state;
	good(store_charter(s, 1, &c, NULL, &err), &err);
	order_text(&o, STR("text"));
	order_text(&o, STR("text two"));
	struct str bytes = order_write(&o, "east", steward_of_east);
	good(judge(bytes, c, &err), &err);
	for (size_t i = 0; i < bytes.len; i++) {
		char *at = &o.bytes.ptr[i], was = *at;
		*at = (char)(was ^ 1);
		assert_int_not_equal(judge(buf_str(&o.bytes), c, &err), 0);
		*at = was;
	}
	for (size_t n = 0; n < bytes.len; n++)
		assert_int_not_equal(judge(str_sub(bytes, 0, n), c, &err), 0);
	buf_putc(&o.bytes, '\n');
	assert_int_not_equal(judge(buf_str(&o.bytes), c, &err), 0);
	order_free(&o);
	/* A reason is one line that shows what it says. */
	static const char *const reasons[] = {
	    "", "a\nb", "a\x1b[2J", "caf\xe9", "\xe2\x80\xae over", "\xc2\x9b"};
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
		struct order bad = {.bytes = BUF_INIT};
		struct buf text = BUF_INIT;
		order_text(&bad, STR("text"));
		order_write(&bad, "east", "");
		struct str rest = buf_str(&bad.bytes), head;
		const char *reason = strstr(bad.bytes.ptr, "A court said so.");
		head = str_of(rest.ptr, (size_t)(reason - rest.ptr));
		buf_printf(&text, "%.*s%s%s", STR_FMT(head), reasons[i], reason + 16);
		struct buf sig =
		    signed_by(EAST + STEWARD, "belfry-erasure", network.text, buf_str(&text));
		buf_add(&text, buf_str(&sig));
		assert_int_not_equal(judge(buf_str(&text), c, &err), 0);
		buf_release(&sig);
		buf_release(&text);
		order_free(&bad);
	}
	store_close(s);
}

/* --- what it reaches --- */

/* The text that is erased, and an order for it. */
static struct buf bridge_text;
static struct order to_erase;

static int bridge_new(void **state)
{
	bridge_text = BUF_INIT;
	to_erase = (struct order){.bytes = BUF_INIT};
	return scratch_new(state);
}

static int bridge_release(void **state)
{
	buf_release(&bridge_text);
	order_free(&to_erase);
	return scratch_remove(state);
}

static void it_reaches_everybody_and_newcomers(void **state)
{
	struct draft d = {.n = 0};
	struct err err = {0};
	(void)state;
	struct store *east = east_with_bridge(&bridge_text), *had = store_new("had", NULL, 0),
		     *late = store_new("late", NULL, 0);
	carry(had, east, "east");
	assert_true(has(had, buf_str(&bridge_text)));
	order_text(&to_erase, buf_str(&bridge_text));
	good(erased_publish(east, order_write(&to_erase, "east", steward_of_east), T0 + 600, &err),
	    &err);
	struct store *const all[] = {east, had, late};
	for (size_t i = 0; i < 3; i++) {
		if (i)
			carry(all[i], east, "east");
		assert_false(has(all[i], buf_str(&bridge_text)));
		sound(all[i]);
		struct sha256 a = digest(east), b = digest(all[i]);
		same_digest(&a, &b);
		struct catalogue c;
		good(catalogue_read(&c, all[i], NULL, NULL, &err), &err);
		assert_null(catalogue_find(&c, str_from(bridge)));
		assert_int_equal(row_of(&c, bridge, false)->state, ITEM_ERASED);
		assert_non_null(row_of(&c, bridge, false)->author_key);
		assert_string_equal(row_of(&c, bridge, false)->reason, "A court said so.");
		assert_non_null(catalogue_find(&c, STR("records/ke-mombasa/news/other/en.md")));
		catalogue_release(&c);
		struct wires *w = wires_new(all[i], "east", 1);
		assert_null(memmem(w->bytes.ptr, w->bytes.len, "id: bridge\n", 11));
		wires_free(w);
	}
	/* The same text is not written again. */
	draft_file(&d, "records/ke-mombasa/news/bridge/en.md", buf_str(&bridge_text));
	refused(store_append(east, d.changes, d.n, T0 + 700, &err), ERR_POLICY, &err, "was erased");
	arena_clear(&d.arena);
	for (size_t i = 0; i < 3; i++)
		store_close(all[i]);
}

/* A hub that copies another's record into its own journal cannot have that one erased. */
static void it_reaches_one_journal(void **state)
{
	struct draft d = {.n = 0};
	struct err err = {0};
	(void)state;
	struct store *east = east_with_bridge(&bridge_text), *west = hub_new("west", "west", WEST);
	draft_file(&d, bridge, buf_str(&bridge_text));
	append(west, &d);
	carry(east, west, "west");
	order_text(&to_erase, buf_str(&bridge_text));
	good(erased_publish(west, order_write(&to_erase, "west", steward_of_west), T0 + 600, &err),
	    &err);
	assert_false(has(west, buf_str(&bridge_text)));
	carry(east, west, "west");
	assert_true(has(east, buf_str(&bridge_text)));
	struct catalogue c;
	good(catalogue_read(&c, east, NULL, NULL, &err), &err);
	assert_non_null(catalogue_find(&c, str_from(bridge)));
	catalogue_release(&c);
	/* And west still takes east's. */
	carry(west, east, "east");
	assert_true(has(west, buf_str(&bridge_text)));
	store_close(east);
	store_close(west);
}

/* Rosters, signatures and charters are no texts, whatever an order says. */
static void it_reaches_nothing_else(void **state)
{
	struct buf roster = BUF_INIT;
	struct err err = {0};
	(void)state;
	struct store *east = east_with_bridge(&bridge_text);
	good(store_file(east, "east", STR("roster.md"), &roster, &err), &err);
	order_text(&to_erase, buf_str(&bridge_text));
	order_text(&to_erase, buf_str(&roster));
	order_text(&to_erase, buf_str(&charter_one));
	good(erased_publish(east, order_write(&to_erase, "east", steward_of_east), T0 + 600, &err),
	    &err);
	assert_false(has(east, buf_str(&bridge_text)));
	assert_true(has(east, buf_str(&roster)));
	assert_true(has(east, buf_str(&charter_one)));
	east = reopened(east);
	store_close(east);
	buf_release(&roster);
}

static void a_wrong_hash_makes_it_void(void **state)
{
	struct draft d = {.n = 0};
	(void)state;
	struct store *east = east_with_bridge(&bridge_text), *had = store_new("had", NULL, 0),
		     *late = store_new("late", NULL, 0);
	carry(had, east, "east");
	order_text(&to_erase, buf_str(&bridge_text));
	to_erase.texts[0].hash.bytes[5] ^= 1;
	draft_order(&d, order_write(&to_erase, "east", steward_of_east));
	append(east, &d); /* somebody's own program may do it */
	carry(had, east, "east");
	carry(late, east, "east");
	assert_true(has(east, buf_str(&bridge_text)));
	assert_true(has(had, buf_str(&bridge_text)));
	assert_true(has(late, buf_str(&bridge_text)));
	store_close(east);
	store_close(had);
	store_close(late);
}

/* An order by nobody of theirs is kept as a file and does nothing. */
static void what_does_not_hold_binds_nobody(void **state)
{
	struct draft d = {.n = 0};
	struct err err = {0};
	(void)state;
	struct store *east = east_with_bridge(&bridge_text), *west = hub_new("west", "west", WEST);
	carry(west, east, "east");
	order_text(&to_erase, buf_str(&bridge_text));
	struct str bytes = order_write(&to_erase, "east", steward_of_west);
	refused(erased_publish(west, bytes, T0 + 600, &err), ERR_SIGNATURE, &err, "neither");
	draft_order(&d, bytes);
	append(west, &d);
	carry(east, west, "west");
	assert_true(has(east, buf_str(&bridge_text)));
	assert_true(has(west, buf_str(&bridge_text)));
	store_close(east);
	store_close(west);
}

/* --- an entry without its text --- */

/* Entry 2 of east as one who leaves the text out would tell it, with this order. */
static int admit_bare(struct store *to, struct store *east, const struct order *o, struct err *err)
{
	struct entry e;
	struct buf wire = BUF_INIT;
	size_t n;
	good(store_entry(east, "east", 2, &e, err), err);
	for (size_t i = 0; i < e.nchanges; i++)
		if (str_is(e.changes[i].path, bridge)) {
			e.changes[i].hash = sha256(e.changes[i].content);
			e.changes[i].content = STR_EMPTY;
			e.changes[i].is_bare = true;
			e.changes[i].order = buf_str(&o->bytes);
		}
	entry_encode(&wire, &e, &(struct entry_context){.network = network.text});
	struct str one = buf_str(&wire);
	int bad = store_admit(to, "east", &one, 1, &n, err);
	entry_release(&e);
	buf_release(&wire);
	return bad;
}

static void nobody_holds_back_what_no_order_names(void **state)
{
	struct err err = {0};
	(void)state;
	struct store *east = east_with_bridge(&bridge_text), *late = store_new("late", NULL, 0);
	struct wires *w = wires_new(east, "east", 1);
	size_t n;
	good(store_admit(late, "east", w->entries, 1, &n, &err), &err);
	wires_free(w);
	struct order none = {.bytes = BUF_INIT}, forged = none, another = none, right = none,
		     other_hub = none;
	order_text(&forged, buf_str(&bridge_text));
	order_write(&forged, "east", steward_of_west);
	refused(admit_bare(late, east, &forged, &err), ERR_SIGNATURE, &err, "neither a steward's");
	order_text(&another, STR("another text"));
	order_write(&another, "east", steward_of_east);
	refused(admit_bare(late, east, &another, &err), ERR_SIGNATURE, &err, "does not name");
	order_text(&other_hub, buf_str(&bridge_text));
	order_write(&other_hub, "west", steward_of_west);
	refused(admit_bare(late, east, &other_hub, &err), ERR_SIGNATURE, &err, "does not name");
	order_text(&right, buf_str(&bridge_text));
	order_write(&right, "east", steward_of_east);
	assert_int_equal(store_journal(late, "east")->head.seq, 1);
	good(admit_bare(late, east, &right, &err), &err);
	assert_int_equal(store_journal(late, "east")->head.seq, 2);
	/* It is heeded from then on, also after a start, though no journal has it yet. */
	late = reopened(late);
	w = wires_new(late, "east", 1);
	wires_free(w);
	struct catalogue c;
	good(catalogue_read(&c, late, NULL, NULL, &err), &err);
	assert_int_equal(row_of(&c, bridge, false)->state, ITEM_ERASED);
	catalogue_release(&c);
	store_close(east);
	store_close(late);
	order_free(&forged);
	order_free(&another);
	order_free(&other_hub);
	order_free(&right);
}

static void orders_stay_under_their_name(void **state)
{
	struct draft d = {.n = 0};
	struct err err = {0};
	char path[96];
	(void)state;
	struct store *east = east_with_bridge(&bridge_text);
	order_text(&to_erase, buf_str(&bridge_text));
	struct str bytes = order_write(&to_erase, "east", steward_of_east);
	struct sha256 hash = sha256(bytes), wrong = sha256(STR("wrong"));
	snprintf(path, sizeof path, "erasures/%s.txt", sha256_hex(&wrong).text);
	draft_file(&d, path, bytes);
	refused(store_append(east, d.changes, d.n, T0 + 600, &err), ERR_SYNTAX, &err, "SHA-256");
	good(erased_publish(east, bytes, T0 + 600, &err), &err);
	d.n = 0;
	snprintf(path, sizeof path, "erasures/%s.txt", sha256_hex(&hash).text);
	draft_delete(&d, path);
	refused(store_append(east, d.changes, d.n, T0 + 700, &err), ERR_SYNTAX, &err, "stays");
	arena_clear(&d.arena);
	store_close(east);
}

/* The order is durable and the text still there: a crash in between. */
static void a_start_goes_on_with_it(void **state)
{
	struct draft d = {.n = 0};
	(void)state;
	struct store *east = east_with_bridge(&bridge_text);
	order_text(&to_erase, buf_str(&bridge_text));
	struct str bytes = order_write(&to_erase, "east", steward_of_east);
	east->access = STORE_READ; /* erased_settle() does nothing then */
	draft_order(&d, bytes);
	draft_delete(&d, bridge);
	append(east, &d);
	assert_true(has(east, buf_str(&bridge_text)));
	east->access = STORE_WRITE;
	east = reopened(east);
	assert_false(has(east, buf_str(&bridge_text)));
	sound(east);
	/* The file beside git is only needed for orders that no journal has. */
	struct err err = {0};
	assert_int_equal(unlink(at("east/erased")), 0);
	east = reopened(east);
	struct wires *w = wires_new(east, "east", 1);
	wires_free(w);
	good(!erased_is_text(east, buf_str(&bridge_text)), &err);
	store_close(east);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_new, scratch_remove)
#define BRIDGE(name) cmocka_unit_test_setup_teardown(name, bridge_new, bridge_release)
	const struct CMUnitTest tests[] = {
	    TEST(only_stewards_and_the_central_team_order),
	    TEST(there_is_one_form),
	    BRIDGE(it_reaches_everybody_and_newcomers),
	    BRIDGE(it_reaches_one_journal),
	    BRIDGE(it_reaches_nothing_else),
	    BRIDGE(a_wrong_hash_makes_it_void),
	    BRIDGE(what_does_not_hold_binds_nobody),
	    BRIDGE(nobody_holds_back_what_no_order_names),
	    BRIDGE(orders_stay_under_their_name),
	    BRIDGE(a_start_goes_on_with_it),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
