/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chain of charters: refs/belfry/charter, one commit a version. The commits are a function of
 * the charter alone, so every store has the same ids.
 */
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/cut.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

void charters_release(struct store *s)
{
	for (uint32_t i = 0; i < s->charter_version; i++) {
		charter_free(s->charters[i].charter);
		schema_set_free(s->charters[i].schemas);
	}
	free(s->charters);
	s->charters = NULL;
}

static struct str line_value(struct str commit, const char *label)
{
	while (commit.len) {
		struct str line = str_cut(&commit, '\n');
		if (!line.len)
			break;
		if (str_starts(line, str_from(label)))
			return str_sub(line, strlen(label), line.len);
	}
	return STR_EMPTY;
}

static int read_commit(
    struct store *s, const struct oid *id, struct oid *tree, struct oid *parent, struct err *err)
{
	struct buf commit = BUF_INIT;
	*parent = (struct oid){{0}};
	int bad = repo_read(s->repo, id, OBJECT_COMMIT, &commit, err);
	if (!bad) {
		if (!oid_from_hex(tree, line_value(buf_str(&commit), "tree ")))
			bad = err_set(
			    err, ERR_SYNTAX, "charter commit %s has no tree", oid_hex(id).text);
		oid_from_hex(parent, line_value(buf_str(&commit), "parent "));
	}
	buf_release(&commit);
	return bad;
}

static int file_of(
    struct store *s, const struct oid *tree, const char *path, struct buf *out, struct err *err)
{
	struct oid blob;
	if (tree_find(s->repo, tree, str_from(path), &blob, err))
		return err->code;
	return repo_read(s->repo, &blob, OBJECT_BLOB, out, err);
}

static int charter_failed(const struct charter_slot *slot, struct err *err)
{
	return err_wrap(err, "charter at %s", oid_hex(&slot->commit).text);
}

/* Only what judges records needs schemas: most commands never ask for them. */
static int load_schemas(struct store *s, struct charter_slot *slot, struct err *err)
{
	struct schema_set *set;
	struct buf json = BUF_INIT;
	struct oid tree, parent;
	char path[128];
	size_t i;
	json_t *item;
	if (slot->schemas)
		return 0;
	if (read_commit(s, &slot->commit, &tree, &parent, err))
		return charter_failed(slot, err);
	int bad = 0;
	set = schema_set_new();
	json_array_foreach(json_object_get(slot->charter->head, "schemas"), i, item)
	{
		struct str name = json_get_text(item, "name");
		snprintf(path, sizeof path, "schemas/%.*s.json", STR_FMT(name));
		buf_reset(&json);
		bad = bad || file_of(s, &tree, path, &json, err) ||
		      schema_set_add(set, name, buf_str(&json), err);
	}
	bad = bad || schema_set_finish(set, err);
	buf_release(&json);
	if (bad)
		schema_set_free(set);
	else
		slot->schemas = set;
	return bad ? charter_failed(slot, err) : 0;
}

static int read_text(
    struct store *s, const struct charter_slot *slot, struct buf *text, struct err *err)
{
	struct oid tree, parent;
	if (read_commit(s, &slot->commit, &tree, &parent, err) ||
	    file_of(s, &tree, "charter.md", text, err))
		return charter_failed(slot, err);
	return 0;
}

/* Fill a slot whose commit is known. */
static int load_slot(struct store *s, struct charter_slot *slot, struct err *err)
{
	struct buf text = BUF_INIT;
	if (slot->charter)
		return 0;
	int bad = read_text(s, slot, &text, err);
	if (!bad && charter_parse(&slot->charter, buf_str(&text), "charter.md", err))
		bad = charter_failed(slot, err);
	buf_release(&text);
	return bad;
}

/* N is the hash of the first charter's bytes; it need not be parsed for that. */
static int load_network(struct store *s, struct err *err)
{
	struct buf text = BUF_INIT;
	int bad = read_text(s, &s->charters[0], &text, err);
	if (!bad) {
		struct sha256 h = sha256(buf_str(&text));
		memcpy(s->network, sha256_hex(&h).text, sizeof s->network);
	}
	buf_release(&text);
	return bad;
}

int charters_load(struct store *s, const struct oid *head, struct err *err)
{
	struct oid *chain = NULL, at = *head, tree, parent;
	size_t n = 0, cap = 0;
	if (s->charter_version && oid_eq(&s->charters[s->charter_version - 1].commit, head))
		return 0;
	while (!oid_is_zero(&at)) {
		*MEM_PUSH(chain, n, cap) = at;
		if (read_commit(s, &at, &tree, &parent, err)) {
			free(chain);
			return err->code;
		}
		at = parent;
	}
	s->charters = mem_realloc(s->charters, n * sizeof *s->charters);
	for (size_t v = s->charter_version; v < n; v++)
		s->charters[v] = (struct charter_slot){.commit = chain[n - 1 - v]};
	s->charter_version = (uint32_t)n;
	free(chain);
	if (load_slot(s, &s->charters[n - 1], err) || load_network(s, err))
		return err->code;
	return 0;
}

int store_charter(struct store *s, uint32_t version, const struct charter **charter,
    const struct schema_set **schemas, struct err *err)
{
	s = store_rules(s);
	if (!version)
		version = s->charter_version;
	if (!version || version > s->charter_version)
		return err_set(err, ERR_MISSING, "charter version %u is not here (newest: %u)",
		    version, s->charter_version);
	struct charter_slot *slot = &s->charters[version - 1];
	if (load_slot(s, slot, err) || (schemas && load_schemas(s, slot, err)))
		return err->code;
	*charter = slot->charter;
	if (schemas)
		*schemas = slot->schemas;
	return 0;
}

/* --- adopting --- */

static const struct named_signature *find_named(
    const struct named_signature *list, size_t n, struct str id)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(list[i].id, id))
			return &list[i];
	return NULL;
}

/* One schema that the charter names: from the files, or as the version before has it. */
static int take_schema(struct store *s, const json_t *item, const struct charter_files *files,
    const struct oid *tree_before, struct buf *out, struct err *err)
{
	struct str name = json_get_text(item, "name");
	char path[128];
	snprintf(path, sizeof path, "schemas/%.*s.json", STR_FMT(name));
	const struct named_signature *given = find_named(files->schemas, files->nschemas, name);
	if (given)
		buf_add(out, given->armor);
	else if (oid_is_zero(tree_before) || file_of(s, tree_before, path, out, err))
		return err_set(err, ERR_MISSING,
		    "the charter names schema %.*s, which did not come with it", STR_FMT(name));
	struct sha256 h = sha256(buf_str(out));
	if (!str_is(json_get_text(item, "sha256"), sha256_hex(&h).text))
		return err_set(err, ERR_CHAIN,
		    "schema %.*s is not the one whose hash the charter names", STR_FMT(name));
	return 0;
}

struct charter_tree {
	struct arena arena;
	struct change *changes;
	size_t n, cap;
	struct schema_set *schemas;
};

static void add_file(struct charter_tree *t, char *path, struct str content)
{
	*MEM_PUSH(t->changes, t->n, t->cap) =
	    (struct change){.path = str_from(path), .content = arena_str(&t->arena, content)};
}

static int by_path(const void *a, const void *b)
{
	return str_cmp(((const struct change *)a)->path, ((const struct change *)b)->path);
}

static int gather(struct store *s, struct charter_tree *t, const struct charter *c,
    const struct charter_files *files, const struct oid *tree_before, struct err *err)
{
	struct buf json = BUF_INIT;
	size_t i;
	json_t *item;
	int bad = 0;
	t->schemas = schema_set_new();
	add_file(t, arena_printf(&t->arena, "charter.md"), buf_str(&c->source));
	for (i = 0; i < files->nsignatures; i++)
		add_file(t,
		    arena_printf(
			&t->arena, "charter.md.%.*s.sig", STR_FMT(files->signatures[i].id)),
		    files->signatures[i].armor);
	json_array_foreach(json_object_get(c->head, "schemas"), i, item)
	{
		struct str name = json_get_text(item, "name");
		buf_reset(&json);
		bad = bad || take_schema(s, item, files, tree_before, &json, err) ||
		      schema_set_add(t->schemas, name, buf_str(&json), err);
		if (!bad)
			add_file(t, arena_printf(&t->arena, "schemas/%.*s.json", STR_FMT(name)),
			    buf_str(&json));
	}
	bad = bad || schema_set_finish(t->schemas, err);
	qsort(t->changes, t->n, sizeof *t->changes, by_path);
	buf_release(&json);
	return bad ? err->code : 0;
}

static int put_commit(struct store *s, const struct charter *c, const char *network,
    const struct oid *tree, const struct oid *parent, struct oid *out, struct err *err)
{
	struct buf b = BUF_INIT;
	buf_printf(&b, "tree %s\n", oid_hex(tree).text);
	if (!oid_is_zero(parent))
		buf_printf(&b, "parent %s\n", oid_hex(parent).text);
	for (int i = 0; i < 2; i++)
		buf_printf(&b, "%s charter <charter@%.16s> %" PRId64 " +0000\n",
		    i ? "committer" : "author", network, c->time);
	buf_printf(&b, "\ncharter version %u\n", c->version);
	int bad = repo_put(s->repo, out, OBJECT_COMMIT, buf_str(&b), err);
	buf_release(&b);
	return bad;
}

/* A version we hold must come with the same bytes; anything else is a second story about it. */
static int check_known(struct store *s, const struct charter *c, struct err *err)
{
	const struct charter *ours;
	if (store_charter(s, c->version, &ours, NULL, err))
		return err->code;
	if (!sha256_eq(&ours->hash, &c->hash))
		return err_set(err, ERR_CHAIN,
		    "there are two charters of version %u: ours is %.16s, this one %.16s",
		    c->version, sha256_hex(&ours->hash).text, sha256_hex(&c->hash).text);
	return 0;
}

void charters_back_to(struct store *s, const struct oid *commit)
{
	while (s->charter_version && !oid_eq(&s->charters[s->charter_version - 1].commit, commit))
		schema_set_free(s->charters[--s->charter_version].schemas);
}

static int adopt(struct store *s, struct charter *c, const struct charter_files *files,
    const char *network, struct err *err)
{
	const struct charter *before = NULL;
	struct charter_tree t = {.n = 0};
	struct oid tree_before = {{0}}, parent = {{0}}, tree, commit, none;
	int bad =
	    s->charter_version && (store_charter(s, 0, &before, NULL, err) ||
				      read_commit(s, &s->charters[s->charter_version - 1].commit,
					  &tree_before, &none, err));
	bad = bad ||
	      charter_check(c, before, network, files->signatures, files->nsignatures, err) ||
	      gather(s, &t, c, files, &tree_before, err);
	if (!bad && before)
		parent = s->charters[s->charter_version - 1].commit;
	bad = bad || tree_apply(s->repo, NULL, t.changes, t.n, &tree, err) ||
	      put_commit(s, c, network, &tree, &parent, &commit, err);
	if (!bad) {
		s->charters = mem_realloc(s->charters, c->version * sizeof *s->charters);
		s->charters[s->charter_version++] =
		    (struct charter_slot){.commit = commit, .charter = c, .schemas = t.schemas};
		t.schemas = NULL;
		memmove(s->network, network, 65); /* it may be that very text */
		bad = s->is_broken = cut_apply(s, true, err) != 0;
		bad = bad || store_commit(s, err);
	}
	if (bad)
		repo_drop(s->repo);
	schema_set_free(t.schemas);
	free(t.changes);
	arena_clear(&t.arena);
	return bad ? err->code : 0;
}

int store_adopt_charter(
    struct store *s, const struct charter_files *files, const char *network, struct err *err)
{
	struct charter *c;
	if (charter_parse(&c, files->charter, "charter.md", err))
		return err->code;
	bool is_known = c->version <= s->charter_version;
	if (!network)
		network = s->network;
	int bad = is_known ? check_known(s, c, err) : adopt(s, c, files, network, err);
	if (is_known || !s->charter_version || s->charters[s->charter_version - 1].charter != c)
		charter_free(c);
	return bad;
}

int charter_check_commit(
    struct store *s, uint32_t version, const struct charter_files *files, struct err *err)
{
	const struct charter_slot *slot = &s->charters[version - 1];
	struct charter_tree t = {.n = 0};
	struct oid tree_before = {{0}}, tree, parent, commit, none;
	size_t mark = repo_mark(s->repo);
	int bad = read_commit(s, &slot->commit, &tree, &parent, err) ||
		  (!oid_is_zero(&parent) && read_commit(s, &parent, &tree_before, &none, err)) ||
		  gather(s, &t, slot->charter, files, &tree_before, err) ||
		  tree_apply(s->repo, NULL, t.changes, t.n, &tree, err) ||
		  put_commit(s, slot->charter, s->network, &tree, &parent, &commit, err);
	if (!bad && !oid_eq(&commit, &slot->commit))
		bad = err_set(err, ERR_SYNTAX,
		    "commit %s is not the one that its charter makes: it has more in it, or less",
		    oid_hex(&slot->commit).text);
	repo_back_to(s->repo, mark);
	schema_set_free(t.schemas);
	free(t.changes);
	arena_clear(&t.arena);
	return bad ? err->code : 0;
}

/* --- as one run of bytes --- */

void charter_bundle_write(struct buf *out, const struct charter_files *f)
{
	buf_ssh_string(out, f->charter);
	buf_varint(out, f->nsignatures);
	for (size_t i = 0; i < f->nsignatures; i++) {
		buf_ssh_string(out, f->signatures[i].id);
		buf_ssh_string(out, f->signatures[i].armor);
	}
	buf_varint(out, f->nschemas);
	for (size_t i = 0; i < f->nschemas; i++) {
		buf_ssh_string(out, f->schemas[i].id);
		buf_ssh_string(out, f->schemas[i].armor);
	}
}

static bool take_named(struct str *s, struct named_signature *list, size_t max, size_t *n)
{
	uint64_t count;
	if (!str_take_varint(s, &count) || count > max)
		return false;
	for (*n = 0; *n < count; ++*n)
		if (!str_take_ssh_string(s, &list[*n].id) || !str_is_slug(list[*n].id) ||
		    find_named(list, *n, list[*n].id) || !str_take_ssh_string(s, &list[*n].armor))
			return false;
	return true;
}

int charter_bundle_read(struct charter_files *f, struct str bundle, struct err *err)
{
	if (str_take_ssh_string(&bundle, &f->charter) &&
	    take_named(&bundle, f->signatures, CENTRAL_KEYS_MAX, &f->nsignatures) &&
	    take_named(&bundle, f->schemas, SCHEMAS_MAX, &f->nschemas) && bundle.len == 0)
		return 0;
	return err_set(err, ERR_SYNTAX, "a charter bundle breaks its grammar");
}

struct gathering {
	struct store *store;
	struct charter_files files;
	struct arena arena;
};

/* A file of a version that differs from the version before: signatures always do. */
static int bundle_file(
    void *ctx, struct str path, const struct oid *before, const struct oid *after, struct err *err)
{
	struct gathering *g = ctx;
	struct buf content = BUF_INIT;
	(void)before;
	if (oid_is_zero(after))
		return 0;
	if (repo_read(g->store->repo, after, OBJECT_BLOB, &content, err)) {
		buf_release(&content);
		return err->code;
	}
	struct str kept = arena_str(&g->arena, buf_str(&content));
	struct charter_files *f = &g->files;
	buf_release(&content);
	if (str_is(path, "charter.md"))
		f->charter = kept;
	else if (str_starts(path, STR("schemas/")) && f->nschemas < SCHEMAS_MAX)
		f->schemas[f->nschemas++] = (struct named_signature){
		    arena_str(&g->arena, str_sub(path, 8, path.len - 13)), kept};
	else if (f->nsignatures < CENTRAL_KEYS_MAX)
		f->signatures[f->nsignatures++] = (struct named_signature){
		    arena_str(&g->arena, str_sub(path, 11, path.len - 15)), kept};
	return 0;
}

int store_charter_bundle(struct store *s, uint32_t version, struct buf *out, struct err *err)
{
	struct gathering *g = mem_alloc(sizeof *g);
	struct oid tree, before = {{0}}, parent, none;
	g->store = s;
	int bad = 0;
	if (!version || version > s->charter_version)
		bad = err_set(err, ERR_MISSING, "charter version %u is not here", version);
	bad = bad || read_commit(s, &s->charters[version - 1].commit, &tree, &parent, err) ||
	      (!oid_is_zero(&parent) && read_commit(s, &parent, &before, &none, err)) ||
	      tree_diff(s->repo, &before, &tree, bundle_file, g, err);
	if (!bad)
		charter_bundle_write(out, &g->files);
	arena_clear(&g->arena);
	free(g);
	return bad ? err->code : 0;
}
