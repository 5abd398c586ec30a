/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drafts of charters and rosters, which come by mail. What is read can be judged, listed and
 * written again, and nobody's signature is in it unless it verifies.
 */
#include "base/file.h"
#include "base/hash.h"
#include "cmd/draft.h"
#include "cmd/roster_draft.h"
#include "trust/signer.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool good)
{
	if (!good)
		abort();
}

static void check(const struct draft *d)
{
	struct err err = {0};
	struct buf said = BUF_INIT;
	struct charter_files files = {.nsignatures = 0};
	bool is_complete = false;
	if (draft_tally(&said, &is_complete, d, NULL, &err))
		require(err.code != ERR_NONE && err.msg[0]);
	else
		require(said.len &&
			(!is_complete || json_object_size(json_object_get(d->json, "signatures"))));
	draft_changes(&said, d, NULL);
	draft_files(&files, d);
	require(str_eq(files.charter, json_get_text(d->json, "charter")));
	require(files.nsignatures <= CENTRAL_KEYS_MAX && files.nschemas <= SCHEMAS_MAX);
	json_decref(draft_next_head(d->charter));
	buf_release(&said);
}

static void check_roster(const struct roster_draft *d)
{
	uint8_t seed[SEED_BYTES] = {1};
	struct signer *signer = signer_from_seed(seed);
	struct key_holder holder = {"steward-1", *signer_key(signer)};
	struct charter_hub hub = {
	    .id = "east", .stewards = &holder, .nstewards = 1, .steward_threshold = 1};
	struct err err = {0};
	struct buf said = BUF_INIT;
	bool is_complete = false;
	if (roster_draft_tally(&said, &is_complete, d, &hub, &err))
		require(err.code != ERR_NONE && err.msg[0] && !is_complete);
	else
		require(said.len &&
			(!is_complete || json_object_size(json_object_get(d->json, "signatures"))));
	require(str_eq(buf_str(&d->roster->source), json_get_text(d->json, "roster")));
	buf_release(&said);
	signer_free(signer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct draft d;
	struct roster_draft r;
	struct err err = {0};
	char path[64];
	int fd = memfd_create("draft", 0);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	hash_init();
	require(fd >= 0 && file_write_fd(fd, path, str_of(data, size), &err) == 0);
	if (draft_read(&d, path, &err) == 0)
		check(&d);
	else
		require(err.code != ERR_NONE && err.msg[0]);
	draft_release(&d);
	if (roster_draft_read(&r, path, &err) == 0)
		check_roster(&r);
	else
		require(err.code != ERR_NONE && err.msg[0]);
	roster_draft_release(&r);
	close(fd);
	return 0;
}
