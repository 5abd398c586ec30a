/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What hubs say of each other's journals, and what of it is not here: by whom, in which entry; not
 * what a charter has cut off.
 */
#include "fixture.h"

#include "store/vouched.h"

#include <inttypes.h>

/* "<hub> <seq> <by> <entry>[ other]" in one line each. */
static const char *words_of(struct store *s)
{
	static char text[1024];
	struct vouched_list l;
	struct err err = {0};
	size_t n = 0;
	good(vouched_list(&l, s, &err), &err);
	text[0] = 0;
	for (size_t i = 0; i < l.n; i++)
		n += (size_t)snprintf(text + n, sizeof text - n,
		    "%s %" PRIu64 " %s %" PRIu64 "%s\n", l.items[i].hub, l.items[i].seq,
		    l.items[i].by, l.items[i].entry, l.items[i].is_other ? " other" : "");
	free(l.items);
	return text;
}

static void write_news(struct store *s, unsigned byte, const char *place, const char *id)
{
	struct draft d = {.n = 0};
	draft_news(&d, byte, place, id, "");
	append(s, &d);
}

/* The first `n` entries of a journal. */
static void carry_some(struct store *to, struct store *from, const char *hub, size_t n)
{
	struct wires *w = wires_new(from, hub, 1);
	struct err err = {0};
	size_t got;
	good(store_admit(to, hub, w->entries, n, &got, &err), &err);
	wires_free(w);
}

/* East writes `n` entries in all, of which central has seen every one, and says so. */
static void two_hubs(struct store **east, struct store **central, size_t n)
{
	char id[16];
	*east = east_new();
	for (size_t i = 2; i <= n; i++) {
		snprintf(id, sizeof id, "n%zu", i);
		write_news(*east, EAST, "ke-mombasa", id);
	}
	*central = hub_new("central", "central", CENTRAL_HUB);
	carry(*central, *east, "east");
	write_news(*central, CENTRAL_HUB, "global", "seen");
}

static void what_a_hub_has_seen_is_known(void **state)
{
	struct store *east, *central, *edge = store_new("edge", NULL, 0);
	(void)state;
	two_hubs(&east, &central, 5);
	assert_string_equal(words_of(central), "");
	assert_string_equal(words_of(east), "");
	assert_string_equal(words_of(edge), "");
	carry_some(edge, east, "east", 3);
	assert_string_equal(words_of(edge), "");
	carry(edge, central, "central");
	assert_string_equal(words_of(edge), "east 5 central 2\n");
	edge = reopened(edge);
	assert_string_equal(words_of(edge), "east 5 central 2\n");

	/* A newer word takes the older one's place; what came is not missing any more. */
	write_news(east, EAST, "ke-mombasa", "more");
	carry(central, east, "east");
	write_news(central, CENTRAL_HUB, "global", "seen-more");
	carry(edge, central, "central");
	assert_string_equal(words_of(edge), "east 6 central 3\n");
	carry_some(edge, east, "east", 5);
	assert_string_equal(words_of(edge), "east 6 central 3\n");
	carry(edge, east, "east");
	assert_string_equal(words_of(edge), "");

	/* Of a journal of which nothing is here at all. */
	struct store *late = store_new("late", NULL, 0);
	carry(late, central, "central");
	assert_string_equal(words_of(late), "east 6 central 3\n");
	store_close(late);
	store_close(edge);
	store_close(central);
	store_close(east);
}

/* A head that did not move is not named again for a while, and is known all the same, by whoever
 * reads on and by whoever reads it all anew. */
static void an_old_word_lasts(void **state)
{
	struct store *east, *central, *edge = store_new("edge", NULL, 0);
	char id[16];
	(void)state;
	two_hubs(&east, &central, 4);
	carry_some(edge, east, "east", 3);
	for (int i = 0; i < 3 * NAMED_LOOK_BACK; i++) {
		snprintf(id, sizeof id, "c%d", i);
		write_news(central, CENTRAL_HUB, "global", id);
		carry(edge, central, "central");
		const char *words = words_of(edge);
		if (strncmp(words, "east 4 central ", 15) != 0)
			fail_msg("after entry %d: \"%s\"", i + 3, words);
	}
	char before[1024];
	snprintf(before, sizeof before, "%s", words_of(edge));
	edge = reopened(edge);
	assert_string_equal(words_of(edge), before);
	store_close(edge);
	store_close(central);
	store_close(east);
}

/* Two entries of one number are told apart by the word alone, before anybody brings the other. */
static void another_entry_of_that_number_is_said(void **state)
{
	struct store *east, *central, *edge = store_new("edge", NULL, 0);
	(void)state;
	two_hubs(&east, &central, 4);
	struct store *twin = hub_new("twin", "east", EAST);
	write_news(twin, EAST, "ke-mombasa", "lie");
	write_news(twin, EAST, "ke-mombasa", "lie-2");
	write_news(twin, EAST, "ke-mombasa", "lie-3");
	carry(edge, twin, "east");
	carry(edge, central, "central");
	assert_string_equal(words_of(edge), "east 4 central 2 other\n");
	store_close(twin);
	store_close(edge);
	store_close(central);
	store_close(east);
}

/* Charter 2: entry 3 is east's last, of what `east` holds. */
static json_t *cutting_head(struct store *east, bool is_closed)
{
	json_t *head = charter_next(buf_str(&charter_one), 2);
	json_t *hub = json_array_get(json_object_get(head, "hubs"), 1);
	struct oid id;
	struct entry e;
	struct err err = {0};
	good(store_entry_id(east, "east", 3, &id, &err) || journal_commit(east, &id, &e, &err),
	    &err);
	json_object_set_new(hub, "base",
	    json_pack("{s:i, s:I, s:s, s:s}", "charter", 2, "seq", (json_int_t)3, "commit",
		oid_hex(&id).text, "content", sha256_hex(&e.content).text));
	if (is_closed)
		json_object_set_new(hub, "state", json_string("closed"));
	entry_release(&e);
	return head;
}

/* What a charter has cut off is not missing; that there is a base is known by the charter. */
static void what_is_cut_off_is_not_missing(void **state)
{
	struct store *east, *central, *edge = store_new("edge", NULL, 0);
	(void)state;
	two_hubs(&east, &central, 5);
	carry_some(edge, east, "east", 2);
	carry(edge, central, "central");
	assert_string_equal(words_of(edge), "east 5 central 2\n");
	adopt(edge, cutting_head(east, false));
	assert_string_equal(words_of(edge), "east 3  2\n");
	carry_some(edge, east, "east", 3);
	assert_string_equal(words_of(edge), "");

	/* What comes after it, under the charter that cut, is. */
	json_t *head = cutting_head(east, false);
	adopt(central, json_incref(head));
	adopt(east, head);
	write_news(east, EAST, "ke-mombasa", "after");
	carry(central, east, "east");
	write_news(central, CENTRAL_HUB, "global", "seen-after");
	carry(edge, central, "central");
	assert_string_equal(words_of(edge), "east 4 central 3\n");
	store_close(edge);
	store_close(central);
	store_close(east);
}

static void a_closed_hub_has_nothing_more(void **state)
{
	struct store *east, *central, *edge = store_new("edge", NULL, 0);
	(void)state;
	two_hubs(&east, &central, 5);
	adopt(edge, cutting_head(east, true));
	carry(edge, central, "central");
	assert_string_equal(words_of(edge), "east 3  2\n");
	store_close(edge);
	store_close(central);
	store_close(east);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, scratch_new, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(what_a_hub_has_seen_is_known),
	    CASE(an_old_word_lasts),
	    CASE(another_entry_of_that_number_is_said),
	    CASE(what_is_cut_off_is_not_missing),
	    CASE(a_closed_hub_has_nothing_more),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
