/* SPDX-License-Identifier: Apache-2.0 */
#include "net/report.h"

#include "base/file.h"
#include "base/log.h"
#include "net/gauge.h"
#include "net/pull_hosts.h"
#include "net/settings.h"
#include "store/attachments.h"
#include "store/doors.h"
#include "store/evidence.h"
#include "store/follow.h"
#include "store/mailbox.h"
#include "store/space.h"
#include "store/stewards.h"
#include "store/vouched.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static json_t *time_json(int64_t t)
{
	char text[32];
	struct tm tm;
	time_t when = (time_t)t;
	if (t <= 0 || !gmtime_r(&when, &tm))
		return json_null();
	strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return json_string(text);
}

/* --- the store --- */

static json_t *seq_or_null(const struct evidence *e)
{
	return e ? json_integer((json_int_t)e->seq) : json_null();
}

/* What is known of all hubs together. */
struct hubs {
	struct store *store;
	json_t *list;
	struct evidence_list disputes;
	struct vouched_list vouched;
};

static json_t *vouched_json(const struct vouched *v)
{
	bool is_hub = v->by[0];
	return json_pack("{sIsosIsosb}", "seq", (json_int_t)v->seq, "by",
	    is_hub ? json_string(v->by) : json_null(), is_hub ? "entry" : "charter",
	    (json_int_t)v->entry, "time", time_json(v->time), "is_other", v->is_other);
}

/* Adds "known" and "vouched". */
static void add_vouched(json_t *hub, const struct vouched_list *l, const char *id, uint64_t known)
{
	json_t *list = json_array();
	for (size_t i = 0; i < l->n; i++) {
		if (strcmp(l->items[i].hub, id) != 0)
			continue;
		known = l->items[i].seq > known ? l->items[i].seq : known;
		json_array_append_new(list, vouched_json(&l->items[i]));
	}
	json_object_set_new(hub, "known", json_integer((json_int_t)known));
	json_object_set_new(hub, "vouched", list);
}

/* `state`: "active", "closed", or "" for a journal that no charter names. */
static void add_hub(struct hubs *h, const char *id, const char *region, const char *state)
{
	struct store *s = h->store;
	const struct journal *j = store_journal(s, id);
	uint64_t held = j ? j->head.seq : 0;
	json_t *hub = json_pack("{sssssssIsosbsosnsnsn}", "hub", id, "region", region, "state",
	    state, "entries", (json_int_t)held, "newest", time_json(held ? j->time : 0),
	    "is_followed", follow_has(s, id), "disputed",
	    seq_or_null(evidence_of(&h->disputes, id)), "behind", "bytes_to_go", "told_by");
	add_vouched(hub, &h->vouched, id, held);
	json_array_append_new(h->list, hub);
}

static json_t *hubs_json(struct store *s, const struct charter *c)
{
	struct hubs h = {.store = s, .list = json_array()};
	struct err why;
	if (evidence_list(&h.disputes, s, &why))
		log_warn("what is known of disputes cannot be read: %s", why.msg);
	if (vouched_list(&h.vouched, s, &why))
		log_warn("what hubs say of each other cannot be read: %s", why.msg);
	for (size_t i = 0; c && i < c->nhubs; i++)
		add_hub(&h, c->hubs[i].id, c->hubs[i].region,
		    c->hubs[i].is_closed ? "closed" : "active");
	for (size_t i = 0; i < s->njournals; i++)
		if (!c || !charter_hub(c, s->journals[i].head.hub))
			add_hub(&h, s->journals[i].head.hub, "", "");
	evidence_list_release(&h.disputes);
	free(h.vouched.items);
	return h.list;
}

static int mailbox_json(json_t **out, struct store *s, enum mailbox_side side, struct err *err)
{
	struct mailbox m = {.len = 0};
	int rc = mailbox_read(&m, s, side, err);
	*out = json_object();
	for (size_t i = 0; i < m.len && !rc; i++) {
		const char *state = m.items[i].state;
		json_object_set_new(*out, state, json_integer(json_get_int(*out, state) + 1));
	}
	mailbox_release(&m);
	return rc;
}

static json_t *disk_json(struct store *s)
{
	struct space p;
	struct err err = {.code = ERR_NONE};
	if (store_space(s, &p, &err))
		return json_null();
	space_check(&p, s->dir, &err);
	return json_pack("{sIsIsbss}", "free", (json_int_t)p.free, "reserve", (json_int_t)p.reserve,
	    "is_short", p.is_short, "why", err.msg);
}

/* Null where the records cannot be read: the rest of the status is needed then all the more. */
static json_t *attachments_json(struct store *s)
{
	json_t *counts;
	struct err err;
	if (attach_report_counts(&counts, s, (int64_t)time(NULL), &err))
		return json_null();
	return counts;
}

static json_t *pulls_json(const char *dir)
{
	json_t *list = hosts_json(dir), *one;
	size_t i;
	json_array_foreach(list, i, one)
	{
		json_object_set_new(one, "tried", time_json(json_get_int(one, "tried")));
		json_object_set_new(one, "worked", time_json(json_get_int(one, "worked")));
	}
	return list;
}

/* Null at an edge. */
static json_t *stewards_json(struct store *s, const struct charter *c)
{
	const struct charter_hub *hub = c && s->hub[0] ? charter_hub(c, s->hub) : NULL;
	struct stewards at;
	struct err why;
	if (!hub)
		return json_null();
	stewards_look(&at, s, hub, &why);
	return json_pack("{sIsIsb}", "wanted", (json_int_t)at.wanted, "here", (json_int_t)at.here,
	    "is_journal", at.is_journal);
}

/* belfry request has made a hub's keys here, and no charter is here to name it. */
static bool has_asked(struct store *s)
{
	struct buf path = BUF_INIT;
	store_path(s, &path, "keys/journal");
	bool is = !s->hub[0] && !s->charter_version && file_exists(path.ptr);
	buf_release(&path);
	return is;
}

int report_store(json_t **out, struct store *s, struct err *err)
{
	const struct charter *c = NULL;
	struct buf home = BUF_INIT;
	bool is_hub = s->hub[0];
	json_t *mail = NULL, *charter = NULL;
	*out = NULL;
	int rc = s->charter_version ? store_charter(s, 0, &c, NULL, err) : 0;
	if (!rc)
		rc = mailbox_json(&mail, s, is_hub ? MAILBOX_INBOX : MAILBOX_OUTBOX, err);
	if (rc)
		goto out;
	settings_get(&home, s, "belfry.home");
	charter =
	    c ? json_pack("{sIsosIsosb}", "version", (json_int_t)c->version, "time",
		    time_json(c->time), "age_days", (json_int_t)(time(NULL) - c->time) / 86400,
		    "expires", time_json(c->expires), "is_expired",
		    charter_is_expired(c, (int64_t)time(NULL)))
	      : json_null();
	*out = json_pack("{sssssssbsososo}", "network", s->network, "hub", s->hub, "home", home.ptr,
	    "is_writable", !s->is_broken, "charter", charter, "hubs", hubs_json(s, c),
	    is_hub ? "inbox" : "outbox", mail);
	json_object_set_new(*out, "has_asked", json_boolean(has_asked(s)));
	json_object_set_new(*out, "is_restored", json_boolean(s->is_restored));
	json_object_set_new(*out, "stewards", stewards_json(s, c));
	json_object_set_new(*out, "disk", disk_json(s));
	json_object_set_new(*out, "attachments", attachments_json(s));
	json_object_set_new(*out, "doors", doors_json(s->dir));
	json_object_set_new(*out, "pulls", pulls_json(s->dir));
	mail = NULL;
out:
	json_decref(mail);
	buf_release(&home);
	return rc;
}

/* --- peers --- */

static json_t *month_json(struct peer_month m)
{
	char text[MONTH_TEXT_BYTES];
	month_text(text, m.number);
	return json_pack("{sssIsI}", "month", text, "bytes_in", (json_int_t)m.in, "bytes_out",
	    (json_int_t)m.out);
}

static json_t *refused_json(const struct peer *p)
{
	json_t *o = json_object();
	for (int i = 0; i < REFUSALS; i++)
		if (p->refused[i])
			json_object_set_new(o, refusal_name((enum refusal)i),
			    json_integer((json_int_t)p->refused[i]));
	return o;
}

/* Null where it is not known. */
static json_t *count_or_null(bool is_known, uint64_t n)
{
	return is_known ? json_integer((json_int_t)n) : json_null();
}

static json_t *peer_json(const struct peer *p, const char *state)
{
	json_t *o = json_pack("{sssssssbsssbsnsnsIsIsIsIsososssb}", "name", p->name, "address",
	    p->address, "hub", p->hub, "is_configured", 0, "state", state, "is_in_sync", 0,
	    "behind", "peer_behind", "bytes_in", (json_int_t)p->bytes_in, "bytes_out",
	    (json_int_t)p->bytes_out, "entries_in", (json_int_t)p->entries_in, "entries_out",
	    (json_int_t)p->entries_out, "last_exchange", time_json(p->exchanged), "last_end",
	    time_json(p->ended), "last_reason", p->why, "is_fault", p->is_fault);
	json_t *more = json_pack("{sbsososososnsnsnsnsn}", "is_held", 0, "month",
	    month_json(peer_month(p, time(NULL))), "refused", refused_json(p), "last_behind",
	    count_or_null(p->has_told, p->behind), "last_peer_behind",
	    count_or_null(p->has_told, p->peer_behind), "bytes_to_go", "bytes_to_send", "rate_in",
	    "rate_out", "seconds_to_go");
	json_object_update(o, more);
	json_decref(more);
	return o;
}

static void add_link(json_t *o, const struct link *l)
{
	struct session_counts c;
	int64_t now = station_now_ms(l->station);
	session_counts(l->session, &c);
	uint64_t in = meter_rate(&l->meter_in, c.bytes_in, now);
	uint64_t out = meter_rate(&l->meter_out, c.bytes_out, now);
	const struct gauge g = {.behind = c.behind,
	    .bytes_to_go = c.to_come,
	    .is_known = c.is_to_come_known,
	    .rate = in};
	int64_t seconds = gauge_seconds(&g);
	json_object_set_new(o, "state", json_string("connected"));
	json_object_set_new(o, "is_in_sync", json_boolean(l->is_in_sync));
	json_object_set_new(o, "behind", json_integer((json_int_t)c.behind));
	json_object_set_new(o, "peer_behind", json_integer((json_int_t)c.peer_behind));
	json_object_set_new(o, "is_held", json_boolean(session_is_held(l->session)));
	json_object_set_new(o, "bytes_to_go", count_or_null(c.is_to_come_known, c.to_come));
	json_object_set_new(o, "bytes_to_send", count_or_null(c.is_to_send_known, c.to_send));
	json_object_set_new(o, "rate_in", json_integer((json_int_t)in));
	json_object_set_new(o, "rate_out", json_integer((json_int_t)out));
	json_object_set_new(o, "seconds_to_go", count_or_null(seconds >= 0, (uint64_t)seconds));
}

static void add_dial(json_t *o, const struct dial *d)
{
	char address[ADDRESS_TEXT_BYTES];
	address_text(address, &d->address);
	json_object_set_new(o, "is_configured", json_true());
	json_object_set_new(o, "address", json_string(address));
	json_object_set_new(
	    o, "state", json_string(d->state == DIAL_WAITING ? "waiting" : "connecting"));
}

static json_t *report_peers(const struct station *n)
{
	json_t *list = json_array();
	for (const struct peer *p = n->peers.first; p; p = p->next) {
		json_t *o = peer_json(p, "gone");
		const struct dial *d = dial_find(n, p->name);
		if (d)
			add_dial(o, d);
		for (const struct link *l = n->links; l; l = l->next)
			if (l->peer == p && l->state == LINK_TALKING)
				add_link(o, l);
		json_array_append_new(list, o);
	}
	return list;
}

/* Whom this room has, of those that are ours to dial. */
static json_t *heard_json(const struct station *n)
{
	static const char *const state[] = {"waiting", "connecting", "connected", "gone"};
	json_t *list = json_array();
	for (const struct dial *d = n->dials; d; d = d->next) {
		char address[ADDRESS_TEXT_BYTES];
		address_text(address, &d->address);
		bool is_up = d->link && d->link->is_up;
		if (d->is_heard)
			json_array_append_new(list,
			    json_pack("{sssssssi}", "address", address, "state",
				d->state == DIAL_LINKED && !is_up ? "connecting" : state[d->state],
				"last_reason", d->why, "failures", (int)d->failures));
	}
	return list;
}

void report_add_links(json_t *report, const struct station *n)
{
	struct gauge g;
	size_t i;
	json_t *hub;
	json_array_foreach(json_object_get(json_object_get(report, "store"), "hubs"), i, hub)
	{
		struct gauge_hub h;
		if (!json_is_true(json_object_get(hub, "is_followed")) ||
		    !gauge_hub(&h, n, json_get_text(hub, "hub").ptr))
			continue;
		json_object_set_new(hub, "behind", json_integer((json_int_t)h.behind));
		json_object_set_new(hub, "bytes_to_go", count_or_null(h.is_known, h.bytes_to_go));
		json_object_set_new(hub, "told_by", json_string(h.told_by));
	}
	json_object_set_new(report, "heard", heard_json(n));
	gauge_take(&g, n);
	int64_t seconds = gauge_seconds(&g);
	json_object_set_new(report, "peers", report_peers(n));
	json_object_set_new(report, "month", month_json(peers_month(&n->peers, time(NULL))));
	json_object_set_new(report, "progress",
	    json_pack("{sIsosIsosIsI}", "behind", (json_int_t)g.behind, "bytes_to_go",
		count_or_null(g.is_known, g.bytes_to_go), "rate_in", (json_int_t)g.rate,
		"seconds_to_go", count_or_null(seconds >= 0, (uint64_t)seconds), "entries_in",
		(json_int_t)g.entries_in, "bytes_in", (json_int_t)g.bytes_in));
}

/* Without a daemon: who was there, and whom the settings want dialled. */
static json_t *idle_peers(struct peers *p, const struct settings *settings)
{
	for (size_t i = 0; i < settings->npeers; i++)
		peers_get(p, settings->peers[i].name);
	json_t *list = json_array();
	for (const struct peer *x = p->first; x; x = x->next) {
		json_t *o = peer_json(x, "idle");
		for (size_t i = 0; i < settings->npeers; i++) {
			struct dial d = {.address = settings->peers[i].address};
			if (strcmp(settings->peers[i].name, x->name) == 0)
				add_dial(o, &d);
		}
		json_object_set_new(o, "state", json_string("idle"));
		json_array_append_new(list, o);
	}
	return list;
}

void report_add_idle(json_t *report, struct store *s)
{
	struct peers p = {.n = 0};
	struct settings settings;
	struct err err;
	report_load_peers(&p, s->dir);
	if (settings_read(&settings, s, &err))
		log_warn("%s", err.msg);
	json_object_set_new(report, "peers", idle_peers(&p, &settings));
	json_object_set_new(report, "month", month_json(peers_month(&p, time(NULL))));
	json_object_set_new(report, "progress", json_null());
	settings_release(&settings);
	peers_release(&p);
}

static void counts_path(struct buf *path, const char *dir)
{
	buf_printf(path, "%s/peers/counts.json", dir);
}

int report_save_counts(const json_t *counts, const char *dir, struct err *err)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	json_write(&text, counts, 1);
	buf_printf(&path, "%s/peers", dir);
	int bad = file_mkdirs(path.ptr, 0700, err);
	buf_reset(&path);
	counts_path(&path, dir);
	bad = bad || file_write(path.ptr, buf_str(&text), 0600, err);
	buf_release(&text);
	buf_release(&path);
	return bad ? err->code : 0;
}

void report_load_peers(struct peers *p, const char *dir)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	json_t *all = NULL;
	struct err err;
	counts_path(&path, dir);
	int rc = file_read(&text, path.ptr, CONTROL_BYTES_MAX, &err);
	if (!rc)
		rc = json_parse(&all, buf_str(&text), path.ptr, &err);
	if (rc && rc != ERR_MISSING)
		log_warn("the counts of peers begin anew: %s", err.msg);
	if (json_is_object(all))
		peers_restore(p, all);
	json_decref(all);
	buf_release(&text);
	buf_release(&path);
}
