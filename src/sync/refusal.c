/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/refusal.h"

const char *refusal_name(enum refusal r)
{
	static const char *const name[REFUSALS] = {"nothing", "frame", "handshake", "late", "key",
	    "seal", "type", "unexpected", "message", "limit", "segment", "order", "signature",
	    "entry", "charter", "fork", "submission", "attachment"};
	return name[r];
}
