/* SPDX-License-Identifier: Apache-2.0 */
#include "net/settings.h"

#include "base/log.h"
#include "base/mem.h"
#include "git/repo.h"

#include <stdlib.h>

static void take_peer(void *ctx, const char *name, const char *value)
{
	struct settings *s = ctx;
	struct dial_setting *p = MEM_PUSH(s->peers, s->npeers, s->cap);
	struct err err = {.code = ERR_NONE};
	*p = (struct dial_setting){.address = {.port = 0}};
	struct str slug = str_from(name);
	if (!str_is_slug(slug))
		err_set(&err, ERR_SYNTAX, "a peer's name has a-z, 0-9 and '-' only");
	else if (address_parse(&p->address, str_from(value), &err) == 0 && !p->address.port)
		err_set(&err, ERR_SYNTAX, "a peer's port is not 0");
	if (err.code) {
		log_warn("the setting belfry-peer.%s.address is passed over: %s", name, err.msg);
		s->npeers--;
		return;
	}
	memcpy(p->name, slug.ptr, slug.len);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(
	    ((const struct dial_setting *)a)->name, ((const struct dial_setting *)b)->name);
}

int settings_read(struct settings *out, struct store *s, struct err *err)
{
	*out = (struct settings){.npeers = 0};
	int rc = repo_config_section(s->repo, "belfry-peer", "address", take_peer, out, err);
	if (rc)
		settings_release(out);
	if (out->npeers)
		qsort(out->peers, out->npeers, sizeof *out->peers, by_name);
	return rc;
}

void settings_release(struct settings *s)
{
	free(s->peers);
	*s = (struct settings){.npeers = 0};
}

bool settings_get(struct buf *out, struct store *s, const char *key)
{
	struct err none;
	return repo_config(s->repo, key, out, &none) == 0;
}

bool settings_flag(struct store *s, const char *key, bool otherwise)
{
	static const char *const words[2][4] = {
	    {"false", "no", "off", "0"}, {"true", "yes", "on", "1"}};
	struct buf value = BUF_INIT;
	int found = -1;
	if (!settings_get(&value, s, key))
		return otherwise;
	for (int i = 0; i < 8; i++)
		if (str_is(buf_str(&value), words[i / 4][i % 4]))
			found = i / 4;
	if (found < 0)
		log_warn("the setting %s is '%.60s', which is neither true nor false", key,
		    value.ptr ? value.ptr : "");
	buf_release(&value);
	return found < 0 ? otherwise : found;
}
