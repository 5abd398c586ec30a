/* SPDX-License-Identifier: Apache-2.0 */
#include "pages/page.h"

#include <stdio.h>

/* {id, name, principal, fingerprint} */
static json_t *person(
    struct site *s, const char *id, const char *name, const char *key, const char *hub)
{
	struct buf principal = BUF_INIT;
	json_t *o = json_object();
	buf_printf(&principal, "%s@%s", id, hub);
	page_put(o, "name", str_from(name[0] ? name : id));
	page_put(o, "principal", buf_str(&principal));
	page_put(o, "fingerprint", key_fingerprint(s, key));
	buf_release(&principal);
	return o;
}

/* The line that anyone can run beside the saved files. Principals, namespaces and names hold only
 * letters, digits and "-@.", which no shell reads as anything else. */
static void put_command(json_t *o, const struct site *s, const struct site_item *i, bool is_review)
{
	struct buf b = BUF_INIT;
	buf_printf(&b,
	    "ssh-keygen -Y verify -f allowed_signers -I %s@%s -n belfry-%s@%s -s %s.md.%s < %s.md",
	    is_review ? i->reviewer_id : i->author_id, i->hub, is_review ? "review" : "record",
	    s->source->network_id, i->lang, is_review ? "rev" : "sig", i->lang);
	page_put(o, is_review ? "command_review" : "command", buf_str(&b));
	buf_release(&b);
}

/* Where a file of a text is laid out; one that was made apart has its hub's name in it. */
static void raw_path(
    struct buf *out, const struct site_item *i, const struct site_item *shown, const char *suffix)
{
	buf_reset(out);
	buf_printf(out, "records/%s/%s/%s/%s", i->place, i->type, i->id, i->lang);
	if (i != shown)
		buf_printf(out, ".%s", i->hub);
	buf_printf(out, ".md%s", suffix);
}

void provenance_put(
    json_t *page, struct site *s, const struct site_lang *l, const struct variant *v)
{
	const struct site_item *i = v->item;
	struct buf b = BUF_INIT;
	json_t *o = json_object();
	json_object_set_new_nocheck(
	    o, "author", person(s, i->author_id, i->author_name, i->author_key, i->hub));
	if (i->has_rev && i->reviewer_id[0])
		json_object_set_new_nocheck(o, "reviewer",
		    person(s, i->reviewer_id, i->reviewer_name, i->reviewer_key, i->hub));
	page_put(o, "hub", str_from(i->hub));
	buf_printf(&b, "hub/%s.html", i->hub);
	page_put(o, "hub_href", buf_str(&b));
	json_object_set_new_nocheck(o, "entry", json_integer((json_int_t)i->seq));
	page_put(o, "commit", str_from(oid_hex(&i->commit).text));
	if (i->is_disputed)
		json_object_set_new_nocheck(o, "disputed", json_true());
	buf_reset(&b);
	date_of_time(&b, i->time);
	json_object_set_new_nocheck(o, "entered", date_context(l, buf_str(&b)));
	json_object_set_new_nocheck(o, "revision", json_integer((json_int_t)v->face.revision));
	page_put(o, "sha256", str_from(sha256_hex(&i->hash).text));
	put_command(o, s, i, false);
	if (i->has_rev)
		put_command(o, s, i, true);
	raw_path(&b, i, i, "");
	page_put(o, "raw", buf_str(&b));
	page_put(o, "file", str_from(i->lang));
	if (i->has_rev)
		json_object_set_new_nocheck(o, "has_rev", json_true());
	json_object_set_new_nocheck(page, "provenance", o);
	buf_release(&b);
}

void others_put(json_t *list, const struct site_lang *l, const struct variant *v)
{
	struct buf text = BUF_INIT, path = BUF_INIT;
	for (size_t i = 0; i < v->item->nothers; i++) {
		const struct site_item *other = &v->item->others[i];
		char revision[16];
		snprintf(revision, sizeof revision, "%u", other->revision);
		const char *pairs[] = {"hub", other->hub, "revision", revision, NULL};
		json_t *o = json_object();
		buf_reset(&text);
		words_fill(&text, words_get(&l->words, "ui", "notice_conflict"), pairs);
		raw_path(&path, other, v->item, "");
		page_put(o, "text", buf_str(&text));
		page_put(o, "kind", STR("alert"));
		page_put(o, "other", buf_str(&path));
		json_array_append_new(list, o);
	}
	buf_release(&text);
	buf_release(&path);
}

static int raw_file(struct site *s, const char *path, const uint8_t id[20], const struct str *known,
    struct err *err)
{
	struct buf read = BUF_INIT;
	int r = known ? 0 : s->source->read(s->source->ctx, id, &read, err);
	if (r == 0)
		r = output_file(&s->output, path, known ? *known : buf_str(&read), err);
	else
		err_wrap(err, "%s", path);
	buf_release(&read);
	return r;
}

static int raw_files_of(struct site *s, const struct site_item *i, const struct site_item *shown,
    const struct str *md, struct err *err)
{
	struct buf path = BUF_INIT;
	const struct str nothing = STR_EMPTY, *signature = i->record ? &nothing : NULL;
	raw_path(&path, i, shown, "");
	int r = raw_file(s, path.ptr, i->md, md, err);
	raw_path(&path, i, shown, ".sig");
	r = r || raw_file(s, path.ptr, i->sig, signature, err);
	raw_path(&path, i, shown, ".rev");
	r = r || (i->has_rev && raw_file(s, path.ptr, i->rev, signature, err));
	buf_release(&path);
	return r ? err->code : 0;
}

int raw_files(struct site *s, const struct variant *v, struct err *err)
{
	struct str md;
	if (v->item->is_erased || v->item->is_draft)
		return 0;
	int r = text_of(&md, s, v, err) || raw_files_of(s, v->item, v->item, &md, err);
	for (size_t i = 0; i < v->item->nothers && r == 0; i++)
		r = raw_files_of(s, &v->item->others[i], v->item, NULL, err);
	return r ? err->code : 0;
}
