/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands between a hub's server and its roster. People are enrolled by stewards' keys; where
 * as many of those as the charter wants lie beside the journal key, or are that key, whoever steals
 * the server can enrol people of their own and publish in their name (docs/trust.md "Keys on a
 * hub's server").
 */
#ifndef BELFRY_STORE_STEWARDS_H
#define BELFRY_STORE_STEWARDS_H

#include "store/store.h"

struct stewards {
	size_t wanted; /* keys that must sign a roster */
	size_t here; /* of those, how many are on this machine */
	bool is_journal; /* one of them is the journal key itself */
	bool has_file; /* keys/steward is there and can be read */
	bool is_named; /* it is one that the charter names */
};
/* Of our own hub; `hub` is it in the newest charter. A keys/steward that cannot be read counts as
 * none: *why says so, with ERR_MISSING where there is none. */
void stewards_look(
    struct stewards *out, struct store *s, const struct charter_hub *hub, struct err *why);

/* What that costs where `here` is enough: the end of a sentence about "this machine". */
#define STEWARDS_COST                                                                              \
	"whoever steals this machine can enrol people and publish for its cities in their name, "  \
	"until a charter gives it other keys"

#endif
