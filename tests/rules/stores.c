/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A world (rules.h) as real stores: one in which its hubs write, and readers to whom charters and
 * entries come in different orders. All must come to the same, and that to what the model says.
 */
#include "stores.h"

#include "../unit/store/fixture.h"

static const char *const hub_names[HUBS] = {"central", "east", "south", "west"};
static const char *const region_names[REGIONS] = {
    "global", "east-southern-africa", "west-africa-sahel", "mena"};
static const char *const place_names[PLACES] = {"ke-mombasa", "tz-arusha", "sn-dakar", "ml-bamako",
    "ma-rabat", "global", "east-southern-africa", "west-africa-sahel", "mena", "ng-nowhere"};
static const char *const theme_names[THEMES] = {"gender", "youth", "sports"};
static const char *const id_names[IDS] = {"one", "two"};
static const char *const lang_names[LANGS] = {"en", "fr"};

/* What is real of a world. */
struct real {
	const struct world *world;
	struct buf charters[CHARTERS], texts[TEXTS], rosters[ROSTERS];
	struct oid ids[ENTRIES];
	struct sha256 contents[ENTRIES];
	struct wires *wires[CHARTERS][HUBS]; /* what was written under each version */
	struct sha256 digest; /* of the store in which all was written, at the end */
	struct schema_set *schemas;
	uint64_t random;
};

static struct path_name {
	char text[96];
} path_name(int path)
{
	struct path_name p;
	snprintf(p.text, sizeof p.text, "records/%s/news/%s/%s.md", place_names[model_place(path)],
	    id_names[path / LANGS % IDS], lang_names[path % LANGS]);
	return p;
}

/* --- files --- */

static json_t *schemas_of(void)
{
	json_t *list = json_array();
	static const char *const names[] = {"common", "news"};
	for (int i = 0; i < 2; i++) {
		char path[32];
		snprintf(path, sizeof path, "schemas/%s.json", names[i]);
		struct sha256 h = sha256(asset_get(path));
		json_array_append_new(
		    list, json_pack("{s:s, s:s}", "name", names[i], "sha256", sha256_hex(&h).text));
	}
	return list;
}

static json_t *countries(unsigned bits)
{
	json_t *list = json_array();
	for (int i = 0; i < CITIES; i++)
		if (bits & 1u << i)
			json_array_append_new(list, json_stringn(place_names[i], 2));
	return list;
}

static json_t *base_of(struct real *r, const struct m_hub *h)
{
	static const struct oid no_id;
	static const struct sha256 no_content;
	int e = h->base;
	const struct oid *id = e == NONE ? &no_id : &r->ids[e];
	const struct sha256 *content = e == NONE ? &no_content : &r->contents[e];
	return json_pack("{s:i, s:i, s:s, s:s}", "charter", h->base_charter, "seq",
	    e == NONE ? 0 : r->world->entries[e].seq, "commit", oid_hex(id).text, "content",
	    sha256_hex(content).text);
}

static json_t *hub_of(struct real *r, const struct m_charter *c, int i)
{
	const struct m_hub *h = &c->hubs[i];
	json_t *hub = hub_head(hub_names[i], region_names[h->region], (unsigned)(i + 1) * 16);
	json_t *stewards = json_array();
	for (int k = 0; k < h->nstewards; k++)
		json_array_append_new(
		    stewards, holder(k ? "steward-2" : "steward-1", (unsigned)h->stewards[k]));
	json_object_set_new(hub, "journal", key_json((unsigned)h->journal));
	json_object_set_new(hub, "stewards", stewards);
	json_object_set_new(hub, "steward_threshold", json_integer(h->threshold));
	if (h->countries)
		json_object_set_new(hub, "countries", countries(h->countries));
	if (h->is_closed)
		json_object_set_new(hub, "state", json_string("closed"));
	if (h->has_base)
		json_object_set_new(hub, "base", base_of(r, h));
	return hub;
}

static json_t *denied(const struct m_charter *c)
{
	json_t *list = json_array();
	for (int i = 0; i < c->ndenied; i++) {
		struct buf print = BUF_INIT;
		public_key_fingerprint(&print, signer_key(key_of((unsigned)c->denied[i])));
		json_array_append_new(
		    list, json_pack("{s:s, s:s}", "id", print.ptr, "reason", "It was stolen."));
		buf_release(&print);
	}
	return list;
}

static void make_charter(struct real *r, int version)
{
	const struct m_charter *c = &r->world->charters[version - 1];
	json_t *head = version == 1 ? charter_head()
				    : charter_next(buf_str(&r->charters[version - 2]), version);
	json_t *hubs = json_array(), *regions = json_array(), *themes = json_array();
	for (int i = 0; i < HUBS; i++)
		json_array_append_new(hubs, hub_of(r, c, i));
	for (int i = 0; i < REGIONS; i++)
		json_array_append_new(regions, term(region_names[i]));
	for (int i = 0; i < THEMES; i++)
		if (c->themes & 1u << i)
			json_array_append_new(themes, term(theme_names[i]));
	json_object_set_new(head, "hubs", hubs);
	json_object_set_new(head, "regions", regions);
	json_array_append_new(themes, term("dialogue")); /* of texts that try no other */
	json_object_set_new(head, "themes", themes);
	json_object_set_new(head, "schemas", schemas_of());
	if (c->review_optional)
		json_object_set_new(head, "review", json_string("optional"));
	if (c->ndenied)
		json_object_set_new(head, "denied", denied(c));
	r->charters[version - 1] = charter_text(head);
	if (version == 1)
		network = network_of(buf_str(&r->charters[0]));
}

static void make_text(struct real *r, int text)
{
	const struct m_text *t = &r->world->texts[text];
	struct buf rough = BUF_INIT, *out = &r->texts[text];
	struct err err = {0};
	buf_printf(&rough,
	    "---\ntype: news\nid: %s\nlang: %s\ntitle: Text %d\nsummary: What happened.\nplace: "
	    "%s\n"
	    "date: \"2026-01-02\"\nthemes: [%s]\naudiences: [mayors]\nrevision: %d\n",
	    id_names[t->path / LANGS % IDS], lang_names[t->path % LANGS], text,
	    place_names[model_place(t->path)],
	    t->theme == NONE ? "dialogue" : theme_names[t->theme], t->revision);
	for (int i = 0; i < 2 && t->previous[i] != NONE; i++) {
		struct sha256 h = sha256(buf_str(&r->texts[t->previous[i]]));
		buf_printf(
		    &rough, "%s  - sha256:%s\n", i ? "" : "previous:\n", sha256_hex(&h).text);
	}
	if (t->of != NONE)
		buf_printf(&rough, "translation: {of: %s, revision: %d, method: human}\n",
		    lang_names[t->of], t->of_revision);
	if (t->is_withdrawn)
		buf_printf(&rough, "status: withdrawn\nreason: It was wrong.\n");
	if (t->is_for_members)
		buf_printf(&rough, "audience: members\n");
	buf_printf(&rough, "---\nIt went well.\n");
	good(record_format(out, buf_str(&rough), "text", r->schemas, NULL, &err), &err);
	if (t->is_spoilt)
		buf_printf(out, "\n\n");
	buf_release(&rough);
}

static void make_roster(struct real *r, int roster)
{
	const struct m_roster *m = &r->world->rosters[roster];
	json_t *head = roster_head(hub_names[m->hub], 0, roster + 1);
	json_t *cities = json_array(), *members = json_array();
	for (int i = 0; i < CITIES; i++)
		if (m->city_region[i] != NONE)
			json_array_append_new(
			    cities, city(place_names[i], region_names[m->city_region[i]]));
	for (int i = 0; i < MEMBERS; i++) {
		const struct m_member *who = &m->members[i];
		static const char *const roles[] = {"", "author", "reviewer", "author,reviewer",
		    "translator", "author,translator", "reviewer,translator",
		    "author,reviewer,translator"};
		char id[16];
		snprintf(id, sizeof id, "member-%d", i);
		json_t *j = member_head(id, (unsigned)who->key, roles[who->roles], NULL,
		    who->is_active ? NULL
		    : i % 2	   ? "retired"
				   : "revoked");
		if (who->has_places)
			json_object_set_new(j, "places", json_array());
		for (int p = 0; who->has_places && p < NOWHERE; p++)
			if (who->places & 1u << p)
				json_array_append_new(
				    json_object_get(j, "places"), json_string(place_names[p]));
		json_array_append_new(members, j);
	}
	if (json_array_size(cities))
		json_object_set_new(head, "cities", cities);
	else
		json_decref(cities);
	json_object_set_new(head, "members", members);
	r->rosters[roster] = roster_text(head);
}

/* Of the wrong kind it may be, but over a file's own text: a text, or for a steward a roster. */
static struct buf make_signature(struct real *r, const struct m_change *c)
{
	static const char *const kinds[] = {"belfry-record", "belfry-review", "belfry-roster"};
	static const char other[] =
	    "0000000000000000000000000000000000000000000000000000000000000000";
	const struct m_signature *s = &c->signature;
	bool is_roster = c->part == PART_ROSTER_SIG;
	struct buf junk = BUF_INIT, *over = is_roster ? &r->rosters[s->of] : &r->texts[s->of];
	if (s->key == NONE) {
		buf_printf(&junk, "no signature %d\n", s->junk);
		return junk;
	}
	return signed_by((unsigned)s->key, kinds[s->kind],
	    s->is_of_other_network ? other : network.text, buf_str(over));
}

/* --- writing --- */

static void draft_change(struct draft *d, struct real *r, const struct m_change *c)
{
	char path[128];
	static const char *const suffix[] = {"", ".sig", ".rev"};
	if (c->part <= PART_REV)
		snprintf(path, sizeof path, "%s%s", path_name(c->at).text, suffix[c->part]);
	else if (c->part == PART_ROSTER)
		snprintf(path, sizeof path, "roster.md");
	else
		snprintf(path, sizeof path, "roster.md.steward-%d.sig", c->at + 1);
	if (c->is_delete) {
		draft_delete(d, path);
	} else if (c->part == PART_TEXT) {
		draft_file(d, path, buf_str(&r->texts[c->content]));
	} else if (c->part == PART_ROSTER) {
		draft_file(d, path, buf_str(&r->rosters[c->content]));
	} else {
		struct buf armor = make_signature(r, c);
		draft_file(d, path, buf_str(&armor));
		buf_release(&armor);
	}
}

static void write_entry(struct store *s, struct real *r, int at)
{
	const struct m_entry *e = &r->world->entries[at];
	const struct m_hub *h = &r->world->charters[e->charter - 1].hubs[e->hub];
	struct draft d = {.n = 0};
	snprintf(s->hub, sizeof s->hub, "%s", hub_names[e->hub]);
	s->journal_key = key_of((unsigned)h->journal);
	for (int i = 0; i < e->nchanges; i++)
		draft_change(&d, r, &e->changes[i]);
	append(s, &d);
	const struct journal *j = store_journal(s, s->hub);
	if (j->head.seq != (uint64_t)e->seq)
		fail_msg("entry %d of %s became another, %llu", e->seq, s->hub,
		    (unsigned long long)j->head.seq);
	r->ids[at] = j->head.id;
	r->contents[at] = j->content;
	s->journal_key = NULL;
	s->hub[0] = 0;
}

static void take_charter(struct store *s, struct real *r)
{
	struct charter_files files = {.charter = buf_str(&r->charters[s->charter_version])};
	struct err err = {0};
	struct buf armor = signed_by(CENTRAL, "belfry-charter", network.text, files.charter);
	files.signatures[files.nsignatures++] =
	    (struct named_signature){STR("central-1"), buf_str(&armor)};
	files.schemas[files.nschemas++] =
	    (struct named_signature){STR("common"), asset_get("schemas/common.json")};
	files.schemas[files.nschemas++] =
	    (struct named_signature){STR("news"), asset_get("schemas/news.json")};
	good(store_adopt_charter(s, &files, s->charter_version ? NULL : network.text, &err), &err);
	buf_release(&armor);
}

static struct store *store_with_charter(struct real *r, const char *name)
{
	struct store *s = NULL;
	struct err err = {0};
	good(store_create(at(name), &err) || store_open(&s, at(name), STORE_WRITE, &err), &err);
	take_charter(s, r);
	return s;
}

static void close_and_remove(struct store *s, const char *name)
{
	struct err err = {0};
	store_close(s);
	good(file_remove_tree(at(name), &err), &err);
}

/* What the hub wrote under that version; NULL: nothing. */
static struct wires *wires_of(struct store *s, const struct world *w, int version, int hub)
{
	for (int i = 0; i < w->nentries; i++)
		if (w->entries[i].hub == hub && w->entries[i].charter == version)
			return wires_new(s, hub_names[hub], (uint64_t)w->entries[i].seq);
	return NULL;
}

static void write_world(struct real *r)
{
	const struct world *w = r->world;
	struct store *s = NULL;
	for (int version = 1, at = 0; version <= w->ncharters; version++) {
		make_charter(r, version);
		if (s)
			take_charter(s, r);
		else
			s = store_with_charter(r, "writer");
		for (; at < w->nentries && w->entries[at].charter == version; at++)
			write_entry(s, r, at);
		for (int hub = 0; hub < HUBS; hub++)
			r->wires[version - 1][hub] = wires_of(s, w, version, hub);
	}
	r->digest = digest(s);
	close_and_remove(s, "writer");
}

static void make_files(struct real *r)
{
	for (int i = 0; i < r->world->ntexts; i++)
		make_text(r, i);
	for (int i = 0; i < r->world->nrosters; i++)
		make_roster(r, i);
}

/* --- delivering --- */

static int below(struct real *r, int n)
{
	return (int)(world_random(&r->random) % (uint64_t)n);
}

/* A refusal is fine: it comes too early, or was cut off. */
static void offer(
    struct store *s, const struct real *r, int version, int hub, size_t from, size_t n)
{
	const struct wires *w = r->wires[version - 1][hub];
	struct err err = {0};
	size_t taken;
	if (!w || from >= w->n)
		return;
	n = n < w->n - from ? n : w->n - from;
	if (store_admit(s, hub_names[hub], w->entries + from, n, &taken, &err) &&
	    err.code != ERR_CHAIN && err.code != ERR_MISSING && err.code != ERR_POLICY &&
	    err.code != ERR_SIGNATURE)
		fail_msg("%s", err.msg);
}

static void offer_version(struct store *s, const struct real *r, int version)
{
	for (int hub = HUBS - 1; hub >= 0; hub--)
		offer(s, r, version, hub, 0, SIZE_MAX);
}

static void read_catalogue(struct store *s)
{
	const struct catalogue *c;
	struct err err = {0};
	good(store_catalogue(&c, s, &err), &err);
}

static struct store *anything(struct store *s, struct real *r)
{
	int what = below(r, 20);
	int version = 1 + below(r, r->world->ncharters);
	if (what < 3 && (int)s->charter_version < r->world->ncharters)
		take_charter(s, r);
	else if (what < 6)
		read_catalogue(s);
	else if (what < 7)
		s = reopened(s);
	else
		offer(s, r, version, below(r, HUBS), (size_t)below(r, 6), 1 + (size_t)below(r, 8));
	return s;
}

static struct store *deliver(struct real *r, enum order order, const char *name)
{
	const struct world *w = r->world;
	struct store *s = store_with_charter(r, name);
	if (order == AS_IT_CAME)
		for (int v = 1; v <= w->ncharters; v++) {
			if (v > 1)
				take_charter(s, r);
			offer_version(s, r, v);
			read_catalogue(s);
		}
	if (order == AT_RANDOM)
		for (int i = 40; i > 0; i--)
			s = anything(s, r);
	while ((int)s->charter_version < w->ncharters)
		take_charter(s, r);
	for (int round = 0; round < w->ncharters; round++)
		for (int v = w->ncharters; v > 0; v--)
			offer_version(s, r, v);
	return s;
}

/* --- comparing --- */

struct lines {
	char text[2 * HUBS * PATHS][288];
	size_t n;
};

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void add_line(struct lines *l, const char *path, enum m_state state, const char *hub,
    uint64_t seq, const struct sha256 *hash, const char *author, const char *reviewer,
    bool is_contested)
{
	static const char *const states[] = {"published", "withdrawn", "held"};
	bool is_held = state == M_HELD;
	if (l->n == sizeof l->text / sizeof *l->text)
		fail_msg("more rows than there can be");
	snprintf(l->text[l->n++], sizeof *l->text,
	    "%s %s by %s entry %llu text %.8s author %s reviewer %s%s", path, states[state], hub,
	    (unsigned long long)seq, sha256_hex(hash).text, is_held ? "-" : author,
	    is_held ? "-" : reviewer, is_contested ? " CONTESTED" : "");
}

static struct print {
	char text[64];
} print_of(const struct public_key *key)
{
	struct print p;
	struct buf print = BUF_INIT;
	public_key_fingerprint(&print, key);
	snprintf(p.text, sizeof p.text, "%s", print.ptr);
	buf_release(&print);
	return p;
}

static void lines_of_model(struct lines *l, const struct real *r)
{
	static struct outcome out;
	model_outcome(&out, r->world);
	l->n = 0;
	for (int i = 0; i < out.n; i++) {
		const struct m_row *row = &out.rows[i];
		struct sha256 h = sha256(buf_str(&r->texts[row->text]));
		struct print a = {"-"}, b = {"-"};
		if (row->author != NONE)
			a = print_of(signer_key(key_of((unsigned)row->author)));
		if (row->reviewer != NONE)
			b = print_of(signer_key(key_of((unsigned)row->reviewer)));
		add_line(l, path_name(row->path).text, row->state, hub_names[row->hub],
		    (uint64_t)row->seq, &h, a.text, b.text, row->is_contested);
	}
	qsort(l->text, l->n, sizeof *l->text, by_text);
}

static void lines_of_store(struct lines *l, const struct catalogue *c)
{
	static const enum m_state states[] = {[ITEM_PUBLISHED] = M_PUBLISHED,
	    [ITEM_WITHDRAWN] = M_WITHDRAWN,
	    [ITEM_HELD] = M_HELD,
	    [ITEM_ABSENT] = M_HELD};
	l->n = 0;
	for (size_t i = 0; i < c->len; i++) {
		const struct item *t = &c->items[i];
		struct print a = {"-"}, b = {"-"};
		if (t->author[0])
			a = print_of(t->author_key);
		if (t->reviewer[0])
			b = print_of(t->reviewer_key);
		add_line(l, t->path, states[t->state], t->hub, t->seq, &t->hash, a.text, b.text,
		    t->is_contested);
	}
	qsort(l->text, l->n, sizeof *l->text, by_text);
}

/* Both are sorted: the first line that only one of them has. */
static bool differ(const struct lines *model, const struct lines *store, const char *what)
{
	for (size_t i = 0; i < model->n || i < store->n; i++) {
		const char *a = i < model->n ? model->text[i] : "nothing more";
		const char *b = i < store->n ? store->text[i] : "nothing more";
		if (strcmp(a, b) != 0) {
			printf("%s\n  the rules say: %s\n  the store has: %s\n", what, a, b);
			return true;
		}
	}
	return false;
}

static bool check(struct store *s, struct real *r, const struct lines *model, const char *order)
{
	static struct lines lines;
	const struct catalogue *kept;
	struct catalogue anew;
	struct err err = {0};
	struct sha256 d = digest(s);
	char what[96];
	snprintf(what, sizeof what, "%s, read on from what was known:", order);
	good(store_catalogue(&kept, s, &err), &err);
	lines_of_store(&lines, kept);
	bool is_bad = differ(model, &lines, what);
	snprintf(what, sizeof what, "%s:", order);
	good(catalogue_read_anew(&anew, s, NULL, NULL, &err), &err);
	lines_of_store(&lines, &anew);
	is_bad = differ(model, &lines, what) || is_bad;
	catalogue_release(&anew);
	if (!sha256_eq(&d, &r->digest)) {
		printf("%s: not the heads of the store in which all was written\n", order);
		is_bad = true;
	}
	for (int hub = 0; hub < HUBS; hub++) {
		int head = model_head(r->world, hub);
		const struct journal *j = store_journal(s, hub_names[hub]);
		uint64_t want = head == NONE ? 0 : (uint64_t)r->world->entries[head].seq;
		if ((j ? j->head.seq : 0) != want) {
			printf("%s: %s has %llu entries, the rules say %llu\n", order,
			    hub_names[hub], (unsigned long long)(j ? j->head.seq : 0),
			    (unsigned long long)want);
			is_bad = true;
		}
	}
	return is_bad;
}

void stores_start(void)
{
	if (scratch_new(NULL))
		fail_msg("no scratch folder");
}

void stores_end(void)
{
	scratch_remove(NULL);
	keys_free();
}

static void release(struct real *r)
{
	for (int i = 0; i < CHARTERS; i++) {
		buf_release(&r->charters[i]);
		for (int hub = 0; hub < HUBS; hub++)
			if (r->wires[i][hub])
				wires_free(r->wires[i][hub]);
	}
	for (int i = 0; i < r->world->ntexts; i++)
		buf_release(&r->texts[i]);
	for (int i = 0; i < r->world->nrosters; i++)
		buf_release(&r->rosters[i]);
}

bool stores_agree(const struct world *w, uint64_t seed, struct tally *tally)
{
	static const char *const orders[ORDERS] = {
	    "as it came", "newest charter first", "at random"};
	static struct real r;
	static struct lines model;
	static struct schema_set *schemas;
	bool is_bad = false;
	if (!schemas)
		schemas = schema_set_builtin();
	r = (struct real){.world = w, .random = seed, .schemas = schemas};
	make_files(&r);
	write_world(&r);
	lines_of_model(&model, &r);
	for (int o = 0; o < ORDERS; o++) {
		struct store *s = deliver(&r, (enum order)o, "reader");
		is_bad = check(s, &r, &model, orders[o]) || is_bad;
		close_and_remove(s, "reader");
	}
	tally->entries += w->nentries;
	for (size_t i = 0; i < model.n; i++)
		*(strstr(model.text[i], " held ") ? &tally->held : &tally->published) += 1;
	release(&r);
	return !is_bad;
}
