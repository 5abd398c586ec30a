/* SPDX-License-Identifier: Apache-2.0 */
#include "site/index.h"

#include "base/mem.h"
#include "site/program.h"
#include "site/reading.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct loader {
	struct site_index *x;
	const struct site_source *source;
	bool has_members;
	struct site_report *report;
	struct err *err;
	const char *place; /* the last one, and its region */
	struct str region;
	const char *type; /* the same, and its folder */
	struct folder folder;
	struct buf text;
};

const json_t *charter_term(const json_t *charter, const char *vocabulary, struct str id)
{
	const json_t *list = json_object_get(charter, vocabulary);
	for (size_t i = 0; i < json_array_size(list); i++)
		if (str_eq(json_get_text(json_array_get(list, i), "id"), id))
			return json_array_get(list, i);
	return NULL;
}

static struct str place_get(const struct site_source *source, struct str place, const char *key)
{
	return json_get_text(json_object_getn(source->places, place.ptr, place.len), key);
}

struct folder type_folder(struct str type)
{
	struct folder f;
	static const char *const taken[] = {"audience", "az", "city", "country", "local", "missing",
	    "need", "objective", "region", "theme", "year"};
	bool is_taken = false;
	for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
		is_taken |= str_is(type, taken[i]);
	snprintf(f.text, sizeof f.text, "%.*s%s", STR_FMT(type), is_taken ? "_" : "");
	return f;
}

struct str place_region(const struct site_source *source, struct str place)
{
	if (charter_term(source->charter, "regions", place))
		return place;
	struct str region = place_get(source, place, "region");
	return charter_term(source->charter, "regions", region) ? region : STR_EMPTY;
}

struct country place_country(const struct site_source *source, struct str place)
{
	struct country c = {""};
	struct str code = place_get(source, place, "country");
	if (!code.len && place.len > 3 && place.ptr[2] == '-')
		code = str_sub(place, 0, 2);
	for (size_t i = 0; code.len == 2 && i < 2; i++)
		c.code[i] = (char)(code.ptr[i] | 0x20);
	return c;
}

static void leave_out(struct loader *l, const struct site_item *i, const char *why)
{
	l->report->skipped++;
	buf_printf(&l->report->notes, "records/%s/%s/%s/%s.md was left out: %s\n", i->place,
	    i->type, i->id, i->lang, why);
}

static bool agrees(const struct face *f, const struct site_item *i)
{
	return str_is(f->place, i->place) && str_is(f->type, i->type) && str_is(f->id, i->id) &&
	       str_is(f->lang, i->lang);
}

/* Is it to be shown? */
static bool judge(struct loader *l, const struct reading *r)
{
	const char *why = r->why ? r->why->msg : NULL;
	if (!why && !agrees(r->face, r->item))
		why = "what it says of itself is not what its path says";
	if (!why && r->face->is_for_members && !l->has_members)
		why = "it is for members";
	if (why)
		leave_out(l, r->item, why);
	return !why;
}

/* The same bytes for each language: they are compared often, and those of each text lie apart. */
static struct str one_lang(struct site_index *x, struct str lang)
{
	for (size_t i = 0; i < x->nlangs; i++)
		if (str_eq(x->langs[i].code, lang))
			return x->langs[i].code;
	*MEM_PUSH(x->langs, x->nlangs, x->cap_langs) = (struct index_lang){.code = lang};
	return lang;
}

static void take_face(struct site_index *x, struct variant *v, struct reading *r)
{
	v->item = r->item;
	if (r->face != &v->face)
		v->face = *r->face;
	v->face.lang = one_lang(x, v->face.lang);
	v->head = &x->heads[v - x->variants];
	atomic_init(v->head, r->head);
	r->head = NULL;
}

struct str variant_term(const struct variant *v, const char *field)
{
	struct str terms = v->face.terms, value;
	return faces_term(&terms, field, &value) ? value : STR_EMPTY;
}

/* Made by whoever asks first; threads may ask at once. */
json_t *variant_head(const struct variant *v)
{
	json_t *head = atomic_load(v->head), *made, *none = NULL;
	struct err err;
	if (head)
		return head;
	/* The face was checked to be as it was written. */
	if (json_parse(&made, v->face.head, "a face", &err) != 0)
		made = json_object();
	if (atomic_compare_exchange_strong(v->head, &none, made))
		return made;
	json_decref(made);
	return none;
}

static void variant_release(struct variant *v)
{
	json_decref(atomic_load(v->head));
}

int variant_source(
    struct buf *out, const struct site_source *source, const struct variant *v, struct err *err)
{
	if (v->item->record) {
		buf_add(out, buf_str(&v->item->record->source));
		return 0;
	}
	int bad = source->read(source->ctx, v->item->md, out, err);
	if (bad)
		err_wrap(err, "records/%s/%s/%s/%s.md", v->item->place, v->item->type, v->item->id,
		    v->item->lang);
	return bad;
}

int variant_body(
    struct buf *out, const struct site_source *source, const struct variant *v, struct err *err)
{
	size_t from = out->len;
	if (variant_source(out, source, v, err) != 0)
		return err->code;
	size_t head = v->face.body < out->len - from ? v->face.body : out->len - from;
	memmove(out->ptr + from, out->ptr + from + head, out->len - from - head);
	out->len -= head;
	out->ptr[out->len] = 0;
	return 0;
}

/* Neighbours mostly have one pointer for what both are called. */
static int name_cmp(const char *a, const char *b)
{
	return a == b ? 0 : strcmp(a, b);
}

static int document_cmp(const struct site_item *a, const struct site_item *b)
{
	int c = name_cmp(a->place, b->place);
	if (!c)
		c = name_cmp(a->type, b->type);
	return c ? c : name_cmp(a->id, b->id);
}

static int by_name(const void *a, const void *b)
{
	const struct site_item *x = *(const struct site_item *const *)a;
	const struct site_item *y = *(const struct site_item *const *)b;
	int c = document_cmp(x, y);
	return c ? c : name_cmp(x->lang, y->lang);
}

/* A source in the order of paths has few of them elsewhere. */
static void put_in_order(const struct site_item **items, size_t n)
{
	size_t moves = 0;
	for (size_t i = 1; i < n; i++)
		for (size_t k = i; k && by_name(&items[k - 1], &items[k]) > 0; k--) {
			const struct site_item *before = items[k - 1];
			items[k - 1] = items[k];
			items[k] = before;
			if (++moves > n) {
				qsort(items, n, sizeof *items, by_name);
				return;
			}
		}
}

/* In the order of names, which is not that of paths: "a/b" comes after "a-b/b" there. */
static struct reading *sorted(const struct site_source *source)
{
	const struct site_item **items = mem_alloc(source->nitems * sizeof *items);
	struct reading *readings = mem_alloc(source->nitems * sizeof *readings);
	for (size_t i = 0; i < source->nitems; i++)
		items[i] = &source->items[i];
	put_in_order(items, source->nitems);
	for (size_t i = 0; i < source->nitems; i++)
		readings[i].item = items[i];
	free(items);
	return readings;
}

/* The same pointer for each name that reads so. */
static const char *one_name(struct site_index *x, const char *name)
{
	return group_add(&x->names, str_from(name))->id.ptr;
}

static void add_variant(struct site_index *x, struct reading *r)
{
	const struct site_item *item = r->item;
	struct variant *v = &x->variants[x->nvariants++];
	struct doc *d = x->ndocs ? &x->docs[x->ndocs - 1] : NULL;
	take_face(x, v, r);
	if (!d || document_cmp(d->variants[0].item, item) != 0) {
		d = &x->docs[x->ndocs];
		*d = (struct doc){.place = one_name(x, item->place),
		    .type = one_name(x, item->type),
		    .id = item->id,
		    .variants = v,
		    .position = x->ndocs++};
	}
	v->doc = d;
	d->nvariants++;
}

static int load_all(struct loader *l, unsigned threads)
{
	struct site_index *x = l->x;
	const size_t n = l->source->nitems;
	struct reading *readings = sorted(l->source);
	x->variants = mem_alloc(n * sizeof *x->variants);
	x->heads = mem_alloc(n * sizeof *x->heads);
	x->docs = mem_alloc(n * sizeof *x->docs);
	/* Mostly all are shown, and each face is where it stays. */
	for (size_t i = 0; i < n; i++)
		readings[i].face = &x->variants[i].face;
	int r = readings_run(readings, n, &x->faces, l->source, threads, l->err);
	for (size_t i = 0; i < n && r == 0; i++)
		if (judge(l, &readings[i]))
			add_variant(x, &readings[i]);
	readings_free(readings, n);
	return r;
}

static bool is_better(const struct variant *a, const struct variant *b)
{
	if (a->face.is_withdrawn != b->face.is_withdrawn)
		return !a->face.is_withdrawn;
	return !a->face.from.len && b->face.from.len;
}

/* Not when it was entered: that changes with every edit, and the order of all lists with it. */
static void set_date(struct doc *d)
{
	static const char *const fields[] = {"starts", "adopted", "opens", "closes", "started"};
	struct str date = d->original->face.date;
	for (size_t i = 0; i < sizeof fields / sizeof *fields && !date.len; i++)
		date = variant_term(d->original, fields[i]);
	date = str_sub(date, 0, sizeof d->date - 1);
	memcpy(d->date, date.ptr, date.len);
}

static void set_themes(struct site_index *x, struct doc *d)
{
	struct str id;
	for (struct str terms = d->original->face.terms;
	     d->nthemes < THEMES_OF_DOC && faces_term(&terms, "themes", &id);) {
		struct group *g = group_add(&x->themes, id);
		d->themes[d->nthemes++] = (unsigned)(g - x->themes.items);
	}
}

static void add_bytes(struct buf *b, struct str s)
{
	buf_varint(b, s.len);
	buf_add(b, s);
}

/* Without numbers that an edit of its text changes. */
static void set_shown(struct doc *d, struct buf *b)
{
	buf_reset(b);
	add_bytes(b, str_from(d->url));
	add_bytes(b, str_from(d->date));
	add_bytes(b, d->region);
	for (size_t i = 0; i < d->nvariants; i++) {
		const struct variant *v = &d->variants[i];
		add_bytes(b, v->face.lang);
		buf_add(b, str_of(v->face.shown.bytes, sizeof v->face.shown.bytes));
		buf_u8(b, (uint8_t)(v->item->is_erased | v->item->is_draft << 1));
		add_bytes(b, str_from(v->item->hub));
	}
	d->shown = digest_of_hashes(buf_str(b));
}

static const char *url_of(struct loader *l, const struct doc *d)
{
	if (l->type != d->type) {
		l->type = d->type;
		l->folder = type_folder(str_from(d->type));
	}
	buf_reset(&l->text);
	buf_puts(&l->text, l->folder.text);
	buf_putc(&l->text, '/');
	buf_puts(&l->text, d->place);
	buf_putc(&l->text, '.');
	buf_puts(&l->text, d->id);
	buf_puts(&l->text, ".html");
	return arena_str(&l->x->arena, buf_str(&l->text)).ptr;
}

static void finish_doc(struct loader *l, struct doc *d)
{
	d->original = &d->variants[0];
	for (size_t i = 1; i < d->nvariants; i++)
		if (is_better(&d->variants[i], d->original))
			d->original = &d->variants[i];
	for (size_t i = 0; i < d->nvariants; i++) {
		const struct variant *from = doc_variant(d, d->variants[i].face.from);
		d->variants[i].now_revision = from ? from->face.revision : 0;
	}
	d->is_withdrawn = d->original->face.is_withdrawn;
	d->url = url_of(l, d);
	if (l->place != d->place) { /* documents are in the order of places */
		l->place = d->place;
		l->region = place_region(l->source, str_from(d->place));
	}
	d->region = l->region.len ? l->region : variant_term(d->original, "region");
	d->region = group_add(&l->x->names, d->region)->id;
	d->is_about_network = strcmp(d->type, "page") == 0 || strcmp(d->type, "hub") == 0;
	set_date(d);
	set_themes(l->x, d);
}

static void faces_path(struct buf *path, const char *out)
{
	buf_printf(path, "%s.d/faces", out);
}

/* What the same bytes could mean otherwise: the program, and schemas, which the charter names. */
static struct digest faces_version(const struct site_source *source)
{
	struct buf text = BUF_INIT;
	struct digest program = program_digest();
	json_write(&text, source->charter, 0);
	buf_add(&text, str_of(program.bytes, sizeof program.bytes));
	struct digest d = digest_of(buf_str(&text));
	buf_release(&text);
	return d;
}

void index_open(
    struct site_index *x, const struct site_source *source, const struct site_options *o)
{
	struct buf path = BUF_INIT;
	struct digest version = faces_version(source);
	*x = (struct site_index){0};
	faces_path(&path, o->out);
	faces_open(&x->faces, path.ptr, &version);
	buf_release(&path);
}

int index_build(struct site_index *x, const struct site_source *source,
    const struct site_options *o, struct site_report *report, struct err *err)
{
	struct loader l = {.x = x,
	    .source = source,
	    .has_members = o->has_members,
	    .report = report,
	    .err = err,
	    .text = BUF_INIT};
	struct buf b = BUF_INIT;
	index_name_groups(x, source);
	int r = load_all(&l, o->threads);
	for (size_t i = 0; i < x->ndocs && r == 0; i++) {
		finish_doc(&l, &x->docs[i]);
		set_shown(&x->docs[i], &b);
	}
	buf_release(&b);
	buf_release(&l.text);
	if (r == 0)
		index_fill_groups(x, source);
	return r;
}

void index_keep(struct site_index *x, const struct site_source *source, const char *out)
{
	struct buf path = BUF_INIT;
	faces_path(&path, out);
	stash_save(&x->faces, path.ptr, source->has_erased);
	buf_release(&path);
}

void index_release(struct site_index *x)
{
	for (size_t i = 0; i < x->nvariants; i++)
		variant_release(&x->variants[i]);
	free(x->variants);
	free(x->heads);
	free(x->docs);
	free(x->newest);
	free(x->langs);
	index_release_groups(x);
	groups_release(&x->names);
	stash_release(&x->faces);
	arena_clear(&x->arena);
	*x = (struct site_index){0};
}

const struct doc *index_find(
    const struct site_index *x, struct str place, struct str type, struct str id)
{
	size_t low = 0, high = x->ndocs;
	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct doc *d = &x->docs[middle];
		int c = str_cmp(place, str_from(d->place));
		if (!c)
			c = str_cmp(type, str_from(d->type));
		if (!c)
			c = str_cmp(id, str_from(d->id));
		if (c == 0)
			return d;
		if (c < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

const struct doc *index_find_ref(const struct site_index *x, struct str ref)
{
	struct str place = str_cut(&ref, '/'), type = str_cut(&ref, '/');
	return index_find(x, place, type, ref);
}

const struct variant *doc_variant(const struct doc *d, struct str lang)
{
	for (size_t i = 0; i < d->nvariants; i++)
		if (str_eq(d->variants[i].face.lang, lang))
			return &d->variants[i];
	return NULL;
}
