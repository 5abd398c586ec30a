/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A deterministic simulator of replication: many nodes in one process, in virtual time, driving the
 * daemon's own session code (sync/session.h) over links that are slow, fall silent and break. All
 * chance comes from one seed, so that a run that fails can be run again, byte for byte.
 *
 *   queue.c   chance, the queue of events, the log's hash
 *   model.c   what a node holds: charter, journals of entries, and what it admits
 *   wish.c    what an edge follows: journals, types and languages of records
 *   node.c    work that takes time, publications, crashes, restored backups, dialling
 *   link.c    bytes under way
 *   drive.c   the daemon's way of driving a session
 *   oracle.c  what must be true while it runs and after
 *   scenario.c  topologies and faults; sim.c  the command line
 *
 * Times are milliseconds, sizes bytes. A broken rule is reported once, by world_fail().
 */
#ifndef BELFRY_TESTS_SIM_H
#define BELFRY_TESTS_SIM_H

#include "base/mem.h"
#include "entry/segment.h"
#include "sync/gossip.h"

enum { JOURNALS_MAX = 200, CHARTERS_MAX = 8, TAG_BYTES = 16, TYPES = 3, LANGS = 3 };

/* --- chance and time --- */

enum event_kind {
	EVENT_DRAIN, /* struct end: some of what was sent leaves for the peer */
	EVENT_ARRIVE, /* struct end: the first chunk it sent arrives */
	EVENT_TIMER, /* struct end */
	EVENT_FIN, /* struct end: it has ended and said all */
	EVENT_CUT, /* struct link */
	EVENT_STALL, /* struct link: falls silent */
	EVENT_RESUME, /* struct link */
	EVENT_ASK, /* struct node: what it asked for is late */
	EVENT_DIAL, /* struct dial */
	EVENT_CONNECT, /* struct dial */
	EVENT_JOB, /* struct node: its first job is done */
	EVENT_PUBLISH, /* struct node */
	EVENT_CRASH, /* struct node */
	EVENT_START, /* struct node */
	EVENT_BACKUP, /* struct node */
	EVENT_RESTORE, /* struct node */
	EVENT_CHARTER, /* the world: the centre signs a new version */
	EVENT_WISH /* struct node: an edge follows other things from now on */
};

struct event {
	int64_t at;
	uint64_t order; /* of two at one time the earlier made goes first */
	enum event_kind kind;
	void *what;
	uint32_t epoch; /* of the node, for events that do not outlive a crash */
};

/* --- what nodes hold --- */

/* Immutable and shared: a record, of one document for each type and language of a journal. */
struct entry {
	struct entry *next; /* in its bucket */
	uint16_t hub;
	uint64_t seq;
	uint8_t type, lang;
	struct oid id; /* over the entry before, all of this and the hash of its text */
	const struct entry *base; /* the revision before, or NULL */
	bool is_published; /* its author has made it durable */
	uint8_t tag[TAG_BYTES];
	size_t len;
	uint8_t text[];
};

struct held {
	const struct entry *entry;
	bool is_bare; /* its text is not here */
};

struct journal {
	struct held *entries; /* number i + 1 */
	size_t n, cap;
	unsigned hops; /* from the author, of the last one */
};

/* What an edge follows; all zero: everything. */
struct wish {
	bool is_only; /* only some journals */
	bool follows[JOURNALS_MAX];
	uint8_t types, langs; /* a bit for each that it wants the text of; none: all */
	bool is_lacking; /* some of that is not here, or may not be */
};

struct holding {
	uint32_t charter;
	struct wish wish;
	struct journal journals[JOURNALS_MAX];
};

enum hostility {
	HONEST,
	FORGES, /* entries' text is not what was signed */
	MISNUMBERS, /* entries bear another number */
	GARBLES, /* bytes on the wire */
	BOASTS, /* of entries that do not exist */
	HOLDS_BACK, /* texts that are wanted */
	FORKS, /* signs two entries of one number, with a twin */
	HOSTILITIES
};

struct item { /* came over a link, not in the store yet */
	struct item *next;
	bool is_charter;
	uint16_t hub;
	uint64_t seq;
	struct buf bytes;
};

enum job_kind { JOB_ADMIT, JOB_FETCH, JOB_PUBLISH, JOB_CHARTER, JOB_WISH };
struct job {
	struct job *next;
	enum job_kind kind;
	struct end *end;
	struct item *items;
	struct session_want want;
};

struct dial {
	struct dial *next;
	struct node *from, *to;
	unsigned failures;
	bool is_linked;
	bool has_answer; /* the attempt under way finds the other side */
};

struct node {
	struct world *world;
	unsigned number;
	uint16_t own; /* its journal; JOURNALS_MAX: an edge without one */
	char name[HUB_NAME_BYTES];
	enum hostility hostility;
	uint8_t secret[LINK_KEY_BYTES], key[LINK_KEY_BYTES];
	int64_t clock_off_ms;
	bool is_up;
	uint32_t epoch, restores;
	struct holding *held, *backup; /* durable */
	uint64_t promised[JOURNALS_MAX]; /* what a peer was told that it holds durably */
	struct head heads[JOURNALS_MAX];
	struct local_state state;
	struct job *jobs, **last_job;
	struct end **ends;
	size_t nends, ends_cap;
	struct dial *dials;
	struct gossip gossip;
	struct parts parts; /* lost with the process */
	int64_t ask_ms; /* when EVENT_ASK is due; 0: it is not */
	unsigned wish_changes; /* links that began with other wishes end */
	bool ever_followed[JOURNALS_MAX], ever_wanted[TYPES][LANGS];
	unsigned component; /* honest nodes that can reach each other */
	int64_t got_ms; /* when the last entry came */
};

/* --- links --- */

struct chunk {
	struct chunk *next;
	struct buf bytes;
};

enum end_state { END_TALKING, END_ENDING, END_CLOSED };

struct end {
	struct link *link;
	struct node *node;
	struct session *session;
	enum end_state state;
	struct dial *dial; /* the initiator's, until the session ends */
	struct buf pipe; /* what the system has taken and not sent */
	struct chunk *flight, **last_chunk;
	int64_t arrives_ms, timer_ms, up_ms, put_ms;
	bool is_up, is_draining, is_fetching, is_admitting, has_put, has_moved, is_mute;
	bool is_stepping, is_reaped, has_fin, has_left, has_scope;
	uint32_t peer_restores;
	unsigned wish_changes; /* that it began with */
	struct item *items, **last_item;
};

struct link {
	struct link *next;
	struct end ends[2];
	int64_t rate, delay_ms, jitter_ms;
	bool is_stalled; /* bytes wait for ever, or until it resumes */
};

/* --- the world --- */

enum topology { REGIONS, RANDOM, RING };

/* A mean of 0: never. */
struct scenario {
	const char *name, *about;
	enum topology topology;
	unsigned hubs;
	int64_t rate_min, rate_max, delay_max_ms;
	int64_t cut_ms, stall_ms, crash_ms, restore_ms, publish_ms, charter_ms, wish_ms;
	int64_t lasts_ms;
	unsigned hostile_percent, half_open_percent;
	bool dials_both_ways, has_wild_clocks;
	bool has_edges; /* half of the nodes; they follow some journals, types, languages each */
};

struct world {
	const struct scenario *scenario;
	uint64_t seed, random;
	int64_t now, calm_ms; /* faults and news end at calm_ms */
	struct event *queue;
	size_t nqueue, queue_cap;
	uint64_t order;
	struct node *nodes;
	unsigned nnodes, njournals;
	struct entry *entries[4096];
	uint32_t charter, named_from[JOURNALS_MAX];
	bool is_forked[JOURNALS_MAX];
	struct link *links;
	struct end **reap;
	size_t nreap, reap_cap;
	struct sha256 network;
	uint64_t log_hash;
	bool is_verbose, is_failed, is_gossip;
	char why[600];
	/* counts */
	uint64_t bytes_in, raw_in, raw_new, raw_came, connections, published, refused, faults,
	    events;
};

/* queue.c */
uint64_t pick(struct world *w, uint64_t n); /* 0 to n - 1 */
int64_t pick_mean(struct world *w, int64_t mean_ms); /* exponential, at least 1 */
void chance_begin(struct world *w); /* libsodium's too */
void event_add(struct world *w, int64_t at, enum event_kind kind, void *what, uint32_t epoch);
bool event_take(struct world *w, struct event *out);
void log_bytes(struct world *w, const void *bytes, size_t n);
void log_line(struct world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
void world_fail(struct world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* model.c */
const char *journal_name(unsigned hub); /* in the order of their numbers */
int journal_number(const char *name); /* -1: no such name */
void model_charter_write(struct buf *out, uint32_t version);
enum verdict {
	ADMITTED,
	HELD_ALREADY,
	NOT_THAT_NUMBER,
	NOT_SIGNED,
	NOT_NAMED,
	HELD_BACK, /* the text of what is wanted was left out */
	WITHOUT_BASE /* a revision of what is not here */
};
enum verdict model_admit(struct node *n, uint16_t hub, uint64_t seq, struct str bytes);
struct entry *model_sign(struct node *n); /* the next of its own journal, not held yet */
void model_append(struct holding *h, const struct entry *e, bool is_bare);
/* Entry `seq` of this journal as it goes to a peer of this scope; NULL: it wants everything. */
void model_encode(
    struct buf *out, const struct journal *j, uint64_t seq, const struct scope *scope);
enum form { FORM_WHOLE, FORM_BARE, FORM_REVISION, FORMS };
/* What stands at the front of an entry's bytes; false: it is none. */
struct entry_front {
	uint16_t hub;
	uint64_t seq;
	uint8_t type, lang, form;
};
bool model_front(struct entry_front *out, struct str bytes);
void model_copy(struct holding *to, const struct holding *from); /* releases what `to` had */
void model_release(struct holding *h);
void model_heads(struct node *n); /* n->state from what is held */

/* wish.c */
bool wish_wants(const struct wish *w, unsigned type, unsigned lang);
bool wish_follows(const struct wish *w, unsigned journal);
/* As the session is told it; false: everything is wanted and here. */
bool wish_scope(struct scope *out, const struct wish *w);
/* The path of a record of this journal, of at most 64 bytes. */
struct str wish_path(char out[static 64], unsigned journal, unsigned type, unsigned lang);
/* Up to which entry all that is wanted of a journal is here. */
uint64_t wish_whole(const struct holding *h, unsigned journal);
/* An edge wishes something else from now on. */
void wish_choose(struct node *n);
/* Nothing that is wanted is lacking any more? */
void wish_settle(struct node *n);

/* node.c */
void node_init(struct world *w, unsigned number);
void node_release(struct node *n);
void node_job(struct node *n, enum job_kind kind, struct end *e);
void node_event(struct world *w, const struct event *v);
void dial_add(struct node *from, struct node *to);
void dial_ended(struct dial *d, bool was_good);
void items_free(struct item *i);
/* After a session has changed: who is asked for what, and when to look again. */
void node_gossip(struct node *n, struct end *e);

/* link.c */
void link_open(struct dial *d);
void link_event(struct world *w, const struct event *v);
struct end *end_other(const struct end *e); /* of the same link */
int64_t end_clock(const struct end *e); /* the time as its node has it */
void end_pump(struct end *e); /* what the session has to say goes into the pipe */
/* This side's end is no more; with `is_seen` the other side is told by the system. */
void end_drop(struct end *e, bool is_seen);
void links_reap(struct world *w);
void links_free(struct world *w);

/* drive.c */
void end_step(struct end *e);
void end_refuse(struct end *e, uint16_t hub, uint64_t seq);
void end_fault(struct end *e, const char *why);
void end_put(struct end *e, const struct session_want *want);
/* What had come is kept, and another peer may be asked for the rest. */
void end_leave(struct end *e);
void end_over(struct end *e, bool was_good); /* for who dialled: it may dial again */

/* oracle.c */
void oracle_ack(struct end *e, const char *hub, uint64_t seq);
void oracle_promises(const struct node *n);
/* An entry came over this end, as these bytes: is it what its node asked for? */
void oracle_came(const struct end *e, struct str bytes);
void oracle_quarrel(const struct end *e, const char *hub, const char *what);
void oracle_components(struct world *w);
bool oracle_is_converged(struct world *w);
/* When it has been calm for a while. */
void oracle_end(struct world *w);

/* scenario.c */
extern const struct scenario scenarios[];
extern const unsigned nscenarios;
struct result {
	int64_t converged_ms; /* after calm_ms */
	uint64_t log_hash;
	double ratio; /* bytes received per byte that was news */
	struct wave {
		int64_t ms; /* until the last node had it */
		unsigned hops; /* of the longest way */
		double copies; /* bytes of entries that came over links, per byte that was news */
		double ratio; /* all bytes that came, per byte that was news */
	} first, second;
	uint64_t connections, published, events;
	bool is_failed;
	char why[600];
};
struct result world_run(const struct scenario *s, uint64_t seed, unsigned hubs, bool is_verbose);
/* A new record among `hubs` that each dial three others, and when it is everywhere another. */
struct result gossip_run(uint64_t seed, unsigned hubs, bool is_verbose);

#endif
