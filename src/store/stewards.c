/* SPDX-License-Identifier: Apache-2.0 */
#include "store/stewards.h"

static bool is_steward(const struct charter_hub *hub, const struct public_key *key)
{
	for (size_t i = 0; i < hub->nstewards; i++)
		if (public_key_eq(&hub->stewards[i].key, key))
			return true;
	return false;
}

void stewards_look(
    struct stewards *out, struct store *s, const struct charter_hub *hub, struct err *why)
{
	struct buf path = BUF_INIT;
	struct signer *key = NULL;
	*out = (struct stewards){
	    .wanted = hub->steward_threshold, .is_journal = is_steward(hub, &hub->journal)};
	*why = (struct err){.code = ERR_NONE};
	store_path(s, &path, "keys/steward");
	out->has_file = signer_load(&key, path.ptr, why) == 0;
	out->is_named = out->has_file && is_steward(hub, signer_key(key));
	out->here = (size_t)out->is_journal +
		    (out->is_named && !public_key_eq(signer_key(key), &hub->journal));
	signer_free(key);
	buf_release(&path);
}
