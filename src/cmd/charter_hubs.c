/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a proposal changes about hubs and their keys.
 */
#include "cmd/charter.h"
#include "cmd/json_file.h"
#include "net/address.h"

#include <inttypes.h>
#include <stdio.h>

json_t *charter_item(const json_t *list, struct str id, size_t *at)
{
	for (*at = 0; *at < json_array_size(list); ++*at) {
		json_t *item = json_array_get(list, *at);
		if (str_eq(json_get_text(item, "id"), id) ||
		    str_eq(json_get_text(item, "name"), id) || str_eq(json_text(item), id))
			return item;
	}
	return NULL;
}

static json_t *list_of(json_t *object, const char *key)
{
	json_t *list = json_object_get(object, key);
	if (!list) {
		list = json_array();
		json_object_set_new(object, key, list);
	}
	return list;
}

/* "HUB=VALUE": the hub in the head, and the value. */
static json_t *hub_and_value(
    const json_t *head, const char *text, const char **value, struct err *err)
{
	struct str rest = str_from(text), id = str_cut(&rest, '=');
	size_t at;
	json_t *hub = charter_item(json_object_get(head, "hubs"), id, &at);
	if (!hub)
		err_set(err, ERR_MISSING, "the charter has no hub %.*s", STR_FMT(id));
	else if (!rest.len)
		err_set(err, ERR_USAGE, "%s: write HUB=VALUE", text);
	*value = rest.ptr;
	return rest.len ? hub : NULL;
}

static int set_addresses(json_t *head, const struct hub_changes *c, struct err *err)
{
	const char *value;
	struct address address;
	json_t *hub;
	for (size_t i = 0; i < c->addresses.len; i++) {
		if (!(hub = hub_and_value(head, c->addresses.items[i], &value, err)) ||
		    address_parse_peer(&address, str_from(value), err))
			return err->code;
		json_object_set_new(hub, "address", json_string(value));
	}
	for (size_t i = 0; i < c->countries.len; i++) {
		if (!(hub = hub_and_value(head, c->countries.items[i], &value, err)))
			return err->code;
		json_array_append_new(list_of(hub, "countries"), json_string(value));
	}
	return 0;
}

/* --- where a journal ends, or goes on --- */

/* What --base says of the hub; NULL: nothing. */
static const char *base_said(const struct hub_changes *c, struct str hub)
{
	for (size_t i = 0; i < c->bases.len; i++) {
		struct str rest = str_from(c->bases.items[i]), id = str_cut(&rest, '=');
		if (str_eq(id, hub))
			return rest.ptr;
	}
	return NULL;
}

static int set_base(
    json_t *head, json_t *hub, const struct hub_changes *c, struct store *s, struct err *err)
{
	struct str id = json_get_text(hub, "id");
	const char *said = base_said(c, id);
	const struct journal *j = store_journal(s, id.ptr);
	uint64_t here = j ? j->head.seq : 0, seq = here;
	struct oid commit = {{0}};
	struct entry e = {.seq = 0};
	if (said && (!str_u64(str_from(said), INT32_MAX, &seq) || seq > here))
		return err_set(err, ERR_USAGE,
		    "--base %s=%s: write the number of an entry; the newest of %s here is %" PRIu64,
		    id.ptr, said, id.ptr, here);
	if (seq &&
	    (store_entry_id(s, id.ptr, seq, &commit, err) || journal_commit(s, &commit, &e, err)))
		return err->code;
	json_object_set_new(hub, "base",
	    json_pack("{s:O, s:I, s:s, s:s}", "charter", json_object_get(head, "version"), "seq",
		(json_int_t)seq, "commit", oid_hex(&commit).text, "content",
		sha256_hex(&e.content).text));
	entry_release(&e);
	cmd_say("The journal of %s %s after entry %" PRIu64 "; the newest here is %" PRIu64
		". Entries after it that name an older charter "
		"will be void everywhere.",
	    id.ptr, str_is(json_get_text(hub, "state"), "closed") ? "ends" : "goes on", seq, here);
	return 0;
}

static int rekey(
    json_t *head, const char *file, const struct hub_changes *c, struct store *s, struct err *err)
{
	static const char *const keys[] = {"journal", "link", "stewards", "steward_threshold"};
	json_t *request;
	size_t at;
	if (json_file_read(&request, file, "request/1", err))
		return err->code;
	const json_t *theirs = json_object_get(request, "hub");
	json_t *hub = charter_item(json_object_get(head, "hubs"), json_get_text(theirs, "id"), &at);
	int bad = 0;
	if (!hub || !json_get_text(theirs, "id").len)
		bad = err_set(err, ERR_MISSING,
		    "%s: the charter has no hub %s; belfry admit takes in a new one", file,
		    json_get_text(theirs, "id").ptr);
	for (size_t i = 0; !bad && i < (c->keeps_stewards ? 2 : 4); i++) {
		json_t *value = json_object_get(theirs, keys[i]);
		if (value)
			json_object_set_new(hub, keys[i], json_deep_copy(value));
		else
			json_object_del(hub, keys[i]);
	}
	bad = bad || set_base(head, hub, c, s, err);
	json_decref(request);
	return bad ? err->code : 0;
}

static int close_hub(
    json_t *head, const char *id, const struct hub_changes *c, struct store *s, struct err *err)
{
	size_t at;
	json_t *hub = charter_item(json_object_get(head, "hubs"), str_from(id), &at);
	if (!hub)
		return err_set(err, ERR_MISSING, "the charter has no hub %s", id);
	json_object_set_new(hub, "state", json_string("closed"));
	return set_base(head, hub, c, s, err);
}

/* --base without anything else: the same key goes on from there, under the new charter only. */
static int cut_only(json_t *head, const struct hub_changes *c, struct store *s, struct err *err)
{
	const char *value;
	for (size_t i = 0; i < c->bases.len; i++) {
		json_t *hub = hub_and_value(head, c->bases.items[i], &value, err);
		if (!hub)
			return err->code;
		bool is_set = json_get_int(json_object_get(hub, "base"), "charter") ==
			      json_get_int(head, "version");
		if (!is_set && set_base(head, hub, c, s, err))
			return err->code;
	}
	return 0;
}

static int deny(json_t *head, const char *text, struct err *err)
{
	struct str reason = str_from(text), key = str_cut(&reason, '=');
	size_t at;
	json_t *list = list_of(head, "denied");
	if (!reason.len || !str_starts(key, STR("SHA256:")))
		return err_set(err, ERR_USAGE,
		    "--deny %s: write SHA256:…=REASON, with the fingerprint that ssh-keygen -l "
		    "prints",
		    text);
	if (charter_item(list, key, &at))
		return err_set(err, ERR_EXISTS, "%.*s is denied already", STR_FMT(key));
	json_array_append_new(list,
	    json_pack("{s:s%, s:s%}", "id", key.ptr, key.len, "reason", reason.ptr, reason.len));
	return 0;
}

int charter_change_hubs(json_t *head, const struct hub_changes *c, struct store *s, struct err *err)
{
	int bad = set_addresses(head, c, err);
	for (size_t i = 0; i < c->rekeys.len && !bad; i++)
		bad = rekey(head, c->rekeys.items[i], c, s, err);
	for (size_t i = 0; i < c->closed.len && !bad; i++)
		bad = close_hub(head, c->closed.items[i], c, s, err);
	bad = bad || cut_only(head, c, s, err);
	for (size_t i = 0; i < c->denied.len && !bad; i++)
		bad = deny(head, c->denied.items[i], err);
	return bad ? err->code : 0;
}
