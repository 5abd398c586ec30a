/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Charters as they travel: the bundle, the charter in it, its signatures, its schemas.
 */
#include "base/mem.h"
#include "store/store.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool good)
{
	if (!good)
		abort();
}

static void check_charter(const struct charter_files *files)
{
	struct charter *c;
	struct err err = {0};
	struct buf again = BUF_INIT;
	if (charter_parse(&c, files->charter, "charter.md", &err)) {
		require(!c && err.code != ERR_NONE && err.msg[0]);
		return;
	}
	charter_write(&again, c->head, c->body);
	require(str_eq(buf_str(&again), files->charter));
	require(
	    c->version >= 1 && c->threshold >= 1 && c->threshold <= c->ncentral && c->time >= 0);
	for (size_t i = 0; i < c->nhubs; i++) {
		require(charter_hub(c, c->hubs[i].id) == &c->hubs[i]);
		require(c->hubs[i].steward_threshold <= c->hubs[i].nstewards);
	}
	charter_check(
	    c, NULL, sha256_hex(&c->hash).text, files->signatures, files->nsignatures, &err);
	charter_free(c);
	buf_release(&again);
}

static void check_schemas(const struct charter_files *files)
{
	struct schema_set *set = schema_set_new();
	struct err err = {0};
	int bad = 0;
	for (size_t i = 0; i < files->nschemas && !bad; i++)
		bad = schema_set_add(set, files->schemas[i].id, files->schemas[i].armor, &err);
	if (!bad)
		bad = schema_set_finish(set, &err);
	require(!bad || err.msg[0]);
	schema_set_free(set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct charter_files *files = mem_alloc(sizeof *files);
	struct err err = {0};
	struct buf again = BUF_INIT;
	hash_init();
	if (charter_bundle_read(files, str_of(data, size), &err) == 0) {
		charter_bundle_write(&again, files);
		require(str_eq(buf_str(&again), str_of(data, size)));
		check_charter(files);
		check_schemas(files);
	}
	buf_release(&again);
	free(files);
	return 0;
}
