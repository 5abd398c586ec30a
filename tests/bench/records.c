/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fill a new hub's store with records for the benchmarks: N documents of about 4 KB in natural text
 * over 200 cities, each signed by an author and a reviewer, published in entries of 60. The same
 * seed gives the same texts; keys, and so signatures, are new each time.
 *
 *   records STORE TEXT N [-l LANG] [-g DIR] [-s SPARE DIR]
 *
 * STORE was made by `belfry init` with review required. TEXT has a paragraph a line (text.sh).
 * -l LANG   give the network that one language first (a charter version 2), so that the site has
 *           one page a document
 * -g DIR    write each title, date and body as a content file for Hugo
 * -s N DIR  afterwards write N more records, signed but not published, as DIR/<n>/en.md, .sig,
 * .rev; their paragraphs stand in no other record, as long as there are enough
 */
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "record/record.h"
#include "store/publish.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { CITIES = 200, PER_ENTRY = 60, BODY_BYTES = 3600, TEXT_BYTES_MAX = 8 * 1024 * 1024 };
static const int64_t start_time = 1735689600; /* 2025-01-01 */

struct maker {
	struct store *store;
	struct buf text;
	struct str *paragraphs;
	size_t n, cap;
	size_t kept; /* of them only for spare records: text that nothing published has */
	size_t next; /* of those, in their order */
	bool is_spare;
	uint64_t seed; /* xorshift64* */
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

static struct str paragraph(struct maker *m)
{
	if (m->is_spare)
		return m->paragraphs[m->next++ % m->kept];
	return m->paragraphs[m->kept + draw(m, m->n - m->kept)];
}

static void read_text(struct maker *m, const char *path)
{
	struct err err;
	must(file_read(&m->text, path, TEXT_BYTES_MAX, &err), &err, "text");
	for (struct str rest = buf_str(&m->text); rest.len;) {
		struct str line = str_cut(&rest, '\n');
		if (line.len >= 100)
			*MEM_PUSH(m->paragraphs, m->n, m->cap) = line;
	}
	if (m->n < 100)
		stop("records: %s has only %zu paragraphs", path, m->n);
	m->kept = m->n / 3;
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

static void set_language(struct maker *m, const char *lang)
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
	json_object_set_new(head, "languages", json_pack("[s]", lang));
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
	static const char *const regions[] = {"mena", "europe", "south-asia", "west-africa-sahel"};
	json_t *cities = json_array(), *members = json_array();
	for (size_t i = 0; i < CITIES; i++) {
		char id[24], name[24];
		city_id(id, i);
		snprintf(name, sizeof name, "City %zu", i);
		json_array_append_new(
		    cities, json_pack("{s:s, s:s, s:{s:s, s:s}}", "id", id, "region",
				regions[i % 4], "names", "en", name, "fr", name));
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
		buf_add(out, str_sub(p, 0, 1200));
		buf_putc(out, '\n');
	}
}

static void write_record(struct maker *m, size_t i, struct signed_record *r)
{
	static const char *const types[] = {"good-practice", "case-study", "news", "training"};
	struct buf title = BUF_INIT, raw = BUF_INIT;
	struct err err;
	char city[24];
	size_t nthemes = json_array_size(m->themes), theme = draw(m, nthemes),
	       other = draw(m, nthemes);
	const char *first = json_get_text(json_array_get(m->themes, theme), "id").ptr;
	const char *second = json_get_text(json_array_get(m->themes, other), "id").ptr;
	city_id(city, draw(m, CITIES));
	add_plain(&title, first_words(paragraph(m), 60));
	snprintf(r->title, sizeof r->title, "%s", title.ptr);
	snprintf(r->date, sizeof r->date, "20%02zu-%02zu-%02zu", 10 + draw(m, 16), 1 + draw(m, 12),
	    1 + draw(m, 28));
	write_body(m, &r->body);
	buf_printf(&raw, "---\ntype: %s\nid: record-%05zu\nlang: en\ntitle: \"", types[i % 4], i);
	for (const char *c = title.ptr; *c; c++)
		buf_puts(&raw, *c == '"' ? "'" : (char[]){*c, 0});
	buf_puts(&raw, "\"\nsummary: \"");
	struct str summary = first_words(paragraph(m), 200);
	for (size_t k = 0; k < summary.len; k++)
		if (summary.ptr[k] != '"' && summary.ptr[k] != '*')
			buf_putc(&raw, summary.ptr[k]);
	buf_printf(&raw, "\"\nplace: %s\nthemes: [%s%s%s]\ndate: \"%s\"\nrevision: 1\n---\n", city,
	    first, other == theme ? "" : ", ", other == theme ? "" : second, r->date);
	buf_add(&raw, buf_str(&r->body));
	must(record_format(&r->md, buf_str(&raw), "record", m->schemas, NULL, &err), &err, raw.ptr);
	struct record_name name = {str_from(city), str_from(types[i % 4]), STR_EMPTY, STR("en")};
	buf_printf(&r->path, "records/%.*s/%.*s/record-%05zu/en.md", STR_FMT(name.place),
	    STR_FMT(name.type), i);
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

static struct signed_record make_record(struct maker *m, size_t i)
{
	struct signed_record r = {BUF_INIT, BUF_INIT, BUF_INIT, BUF_INIT, BUF_INIT, "", ""};
	write_record(m, i, &r);
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
	struct signed_record *records = mem_alloc(PER_ENTRY * sizeof *records);
	struct change *changes = mem_alloc(3 * PER_ENTRY * sizeof *changes);
	struct buf *paths = mem_alloc(3 * PER_ENTRY * sizeof *paths);
	struct err err;
	for (size_t done = 0; done < n;) {
		size_t k = 0;
		for (; k < PER_ENTRY && done + k < n; k++) {
			records[k] = make_record(m, done + k);
			const struct buf *parts[] = {
			    &records[k].md, &records[k].sig, &records[k].rev};
			for (size_t i = 0; i < 3; i++) {
				struct buf *path = &paths[3 * k + i];
				*path = BUF_INIT;
				buf_printf(path, "%s%s", records[k].path.ptr, suffix[i]);
				changes[3 * k + i] = (struct change){
				    .path = buf_str(path), .content = buf_str(parts[i])};
			}
			if (hugo)
				save_for_hugo(hugo, done + k, &records[k]);
		}
		done += k;
		must(publish(m->store, changes, 3 * k, start_time + (int64_t)done, &err), &err,
		    "publish");
		for (size_t i = 0; i < k; i++)
			release(&records[i]);
		for (size_t i = 0; i < 3 * k; i++)
			buf_release(&paths[i]);
	}
	free(records);
	free(changes);
	free(paths);
}

static void save_spare(struct maker *m, size_t from, size_t n, const char *dir)
{
	static const char *const suffix[] = {"", ".sig", ".rev"};
	struct err err;
	char path[4096];
	m->is_spare = true;
	for (size_t i = 0; i < n; i++) {
		struct signed_record r = make_record(m, from + i);
		const struct buf *parts[] = {&r.md, &r.sig, &r.rev};
		snprintf(path, sizeof path, "%s/%zu", dir, i + 1);
		must(file_mkdirs(path, 0755, &err), &err, "spare records");
		for (size_t k = 0; k < 3; k++) {
			snprintf(path, sizeof path, "%s/%zu/en.md%s", dir, i + 1, suffix[k]);
			save(path, buf_str(parts[k]));
		}
		snprintf(path, sizeof path, "%s/%zu/path", dir, i + 1);
		save(path, buf_str(&r.path));
		release(&r);
	}
}

int main(int argc, char **argv)
{
	struct maker m = {.text = BUF_INIT, .seed = 20260115};
	const char *lang = NULL, *hugo = NULL, *spare_dir = NULL;
	size_t spare = 0;
	struct err err;
	if (argc < 4)
		stop("usage: records STORE TEXT N [-l LANG] [-g DIR] [-s N DIR]");
	size_t n = strtoul(argv[3], NULL, 10);
	for (int i = 4; i < argc; i++) {
		if (strcmp(argv[i], "-l") == 0 && i + 1 < argc) {
			lang = argv[++i];
		} else if (strcmp(argv[i], "-g") == 0 && i + 1 < argc) {
			hugo = argv[++i];
		} else if (strcmp(argv[i], "-s") == 0 && i + 2 < argc) {
			spare = strtoul(argv[++i], NULL, 10);
			spare_dir = argv[++i];
		} else {
			stop("records: what is %s?", argv[i]);
		}
	}
	const struct charter *c;
	hash_init();
	read_text(&m, argv[2]);
	must(store_open(&m.store, argv[1], STORE_WRITE, &err), &err, argv[1]);
	m.author = signer_generate();
	m.reviewer = signer_generate();
	if (lang)
		set_language(&m, lang);
	must(store_charter(m.store, 0, &c, &m.schemas, &err), &err, "charter");
	m.themes = json_object_get(c->head, "themes");
	publish_roster(&m);
	publish_all(&m, n, hugo);
	save_spare(&m, n, spare, spare_dir);
	store_close(m.store);
	signer_free(m.author);
	signer_free(m.reviewer);
	free(m.paragraphs);
	buf_release(&m.text);
	return 0;
}
