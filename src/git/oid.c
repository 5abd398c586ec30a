/* SPDX-License-Identifier: Apache-2.0 */
#include "git/oid.h"

#include <git2.h>

bool oid_is_zero(const struct oid *id)
{
	static const struct oid zero;
	return oid_eq(id, &zero);
}

struct oid_hex oid_hex(const struct oid *id)
{
	struct oid_hex h;
	git_oid g;
	memcpy(g.id, id->bytes, sizeof g.id);
	git_oid_tostr(h.text, sizeof h.text, &g);
	return h;
}

bool oid_from_hex(struct oid *out, struct str hex)
{
	return str_unhex(out->bytes, OID_BYTES, hex);
}
