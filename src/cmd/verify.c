/* SPDX-License-Identifier: Apache-2.0 */
#include "store/verify.h"

#include "cmd/common.h"

#include <stdio.h>
#include <unistd.h>

static void print_fault(void *ctx, const char *where, const char *what)
{
	json_t *faults = ctx;
	json_array_append_new(faults, json_pack("{s:s, s:s}", "where", where, "what", what));
}

static void progress(void *ctx, size_t done, size_t all)
{
	(void)ctx;
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%zu of %zu entries", done, all);
}

struct tally {
	struct verify_counts n;
	size_t records, held;
};

/* Held records are no fault of this store, but whoever asks for one by name wants to know. */
static void count_items(
    const struct catalogue *c, const char *name, struct tally *t, json_t *faults)
{
	for (size_t i = 0; i < c->len; i++) {
		const struct item *item = &c->items[i];
		if (name && !common_is_named(item->path, name))
			continue;
		t->records += item->state < ITEM_ABSENT || name;
		if (item->state < ITEM_HELD)
			continue;
		t->held += item->state == ITEM_HELD;
		if (name) {
			t->n.faults++;
			print_fault(faults, item->path, item->reason);
		}
	}
}

static void print(const struct tally *t, const json_t *faults)
{
	size_t i;
	json_t *f;
	json_array_foreach(faults, i, f) printf(
	    "NOT GOOD  %s: %s\n", json_get_text(f, "where").ptr, json_get_text(f, "what").ptr);
	printf("%zu charter versions, %zu entries, %zu records checked: %s", t->n.charters,
	    t->n.entries, t->records, t->n.faults ? "NOT all good" : "all good");
	if (t->n.bare)
		printf(" (of %zu entries some text is not here: not subscribed)", t->n.bare);
	if (t->held)
		printf(" (%zu held; belfry list --held says why)", t->held);
	putchar('\n');
}

static json_t *as_json(const struct tally *t, json_t *faults)
{
	return json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:O}", "good", t->n.faults == 0,
	    "charters", (json_int_t)t->n.charters, "entries", (json_int_t)t->n.entries, "records",
	    (json_int_t)t->records, "held", (json_int_t)t->held, "bare", (json_int_t)t->n.bare,
	    "faults", faults);
}

static int verify_one(
    struct store *s, const char *name, struct tally *t, json_t *faults, struct err *err)
{
	const struct verify_hooks hooks = {print_fault, progress, faults};
	struct catalogue catalogue = {.len = 0};
	int bad = verify_store(&catalogue, s, &t->n, &hooks, err);
	if (!bad)
		count_items(&catalogue, name, t, faults);
	catalogue_release(&catalogue);
	return bad;
}

static int run(const struct cmd *self, int argc, char **argv)
{
	const struct cmd_option options[] = {{0}};
	struct cmd_common c;
	struct err err = {.code = ERR_NONE};
	struct store *s = NULL;
	struct tally t = {.records = 0};
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	if (nargs > 1)
		return cmd_usage(self, "one record at a time");
	const char *name = nargs ? argv[0] : NULL;
	json_t *faults = json_array();
	int bad = common_open(&s, &c, &err) || verify_one(s, name, &t, faults, &err) ||
		  (s->members && verify_one(s->members, name, &t, faults, &err));
	if (!bad && name && !t.records)
		bad = err_set(&err, ERR_MISSING, "there is no record %s here", name);
	if (!bad && c.json)
		cmd_print_json(as_json(&t, faults));
	else if (!bad)
		print(&t, faults);
	json_decref(faults);
	store_close(s);
	if (bad)
		return cmd_fail(self, &err);
	return t.n.faults ? EXIT_REFUSED : EXIT_DONE;
}

const struct cmd cmd_verify = {
    .name = "verify",
    .args = "[PLACE/TYPE/ID]",
    .summary = "Check every signature and rule again; exit 1 if anything is not good.",
    .group = CMD_READ,
    .run = run,
};
