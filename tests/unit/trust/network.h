/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A network for tests: keys made of one byte each, a charter with three hubs, rosters, pages.
 * Everything is a JSON value first, so that a test changes one field and signs again.
 *
 *   central key   0x01               hub "central" (global)              journal 0x10
 *   steward       journal + 1        hub "east" (east-southern-africa)   journal 0x20
 *   author ann    journal + 2        hub "west" (west-africa-sahel)      journal 0x30
 *   reviewer rev  journal + 3
 */
#ifndef BELFRY_TESTS_TRUST_NETWORK_H
#define BELFRY_TESTS_TRUST_NETWORK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/asset.h"
#include "trust/policy.h"
#include "trust/signer.h"

#include <stdio.h>
#include <stdlib.h>

#define UNUSED __attribute__((unused))

enum { CENTRAL = 0x01, STRANGER = 0x7e, CENTRAL_HUB = 0x10, EAST = 0x20, WEST = 0x30 };
enum { STEWARD = 1, ANN = 2, REV = 3, BOTH = 4 }; /* added to a hub's byte */

/* The key whose seed is 32 times `byte`; lives as long as the program. */
UNUSED static struct signer *key_of(unsigned byte)
{
	static struct signer *keys[256];
	uint8_t seed[SEED_BYTES];
	hash_init();
	if (!keys[byte]) {
		memset(seed, (int)byte, sizeof seed);
		keys[byte] = signer_from_seed(seed);
	}
	return keys[byte];
}

UNUSED static void keys_free(void)
{
	for (unsigned i = 0; i < 256; i++)
		signer_free(key_of(i));
}

UNUSED static json_t *key_json(unsigned byte)
{
	struct buf line = BUF_INIT;
	public_key_write(&line, signer_key(key_of(byte)));
	json_t *v = json_from(buf_str(&line));
	buf_release(&line);
	return v;
}

UNUSED static json_t *holder(const char *id, unsigned byte)
{
	return json_pack("{s:s, s:o}", "id", id, "key", key_json(byte));
}

UNUSED static json_t *hub_head(const char *id, const char *region, unsigned byte)
{
	char link[65];
	for (int i = 0; i < 32; i++)
		snprintf(link + 2 * i, 3, "%02x", byte);
	return json_pack("{s:s, s:s, s:o, s:s, s:[o]}", "id", id, "region", region, "journal",
	    key_json(byte), "link", link, "stewards", holder("steward-1", byte + STEWARD));
}

/* The schemas of this program as a charter lists them. */
UNUSED static json_t *schema_list(void)
{
	json_t *list = json_array();
	const char *path;
	for (size_t i = 0; (path = asset_path("schemas/", i)); i++) {
		struct str name = str_sub(str_from(path), 8, strlen(path) - 13);
		struct sha256 h = sha256(asset_get(path));
		if (!str_is(name, "charter") && !str_is(name, "roster"))
			json_array_append_new(list, json_pack("{s:s#, s:s}", "name", name.ptr,
							name.len, "sha256", sha256_hex(&h).text));
	}
	return list;
}

UNUSED static json_t *term(const char *id)
{
	return json_pack("{s:s, s:{s:s}}", "id", id, "names", "en", id);
}

/* Version 1. */
UNUSED static json_t *charter_head(void)
{
	hash_init();
	json_t *head =
	    json_pack("{s:s, s:s, s:i, s:s, s:i, s:[o], s:s, s:[s]}", "belfry", "charter/1", "name",
		"Test network", "version", 1, "time", "2026-01-01T00:00:00Z", "threshold", 1,
		"central", holder("central-1", CENTRAL), "review", "required", "languages", "en");
	json_object_set_new(head, "regions",
	    json_pack("[o,o,o]", term("global"), term("east-southern-africa"),
		term("west-africa-sahel")));
	json_object_set_new(head, "themes", json_pack("[o,o]", term("gender"), term("youth")));
	json_object_set_new(head, "audiences", json_pack("[o]", term("mayors")));
	json_object_set_new(head, "hubs",
	    json_pack("[o,o,o]", hub_head("central", "global", CENTRAL_HUB),
		hub_head("east", "east-southern-africa", EAST),
		hub_head("west", "west-africa-sahel", WEST)));
	json_object_set_new(head, "schemas", schema_list());
	return head;
}

/* The head of version `version`, following the text of the one before. */
UNUSED static json_t *charter_next(struct str before, int version)
{
	char previous[80];
	struct sha256 h = sha256(before);
	json_t *head = charter_head();
	snprintf(previous, sizeof previous, "sha256:%s", sha256_hex(&h).text);
	json_object_set_new(head, "version", json_integer(version));
	json_object_set_new(head, "previous", json_string(previous));
	return head;
}

/* Its canonical text; drops the head. */
UNUSED static struct buf charter_text(json_t *head)
{
	struct buf text = BUF_INIT;
	charter_write(&text, head, STR("## Principles\n\nWe share what we learnt.\n"));
	json_decref(head);
	return text;
}

UNUSED static struct sha256_hex network_of(struct str charter)
{
	struct sha256 h = sha256(charter);
	return sha256_hex(&h);
}

/* An armored signature by key `byte` in "<kind>@<network>". */
UNUSED static struct buf signed_by(
    unsigned byte, const char *kind, const char *network, struct str text)
{
	struct buf armor = BUF_INIT;
	struct err err = {0};
	struct name_space ns = name_space(kind, network);
	if (sshsig_sign(&armor, key_of(byte), ns.text, text, &err))
		fail_msg("%s", err.msg);
	return armor;
}

UNUSED static json_t *split(const char *csv)
{
	json_t *list = json_array();
	for (struct str rest = str_from(csv); rest.len;)
		json_array_append_new(list, json_from(str_cut(&rest, ',')));
	return list;
}

/* `places` and `state` may be NULL. */
UNUSED static json_t *member_head(
    const char *id, unsigned byte, const char *roles, const char *places, const char *state)
{
	json_t *m = json_pack("{s:s, s:s, s:o, s:o}", "id", id, "name", id, "key", key_json(byte),
	    "roles", split(roles));
	if (places)
		json_object_set_new(m, "places", split(places));
	if (state)
		json_object_set_new(m, "state", json_string(state));
	return m;
}

UNUSED static json_t *city(const char *id, const char *region)
{
	return json_pack("{s:s, s:s, s:{s:s}}", "id", id, "region", region, "names", "en", id);
}

/* East's cities are ke-mombasa and tz-arusha, west's sn-dakar; central has no city. */
UNUSED static json_t *roster_head(const char *hub, unsigned byte, int version)
{
	json_t *r =
	    json_pack("{s:s, s:s, s:i}", "belfry", "roster/1", "hub", hub, "version", version);
	if (byte == EAST)
		json_object_set_new(r, "cities",
		    json_pack("[o,o]", city("ke-mombasa", "east-southern-africa"),
			city("tz-arusha", "east-southern-africa")));
	if (byte == WEST)
		json_object_set_new(
		    r, "cities", json_pack("[o]", city("sn-dakar", "west-africa-sahel")));
	json_object_set_new(r, "members",
	    json_pack("[o,o,o]", member_head("ann", byte + ANN, "author", NULL, NULL),
		member_head("rev", byte + REV, "reviewer", NULL, NULL),
		member_head("both", byte + BOTH, "author,reviewer", NULL, NULL)));
	return r;
}

UNUSED static struct buf roster_text(json_t *head)
{
	struct buf text = BUF_INIT;
	roster_write(&text, head);
	json_decref(head);
	return text;
}

UNUSED static json_t *roster_member_head(json_t *roster, const char *id)
{
	size_t i;
	json_t *m;
	json_array_foreach(json_object_get(roster, "members"), i,
	    m) if (str_is(json_get_text(m, "id"), id)) return m;
	fail_msg("no member %s", id);
	return NULL;
}

/* A record of type news in canonical form; `more` is front matter after the usual fields, "" for
 * none. */
UNUSED static struct buf news(const char *place, const char *id, const char *more)
{
	struct buf rough = BUF_INIT, text = BUF_INIT;
	struct schema_set *schemas = schema_set_builtin();
	struct err err = {0};
	buf_printf(&rough,
	    "---\ntype: news\nid: %s\nlang: en\ntitle: News of %s\nsummary: What happened.\nplace: "
	    "%s\n"
	    "date: \"2026-01-02\"\n%s%s%s%s---\nIt went well.\n",
	    id, place, place, strstr(more, "themes:") ? "" : "themes: [gender]\n",
	    strstr(more, "audiences:") ? "" : "audiences: [mayors]\n", more,
	    strstr(more, "revision:") ? "" : "revision: 1\n");
	if (record_format(&text, buf_str(&rough), "news.md", schemas, NULL, &err))
		fail_msg("%s", err.msg);
	schema_set_free(schemas);
	buf_release(&rough);
	return text;
}

/* The lines that make a record revision `n` after `before`. */
UNUSED static const char *following(struct str before, int n)
{
	static char lines[160];
	struct sha256 h = sha256(before);
	snprintf(
	    lines, sizeof lines, "revision: %d\nprevious: [sha256:%s]\n", n, sha256_hex(&h).text);
	return lines;
}

#endif
