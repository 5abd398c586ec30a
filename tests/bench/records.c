/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fill a new hub's store with records for the benchmarks: N documents of about 4 KB in natural text
 * over 200 cities, each signed by an author and a reviewer, published in entries of 60. The same
 * seed gives the same texts; keys, and so signatures, are new each time.
 *
 *   records STORE TEXT N [-l LANG] [-m LANG,LANG…] [-e N] [-g DIR] [-s N DIR [-r]]
 *
 * STORE was made by `belfry init` with review required. TEXT has a paragraph a line (text.sh).
 * -m LANGS  give the network these languages; each case is a record in each of them, with "ar/3"
 *           only every third in Arabic. From TEXT.<lang>; a paragraph comes again only when all
 *           others have been used
 * -e N      records in an entry; with -m 0 is the records of a case
 * -l LANG   give the network that one language first (a charter version 2), so that the site has
 *           one page a document
 * -g DIR    write each title, date and body as a content file for Hugo; with -m each whole record,
 *           as DIR/<type>/<id>.<lang>.md, with its region
 * -s N DIR  afterwards write N more records, signed but not published, as DIR/<n>/<lang>.md, .sig,
 *           .rev; their paragraphs stand in no other record, as long as there are enough
 * -r        and for each of these DIR/<n>/next/ with its second revision, which changes one line
 */
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "record/record.h"
#include "store/publish.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	CITIES = 200,
	PER_ENTRY = 60,
	PER_ENTRY_MAX = ENTRY_CHANGES_MAX / 3,
	BODY_BYTES = 3600,
	TEXT_BYTES_MAX = 8 * 1024 * 1024,
	LANGUAGES_MAX = 8
};
static const int64_t start_time = 1735689600; /* 2025-01-01 */

struct text {
	char lang[4];
	unsigned every; /* so many cases one has it */
	struct buf bytes;
	struct str *paragraphs;
	size_t n, cap;
	size_t kept; /* of them only for spare records: text that nothing published has */
	size_t next; /* of those, in their order */
	size_t at; /* of the others, in an order drawn for each pass; only with several languages */
};

struct maker {
	struct store *store;
	struct text texts[LANGUAGES_MAX];
	size_t ntexts;
	struct text *text; /* of this record */
	size_t next_text, ncases; /* of the next; begun so far */
	size_t city_at;
	char city[24]; /* of this case, */
	size_t themes_at[2]; /* and these */
	bool is_spare;
	uint64_t seed; /* xorshift64* */
	size_t per_entry;
	bool is_by_case; /* at most per_entry */
	struct signer *author, *reviewer;
	const json_t *themes;
	const struct schema_set *schemas;
};

/* One record with its signatures. */
struct signed_record {
	struct buf md, sig, rev, path, body;
	char title[96], date[16];
};

static _Noreturn void stop(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

/* A benchmark has nothing to clean up: the first error ends it. */
static void must(int bad, const struct err *err, const char *what)
{
	if (bad)
		stop("records: %s: %s", what, err->msg);
}

static size_t draw(struct maker *m, size_t below)
{
	m->seed ^= m->seed >> 12;
	m->seed ^= m->seed << 25;
	m->seed ^= m->seed >> 27;
	return (size_t)((m->seed * 2685821657736338717u) >> 33) % below;
}

static struct str next_in_pass(struct maker *m, struct text *t)
{
	struct str *p = t->paragraphs + t->kept;
	size_t n = t->n - t->kept;
	if (t->at == n)
		t->at = 0;
	size_t k = t->at + draw(m, n - t->at);
	struct str chosen = p[k];
	p[k] = p[t->at];
	p[t->at++] = chosen;
	return chosen;
}

static struct str paragraph(struct maker *m)
{
	struct text *t = m->text;
	if (m->is_spare)
		return t->paragraphs[t->next++ % t->kept];
	if (m->ntexts > 1)
		return next_in_pass(m, t);
	return t->paragraphs[t->kept + draw(m, t->n - t->kept)];
}

static void read_text(struct text *t, const char *path, size_t share_kept)
{
	struct err err;
	must(file_read(&t->bytes, path, TEXT_BYTES_MAX, &err), &err, "text");
	for (struct str rest = buf_str(&t->bytes); rest.len;) {
		struct str line = str_cut(&rest, '\n');
		if (line.len >= 100)
			*MEM_PUSH(t->paragraphs, t->n, t->cap) = line;
	}
	if (t->n < 100)
		stop("records: %s has only %zu paragraphs", path, t->n);
	t->kept = t->n / share_kept;
}

/* One text a language, or English alone. */
static void read_texts(struct maker *m, const char *path, const char *languages)
{
	struct str rest = str_from(languages ? languages : "en");
	while (rest.len && m->ntexts < LANGUAGES_MAX) {
		struct text *t = &m->texts[m->ntexts++];
		struct str lang = str_cut(&rest, ',');
		struct buf file = BUF_INIT;
		struct str name = str_cut(&lang, '/');
		snprintf(t->lang, sizeof t->lang, "%.*s", STR_FMT(name));
		t->every = lang.len ? (unsigned)atoi(lang.ptr) : 1;
		if (t->every == 0 || (m->ntexts == 1 && t->every > 1))
			stop("records: the first language is in every case, others in every 1, 2…");
		buf_puts(&file, path);
		if (languages)
			buf_printf(&file, ".%s", t->lang);
		read_text(t, file.ptr, languages ? 8 : 3);
		buf_release(&file);
	}
}

/* --- network: language, cities, people --- */

static void load_key(struct signer **out, struct store *s, const char *name)
{
	struct buf path = BUF_INIT;
	struct err err;
	store_path(s, &path, name);
	must(signer_load(out, path.ptr, &err), &err, name);
	buf_release(&path);
}

static json_t *list_of(const char *languages)
{
	json_t *list = json_array();
	for (struct str rest = str_from(languages); rest.len;) {
		struct str entry = str_cut(&rest, ','), lang = str_cut(&entry, '/');
		json_array_append_new(list, json_stringn(lang.ptr, lang.len));
	}
	return list;
}

static void set_languages(struct maker *m, const char *languages)
{
	const struct charter *c;
	struct charter_files files = {.nsignatures = 1};
	struct buf text = BUF_INIT, armor = BUF_INIT;
	struct signer *central;
	struct err err;
	char previous[80];
	struct name_space ns = name_space("belfry-charter", m->store->network);
	must(store_charter(m->store, 0, &c, NULL, &err), &err, "charter");
	json_t *head = json_deep_copy(c->head);
	snprintf(previous, sizeof previous, "sha256:%s", sha256_hex(&c->hash).text);
	json_object_set_new(head, "version", json_integer((json_int_t)c->version + 1));
	json_object_set_new(head, "previous", json_string(previous));
	json_object_set_new(head, "languages", list_of(languages));
	charter_write(&text, head, c->body);
	load_key(&central, m->store, "keys/central");
	must(sshsig_sign(&armor, central, ns.text, buf_str(&text), &err), &err, "charter");
	files.charter = buf_str(&text);
	files.signatures[0] = (struct named_signature){STR("central-1"), buf_str(&armor)};
	must(store_adopt_charter(m->store, &files, NULL, &err), &err, "charter");
	signer_free(central);
	json_decref(head);
	buf_release(&text);
	buf_release(&armor);
}

static void city_id(char out[static 24], size_t i)
{
	snprintf(out, 24, "%c%c-city-%03zu", (int)('a' + i % 26), (int)('a' + i % 7), i);
}

static const char *region_of(size_t city)
{
	static const char *const regions[] = {"mena", "europe", "south-asia", "west-africa-sahel"};
	return regions[city % 4];
}

static json_t *person(const char *id, const char *name, const char *role, const struct signer *key)
{
	struct buf line = BUF_INIT;
	public_key_write(&line, signer_key(key));
	json_t *p = json_pack(
	    "{s:s, s:s, s:s, s:[s]}", "id", id, "name", name, "key", line.ptr, "roles", role);
	buf_release(&line);
	return p;
}

static json_t *make_roster(struct maker *m)
{
	json_t *cities = json_array(), *members = json_array();
	for (size_t i = 0; i < CITIES; i++) {
		char id[24], name[24];
		city_id(id, i);
		snprintf(name, sizeof name, "City %zu", i);
		json_array_append_new(
		    cities, json_pack("{s:s, s:s, s:{s:s, s:s}}", "id", id, "region", region_of(i),
				"names", "en", name, "fr", name));
	}
	json_array_append_new(members, person("author", "Amina Author", "author", m->author));
	json_array_append_new(members, person("reviewer", "Rui Reviewer", "reviewer", m->reviewer));
	return json_pack("{s:s, s:s, s:i, s:o, s:o}", "belfry", "roster/1", "hub", m->store->hub,
	    "version", 2, "cities", cities, "members", members);
}

static void publish_roster(struct maker *m)
{
	struct buf text = BUF_INIT, armor = BUF_INIT;
	struct signer *steward;
	struct err err;
	struct name_space ns = name_space("belfry-roster", m->store->network);
	json_t *roster = make_roster(m);
	roster_write(&text, roster);
	load_key(&steward, m->store, "keys/steward");
	must(sshsig_sign(&armor, steward, ns.text, buf_str(&text), &err), &err, "roster");
	struct change changes[] = {
	    {.path = STR("roster.md"), .content = buf_str(&text)},
	    {.path = STR("roster.md.steward-1.sig"), .content = buf_str(&armor)},
	};
	must(publish(m->store, changes, 2, start_time, &err), &err, "roster");
	signer_free(steward);
	json_decref(roster);
	buf_release(&text);
	buf_release(&armor);
}

/* --- records --- */

/* The first words of a paragraph, at most `max` bytes. */
static struct str first_words(struct str p, size_t max)
{
	struct str s = str_sub(p, 0, max);
	while (s.len && s.len < p.len && s.ptr[s.len - 1] != ' ')
		s.len--;
	while (s.len && strchr(" ,;:.*(", s.ptr[s.len - 1]))
		s.len--;
	return s;
}

static void add_plain(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] != '*')
			buf_putc(b, s.ptr[i]);
}

static void write_body(struct maker *m, struct buf *out)
{
	for (size_t part = 0; out->len < BODY_BYTES; part++) {
		struct str p = paragraph(m);
		if (part % 4 == 0) {
			buf_puts(out, part ? "\n## " : "## ");
			add_plain(out, first_words(p, 48));
			buf_putc(out, '\n');
		}
		buf_puts(out, part % 5 == 3 ? "\n- " : "\n");
		buf_add(out,
		    m->ntexts > 1 && p.len > 1200 ? first_words(p, 1200) : str_sub(p, 0, 1200));
		buf_putc(out, '\n');
	}
}

/* What the records of a case, one in each language, have in common. */
static void begin_case(struct maker *m)
{
	m->themes_at[0] = draw(m, json_array_size(m->themes));
	m->themes_at[1] = draw(m, json_array_size(m->themes));
	m->city_at = draw(m, CITIES);
	city_id(m->city, m->city_at);
}

static const char *theme_id(const struct maker *m, size_t k)
{
	return json_get_text(json_array_get(m->themes, m->themes_at[k]), "id").ptr;
}

/* Which language, of which case. */
static void begin_record(struct maker *m)
{
	if (m->next_text == 0) {
		begin_case(m);
		m->ncases++;
	}
	m->text = &m->texts[m->next_text];
	do
		m->next_text = (m->next_text + 1) % m->ntexts;
	while ((m->ncases - 1) % m->texts[m->next_text].every);
}

static void write_record(struct maker *m, struct signed_record *r)
{
	static const char *const types[] = {"good-practice", "case-study", "news", "training"};
	static const char *const audiences[] = {"city-staff", "mayors", "youth-workers"};
	struct buf title = BUF_INIT, raw = BUF_INIT;
	struct err err;
	begin_record(m);
	size_t number = m->ncases - 1;
	const char *first = theme_id(m, 0), *second = theme_id(m, 1), *type = types[number % 4];
	add_plain(&title, first_words(paragraph(m), 60));
	snprintf(r->title, sizeof r->title, "%s", title.ptr);
	snprintf(r->date, sizeof r->date, "20%02zu-%02zu-%02zu", 10 + draw(m, 16), 1 + draw(m, 12),
	    1 + draw(m, 28));
	write_body(m, &r->body);
	buf_printf(&raw, "---\ntype: %s\nid: record-%05zu\nlang: %s\ntitle: \"", type, number,
	    m->text->lang);
	for (const char *c = title.ptr; *c; c++)
		buf_puts(&raw, *c == '"' ? "'" : (char[]){*c, 0});
	buf_puts(&raw, "\"\nsummary: \"");
	struct str summary = first_words(paragraph(m), 200);
	for (size_t k = 0; k < summary.len; k++)
		if (summary.ptr[k] != '"' && summary.ptr[k] != '*')
			buf_putc(&raw, summary.ptr[k]);
	buf_printf(&raw,
	    "\"\nplace: %s\nthemes: [%s%s%s]\naudiences: [%s]\ndate: \"%s\"\nrevision: 1\n---\n",
	    m->city, first, first == second ? "" : ", ", first == second ? "" : second,
	    audiences[number % 3], r->date);
	buf_add(&raw, buf_str(&r->body));
	must(record_format(&r->md, buf_str(&raw), "record", m->schemas, NULL, &err), &err, raw.ptr);
	buf_printf(
	    &r->path, "records/%s/%s/record-%05zu/%s.md", m->city, type, number, m->text->lang);
	buf_release(&title);
	buf_release(&raw);
}

static void sign_record(struct maker *m, struct signed_record *r)
{
	struct err err;
	struct name_space author = name_space("belfry-record", m->store->network),
			  review = name_space("belfry-review", m->store->network);
	must(sshsig_sign(&r->sig, m->author, author.text, buf_str(&r->md), &err), &err, "author");
	must(sshsig_sign(&r->rev, m->reviewer, review.text, buf_str(&r->md), &err), &err,
	    "reviewer");
}

static struct signed_record make_record(struct maker *m)
{
	struct signed_record r = {BUF_INIT, BUF_INIT, BUF_INIT, BUF_INIT, BUF_INIT, "", ""};
	write_record(m, &r);
	sign_record(m, &r);
	return r;
}

static void release(struct signed_record *r)
{
	buf_release(&r->md);
	buf_release(&r->sig);
	buf_release(&r->rev);
	buf_release(&r->path);
	buf_release(&r->body);
}

/* The files need not survive a power cut: stdio, no fsync. */
static void save(const char *path, struct str bytes)
{
	FILE *f = fopen(path, "w");
	if (!f || fwrite(bytes.ptr, 1, bytes.len, f) != bytes.len || fclose(f))
		stop("records: cannot write %s", path);
}

/* A record's file, which Hugo reads as it is, and its region, which belongs to the city. */
static void save_whole(const struct maker *m, const char *dir, const struct signed_record *r)
{
	struct buf page = BUF_INIT, path = BUF_INIT;
	struct str parts = str_from(r->path.ptr), md = buf_str(&r->md), type, id;
	struct err err;
	str_cut(&parts, '/'); /* records/<place>/<type>/<id>/<lang>.md */
	str_cut(&parts, '/');
	type = str_cut(&parts, '/');
	id = str_cut(&parts, '/');
	buf_printf(&path, "%s/%.*s", dir, STR_FMT(type));
	must(file_mkdirs(path.ptr, 0755, &err), &err, path.ptr);
	buf_printf(&path, "/%.*s.%.*s", STR_FMT(id), STR_FMT(parts));
	str_cut(&md, '\n');
	buf_printf(&page, "---\nregions: [%s]\nplaces: [%s]\n%.*s", region_of(m->city_at), m->city,
	    STR_FMT(md));
	save(path.ptr, buf_str(&page));
	buf_release(&page);
	buf_release(&path);
}

static void save_for_hugo(const char *dir, size_t i, const struct signed_record *r)
{
	struct buf page = BUF_INIT;
	char path[4096];
	buf_puts(&page, "---\ntitle: \"");
	for (const char *c = r->title; *c; c++)
		buf_puts(&page, *c == '"' ? "'" : (char[]){*c, 0});
	buf_printf(&page, "\"\ndate: %s\n---\n", r->date);
	buf_add(&page, buf_str(&r->body));
	snprintf(path, sizeof path, "%s/record-%05zu.md", dir, i);
	save(path, buf_str(&page));
	buf_release(&page);
}

static void publish_all(struct maker *m, size_t n, const char *hugo)
{
	static const char *const suffix[] = {"", ".sig", ".rev"};
	struct signed_record *records = mem_alloc(m->per_entry * sizeof *records);
	struct change *changes = mem_alloc(3 * m->per_entry * sizeof *changes);
	struct buf *paths = mem_alloc(3 * m->per_entry * sizeof *paths);
	struct err err;
	for (size_t done = 0; done < n;) {
		size_t k = 0;
		for (; k < m->per_entry && done + k < n; k++) {
			if (m->is_by_case && k && m->next_text == 0)
				break;
			records[k] = make_record(m);
			const struct buf *parts[] = {
			    &records[k].md, &records[k].sig, &records[k].rev};
			for (size_t i = 0; i < 3; i++) {
				struct buf *path = &paths[3 * k + i];
				*path = BUF_INIT;
				buf_printf(path, "%s%s", records[k].path.ptr, suffix[i]);
				changes[3 * k + i] = (struct change){
				    .path = buf_str(path), .content = buf_str(parts[i])};
			}
			if (hugo && m->ntexts > 1)
				save_whole(m, hugo, &records[k]);
			else if (hugo)
				save_for_hugo(hugo, done + k, &records[k]);
		}
		done += k;
		must(publish(m->store, changes, 3 * k, start_time + (int64_t)done, &err), &err,
		    "publish");
		store_tidy(m->store); /* as the daemon does between jobs */
		for (size_t i = 0; i < k; i++)
			release(&records[i]);
		for (size_t i = 0; i < 3 * k; i++)
			buf_release(&paths[i]);
	}
	free(records);
	free(changes);
	free(paths);
}

static void save_as(const char *dir, struct maker *m, const struct signed_record *r)
{
	static const char *const suffix[] = {"", ".sig", ".rev"};
	const struct buf *parts[] = {&r->md, &r->sig, &r->rev};
	struct err err;
	char path[4096];
	must(file_mkdirs(dir, 0755, &err), &err, "spare records");
	for (size_t k = 0; k < 3; k++) {
		snprintf(path, sizeof path, "%s/%s.md%s", dir, m->text->lang, suffix[k]);
		save(path, buf_str(parts[k]));
	}
	snprintf(path, sizeof path, "%s/path", dir);
	save(path, buf_str(&r->path));
}

/* The second revision of a record: a few words more in the last line. */
static void revise(struct maker *m, struct signed_record *r)
{
	static const char was[] = "\nrevision: 1\n";
	struct buf raw = BUF_INIT;
	struct err err;
	struct sha256 hash = sha256(buf_str(&r->md));
	const char *at = strstr(r->md.ptr, was);
	if (!at)
		stop("records: no first revision: %s", r->md.ptr);
	buf_add(&raw, (struct str){r->md.ptr, (size_t)(at - r->md.ptr)});
	buf_printf(&raw, "\nrevision: 2\nprevious: [\"sha256:%s\"]\n", sha256_hex(&hash).text);
	buf_puts(&raw, at + sizeof was - 1);
	while (raw.ptr[raw.len - 1] == '\n')
		raw.ptr[--raw.len] = 0;
	buf_puts(&raw, " Checked again in 2026.\n");
	buf_reset(&r->md);
	buf_reset(&r->sig);
	buf_reset(&r->rev);
	must(record_format(&r->md, buf_str(&raw), "revision", m->schemas, NULL, &err), &err,
	    raw.ptr);
	sign_record(m, r);
	buf_release(&raw);
}

static void save_spare(struct maker *m, size_t n, const char *dir, bool has_revisions)
{
	char path[4096];
	m->is_spare = true;
	m->next_text = 0; /* another case */
	for (size_t i = 0; i < n; i++) {
		struct signed_record r = make_record(m);
		snprintf(path, sizeof path, "%s/%zu", dir, i + 1);
		save_as(path, m, &r);
		if (has_revisions) {
			revise(m, &r);
			snprintf(path, sizeof path, "%s/%zu/next", dir, i + 1);
			save_as(path, m, &r);
		}
		release(&r);
	}
}

struct options {
	const char *lang, *languages, *hugo, *spare_dir;
	size_t spare, per_entry;
	bool has_revisions;
};

static bool parse(struct options *o, int argc, char **argv)
{
	*o = (struct options){.per_entry = PER_ENTRY};
	for (int i = 4; i < argc; i++) {
		const char *what = argv[i];
		if (strcmp(what, "-r") == 0)
			o->has_revisions = true;
		else if (++i == argc)
			return false;
		else if (strcmp(what, "-l") == 0)
			o->lang = argv[i];
		else if (strcmp(what, "-m") == 0)
			o->languages = argv[i];
		else if (strcmp(what, "-e") == 0)
			o->per_entry = strtoul(argv[i], NULL, 10);
		else if (strcmp(what, "-g") == 0)
			o->hugo = argv[i];
		else if (strcmp(what, "-s") == 0 && i + 1 < argc) {
			o->spare = strtoul(argv[i], NULL, 10);
			o->spare_dir = argv[++i];
		} else {
			return false;
		}
	}
	return argc >= 4 && o->per_entry <= PER_ENTRY_MAX && (o->per_entry || o->languages);
}

int main(int argc, char **argv)
{
	struct maker m = {.seed = 20260115};
	struct options o;
	struct err err;
	const struct charter *c;
	if (!parse(&o, argc, argv))
		stop("usage: records STORE TEXT N [-l LANG] [-m LANG,LANG…] [-e N] [-g DIR] "
		     "[-s N DIR [-r]]");
	size_t n = strtoul(argv[3], NULL, 10);
	m.is_by_case = !o.per_entry;
	m.per_entry = o.per_entry ? o.per_entry : LANGUAGES_MAX;
	hash_init();
	read_texts(&m, argv[2], o.languages);
	must(store_open(&m.store, argv[1], STORE_WRITE, &err), &err, argv[1]);
	m.author = signer_generate();
	m.reviewer = signer_generate();
	if (o.lang || o.languages)
		set_languages(&m, o.languages ? o.languages : o.lang);
	must(store_charter(m.store, 0, &c, &m.schemas, &err), &err, "charter");
	m.themes = json_object_get(c->head, "themes");
	publish_roster(&m);
	publish_all(&m, n, o.hugo);
	save_spare(&m, o.spare, o.spare_dir, o.has_revisions);
	store_close(m.store);
	signer_free(m.author);
	signer_free(m.reviewer);
	for (size_t i = 0; i < m.ntexts; i++) {
		free(m.texts[i].paragraphs);
		buf_release(&m.texts[i].bytes);
	}
	return 0;
}
