/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/refs.h"

#include "cmd/file.h"
#include "store/catalogue.h"

void refs_init(struct refs *r, struct store *s)
{
	*r = (struct refs){.store = s, .given = json_object(), .absent = json_array()};
}

void refs_release(struct refs *r)
{
	json_decref(r->given);
	json_decref(r->absent);
}

/* The newest revision of what is at `path`, a file or a document's folder; 0: nothing is. */
static unsigned newest_in(struct store *s, struct str path)
{
	const struct catalogue *c;
	struct err none;
	unsigned newest = 0;
	if (!s || store_catalogue(&c, s, &none))
		return 0;
	for (size_t i = 0; i < c->len; i++) {
		const struct item *item = &c->items[i];
		unsigned revision = item->revision ? item->revision : 1; /* held unread */
		if (str_starts(str_from(item->path), path) && revision > newest)
			newest = revision;
	}
	return newest;
}

static unsigned newest_given(const struct refs *r, struct str path)
{
	json_int_t newest = 0;
	const char *key;
	json_t *revision;
	json_object_foreach(r->given, key, revision)
	{
		if (str_starts(str_from(key), path) && json_integer_value(revision) > newest)
			newest = json_integer_value(revision);
	}
	return (unsigned)newest;
}

/* What a field of a text names. */
struct reference {
	const char *file, *field;
	unsigned line, revision;
	struct str path;
};

/* Until all texts were added nobody knows whether it is among them. */
static void want(struct refs *r, const struct reference *to)
{
	unsigned newest = newest_in(r->store, to->path), in_members = 0;
	if (r->store->members)
		in_members = newest_in(r->store->members, to->path);
	if (in_members > newest)
		newest = in_members;
	if (newest < to->revision)
		json_array_append_new(r->absent,
		    json_pack("{s:s, s:s, s:i, s:o, s:i, s:i}", "file", to->file, "field",
			to->field, "line", (int)to->line, "path", json_from(to->path), "revision",
			(int)to->revision, "newest", (int)newest));
}

static void want_original(struct refs *r, const struct record *text, const char *file)
{
	const json_t *t = json_object_get(text->head, "translation");
	struct buf path = BUF_INIT;
	buf_printf(&path, "records/%.*s/%.*s/%.*s/%.*s.md", STR_FMT(text->place),
	    STR_FMT(text->type), STR_FMT(text->id), STR_FMT(json_get_text(t, "of")));
	if (t)
		want(r,
		    &(struct reference){file, "translation", common_field_line(text, "translation"),
			(unsigned)json_get_int(t, "revision"), buf_str(&path)});
	buf_release(&path);
}

/* Whatever a schema calls it: texts that are PLACE/TYPE/ID. */
static void want_documents(struct refs *r, const struct record *text, const char *file)
{
	const char *field;
	json_t *list, *v;
	size_t i;
	json_object_foreach(text->head, field, list)
	{
		json_array_foreach(list, i, v)
		{
			struct buf path = BUF_INIT, name = BUF_INIT;
			struct record_name unused;
			buf_printf(&path, "records/%.*s/", STR_FMT(json_text(v)));
			buf_printf(&name, "%sen.md", path.ptr);
			if (record_name_parse(&unused, buf_str(&name)))
				want(r, &(struct reference){file, field,
					    common_field_line(text, field), 1, buf_str(&path)});
			buf_release(&path);
			buf_release(&name);
		}
	}
}

void refs_add(struct refs *r, const struct record *text, const char *file)
{
	struct buf path = BUF_INIT;
	record_path(&path, text);
	json_object_set_new(r->given, path.ptr, json_integer((json_int_t)text->revision));
	buf_release(&path);
	want_original(r, text, file);
	want_documents(r, text, file);
}

static void report(json_t *list, const json_t *ref)
{
	static const char nowhere[] = "is neither in this store nor among these files";
	struct problems p = {.items = NULL};
	struct str path = json_get_text(ref, "path");
	const char *field = json_get_text(ref, "field").ptr, *kind = list ? "" : "warning: ";
	int revision = (int)json_get_int(ref, "revision"),
	    newest = (int)json_get_int(ref, "newest");
	unsigned line = (unsigned)json_get_int(ref, "line");
	str_cut(&path, '/');
	path.len -= str_ends(path, STR("/"));
	if (newest)
		problems_add(&p, line, 1, "%s%s: revision %d of %.*s %s; the newest here is %d",
		    kind, field, revision, STR_FMT(path), nowhere, newest);
	else
		problems_add(&p, line, 1, "%s%s: %.*s %s", kind, field, STR_FMT(path), nowhere);
	file_report(list, json_get_text(ref, "file").ptr, &p);
	problems_release(&p);
}

size_t refs_report(json_t *list, const struct refs *r)
{
	size_t i, n = 0;
	json_t *ref;
	json_array_foreach(r->absent, i, ref)
	{
		struct str path = json_get_text(ref, "path");
		if (newest_given(r, path) >= (unsigned)json_get_int(ref, "revision"))
			continue;
		report(list, ref);
		n++;
	}
	return n;
}
