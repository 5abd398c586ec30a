/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/found.h"

#include "base/file.h"
#include "cmd/own_roster.h"
#include "sync/noise.h"
#include "trust/link_key.h"

#include <stdio.h>

static int link_key_save(
    const uint8_t secret[static LINK_KEY_BYTES], const char *dir, struct err *err)
{
	struct buf text = BUF_INIT;
	char path[4096];
	snprintf(path, sizeof path, "%s/keys/link", dir);
	buf_hex(&text, str_of(secret, LINK_KEY_BYTES));
	buf_putc(&text, '\n');
	int bad = file_create(path, buf_str(&text), 0600, err);
	explicit_bzero(text.ptr, text.len);
	buf_release(&text);
	return bad;
}

int link_key_make(const char *dir, struct err *err)
{
	uint8_t secret[LINK_KEY_BYTES];
	random_bytes(secret, sizeof secret);
	int bad = link_key_save(secret, dir, err);
	explicit_bzero(secret, sizeof secret);
	return bad;
}

void hub_keys_make(struct hub_keys *k)
{
	uint8_t public[LINK_KEY_BYTES];
	struct buf hex = BUF_INIT;
	k->journal = signer_generate();
	k->steward = signer_generate();
	random_bytes(k->link_secret, sizeof k->link_secret);
	link_key_public(public, k->link_secret);
	buf_hex(&hex, str_of(public, sizeof public));
	memcpy(k->link, hex.ptr, sizeof k->link);
	buf_release(&hex);
}

int hub_keys_save(const struct hub_keys *k, const char *dir, const char *hub, struct err *err)
{
	char path[4096], comment[128];
	snprintf(path, sizeof path, "%s/keys/journal", dir);
	snprintf(comment, sizeof comment, "journal of %s", hub);
	if (signer_save(k->journal, path, str_from(comment), err))
		return err->code;
	snprintf(path, sizeof path, "%s/keys/steward", dir);
	snprintf(comment, sizeof comment, "steward of %s", hub);
	if (signer_save(k->steward, path, str_from(comment), err))
		return err->code;
	return link_key_save(k->link_secret, dir, err);
}

int hub_keys_load(struct hub_keys *k, const char *dir, struct err *err)
{
	uint8_t public[LINK_KEY_BYTES];
	char path[4096];
	struct buf hex = BUF_INIT;
	snprintf(path, sizeof path, "%s/keys/journal", dir);
	if (signer_load(&k->journal, path, err))
		return err->code;
	snprintf(path, sizeof path, "%s/keys/steward", dir);
	if (signer_load(&k->steward, path, err) || link_key_load(k->link_secret, dir, err))
		return err->code;
	link_key_public(public, k->link_secret);
	buf_hex(&hex, str_of(public, sizeof public));
	memcpy(k->link, hex.ptr, sizeof k->link);
	buf_release(&hex);
	return 0;
}

void hub_keys_release(struct hub_keys *k)
{
	signer_free(k->journal);
	signer_free(k->steward);
	explicit_bzero(k->link_secret, sizeof k->link_secret);
}

json_t *hub_entry(const char *hub, const char *region, const char *address, const json_t *countries,
    const struct hub_keys *k)
{
	struct buf journal = BUF_INIT, steward = BUF_INIT;
	public_key_write(&journal, signer_key(k->journal));
	public_key_write(&steward, signer_key(k->steward));
	json_t *h = json_pack("{s:s, s:s, s:s, s:s, s:[{s:s, s:s}]}", "id", hub, "region", region,
	    "journal", journal.ptr, "link", k->link, "stewards", "id", "steward-1", "key",
	    steward.ptr);
	if (address)
		json_object_set_new(h, "address", json_string(address));
	if (json_array_size(countries))
		json_object_set_new(h, "countries", json_deep_copy(countries));
	buf_release(&journal);
	buf_release(&steward);
	return h;
}

int first_roster(const struct cmd_common *c, struct err *err)
{
	struct store *s;
	struct steward_choice own = {.out = NULL};
	if (common_open(&s, c, err))
		return err->code;
	json_t *roster = own_roster(s, err);
	int bad = !roster || own_roster_publish(c, s, roster, &own, err);
	json_decref(roster);
	store_close(s);
	return bad ? err->code : 0;
}
