/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys: there, for nobody else's eyes, those that the charter names, and no more of them on this
 * machine than need be (docs/trust.md).
 */
#include "base/file.h"
#include "cmd/doctor.h"
#include "store/cut.h"
#include "store/stewards.h"
#include "trust/link_key.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { PATH_BYTES = 4096 };
static const char LOST[] = "belfry key restore FILE brings it back from a backup; without one, new "
			   "keys: belfry request, and charter propose --rekey (docs/trust.md)";

static void key_path(char path[static PATH_BYTES], const struct checkup *c, const char *name)
{
	snprintf(path, PATH_BYTES, "%s/keys/%s", c->dir, name);
}

static bool is_here(const struct checkup *c, const char *name)
{
	char path[PATH_BYTES];
	key_path(path, c, name);
	return file_exists(path);
}

/* Everything in keys/ but what is public, and the folder itself. */
static void look_at_modes(struct checkup *c)
{
	char path[PATH_BYTES];
	struct stat st;
	size_t n = 0;
	key_path(path, c, "");
	DIR *dir = opendir(path);
	for (struct dirent *d; dir && (d = readdir(dir));) {
		if (strcmp(d->d_name, "..") == 0 || str_ends(str_from(d->d_name), STR(".pub")))
			continue;
		key_path(path, c, strcmp(d->d_name, ".") ? d->d_name : "");
		if (stat(path, &st) || !(st.st_mode & 077)) {
			n += d->d_name[0] != '.';
			continue;
		}
		checkup_add(c, FOUND_BROKEN, "keys",
		    "%s is of mode %o: others on this machine get at it", path, st.st_mode & 0777u);
		checkup_mend(c, "chmod %s %s; if others may have read it, give the hub new keys",
		    S_ISDIR(st.st_mode) ? "700" : "600", path);
	}
	if (dir)
		closedir(dir);
	if (n)
		checkup_add(c, FOUND_GOOD, "keys", "%zu files, for nobody but this user", n);
}

/* The public half of a key here; false where there is none to be had, which is said. */
static bool read_key(struct public_key *k, struct checkup *c, const char *name, enum finding absent)
{
	char path[PATH_BYTES];
	struct signer *s;
	struct err err;
	key_path(path, c, name);
	if (signer_load(&s, path, &err)) {
		if (err.code != ERR_MISSING)
			absent = FOUND_BROKEN;
		if (absent != FOUND_GOOD) {
			checkup_add(c, absent, "keys", "%s", err.msg);
			checkup_mend(c, "%s", LOST);
		}
		return false;
	}
	*k = *signer_key(s);
	signer_free(s);
	return true;
}

static void look_at_journal_key(struct checkup *c, const struct charter_hub *hub)
{
	struct public_key k;
	if (!read_key(&k, c, "journal", FOUND_BROKEN))
		return;
	if (public_key_eq(&k, &hub->journal))
		return;
	checkup_add(c, FOUND_BROKEN, "keys",
	    "keys/journal is not the journal key that charter version %u names for %s",
	    c->charter->version, hub->id);
	checkup_mend(c, "put back the key that is; if the charter has a newer one, join with the "
			"new store that asked for it");
}

static void look_at_link_key(struct checkup *c, const struct charter_hub *hub)
{
	uint8_t secret[LINK_KEY_BYTES], public[LINK_KEY_BYTES];
	struct err err;
	if (link_key_load(secret, c->dir, &err)) {
		checkup_add(c, FOUND_BROKEN, "keys", "%s", err.msg);
		checkup_mend(c, "%s", LOST);
		return;
	}
	link_key_public(public, secret);
	explicit_bzero(secret, sizeof secret);
	if (!hub || memcmp(public, hub->link, sizeof public) == 0)
		return;
	checkup_add(c, FOUND_BROKEN, "keys",
	    "keys/link is not the link key that charter version %u names for %s: peers take this "
	    "hub for a stranger",
	    c->charter->version, hub->id);
	checkup_mend(c, "put back the key that is, from belfry key restore");
}

/* One key that does both is the small hub's way, and so are two on one machine. */
static void look_at_steward(struct checkup *c, const struct charter_hub *hub)
{
	struct stewards at;
	struct err why;
	stewards_look(&at, c->store, hub, &why);
	if (at.is_journal && at.here >= at.wanted) {
		checkup_add(c, FOUND_DOUBT, "keys",
		    "the journal key of %s is its steward's too: " STEWARDS_COST, hub->id);
		checkup_mend(c,
		    "fine for a small hub; else belfry request elsewhere, and belfry charter "
		    "propose --rekey with it (docs/trust.md)");
	} else if (at.here && at.here >= at.wanted) {
		checkup_add(c, FOUND_DOUBT, "keys",
		    "keys/steward is on the machine that has the journal key: " STEWARDS_COST);
		checkup_mend(c, "move it to a laptop, and give it with --steward-key FILE to "
				"member and city");
	} else if (at.here) {
		checkup_add(c, FOUND_GOOD, "keys",
		    "%zu steward's key is here, and %zu must sign a roster", at.here, at.wanted);
	} else if (at.has_file) {
		checkup_add(c, FOUND_DOUBT, "keys",
		    "keys/steward is none of the stewards that charter version %u names for %s: "
		    "it signs no roster",
		    c->charter->version, hub->id);
		checkup_mend(
		    c, "give a steward's key with --steward-key FILE, and remove this one");
	} else if (why.code == ERR_MISSING) {
		checkup_add(c, FOUND_GOOD, "keys", "the steward's key is kept elsewhere");
	} else {
		checkup_add(c, FOUND_BROKEN, "keys", "%s", why.msg);
		checkup_mend(c, "%s", LOST);
	}
}

/* What decides over the whole network does not belong where strangers knock. */
static void look_at_central_key(struct checkup *c, const struct charter_hub *hub)
{
	struct public_key k;
	bool is_named = false, is_online = c->has_daemon || hub->address[0];
	if (!read_key(&k, c, "central", FOUND_GOOD))
		return;
	for (size_t i = 0; i < c->charter->ncentral; i++)
		is_named |= public_key_eq(&c->charter->central[i].key, &k);
	if (!is_named) {
		checkup_add(c, FOUND_DOUBT, "keys",
		    "keys/central is no central key of charter version %u", c->charter->version);
		checkup_mend(c, "nothing needs it: move it away");
	} else if (is_online) {
		checkup_add(c, FOUND_DOUBT, "keys",
		    "keys/central is on a hub that others reach: %zu such signature%s decide%s who "
		    "may do what in the whole network",
		    c->charter->threshold, c->charter->threshold == 1 ? "" : "s",
		    c->charter->threshold == 1 ? "s" : "");
		checkup_mend(c, "move it to a stick or a laptop that is off most of the time, and "
				"give it with --key FILE to charter sign and admit");
	} else {
		checkup_add(c, FOUND_GOOD, "keys",
		    "keys/central is here; keep a copy elsewhere (belfry key backup)");
	}
}

static void look_at_denied(struct checkup *c, const struct charter_hub *hub)
{
	const char *why = charter_denies(c->charter, &hub->journal);
	for (size_t i = 0; i < hub->nstewards && !why; i++)
		why = charter_denies(c->charter, &hub->stewards[i].key);
	if (!why)
		return;
	checkup_add(c, FOUND_BROKEN, "keys", "charter version %u denies a key of this hub: %s",
	    c->charter->version, why);
	checkup_mend(c, "talk to the central team: new keys, and charter propose --rekey");
}

/* What the charter has made of this hub. */
static void look_at_standing(struct checkup *c, const struct charter_hub *hub)
{
	struct err err;
	if (!cut_check_own(c->store, hub, &err)) {
		checkup_add(c, FOUND_GOOD, "hub", "%s, of region %s", hub->id, hub->region);
		return;
	}
	checkup_add(c, FOUND_BROKEN, "hub", "%s", err.msg);
	if (err.code == ERR_MISSING)
		checkup_mend(c, "belfry sync, or belfry import of a stick that has its journal");
	else
		checkup_mend(c, "only a newer charter opens it again (docs/trust.md, A hub is "
				"closed)");
}

static void look_at_hub(struct checkup *c)
{
	const struct charter_hub *hub = charter_hub(c->charter, c->store->hub);
	if (!hub) {
		checkup_add(c, FOUND_BROKEN, "hub", "charter version %u has no hub %s",
		    c->charter->version, c->store->hub);
		checkup_mend(c, "send its request to the central team: belfry admit FILE");
		return;
	}
	look_at_standing(c, hub);
	look_at_journal_key(c, hub);
	look_at_link_key(c, hub);
	look_at_steward(c, hub);
	look_at_denied(c, hub);
	look_at_central_key(c, hub);
}

void doctor_keys(struct checkup *c)
{
	look_at_modes(c);
	if (!c->store)
		return;
	if (c->store->hub[0] && c->charter) {
		look_at_hub(c);
	} else if (is_here(c, "journal")) {
		checkup_add(
		    c, FOUND_DOUBT, "hub", "there are keys for a hub that has not joined yet");
		checkup_mend(c, "belfry join INVITATION, or belfry charter apply where it was "
				"founded with more than one key");
	} else if (is_here(c, "link")) {
		look_at_link_key(c, NULL);
	}
}
