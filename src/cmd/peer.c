/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "cmd/common.h"
#include "net/control.h"
#include "net/settings.h"

#include <stdio.h>

enum { LISTENING_BYTES_MAX = 4096 };

/* Change the setting; a daemon takes it over by itself. */
static int set_address(
    const struct cmd_common *c, const char *name, const char *address, struct err *err)
{
	char key[HUB_NAME_BYTES + 32];
	json_t *reply = NULL;
	snprintf(key, sizeof key, "belfry-peer.%s.address", name);
	int bad = ask(&reply, c,
	    json_pack("{s:s, s:s, s:s?}", "op", "config", "key", key, "value", address), err);
	json_decref(reply);
	if (!bad && c->json)
		cmd_print_json(json_pack("{s:s, s:s?}", "name", name, "address", address));
	return bad;
}

static int read_peers(struct settings *out, const struct cmd_common *c, struct err *err)
{
	struct store *s;
	if (store_open(&s, c->store, STORE_READ, err))
		return err->code;
	int bad = settings_read(out, s, err);
	store_close(s);
	return bad;
}

/* At one of the lines that a daemon on this store has written, for it alone knows. */
static bool is_listening_at(const char *dir, const struct address *address)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	struct address own;
	struct err none;
	bool is = false;
	buf_printf(&path, "%s/listening", dir);
	if (control_is_up(dir) && file_read(&text, path.ptr, LISTENING_BYTES_MAX, &none) == 0)
		for (struct str rest = buf_str(&text); rest.len && !is;)
			is = address_parse(&own, str_cut(&rest, '\n'), &none) == 0 &&
			     address_leads_to(address, &own);
	buf_release(&path);
	buf_release(&text);
	return is;
}

/* What the charter has others dial this hub at. */
static bool is_in_charter(struct store *s, const struct address *address)
{
	const struct charter *c;
	struct address own;
	struct err none;
	const struct charter_hub *hub =
	    s->hub[0] && s->charter_version && !store_charter(s, 0, &c, NULL, &none)
		? charter_hub(c, s->hub)
		: NULL;
	return hub && address_parse(&own, str_from(hub->address), &none) == 0 &&
	       own.port == address->port && strcmp(own.host, address->host) == 0;
}

static int check_other(
    const struct cmd_common *c, const char *name, const struct address *address, struct err *err)
{
	struct store *s;
	int bad = 0;
	if (store_open(&s, c->store, STORE_READ, err))
		return err->code;
	if (s->hub[0] && strcmp(s->hub, name) == 0)
		bad = err_set(err, ERR_USAGE,
		    "%s is this hub itself: a peer has another name, for example its hub's id",
		    name);
	else if (is_in_charter(s, address) || is_listening_at(c->store, address))
		bad = err_set(err, ERR_USAGE,
		    "%s:%u is this store's own address: give the one at which %s listens",
		    address->host, address->port, name);
	store_close(s);
	return bad;
}

static int add(const struct cmd_common *c, const char *name, const char *text, struct err *err)
{
	struct address address;
	if (!str_is_slug(str_from(name)))
		return err_set(err, ERR_USAGE,
		    "'%s' is no name for a peer: a-z, 0-9 and '-', for example the hub's id", name);
	if (address_parse_peer(&address, str_from(text), err) ||
	    check_other(c, name, &address, err))
		return err->code;
	return set_address(c, name, text, err);
}

static int remove_peer(const struct cmd_common *c, const char *name, struct err *err)
{
	struct settings s;
	bool is_there = false;
	if (read_peers(&s, c, err))
		return err->code;
	for (size_t i = 0; i < s.npeers; i++)
		is_there = is_there || strcmp(s.peers[i].name, name) == 0;
	settings_release(&s);
	if (!is_there)
		return err_set(err, ERR_MISSING, "there is no peer %s", name);
	return set_address(c, name, NULL, err);
}

static int list(const struct cmd_common *c, struct err *err)
{
	struct settings s;
	json_t *all = json_array();
	if (read_peers(&s, c, err)) {
		json_decref(all);
		return err->code;
	}
	for (size_t i = 0; i < s.npeers; i++) {
		char text[ADDRESS_TEXT_BYTES];
		address_text(text, &s.peers[i].address);
		json_array_append_new(
		    all, json_pack("{s:s, s:s}", "name", s.peers[i].name, "address", text));
		if (!c->json)
			printf("%-20s %s\n", s.peers[i].name, text);
	}
	if (c->json)
		cmd_print_json(json_incref(all));
	json_decref(all);
	settings_release(&s);
	return 0;
}

static int run(const struct cmd *self, int argc, char **argv)
{
	const struct cmd_option options[] = {{0}};
	struct cmd_common c;
	struct err err = {.code = ERR_NONE};
	int nargs, bad, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	if (nargs == 3 && strcmp(argv[0], "add") == 0)
		bad = add(&c, argv[1], argv[2], &err);
	else if (nargs == 2 && strcmp(argv[0], "remove") == 0)
		bad = remove_peer(&c, argv[1], &err);
	else if (nargs == 1 && strcmp(argv[0], "list") == 0)
		bad = list(&c, &err);
	else
		return cmd_usage(self, "add NAME HOST:PORT, remove NAME, or list");
	return bad ? cmd_fail(self, &err) : EXIT_DONE;
}

const struct cmd cmd_peer = {
    .name = "peer",
    .args = "add NAME HOST:PORT | remove NAME | list",
    .summary = "Whom to dial.",
    .group = CMD_CARRY,
    .run = run,
    .details = "Where NAME is a hub of the charter, only whoever holds that hub's link key is "
	       "accepted there.\nA daemon that runs takes the change over at once.",
};
