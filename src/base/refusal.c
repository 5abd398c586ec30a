/* SPDX-License-Identifier: Apache-2.0 */
#include "base/refusal.h"

const char *refusal_name(enum refusal r)
{
	static const char *const name[REFUSALS] = {"nothing", "frame", "handshake", "late", "key",
	    "seal", "type", "unexpected", "message", "limit", "segment", "order", "signature",
	    "entry", "charter", "fork", "submission", "attachment", "network"};
	return name[r];
}

enum refusal refusal_of_entry(int code)
{
	switch (code) {
	case ERR_SIGNATURE:
		return REFUSED_SIGNATURE;
	case ERR_LIMIT:
		return REFUSED_LIMIT;
	default:
		return REFUSED_ENTRY;
	}
}

bool is_refusal(int code)
{
	return code && code != ERR_IO && code != ERR_GIT && code != ERR_FULL && code != ERR_BUSY;
}
