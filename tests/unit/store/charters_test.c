/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Adopting charters: one chain, each version signed by the keys of the one before and its own, with
 * the very schemas it names. What is refused leaves the store as it was.
 */
#include "fixture.h"

static struct store *store_empty(const char *name)
{
	struct store *s = NULL;
	struct err err = {0};
	good(store_create(at(name), &err) || store_open(&s, at(name), STORE_WRITE, &err), &err);
	return s;
}

static json_t *next_head(int version)
{
	return charter_next(buf_str(&charter_one), version);
}

static int try(struct store *s, struct bundle *b, struct err *err)
{
	uint32_t version = s->charter_version;
	struct sha256 before = digest(s);
	long objects = object_count(s);
	err->code = ERR_NONE;
	int bad = store_adopt_charter(s, &b->files, version ? NULL : network.text, err);
	if (bad) {
		struct sha256 after = digest(s);
		same_digest(&before, &after);
		assert_int_equal(s->charter_version, version);
		assert_int_equal(object_count(s), objects);
	}
	return bad;
}

/* Try `head` signed by `keys` as the next version; drops it. */
static void refused_head(
    struct store *s, json_t *head, const char *keys, enum err_code code, const char *says)
{
	struct err err = {0};
	struct bundle *b = bundle_new(head, network.text, keys);
	refused(try(s, b, &err), code, &err, says);
	bundle_free(b);
}

static void a_chain_grows(void **state)
{
	struct store *s = store_empty("s");
	const struct charter *c;
	const struct schema_set *schemas;
	struct err err = {0};
	(void)state;
	adopt(s, charter_head());
	assert_int_equal(s->charter_version, 1);
	assert_string_equal(s->network, network.text);
	adopt(s, next_head(2));
	assert_int_equal(s->charter_version, 2);
	sound(s);
	s = reopened(s);
	assert_int_equal(s->charter_version, 2);
	assert_string_equal(s->network, network.text);
	for (uint32_t v = 1; v <= 2; v++) {
		good(store_charter(s, v, &c, &schemas, &err), &err);
		assert_int_equal(c->version, v);
		assert_non_null(schema_find(schemas, STR("news")));
	}
	good(store_charter(s, 0, &c, NULL, &err), &err);
	assert_int_equal(c->version, 2);
	refused(store_charter(s, 3, &c, NULL, &err), ERR_MISSING, &err, "version 3");
	store_close(s);
}

static void the_first_version_must_be_the_one_wanted(void **state)
{
	struct store *s = store_empty("s");
	struct err err = {0};
	json_t *other = charter_head();
	(void)state;
	json_object_set_new(other, "name", json_string("Another network"));
	refused_head(s, other, "\x01", ERR_NETWORK, "another network");
	refused_head(s, next_head(2), "\x01", ERR_CHAIN, "without the versions before");
	refused_head(s, charter_head(), "", ERR_SIGNATURE, "0 of the 1");
	refused_head(s, charter_head(), "\x7e", ERR_SIGNATURE, "0 of the 1");
	struct bundle *b = bundle_new(charter_head(), network.text, "\x01");
	b->files.charter = str_sub(b->files.charter, 0, b->files.charter.len - 1);
	assert_int_equal(try(s, b, &err), ERR_SYNTAX);
	bundle_free(b);
	adopt(s, charter_head());
	store_close(s);
}

static void what_does_not_follow_is_refused(void **state)
{
	struct store *s = store_new("s", NULL, 0);
	(void)state;
	refused_head(s, next_head(3), "\x01", ERR_CHAIN, "version 3 cannot follow version 1");
	refused_head(
	    s, charter_next(STR("something else"), 2), "\x01", ERR_CHAIN, "another version 1");
	refused_head(s, next_head(2), "", ERR_SIGNATURE, "0 of the 1");
	refused_head(s, next_head(2), "\x7e", ERR_SIGNATURE, "0 of the 1");
	json_t *usurper = next_head(2);
	json_object_set_new(usurper, "central", json_pack("[o]", holder("eve", STRANGER)));
	refused_head(s, usurper, "\x7e", ERR_SIGNATURE, "version 1's keys");
	json_t *given = next_head(2); /* the old key gives it away, the new one has not signed */
	json_object_set_new(given, "central", json_pack("[o]", holder("eve", STRANGER)));
	refused_head(s, given, "\x01", ERR_SIGNATURE, "version 2's keys");
	adopt(s, next_head(2));
	sound(s);
	store_close(s);
}

static void signatures_of_another_network(void **state)
{
	struct store *s = store_new("s", NULL, 0);
	struct err err = {0};
	struct bundle *b = bundle_new(next_head(2),
	    "0000000000000000000000000000000000000000000000000000000000000000", "\x01");
	(void)state;
	refused(try(s, b, &err), ERR_NETWORK, &err, "signature of one");
	bundle_free(b);
	store_close(s);
}

static void a_version_has_one_text(void **state)
{
	struct store *s = store_new("s", NULL, 0);
	struct err err = {0};
	struct bundle *b = bundle_new(charter_head(), network.text, "\x01");
	(void)state;
	good(try(s, b, &err), &err); /* the same again */
	bundle_free(b);
	adopt(s, next_head(2));
	json_t *other = next_head(2);
	json_object_set_new(other, "name", json_string("Second story"));
	refused_head(s, other, "\x01", ERR_CHAIN, "two charters of version 2");
	assert_int_equal(s->charter_version, 2);
	store_close(s);
}

static void schemas_are_bound(void **state)
{
	struct store *s = store_empty("s");
	struct err err = {0};
	(void)state;
	struct bundle *b = bundle_new(charter_head(), network.text, "\x01");
	b->files.nschemas--;
	refused(try(s, b, &err), ERR_MISSING, &err, "did not come with it");
	b->files.nschemas++;
	struct str kept = b->files.schemas[0].armor;
	b->files.schemas[0].armor = STR("{\"type\": \"object\"}");
	refused(try(s, b, &err), ERR_CHAIN, &err, "whose hash the charter names");
	b->files.schemas[0].armor = kept;
	good(try(s, b, &err), &err);
	bundle_free(b);
	/* A later version may leave out what has not changed, not what has. */
	b = bundle_new(next_head(2), network.text, "\x01");
	b->files.nschemas = 0;
	good(try(s, b, &err), &err);
	bundle_free(b);
	json_t *head = charter_next(buf_str(&s->charters[1].charter->source), 3);
	json_object_set_new(json_array_get(json_object_get(head, "schemas"), 0), "sha256",
	    json_string("0000000000000000000000000000000000000000000000000000000000000000"));
	b = bundle_new(head, network.text, "\x01");
	b->files.nschemas = 0;
	refused(try(s, b, &err), ERR_CHAIN, &err, "whose hash the charter names");
	bundle_free(b);
	store_close(s);
}

static void a_schema_that_breaks_its_rules(void **state)
{
	struct store *s = store_new("s", NULL, 0);
	struct str json = STR("{\"type\": \"object\", \"surprise\": 1}");
	struct sha256 h = sha256(json);
	struct err err = {0};
	json_t *head = next_head(2);
	(void)state;
	json_array_append_new(json_object_get(head, "schemas"),
	    json_pack("{s:s, s:s}", "name", "odd", "sha256", sha256_hex(&h).text));
	struct bundle *b = bundle_new(head, network.text, "\x01");
	b->files.schemas[b->files.nschemas++] = (struct named_signature){STR("odd"), json};
	refused(try(s, b, &err), ERR_UNSUPPORTED, &err, "surprise");
	bundle_free(b);
	adopt(s, next_head(2));
	sound(s);
	store_close(s);
}

/* A name that the tree's own reader would refuse: the store could not be opened again. */
static void a_schema_named_after_a_device(void **state)
{
	struct store *s = store_new("s", NULL, 0);
	struct str json = STR("{\"type\": \"object\", \"additionalProperties\": false}");
	struct sha256 h = sha256(json);
	struct err err = {0};
	json_t *head = next_head(2);
	(void)state;
	json_array_append_new(json_object_get(head, "schemas"),
	    json_pack("{s:s, s:s}", "name", "aux", "sha256", sha256_hex(&h).text));
	struct bundle *b = bundle_new(head, network.text, "\x01");
	b->files.schemas[b->files.nschemas++] = (struct named_signature){STR("aux"), json};
	refused(try(s, b, &err), ERR_SYNTAX, &err, "aux.json");
	bundle_free(b);
	adopt(s, next_head(2));
	s = reopened(s);
	assert_int_equal(s->charter_version, 2);
	sound(s);
	struct store *clean =
	    store_new("clean", NULL, 0); /* nothing of it was left to be written */
	adopt(clean, next_head(2));
	assert_int_equal(object_count(s), object_count(clean));
	store_close(clean);
	store_close(s);
}

/* Two stores that took different signatures still hold one charter. */
static void signatures_do_not_split_the_network(void **state)
{
	struct store *a = store_empty("a"), *b = store_empty("b");
	json_t *head = charter_head();
	struct err err = {0};
	(void)state;
	json_array_append_new(json_object_get(head, "central"), holder("central-2", 2));
	struct buf text = charter_text(json_deep_copy(head));
	struct sha256_hex n = network_of(buf_str(&text));
	struct bundle *one = bundle_new(json_deep_copy(head), n.text, "\x01"),
		      *two = bundle_new(head, n.text, "\x02\x01");
	good(store_adopt_charter(a, &one->files, n.text, &err), &err);
	good(store_adopt_charter(b, &two->files, n.text, &err), &err);
	struct sha256 x = digest(a), y = digest(b);
	same_digest(&x, &y);
	bundle_free(one);
	bundle_free(two);
	buf_release(&text);
	store_close(a);
	store_close(b);
}

/* --- bundles --- */

static void bundles_travel(void **state)
{
	struct store *a = store_new("a", NULL, 0), *b = store_empty("b");
	struct err err = {0};
	(void)state;
	json_t *second = next_head(2);
	json_object_set_new(second, "name", json_string("Renamed"));
	adopt(a, second);
	for (uint32_t v = 1; v <= 2; v++) {
		struct buf bytes = BUF_INIT;
		struct charter_files files;
		good(store_charter_bundle(a, v, &bytes, &err), &err);
		good(charter_bundle_read(&files, buf_str(&bytes), &err), &err);
		assert_int_equal(files.nsignatures, 1);
		assert_int_equal(files.nschemas > 0, v == 1); /* version 2 brings none anew */
		good(store_adopt_charter(b, &files, v == 1 ? network.text : NULL, &err), &err);
		buf_release(&bytes);
	}
	struct sha256 x = digest(a), y = digest(b);
	same_digest(&x, &y);
	struct buf none = BUF_INIT;
	assert_int_equal(store_charter_bundle(a, 3, &none, &err), ERR_MISSING);
	assert_int_equal(store_charter_bundle(a, 0, &none, &err), ERR_MISSING);
	struct oid i, k; /* the same commits too: stock git sees one history */
	good(repo_ref(a->repo, "refs/belfry/charter", &i, &err), &err);
	good(repo_ref(b->repo, "refs/belfry/charter", &k, &err), &err);
	assert_true(oid_eq(&i, &k));
	store_close(a);
	store_close(b);
}

static void bundles_are_read_strictly(void **state)
{
	struct bundle *b = bundle_new(charter_head(), network.text, "\x01");
	struct charter_files files;
	struct buf bytes = BUF_INIT;
	struct err err = {0};
	(void)state;
	b->files.nschemas = 2;
	charter_bundle_write(&bytes, &b->files);
	good(charter_bundle_read(&files, buf_str(&bytes), &err), &err);
	for (size_t n = 0; n < bytes.len; n++)
		if (charter_bundle_read(&files, str_sub(buf_str(&bytes), 0, n), &err) != ERR_SYNTAX)
			fail_msg("%zu of %zu bytes are enough", n, bytes.len);
	buf_putc(&bytes, 0);
	assert_int_equal(charter_bundle_read(&files, buf_str(&bytes), &err), ERR_SYNTAX);
	static const char *const bad[] = {"", "A", "a b", "../x", "a/b", "con.txt",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		for (int schema = 0; schema < 2; schema++) {
			struct named_signature *name =
			    schema ? &b->files.schemas[1] : &b->files.signatures[0];
			struct str kept = name->id;
			name->id = str_from(bad[i]);
			buf_reset(&bytes);
			charter_bundle_write(&bytes, &b->files);
			if (charter_bundle_read(&files, buf_str(&bytes), &err) != ERR_SYNTAX)
				fail_msg("'%s' is a name", bad[i]);
			name->id = kept;
		}
	}
	/* Twice the same name: two contents for one file. */
	b->files.schemas[1].id = b->files.schemas[0].id;
	buf_reset(&bytes);
	charter_bundle_write(&bytes, &b->files);
	assert_int_equal(charter_bundle_read(&files, buf_str(&bytes), &err), ERR_SYNTAX);
	for (int schemas = 0; schemas < 2;
	     schemas++) { /* as many as there is room for, and one more */
		uint64_t max = schemas ? SCHEMAS_MAX : CENTRAL_KEYS_MAX;
		for (uint64_t count = max; count <= max + 1; count++) {
			char id[32];
			buf_reset(&bytes);
			buf_ssh_string(&bytes, STR("x"));
			if (schemas)
				buf_varint(&bytes, 0);
			buf_varint(&bytes, count);
			for (uint64_t i = 0; i < count; i++) {
				snprintf(id, sizeof id, "n%u", (unsigned)i);
				buf_ssh_string(&bytes, str_from(id));
				buf_ssh_string(&bytes, STR("x"));
			}
			if (!schemas)
				buf_varint(&bytes, 0);
			int result = charter_bundle_read(&files, buf_str(&bytes), &err);
			assert_int_equal(result, count > max ? ERR_SYNTAX : 0);
		}
	}
	buf_reset(&bytes); /* counts beyond any limit */
	buf_ssh_string(&bytes, STR("x"));
	buf_varint(&bytes, UINT64_MAX);
	assert_int_equal(charter_bundle_read(&files, buf_str(&bytes), &err), ERR_SYNTAX);
	bundle_free(b);
	buf_release(&bytes);
}

static void journals_name_the_charter_in_force(void **state)
{
	struct store *s = east_new();
	struct draft d = {.n = 0};
	struct entry e;
	struct err err = {0};
	(void)state;
	adopt(s, next_head(2));
	draft_news(&d, EAST, "ke-mombasa", "market", "");
	append(s, &d);
	for (uint64_t seq = 1; seq <= 2; seq++) {
		good(store_entry(s, "east", seq, &e, &err), &err);
		assert_int_equal(e.charter, seq);
		entry_release(&e);
	}
	/* A hub that knows only version 1 takes the first entry, and the second when it has the
	 * charter. */
	struct store *late = store_new("late", NULL, 0);
	struct wires *w = wires_new(s, "east", 1);
	size_t n;
	refused(store_admit(late, "east", w->entries, 2, &n, &err), ERR_MISSING, &err,
	    "charter version 2");
	assert_int_equal(n, 1);
	adopt(late, next_head(2));
	carry(late, s, "east");
	struct sha256 x = digest(s), y = digest(late);
	same_digest(&x, &y);
	wires_free(w);
	store_close(late);
	store_close(s);
}

/* After a new journal key, the old one signs nothing that names the new charter, and cannot go
 * back. */
static void a_rotated_journal_key(void **state)
{
	struct store *s = east_new();
	struct err err = {0};
	struct draft d = {.n = 0};
	(void)state;
	json_t *head = next_head(2);
	json_t *east = json_array_get(json_object_get(head, "hubs"), 1);
	json_object_set_new(east, "journal", key_json(0x66));
	const struct journal *j = store_journal(s, "east");
	json_object_set_new(east, "base",
	    json_pack("{s:i, s:i, s:s, s:s}", "charter", 2, "seq", 1, "commit",
		oid_hex(&j->head.id).text, "content", sha256_hex(&j->content).text));
	adopt(s, head);
	draft_news(&d, EAST, "ke-mombasa", "market", "");
	refused(store_append(s, d.changes, d.n, T0, &err), ERR_POLICY, &err, "another journal key");
	arena_clear(&d.arena);
	store_close(s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_new, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_chain_grows),
	    TEST(the_first_version_must_be_the_one_wanted),
	    TEST(what_does_not_follow_is_refused),
	    TEST(signatures_of_another_network),
	    TEST(a_version_has_one_text),
	    TEST(schemas_are_bound),
	    TEST(a_schema_that_breaks_its_rules),
	    TEST(a_schema_named_after_a_device),
	    TEST(signatures_do_not_split_the_network),
	    TEST(bundles_travel),
	    TEST(bundles_are_read_strictly),
	    TEST(journals_name_the_charter_in_force),
	    TEST(a_rotated_journal_key),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
