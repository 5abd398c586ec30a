/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commits and trees: git hash-object takes all of them into a repository as they are, git fsck
 * --strict looks at all of them at once, and git verify-commit at each commit. Commits are damaged
 * before they are signed, so that a good signature hides nothing, or after.
 */
#include "differential.h"

#include "entry/entry.h"
#include "git/repo.h"

#include <stdio.h>
#include <stdlib.h>

enum { IDS_MAX = 6 };

/* What git is asked later, together. */
struct asked {
	bool ours;
	char reason[sizeof((struct err *)0)->msg];
	struct buf input;
	struct oid_hex ids[IDS_MAX]; /* none may have a fault */
	size_t nids;
};

struct batch {
	struct run *run;
	struct repo *repo; /* ours, in which all is only in memory */
	struct asked *cases;
	size_t n, cap;
	size_t objects; /* files o1, o2, … */
	struct buf list; /* their names, a line each */
};

static const char n64[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/* Into both repositories. */
static struct oid keep(struct batch *b, enum object_kind kind, struct str bytes)
{
	char name[32];
	struct oid id = {{0}};
	struct err err;
	if (repo_put(b->repo, &id, kind, bytes, &err)) {
		fprintf(stderr, "%s\n", err.msg);
		exit(2);
	}
	snprintf(name, sizeof name, "o%zu", ++b->objects);
	put_file(name, bytes);
	buf_printf(&b->list, "%s\n", name);
	return id;
}

/* Git's objects of what was kept since the last time. */
static void hand_over(struct batch *b, const char *type)
{
	const char *const hash[] = {"git", "hash-object", "-t", type, "-w", "--literally",
	    "--no-filters", "--stdin-paths", NULL};
	put_file("list", buf_str(&b->list));
	if (tool("list", hash) != 0) {
		fprintf(stderr, "git hash-object failed in %s\n", b->run->dir);
		exit(2);
	}
	buf_reset(&b->list);
}

static void begin(struct batch *b, struct run *r)
{
	static const char *const init[] = {"git", "init", "-q", "--bare", ".git", NULL};
	struct err err;
	*b = (struct batch){.run = r, .list = BUF_INIT};
	file_remove_tree(".git", &err);
	file_remove_tree("ours.git", &err);
	if (tool(NULL, init) != 0 || repo_create("ours.git", &err) ||
	    repo_open(&b->repo, "ours.git", &err)) {
		fprintf(stderr, "no repository in %s\n", r->dir);
		exit(2);
	}
}

static struct asked *add_case(struct batch *b, struct str input)
{
	struct asked *a = MEM_PUSH(b->cases, b->n, b->cap);
	*a = (struct asked){.input = BUF_INIT};
	buf_add(&a->input, input);
	return a;
}

/* What fsck says of objects. Which object is not there, or of another kind than it should be, it
 * says of that object too: the fault is in what leads to it. */
static bool is_about_another(struct str line)
{
	line = str_trim(line);
	return str_starts(line, STR("to ")) || str_starts(line, STR("missing ")) ||
	       str_starts(line, STR("dangling ")) || memmem(line.ptr, line.len, ", not a ", 8);
}

static struct buf complaints(void)
{
	static const char *const fsck[] = {
	    "git", "fsck", "--strict", "--no-dangling", "--no-progress", NULL};
	struct buf all = BUF_INIT;
	tool(NULL, fsck);
	for (int i = 0; i < 2; i++) {
		struct buf said = get_file(i ? "talk" : "out");
		for (struct str rest = buf_str(&said); rest.len;) {
			struct str line = str_cut(&rest, '\n');
			if (is_about_another(line))
				continue;
			buf_add(&all, line);
			buf_putc(&all, '\n');
		}
		buf_release(&said);
	}
	return all;
}

static void end(struct batch *b, bool is_signed)
{
	struct buf faults = complaints();
	for (size_t i = 0; i < b->n; i++) {
		struct asked *a = &b->cases[i];
		const char *const verify[] = {"git", "-c", "gpg.ssh.allowedSignersFile=allowed",
		    "verify-commit", a->ids[0].text, NULL};
		bool theirs = !is_signed || tool(NULL, verify) == 0;
		for (size_t k = 0; k < a->nids; k++)
			theirs = theirs && !strstr(faults.ptr, a->ids[k].text);
		judged(b->run, a->ours, theirs, a->reason, buf_str(&a->input));
		buf_release(&a->input);
	}
	free(b->cases);
	buf_release(&faults);
	buf_release(&b->list);
	repo_close(b->repo);
}

/* --- commits --- */

struct found {
	struct oid tree, parent;
};

/* Values of every size that they may have. */
static void some_entry(struct run *r, struct entry *e, const struct found *f)
{
	static const char *const hubs[] = {"east", "a", "0", "a-b",
	    "a123456789-123456789-123456789-123456789-123456789-123456789-123"};
	static const int64_t times[] = {
	    0, 1, 1732233600, INT32_MAX, UINT32_MAX, INT64_C(253402300800), ENTRY_TIME_MAX};
	static struct head heads[ENTRY_HEADS_MAX];
	static const size_t counts[] = {0, 0, 1, 2, 40, ENTRY_HEADS_MAX};
	*e = (struct entry){.seq = chance(r, 3) ? 2 + chance(r, 100000) : 1,
	    .charter = 1 + chance(r, chance(r, 2) ? 3 : UINT32_MAX - 1),
	    .time = times[chance(r, 7)],
	    .heads = heads,
	    .nheads = counts[chance(r, 6)],
	    .tree = f->tree};
	if (chance(r, 20) == 0)
		e->seq = ENTRY_SEQ_MAX;
	if (e->seq > 1)
		e->parent = f->parent;
	snprintf(e->hub, sizeof e->hub, "%s", hubs[chance(r, 5)]);
	memset(e->content.bytes, (int)chance(r, 256), sizeof e->content.bytes);
	for (size_t i = 0; i < e->nheads; i++) {
		snprintf(heads[i].hub, sizeof heads[i].hub, "hub-%03zu", i);
		heads[i].seq = 1 + chance(r, 1000);
		memset(heads[i].id.bytes, (int)chance(r, 256), OID_BYTES);
	}
}

/* The payload with a signature over it where git has it: behind the committer. */
static void sign_payload(struct run *r, struct buf *out, struct str payload)
{
	struct buf armor = BUF_INIT;
	struct err err;
	const char *gap = memmem(payload.ptr, payload.len, "\n\n", 2);
	size_t head = gap ? (size_t)(gap - payload.ptr) + 1 : payload.len;
	sshsig_sign(&armor, r->key, "git", payload, &err);
	buf_add(out, str_sub(payload, 0, head));
	buf_puts(out, "gpgsig");
	for (struct str rest = buf_str(&armor); rest.len;) {
		struct str line = str_cut(&rest, '\n');
		buf_printf(out, " %.*s\n", STR_FMT(line));
	}
	buf_add(out, str_sub(payload, head, payload.len));
	buf_release(&armor);
}

/* As a store takes it: by its form, its signature, and what it leads to. */
static bool is_accepted(struct batch *b, struct str commit, struct err *err)
{
	struct entry e;
	struct public_key key, *want = &b->run->key->key;
	if (entry_parse(&e, &key, commit, n64, err))
		return false;
	bool good = public_key_eq(&key, want) && !entry_verify(&e, n64, &key, err);
	if (good && (!repo_has(b->repo, &e.tree) ||
			(!oid_is_zero(&e.parent) && !repo_has(b->repo, &e.parent)))) {
		err_set(err, ERR_MISSING, "what it leads to is not in the store");
		good = false;
	}
	entry_release(&e);
	return good;
}

static void add_commit(struct batch *b, struct str commit)
{
	struct err err = {.code = ERR_NONE};
	struct asked *a = add_case(b, commit);
	a->ours = is_accepted(b, commit, &err);
	snprintf(a->reason, sizeof a->reason, "%s", err.msg);
	struct oid id = keep(b, OBJECT_COMMIT, commit);
	a->ids[a->nids++] = oid_hex(&id);
}

/* Put `what` before the first `before`; behind the signature, if one is made then. */
struct forgery {
	const char *before, *what;
	bool is_signed_after; /* the forgery is in what was signed */
};
static const struct forgery forgeries[] = {
    {"", "", false},
    {"\n\n", "\ngpgsig-sha256 x", false},
    {"\n\n", "\ngpgsig -----BEGIN SSH SIGNATURE-----\n AAAA\n -----END SSH SIGNATURE-----", false},
    {"author ", "gpgsig x\n", false},
    {"author ", "author x <x@y> 1 +0000\n", true},
    {"author ", "parent 0000000000000000000000000000000000000000\n", true},
    {"tree ", "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n", true},
    {"\n\n", "\nencoding ISO-8859-1", true},
    {"\n\n", "\nmergetag object 4b825dc642cb6eb9a060e54bf8d69288fbee4904", true},
    {"\n\n", "\nnote of ours", true},
    {"Network: ", "More: x\n", true},
    {"\n\n", " +0", true},
    {"Hub: ", "\xff\xfe", true},
};

static void forge(struct batch *b, const struct forgery *f, struct entry *e)
{
	struct run *r = b->run;
	struct buf payload = BUF_INIT, commit = BUF_INIT, out = BUF_INIT;
	entry_payload(&payload, e, n64);
	sign_payload(r, &commit, buf_str(&payload));
	const struct buf *from = f->is_signed_after ? &payload : &commit;
	const char *at = strstr(from->ptr, f->before);
	size_t place = at ? (size_t)(at - from->ptr) : 0;
	buf_add(&out, str_sub(buf_str(from), 0, place));
	buf_puts(&out, f->what);
	buf_add(&out, str_sub(buf_str(from), place, from->len));
	if (f->is_signed_after) {
		buf_reset(&commit);
		sign_payload(r, &commit, buf_str(&out));
		add_commit(b, buf_str(&commit));
	} else {
		add_commit(b, buf_str(&out));
	}
	buf_release(&payload);
	buf_release(&commit);
	buf_release(&out);
}

static void some_commit(struct batch *b, const struct found *f)
{
	static const char *const words[] = {"tree ", "parent ", "author ", "committer ", "gpgsig ",
	    "\n\n", "\n ", "\nencoding x", "+0100", "-0000", " <", "> ", "Head: east 1 ",
	    "Seq: 2\n", NULL};
	struct run *r = b->run;
	struct buf payload = BUF_INIT, commit = BUF_INIT;
	struct entry e;
	uint32_t depth = chance(r, 3);
	some_entry(r, &e, f);
	entry_payload(&payload, &e, n64);
	if (depth == 1)
		mutate(r, &payload, words);
	sign_payload(r, &commit, buf_str(&payload));
	if (depth == 2)
		mutate(r, &commit, words);
	add_commit(b, buf_str(&commit));
	buf_release(&payload);
	buf_release(&commit);
}

void commits(struct run *r, size_t n)
{
	struct batch b;
	struct found f;
	struct entry e;
	struct buf line = BUF_INIT, tree = BUF_INIT;
	begin(&b, r);
	buf_puts(&line, "ama@x ");
	public_key_write(&line, signer_key(r->key));
	put_file("allowed", buf_str(&line));
	buf_reset(&line);
	struct oid blob = keep(&b, OBJECT_BLOB, STR("roster\n"));
	hand_over(&b, "blob");
	buf_printf(&tree, "100644 roster.md%c", 0);
	buf_add(&tree, str_of(blob.bytes, OID_BYTES));
	f.tree = keep(&b, OBJECT_TREE, buf_str(&tree));
	hand_over(&b, "tree");
	e = (struct entry){.hub = "east", .seq = 1, .charter = 1, .time = 1, .tree = f.tree};
	entry_payload(&line, &e, n64);
	f.parent = keep(&b, OBJECT_COMMIT, buf_str(&line));
	e.seq = 2;
	e.parent = f.parent;
	for (size_t i = 0; i < sizeof forgeries / sizeof *forgeries; i++)
		forge(&b, &forgeries[i], &e);
	while (n--)
		some_commit(&b, &f);
	hand_over(&b, "commit");
	end(&b, true);
	buf_release(&line);
	buf_release(&tree);
}

/* --- trees --- */

/* As a store reads an entry's files. */
static int check_file(
    void *ctx, struct str path, const struct oid *before, const struct oid *after, struct err *err)
{
	struct buf content = BUF_INIT;
	(void)before;
	if (!journal_path_is_valid(path))
		return err_set(
		    err, ERR_SYNTAX, "%.*s is no place for a file in a journal", STR_FMT(path));
	int bad = repo_read(ctx, after, OBJECT_BLOB, &content, err);
	buf_release(&content);
	return bad;
}

static void add_item(struct buf *tree, const char *mode, const char *name, const struct oid *id)
{
	buf_printf(tree, "%s %s%c", mode, name, 0);
	buf_add(tree, str_of(id->bytes, OID_BYTES));
}

/* Levels of a journal's tree, the innermost first; one of them, `bent`, is not as it should be. */
static void some_tree(struct batch *b, const struct oid *blob, bool is_bent)
{
	static const char *const names[] = {".git", ".GIT", "git~1", "..", ".", "a/b", "con",
	    "en.md", "fr.md", "EN.md", "en.md.sig", "roster.md", ".gitmodules", ".g\xe2\x80\x8cit",
	    "a\\b", "x y", "records", "", "\xff", "-", "e\xcc\x81.md"};
	static const char *const modes[] = {"100644", "100644", "100644", "40000", "040000",
	    "100755", "120000", "160000", "100664", "0100644", "0"};
	static const char *const words[] = {
	    "100644 a", "40000 b", "100755 ", "en.md", ".git", NULL};
	static const char *const levels[] = {"bridge", "news", "ke-mombasa", "records"};
	struct run *r = b->run;
	uint32_t bent = is_bent ? chance(r, 5) : 5;
	struct oid ids[5];
	struct buf tree = BUF_INIT;
	for (uint32_t level = 0; level < 5; level++) {
		buf_reset(&tree);
		if (level == bent && chance(r, 2))
			add_item(&tree, modes[chance(r, 11)], names[chance(r, 21)], blob);
		if (level == 0) {
			add_item(&tree, "100644", chance(r, 2) ? "en.md" : "ar.md", blob);
			if (chance(r, 2))
				add_item(&tree, "100644", "fr.md", blob);
		} else {
			add_item(&tree, "40000", levels[level - 1], &ids[level - 1]);
		}
		if (level == 4 && chance(r, 2))
			add_item(&tree, "100644", "roster.md", blob);
		if (level == bent && chance(r, 2))
			add_item(&tree, modes[chance(r, 11)], names[chance(r, 21)], blob);
		if (level == bent && chance(r, 2))
			mutate(r, &tree, words);
		ids[level] = keep(b, OBJECT_TREE, buf_str(&tree));
		if (level == bent)
			add_case(b, buf_str(&tree));
	}
	struct err err = {.code = ERR_NONE};
	struct asked *a = is_bent ? &b->cases[b->n - 1] : add_case(b, buf_str(&tree));
	a->ours = !tree_diff(b->repo, NULL, &ids[4], check_file, b->repo, &err);
	snprintf(a->reason, sizeof a->reason, "%s", err.msg);
	for (int i = 0; i < 5; i++)
		a->ids[a->nids++] = oid_hex(&ids[i]);
	buf_release(&tree);
}

void trees(struct run *r, size_t n)
{
	struct batch b;
	begin(&b, r);
	struct oid blob = keep(&b, OBJECT_BLOB, STR("text\n"));
	hand_over(&b, "blob");
	for (int i = 0; i < 4; i++)
		some_tree(&b, &blob, false);
	while (n--)
		some_tree(&b, &blob, true);
	hand_over(&b, "tree");
	end(&b, false);
}
