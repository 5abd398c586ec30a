/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A network in a folder, for tests: <place>/<type>/<id>/<lang>.md under a folder of records, a
 * charter's head and places as JSON. Every record is put into canonical form and signed by one
 * author and one reviewer with keys of fixed seeds; its hub is the one of its region. And a folder
 * for what is built of it. Anything unexpected aborts. Each test program is one file, so this one
 * holds its functions itself.
 */
#ifndef BELFRY_TESTS_RENDER_FIXTURE_H
#define BELFRY_TESTS_RENDER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "render/build.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "site/index.h"
#include "site/site.h"
#include "trust/sshsig.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char golden_in[] = "tests/golden/site/in";
static const char network_id[] = "6b1f0c2d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9";

struct fixture {
	struct site_source source;
	struct site_item *items;
	size_t len, cap;
	struct buf *blobs; /* read() finds them by number */
	size_t nblobs, cap_blobs;
	struct signer *author, *reviewer;
	char author_key[128], reviewer_key[128];
	json_t *charter, *places;
	struct buf principles, signers;
	struct arena arena;
	struct schema_set *schemas;
	char folder[64], out[80]; /* of this test alone; a site in it */
};

/* nftw() hands its callback no context. */
static struct buf fixture_paths;

static void must(int r, const struct err *err)
{
	if (r == 0)
		return;
	fprintf(stderr, "fixture: %s\n", err->msg);
	abort();
}

static int note_path(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st, (void)at;
	if (kind == FTW_F && str_ends(str_from(path), STR(".md")))
		buf_printf(&fixture_paths, "%s\n", path);
	return 0;
}

static void blob_id(struct fixture *f, uint8_t id[20], struct str bytes)
{
	struct buf *b = MEM_PUSH(f->blobs, f->nblobs, f->cap_blobs);
	*b = BUF_INIT;
	buf_add(b, bytes);
	snprintf((char *)id, 20, "%zu", f->nblobs - 1);
}

static int fixture_read(void *ctx, const uint8_t id[20], struct buf *out, struct err *err)
{
	const struct fixture *f = ctx;
	size_t n = strtoul((const char *)id, NULL, 10);
	if (n >= f->nblobs)
		return err_set(err, ERR_MISSING, "there is no blob %zu", n);
	buf_add(out, buf_str(&f->blobs[n]));
	return 0;
}

static void sign(
    struct fixture *f, uint8_t id[20], struct signer *by, const char *kind, struct str bytes)
{
	char ns[160];
	struct buf armor = BUF_INIT;
	struct err err = {0};
	snprintf(ns, sizeof ns, "belfry-%s@%s", kind, network_id);
	must(sshsig_sign(&armor, by, ns, bytes, &err), &err);
	blob_id(f, id, buf_str(&armor));
	buf_release(&armor);
}

static const char *hub_of(const struct fixture *f, struct str place)
{
	struct str region = place_region(&f->source, place);
	const json_t *hubs = json_object_get(f->charter, "hubs");
	for (size_t i = 0; i < json_array_size(hubs); i++)
		if (str_eq(json_get_text(json_array_get(hubs, i), "region"), region))
			return json_get_text(json_array_get(hubs, i), "id").ptr;
	return json_get_text(json_array_get(hubs, 0), "id").ptr;
}

static void add_record(struct fixture *f, const char *path, const char *name)
{
	struct buf raw = BUF_INIT, bytes = BUF_INIT;
	struct err err = {0};
	struct str rest = str_from(arena_printf(&f->arena, "%s", name));
	must(file_read(&raw, path, RECORD_BYTES_MAX, &err), &err);
	must(record_format(&bytes, buf_str(&raw), path, f->schemas, NULL, &err), &err);
	struct site_item *i = MEM_PUSH(f->items, f->len, f->cap);
	*i = (struct site_item){.seq = f->len, .time = 1764000000 + (int64_t)f->len * 3600};
	i->place = arena_str(&f->arena, str_cut(&rest, '/')).ptr;
	i->type = arena_str(&f->arena, str_cut(&rest, '/')).ptr;
	i->id = arena_str(&f->arena, str_cut(&rest, '/')).ptr;
	i->lang = arena_str(&f->arena, str_sub(rest, 0, rest.len - 3)).ptr;
	i->hub = hub_of(f, str_from(i->place));
	i->author_id = "amina", i->author_name = "Amina O’Neill", i->author_key = f->author_key;
	i->reviewer_id = "jonas", i->reviewer_name = "", i->reviewer_key = f->reviewer_key;
	i->hash = sha256(buf_str(&bytes));
	memcpy(&i->commit, &i->hash, sizeof i->commit);
	blob_id(f, i->md, buf_str(&bytes));
	sign(f, i->sig, f->author, "record", buf_str(&bytes));
	sign(f, i->rev, f->reviewer, "review", buf_str(&bytes));
	i->has_rev = true;
	buf_release(&raw);
	buf_release(&bytes);
}

static int by_path(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* In one order, whatever the folder's: entries are numbered by it. */
static void add_records(struct fixture *f, size_t prefix)
{
	const char **paths = NULL;
	size_t n = 0, cap = 0;
	for (struct str rest = buf_str(&fixture_paths); rest.len;)
		*MEM_PUSH(paths, n, cap) = arena_str(&f->arena, str_cut(&rest, '\n')).ptr;
	qsort(paths, n, sizeof *paths, by_path);
	for (size_t i = 0; i < n; i++)
		add_record(f, paths[i], paths[i] + prefix);
	free(paths);
	buf_release(&fixture_paths);
}

static json_t *read_json(const char *path)
{
	struct buf text = BUF_INIT;
	struct err err = {0};
	json_t *v = NULL;
	must(file_read(&text, path, CHARTER_BYTES_MAX, &err), &err);
	must(json_parse(&v, buf_str(&text), path, &err), &err);
	buf_release(&text);
	return v;
}

static struct signer *person(char *line, size_t size, uint8_t seed)
{
	uint8_t bytes[32] = {seed};
	struct buf key = BUF_INIT;
	struct signer *s = signer_from_seed(bytes);
	public_key_write(&key, signer_key(s));
	snprintf(line, size, "%s", key.ptr);
	buf_release(&key);
	return s;
}

static void write_signers(struct fixture *f)
{
	const json_t *hubs = json_object_get(f->charter, "hubs");
	for (size_t i = 0; i < json_array_size(hubs); i++) {
		const char *hub = json_get_text(json_array_get(hubs, i), "id").ptr;
		buf_printf(&f->signers, "amina@%s namespaces=\"belfry-record@%s\" %s\n", hub,
		    network_id, f->author_key);
		buf_printf(&f->signers, "jonas@%s namespaces=\"belfry-review@%s\" %s\n", hub,
		    network_id, f->reviewer_key);
	}
}

/* Make its folder; what needs none before it leaves that to fixture_open(). In memory where that
 * can be: each build is flushed to the disk, with what everybody else writes to it. */
static inline void fixture_folder(struct fixture *f)
{
	snprintf(f->folder, sizeof f->folder, "%s/belfry-render.XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(f->folder));
	snprintf(f->out, sizeof f->out, "%s/site", f->folder);
}

/* `f` is zero but for its folder. */
static inline void fixture_open(struct fixture *f, const char *folder)
{
	char path[512];
	struct err err = {0};
	if (!*f->folder)
		fixture_folder(f);
	f->principles = f->signers = fixture_paths = BUF_INIT;
	hash_init();
	f->schemas = schema_set_builtin();
	snprintf(path, sizeof path, "%s/charter.json", folder);
	f->charter = read_json(path);
	snprintf(path, sizeof path, "%s/places.json", folder);
	f->places = read_json(path);
	snprintf(path, sizeof path, "%s/principles.md", folder);
	must(file_read(&f->principles, path, CHARTER_BYTES_MAX, &err), &err);
	f->author = person(f->author_key, sizeof f->author_key, 1);
	f->reviewer = person(f->reviewer_key, sizeof f->reviewer_key, 2);
	write_signers(f);
	f->source = (struct site_source){.network_id = network_id,
	    .charter = f->charter,
	    .principles = buf_str(&f->principles),
	    .places = f->places,
	    .allowed_signers = buf_str(&f->signers),
	    .schemas = f->schemas,
	    .read = fixture_read,
	    .ctx = f};
	snprintf(path, sizeof path, "%s/records", folder);
	if (nftw(path, note_path, 16, FTW_PHYS) != 0)
		must(err_errno(&err, "cannot read %s", path), &err);
	add_records(f, strlen(path) + 1);
	f->source.items = f->items;
	f->source.nitems = f->len;
}

static inline void fixture_close(struct fixture *f)
{
	struct err err = {0};
	file_remove_tree(f->folder, &err);
	for (size_t i = 0; i < f->nblobs; i++)
		buf_release(&f->blobs[i]);
	free(f->blobs);
	free(f->items);
	signer_free(f->author);
	signer_free(f->reviewer);
	json_decref(f->charter);
	json_decref(f->places);
	buf_release(&f->principles);
	buf_release(&f->signers);
	schema_set_free(f->schemas);
	arena_clear(&f->arena);
}

/* For a state that begins with one, and owns no more. */
static inline int fixture_teardown(void **state)
{
	fixture_close(*state);
	free(*state);
	return 0;
}

/* Into its folder, with no record left out. */
static inline void fixture_build(struct fixture *f)
{
	struct site_options o = {.out = f->out};
	struct err err = {0};
	struct site_report report;
	if (site_build(&f->source, &o, &report, &err) != 0)
		fail_msg("%s", err.msg);
	if (report.skipped)
		fail_msg("%s", report.notes.ptr);
	site_report_release(&report);
}

/* --- what came of it --- */

static inline bool exists(const char *tree, const char *path)
{
	char full[1024];
	snprintf(full, sizeof full, "%s/%s", tree, path);
	return file_exists(full);
}

static inline struct buf slurp(const char *tree, const char *path)
{
	char full[1024];
	struct buf b = BUF_INIT;
	struct err err = {0};
	snprintf(full, sizeof full, "%s/%s", tree, path);
	if (file_read(&b, full, 1 << 20, &err) != 0)
		fail_msg("%s", err.msg);
	return b;
}

static inline void holds(const char *tree, const char *path, const char *text)
{
	struct buf b = slurp(tree, path);
	if (!strstr(b.ptr, text))
		fail_msg("%s does not hold: %s", path, text);
	buf_release(&b);
}

static inline void lacks(const char *tree, const char *path, const char *text)
{
	struct buf b = slurp(tree, path);
	if (strstr(b.ptr, text))
		fail_msg("%s holds: %s", path, text);
	buf_release(&b);
}

#endif
