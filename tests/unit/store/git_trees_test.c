/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each tree of the catalogue behind an entry in its very form, which the journal's own key has
 * signed, by the two doors that git opens: what a pull brought into quarantine, and what was pushed
 * to a relay. Git's own checks are not asked.
 */
#include "fixture.h"

#include "../../hostile/tree_names.h"
#include "store/pins.h"
#include "store/quarantine.h"
#include "store/relay.h"

#include <unistd.h>

#define HUB_REF HUBS_PREFIX "east"

/* An honest hub whose repository has these commits as well, each in the place of entry 2. */
struct forger {
	struct store *east;
	struct oid plain, commits[HOSTILE_TREES], honest;
};

static struct oid forge_tree(struct store *s, const struct oid *tree)
{
	const struct journal *j = store_journal(s, "east");
	struct entry e = {.hub = "east",
	    .seq = j->head.seq + 1,
	    .charter = 1,
	    .parent = j->head.id,
	    .time = j->time + 60,
	    .content = j->content,
	    .tree = *tree};
	return forged_commit(s, &e, EAST);
}

static void forger_init(struct forger *f)
{
	struct oid tree;
	struct err err = {0};
	struct draft d = {.n = 0};
	f->east = east_new();
	tree = hostile_tree_put(f->east->repo, &hostile_plain);
	f->plain = forge_tree(f->east, &tree);
	for (size_t i = 0; i < HOSTILE_TREES; i++) {
		tree = hostile_tree_put(f->east->repo, &hostile_trees[i]);
		f->commits[i] = forge_tree(f->east, &tree);
	}
	good(repo_flush(f->east->repo, &err), &err);
	draft_news(&d, EAST, "ke-mombasa", "honest", "");
	append(f->east, &d);
	f->honest = store_journal(f->east, "east")->head.id;
}

static struct oid charter_of(const struct store *s)
{
	return s->charters[s->charter_version - 1].commit;
}

static void not_taken(const char *label, const char *door, int bad, const struct err *err)
{
	if (!bad || !err->msg[0])
		fail_msg("%s by %s: taken", label, door);
	if (bad != ERR_SYNTAX && bad != ERR_LIMIT)
		fail_msg("%s by %s: %s", label, door, err->msg);
}

static void by_push(void **state)
{
	struct forger f;
	struct relay *relay;
	struct err err = {0};
	char before[PATH_MAX];
	struct relay_move charter = {.ref = STR(CHARTER_REF)}, move = {.ref = STR(HUB_REF)};
	(void)state;
	forger_init(&f);
	/* Where stock git keeps what was pushed until the hook has judged it. */
	output_of("git init -q --bare %s/relay.git && cp -r %s/store.git/objects %s/relay.git/",
	    scratch, f.east->dir, scratch);
	assert_non_null(getcwd(before, sizeof before));
	assert_int_equal(chdir(at("relay.git")), 0);
	good(relay_open(&relay, network.text, &err), &err);
	charter.after = charter_of(f.east);
	good(relay_judge(relay, &charter, &err), &err);
	for (size_t i = 0; i < HOSTILE_TREES; i++) {
		move.after = f.commits[i];
		not_taken(hostile_trees[i].label, "push", relay_judge(relay, &move, &err), &err);
	}
	move.after = f.plain; /* grammatical, and no file of a journal */
	assert_int_not_equal(relay_judge(relay, &move, &err), 0);
	move.after = f.honest;
	good(relay_judge(relay, &move, &err), &err);
	relay_free(relay);
	assert_int_equal(chdir(before), 0); /* before the folder goes */
	store_close(f.east);
}

static int pulled(struct quarantine *q, const struct oid *head, struct err *err)
{
	struct stick_report report;
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s/east.belfry", quarantine_dir(q));
	output_of("mkdir -p %s/refs/belfry/hubs && echo %s >%s/" HUB_REF, quarantine_git(q),
	    oid_hex(head).text, quarantine_git(q));
	int bad = quarantine_open(q, err);
	return bad ? bad : quarantine_write(q, HUB_REF, path, &report, err);
}

static void by_pull(void **state)
{
	struct forger f;
	struct quarantine *q;
	struct err err = {0};
	(void)state;
	forger_init(&f);
	struct store *edge = store_new("edge", NULL, 0);
	good(quarantine_new(&q, edge, &err), &err);
	output_of(
	    "cp %s/store.git/objects/pack/* %s/objects/pack/", f.east->dir, quarantine_git(q));
	for (size_t i = 0; i < HOSTILE_TREES; i++)
		not_taken(hostile_trees[i].label, "pull", pulled(q, &f.commits[i], &err), &err);
	good(pulled(q, &f.honest, &err), &err);
	quarantine_free(q);
	sound(edge);
	store_close(edge);
	store_close(f.east);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_new, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {TEST(by_push), TEST(by_pull)};
	int bad = cmocka_run_group_tests(tests, NULL, NULL);
	keys_free();
	return bad;
}
