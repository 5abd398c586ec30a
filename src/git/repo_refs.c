/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The small files of the repository: refs, and the settings in its config.
 */
#include "git/repo_impl.h"

#include "base/mem.h"

#include <stdlib.h>

int repo_ref(struct repo *r, const char *name, struct oid *id, struct err *err)
{
	git_oid g;
	int bad = git_reference_name_to_id(&g, r->git, name);
	if (bad == GIT_ENOTFOUND)
		return err_set(err, ERR_MISSING, "there is no %s", name);
	if (bad)
		return git_fail(err, name);
	memcpy(id->bytes, g.id, OID_BYTES);
	return 0;
}

static int move_ref(struct repo *r, const char *name, const struct oid *id, struct err *err)
{
	git_oid g = repo_to_git(id);
	git_reference *ref = NULL;
	int bad = git_reference_create(&ref, r->git, name, &g, 1, NULL);
	if (bad)
		git_fail(err, name);
	git_reference_free(ref);
	return bad ? err->code : 0;
}

int repo_set_ref(struct repo *r, const char *name, const struct oid *id, struct err *err)
{
	return move_ref(r, name, id, err) ? err->code : repo_make_durable(r->path, name, err);
}

int repo_lift_ref(struct repo *r, const char *name, const struct oid *id, struct err *err)
{
	struct oid at;
	struct err ignored;
	if (repo_ref(r, name, &at, &ignored) == 0 && oid_eq(&at, id))
		return 0;
	return move_ref(r, name, id, err);
}

int repo_delete_ref(struct repo *r, const char *name, struct err *err)
{
	int bad = git_reference_remove(r->git, name);
	return bad && bad != GIT_ENOTFOUND ? git_fail(err, name) : 0;
}

struct named_ref {
	char *name;
	struct oid id;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct named_ref *)a)->name, ((const struct named_ref *)b)->name);
}

int repo_refs(struct repo *r, const char *prefix,
    int (*each)(void *ctx, const char *name, const struct oid *id, struct err *err), void *ctx,
    struct err *err)
{
	struct named_ref *refs = NULL;
	size_t n = 0, cap = 0;
	git_reference_iterator *it = NULL;
	git_reference *ref = NULL;
	int bad = git_reference_iterator_new(&it, r->git);
	while (!bad && !(bad = git_reference_next(&ref, it))) {
		const git_oid *target = git_reference_target(ref);
		if (target && str_starts(str_from(git_reference_name(ref)), str_from(prefix))) {
			struct named_ref *slot = MEM_PUSH(refs, n, cap);
			slot->name = mem_strdup(git_reference_name(ref));
			memcpy(slot->id.bytes, target->id, OID_BYTES);
		}
		git_reference_free(ref);
	}
	git_reference_iterator_free(it);
	bad = bad == GIT_ITEROVER ? 0 : git_fail(err, "cannot list refs");
	if (n)
		qsort(refs, n, sizeof *refs, by_name);
	for (size_t i = 0; i < n; i++) {
		if (!bad)
			bad = each(ctx, refs[i].name, &refs[i].id, err);
		free(refs[i].name);
	}
	free(refs);
	return bad;
}

int repo_config(struct repo *r, const char *key, struct buf *out, struct err *err)
{
	git_config *config = NULL, *here = NULL;
	git_buf value = GIT_BUF_INIT;
	int bad = git_repository_config(&config, r->git) ||
		  git_config_open_level(&here, config, GIT_CONFIG_LEVEL_LOCAL);
	if (!bad)
		bad = git_config_get_string_buf(&value, here, key);
	if (bad == GIT_ENOTFOUND)
		err_set(err, ERR_MISSING, "%s is not set", key);
	else if (bad)
		git_fail(err, key);
	else
		buf_add(out, str_of(value.ptr, value.size));
	git_buf_dispose(&value);
	git_config_free(here);
	git_config_free(config);
	return bad ? err->code : 0;
}

int repo_set_config(struct repo *r, const char *key, const char *value, struct err *err)
{
	git_config *config = NULL;
	int bad = git_repository_config(&config, r->git);
	if (!bad)
		bad = value ? git_config_set_string(config, key, value)
			    : git_config_delete_entry(config, key);
	if (bad && !(bad == GIT_ENOTFOUND && !value))
		git_fail(err, key);
	else
		bad = repo_make_durable(r->path, "config", err);
	git_config_free(config);
	return bad ? err->code : 0;
}

/* Of "<section>.<name>.<key>" the name, or nothing. */
static struct str section_name(struct str whole, struct str section, struct str key)
{
	if (whole.len < section.len + key.len + 3 || !str_starts(whole, section) ||
	    !str_ends(whole, key) || whole.ptr[section.len] != '.' ||
	    whole.ptr[whole.len - key.len - 1] != '.')
		return STR_EMPTY;
	return str_sub(whole, section.len + 1, whole.len - section.len - key.len - 2);
}

/* By hand: libgit2's own patterns leak what their regular expressions use. */
int repo_config_section(struct repo *r, const char *section, const char *key,
    void (*each)(void *ctx, const char *name, const char *value), void *ctx, struct err *err)
{
	git_config *config = NULL;
	git_config_iterator *it = NULL;
	git_config_entry *entry;
	struct buf name = BUF_INIT;
	int bad = git_repository_config(&config, r->git) || git_config_iterator_new(&it, config);
	while (!bad && !(bad = git_config_next(&entry, it))) {
		buf_reset(&name);
		buf_add(
		    &name, section_name(str_from(entry->name), str_from(section), str_from(key)));
		if (name.len)
			each(ctx, name.ptr, entry->value);
	}
	if (bad && bad != GIT_ITEROVER)
		git_fail(err, section);
	git_config_iterator_free(it);
	git_config_free(config);
	buf_release(&name);
	return bad && bad != GIT_ITEROVER ? err->code : 0;
}
