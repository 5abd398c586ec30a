/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "cmd/found.h"
#include "cmd/json_file.h"

#include <stdio.h>

/* Which hub of the charter holds the keys of the request made here before? NULL where none was
 * made. */
static int find_own_hub(
    const char **hub, const struct cmd_common *where, const struct charter *c, struct err *err)
{
	char path[4096];
	struct signer *journal = NULL;
	*hub = NULL;
	snprintf(path, sizeof path, "%s/keys/journal", where->store);
	if (!file_exists(path))
		return 0;
	if (signer_load(&journal, path, err))
		return err->code;
	for (size_t i = 0; i < c->nhubs; i++)
		if (public_key_eq(&c->hubs[i].journal, signer_key(journal)))
			*hub = c->hubs[i].id;
	signer_free(journal);
	return *hub ? 0
		    : err_set(err, ERR_POLICY,
			  "the invitation's charter does not admit the hub whose request was made "
			  "here: ask the central team for one that belfry admit wrote for it");
}

static int read_bundle(struct charter_files *files, struct buf *bundle, const json_t *invitation,
    size_t i, struct err *err)
{
	const json_t *charters = json_object_get(invitation, "charters");
	if (!buf_unbase64(bundle, json_text(json_array_get(charters, i))))
		return err_set(
		    err, ERR_SYNTAX, "charter %zu of the invitation is not base64", i + 1);
	return charter_bundle_read(files, buf_str(bundle), err);
}

/* A store belongs to one network for good, so what is not for it is refused before anything is
 * kept: a hub's keys would be lost to the network that they were made for. */
static int check_newest(const struct cmd_common *c, const json_t *invitation, struct err *err)
{
	size_t n = json_array_size(json_object_get(invitation, "charters"));
	struct charter_files files;
	struct buf bundle = BUF_INIT;
	struct charter *newest = NULL;
	const char *hub;
	if (!n)
		return err_set(err, ERR_SYNTAX, "the invitation holds no charter");
	int bad = read_bundle(&files, &bundle, invitation, n - 1, err) ||
		  charter_parse(&newest, files.charter, "the invitation's charter", err) ||
		  find_own_hub(&hub, c, newest, err);
	charter_free(newest);
	buf_release(&bundle);
	return bad ? err->code : 0;
}

static int check_network(const struct store *s, const char *network, struct err *err)
{
	bool is_bound = s->charter_version || s->pins_bytes;
	if (!is_bound || strcmp(s->network, network) == 0)
		return 0;
	return err_set(err, ERR_NETWORK,
	    "that is for network %.16s…, and this store belongs to %.16s…; each network has a "
	    "store of its own: --store DIR",
	    network, s->network);
}

static int adopt_all(
    struct store *s, const struct cmd_common *c, const json_t *invitation, struct err *err)
{
	const char *network = json_string_value(json_object_get(invitation, "network"));
	if (!network || strlen(network) != 64)
		return err_set(err, ERR_SYNTAX, "the invitation names no network");
	int bad = check_network(s, network, err) ||
		  (!s->charter_version && check_newest(c, invitation, err));
	for (size_t i = 0; i < json_array_size(json_object_get(invitation, "charters")) && !bad;
	     i++) {
		struct buf bundle = BUF_INIT;
		struct charter_files files;
		bad = read_bundle(&files, &bundle, invitation, i, err) ||
		      store_adopt_charter(s, &files, network, err);
		buf_release(&bundle);
	}
	return bad ? err->code : 0;
}

/* What a store has become by joining. */
struct joined {
	char hub[HUB_NAME_BYTES]; /* "" for an edge */
	bool has_peer; /* it was told whom to dial */
	char network[65]; /* its id in hex */
};

static int add_peers(
    struct store *s, const json_t *invitation, const char *own, bool *any, struct err *err)
{
	const json_t *peers = json_object_get(invitation, "peers");
	for (size_t i = 0; i < json_array_size(peers); i++) {
		const json_t *peer = json_array_get(peers, i);
		struct str name = json_get_text(peer, "name");
		char key[128];
		if (!str_is_slug(name) || (own && str_is(name, own)))
			continue;
		snprintf(key, sizeof key, "belfry-peer.%.*s.address", STR_FMT(name));
		if (repo_set_config(s->repo, key, json_get_text(peer, "address").ptr, err))
			return err->code;
		*any = true;
	}
	return 0;
}

static int make_edge(const struct cmd_common *c, struct err *err)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/keys/link", c->store);
	if (file_exists(path))
		return 0; /* a request was made here */
	return store_create(c->store, err) || link_key_make(c->store, err) ? err->code : 0;
}

/* Does the charter say that this hub's journal goes on, with keys made anew? Then its entries are
 * to be fetched before it may write. */
static bool goes_on(struct store *s, const char *hub)
{
	const struct charter *c;
	struct err none;
	if (store_charter(s, 0, &c, NULL, &none))
		return false;
	const struct charter_hub *h = charter_hub(c, hub);
	bool is_so = h && h->has_base && h->base.seq;
	if (is_so)
		cmd_say(
		    "Its journal goes on after entry %llu: belfry sync (or import) fetches what "
		    "is there, then belfry member renew signs its roster with the new key.",
		    (unsigned long long)h->base.seq);
	return is_so;
}

static int join_invitation(
    const struct cmd_common *c, const char *file, struct joined *as, struct err *err)
{
	json_t *invitation = NULL;
	struct store *s = NULL;
	const struct charter *charter;
	const char *hub = NULL;
	int bad = json_file_read(&invitation, file, "invitation/1", err) || make_edge(c, err) ||
		  store_open(&s, c->store, STORE_WRITE, err) || adopt_all(s, c, invitation, err) ||
		  store_charter(s, 0, &charter, NULL, err) || find_own_hub(&hub, c, charter, err) ||
		  add_peers(s, invitation, hub, &as->has_peer, err);
	if (!bad && hub) {
		snprintf(as->hub, sizeof as->hub, "%s", hub);
		bad = repo_set_config(s->repo, "belfry.hub", hub, err);
	} else if (!bad) {
		bad = repo_set_config(s->repo, "belfry.home",
		    json_string_value(json_object_get(invitation, "from")), err);
	}
	/* A restored hub has a roster, elsewhere: it signs no other. */
	bool is_new = !bad && hub && !store_journal(s, hub) && !s->is_restored && !goes_on(s, hub);
	snprintf(as->network, sizeof as->network, "%s", bad ? "" : s->network);
	store_close(s);
	json_decref(invitation);
	if (!bad && is_new)
		bad = first_roster(c, err);
	return bad ? err->code : 0;
}

/* Nobody to dial: belfry pull fetches from there. */
static bool is_site(const char *address)
{
	return strstr(address, "://") != NULL;
}

static int join_address(
    const struct cmd_common *c, const char *address, const char *network, struct err *err)
{
	struct store *s = NULL;
	struct sha256 ignored;
	int bad = 0;
	if (!sha256_from_hex(&ignored, str_from(network)))
		bad = err_set(
		    err, ERR_USAGE, "--network takes the 64 hex digits that belfry init printed");
	bad = bad || make_edge(c, err) || store_open(&s, c->store, STORE_WRITE, err);
	bad = bad || check_network(s, network, err) ||
	      repo_set_config(s->repo, "belfry.network", network, err);
	if (!is_site(address))
		bad = bad || repo_set_config(s->repo, "belfry-peer.home.address", address, err);
	store_close(s);
	return bad ? err->code : 0;
}

static void say_joined(const struct joined *as)
{
	static const char alone[] =
	    "Nobody is dialled from here yet: belfry peer add NAME HOST:PORT, or belfry import of "
	    "a file, brings news.";
	if (as->hub[0])
		cmd_say("Joined as hub %s. %s", as->hub,
		    as->has_peer ? "belfry serve keeps it in sync." : alone);
	else
		cmd_say("Joined as an edge. %s",
		    as->has_peer ? "belfry sync fetches the network's records." : alone);
}

static int run(const struct cmd *self, int argc, char **argv)
{
	const char *network = NULL;
	struct joined as = {.has_peer = false};
	const struct cmd_option options[] = {
	    {"network", "N", OPTION_TEXT, &network, "the network's id, for joining by address"},
	    {0},
	};
	struct cmd_common c;
	struct err err = {.code = ERR_NONE};
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	if (nargs != 1)
		return cmd_usage(
		    self, "give an invitation file, or HOST:PORT or URL with --network");
	int bad = network ? join_address(&c, argv[0], network, &err)
			  : join_invitation(&c, argv[0], &as, &err);
	if (bad)
		return cmd_fail(self, &err);
	if (c.json)
		cmd_print_json(json_pack("{s:s, s:s?, s:s}", "network",
		    network ? network : as.network, "hub", as.hub[0] ? as.hub : NULL, "store",
		    c.store));
	if (network)
		cmd_say("Ready. belfry %s fetches the network's charter and records from %s.",
		    is_site(argv[0]) ? "pull" : "sync", argv[0]);
	else
		say_joined(&as);
	return EXIT_DONE;
}

const struct cmd cmd_join = {
    .name = "join",
    .args = "INVITATION | HOST:PORT --network N | URL --network N",
    .summary =
	"Become part of a network: the hub that asked, or an author's laptop, a reader, a mirror.",
    .group = CMD_NETWORK,
    .run = run,
};
