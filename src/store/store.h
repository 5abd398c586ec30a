/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store: one folder with the git repository of records, people and rules, this node's keys, and
 * pins that only move forward. Durable order: pack, pins, refs, answer; a start after a crash
 * moves refs up to the pins. One process writes at a time (the lock); others may read meanwhile.
 * One thread at a time per handle.
 */
#ifndef BELFRY_STORE_STORE_H
#define BELFRY_STORE_STORE_H

#include "entry/entry.h"
#include "trust/policy.h"

enum store_access { STORE_READ, STORE_WRITE };

/* A journal as far as this store holds it. */
struct journal {
	struct head head;
	struct oid pinned, at_ref; /* what <store>/pins and its ref have for it */
	struct sha256 content; /* the chain's value at the head */
	int64_t time;
	uint32_t charter; /* the version its head names */
	struct oid tree;
	uint64_t whole; /* as far as is known, while text is lacking (whole.h) */
	uint64_t named; /* of a members' journal: the public entry that its head names */
	struct oid *ids; /* commit ids by seq - 1; journal_ids() makes them good up to the head */
	size_t nids, cap_ids;
	struct named_heads *said; /* of other hubs; named_read() makes it good (vouched.h) */
};

struct store {
	char dir[3072];
	enum store_access access;
	struct repo *repo;
	struct store *members; /* what is for members only (members.h); NULL: nothing of it yet */
	struct store *outer; /* of that one: the store around it, which has charter and rosters */
	int lock;
	char network[65]; /* N in hex; "" before a charter is here */
	char hub[HUB_NAME_BYTES]; /* our own; "" on an edge */
	uint8_t incarnation[8];
	bool is_restored; /* it, or its keys, were, and no hub was met since (restore.h) */
	uint32_t charter_version; /* newest; 0 = none */
	struct charter_slot *charters; /* by version - 1 */
	struct journal *journals; /* sorted by hub */
	size_t njournals, cap_journals;
	struct head *heads; /* mirrors journals, for local_state */
	struct keyring *keyrings; /* cache of roster keys by blob */
	struct kept_roster *rosters; /* cache of whole rosters (rosters.h) */
	struct catalogue *catalogue; /* store_catalogue()'s */
	struct attach_memo *attach_memo; /* attach_list_read()'s */
	uint64_t evidence; /* counts what was kept of it (evidence.h), for who looks on */
	uint64_t attachments; /* counts what has changed among the files, for who looks on */
	struct oid last_read, last_tree; /* an entry that was read, and its tree (journal_read.c) */
	struct follow *follow; /* what an edge asks for (follow.h) */
	struct erased *erased; /* what nobody may keep (erased.h) */
	struct signer *journal_key; /* loaded on first use */
	struct oid pinned_charter; /* as in the journals */
	size_t pins_bytes; /* of that file; 0: it must be written anew */
	bool is_place_pinned; /* it says which file it is */
	bool defers_refs, has_refs_due; /* see store_lift() */
	bool leaves_cache; /* a reader that changes nothing at all */
	bool is_broken; /* a write failed, but not for want of room: what is on the disk is only
			   known after a reopen */
};

/* Make the folder, an empty repository and keys/. Errors: ERR_EXISTS. */
int store_create(const char *dir, struct err *err);
/* Owns: the caller; store_close(). Errors: ERR_MISSING, ERR_BUSY (another writer: its pid),
 * ERR_CHAIN (refs behind pins and their objects gone: a restored backup). */
int store_open(struct store **out, const char *dir, enum store_access access, struct err *err);
void store_close(struct store *s);
/* The process that has the store at `dir` in hand for writing, looked up without taking its place;
 * 0: none, or the system does not say. Source: proc(5), /proc/locks. */
long store_holder(const char *dir);
/* Where `defers_refs` is set: move refs up to what is durable already. Refs are for stock git; who
 * waits for an entry to be passed on need not wait for two files to be replaced. store_close() does
 * it too. */
int store_lift(struct store *s, struct err *err);
/* Make few packs of many. For a writer, when nobody waits: up to a second. store_close() does it
 * too. */
void store_tidy(struct store *s);
/* For a reader: take in what the writer has done since. */
int store_refresh(struct store *s, struct err *err);

/* Borrowed; good until the store changes. */
void store_state(const struct store *s, struct local_state *out);
struct journal *store_journal(struct store *s, const char *hub); /* NULL: none yet */

/* Where charter and rosters are: the store itself, or the one around it. */
static inline struct store *store_rules(struct store *s)
{
	return s->outer ? s->outer : s;
}

/* Append "<dir>/<name>". */
void store_path(const struct store *s, struct buf *out, const char *name);

/* --- the charter (charters.c) --- */

/* The charter of `version` and the schemas it names; 0 for the newest. Borrowed. Errors:
 * ERR_MISSING. */
int store_charter(struct store *s, uint32_t version, const struct charter **charter,
    const struct schema_set **schemas, struct err *err);
/* Files of one charter version: charter.md, charter.md.<id>.sig, schemas/<name>.json. Borrowed. */
struct charter_files {
	struct str charter;
	struct named_signature signatures[CENTRAL_KEYS_MAX];
	size_t nsignatures;
	struct named_signature schemas[SCHEMAS_MAX]; /* id: name, armor: JSON */
	size_t nschemas;
};
/* Check and keep a new version, durably. Schemas that the version before has may be left out.
 * On an empty store `network` says which network's version 1 is wanted; else NULL.
 * Errors: as charter_check; ERR_MISSING (a schema); ERR_SCHEMA. A version that is here already,
 * with the same bytes, is fine. */
int store_adopt_charter(
    struct store *s, const struct charter_files *files, const char *network, struct err *err);
/* The same in one run of bytes, as it travels and as an invitation holds it. */
int store_charter_bundle(struct store *s, uint32_t version, struct buf *out, struct err *err);
int charter_bundle_read(struct charter_files *files, struct str bundle, struct err *err);
void charter_bundle_write(struct buf *out, const struct charter_files *files);

/* --- journals (journal.c, journal_read.c, rosters.c) --- */

/* Write an entry with these changes (any order) to our own journal and make it durable.
 * Units: now in seconds UTC. Errors: ERR_POLICY (no journal here), ERR_LIMIT, ERR_FULL, ERR_IO,
 * ERR_GIT. */
int store_append(struct store *s, struct change *changes, size_t n, int64_t now, struct err *err);
/* Admit consecutive entries of another hub in wire form; those we have are passed over. What was
 * good before the first fault is kept, durably; *admitted counts it. Errors: ERR_SYNTAX, ERR_LIMIT,
 * ERR_CHAIN, ERR_SIGNATURE, ERR_POLICY (cut or closed), ERR_MISSING (its charter), ERR_FULL,
 * ERR_IO, ERR_GIT. */
int store_admit(struct store *s, const char *hub, const struct str *entries, size_t n,
    size_t *admitted, struct err *err);
/* The same of entries that were sent for this scope (NULL: none), where records outside of it may
 * be bare. */
int store_admit_bare(struct store *s, const char *hub, const struct str *entries, size_t n,
    const struct scope *scope, size_t *admitted, struct err *err);
/* Append wire forms of entries from `from` on for a reader of this scope (NULL: one who wants all),
 * at least one if there is one, at most about `max_bytes`; their lengths go to `lengths` (at most
 * `max`), *n counts them. Errors: ERR_MISSING, also for one whose content was left out here. */
int store_entries(struct store *s, const char *hub, uint64_t from, size_t max_bytes,
    const struct scope *scope, struct buf *out, size_t *lengths, size_t max, size_t *n,
    struct err *err);
/* Read entry `seq` of a journal, changes included. Owns: entry_release(). */
int store_entry(struct store *s, const char *hub, uint64_t seq, struct entry *out, struct err *err);
/* The commit id of entry `seq`. */
int store_entry_id(struct store *s, const char *hub, uint64_t seq, struct oid *id, struct err *err);
/* The tree after it. */
int store_entry_tree(
    struct store *s, const char *hub, uint64_t seq, struct oid *tree, struct err *err);
/* The roster in a tree (zero: empty), checked against the charter: *roster is NULL, with the reason
 * in *fault, where none counts. Borrowed; good until some other rosters were asked for. */
int store_roster(struct store *s, const struct oid *tree, const char *hub, uint32_t charter,
    const struct roster **roster, const char **fault, struct err *err);
/* The newest, at the head of a journal, likewise: NULL where none counts. */
int journal_roster(
    const struct roster **out, struct store *s, const struct journal *j, struct err *err);
/* A file at the head of a journal, appended. Errors: ERR_MISSING. */
int store_file(struct store *s, const char *hub, struct str path, struct buf *out, struct err *err);

/* --- shared by the files of this folder --- */

struct charter_slot {
	struct oid commit;
	struct charter *charter;
	struct schema_set *schemas;
};
/* Pack, pins, refs: after repo_put and changes to journals or charter. Where there is no room
 * (ERR_FULL) for the first two, those changes are undone and the store goes on; for the refs alone,
 * they wait for the next time, and all else is kept. After any other error it is read-only. */
int store_commit(struct store *s, struct err *err);
struct journal *store_add_journal(struct store *s, const char *hub);
void store_drop_journal(struct store *s, struct journal *j);
/* Fill a journal's values from its head commit. */
int journal_load(struct store *s, struct journal *j, struct err *err);
/* Read the commit of an entry, without its changes. Owns: entry_release(). */
int journal_commit(struct store *s, const struct oid *id, struct entry *e, struct err *err);
/* Make j->ids known up to the head (journal_ids.c). Errors: ERR_CHAIN. */
int journal_ids(struct store *s, struct journal *j, struct err *err);
/* Entry head.seq + 1 is this commit; before the head moves. */
void journal_ids_add(struct journal *j, const struct oid *id);
/* Forget versions past that commit; zero: all. Their `charter` is the caller's again. */
void charters_back_to(struct store *s, const struct oid *commit);
int charters_load(struct store *s, const struct oid *head, struct err *err);
void charters_release(struct store *s);
/* Is the commit of a version that was read exactly the one that these files make? Git can bring
 * others. Errors: ERR_SYNTAX. */
int charter_check_commit(
    struct store *s, uint32_t version, const struct charter_files *files, struct err *err);

#endif
