/* SPDX-License-Identifier: Apache-2.0 */
#include "site/page.h"

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
	page_put(o, "commit", str_from(i->commit));
	buf_reset(&b);
	date_of_time(&b, i->time);
	json_object_set_new_nocheck(o, "entered", date_context(l, buf_str(&b)));
	json_object_set_new_nocheck(o, "revision", json_integer((json_int_t)v->record.revision));
	page_put(o, "sha256", str_from(sha256_hex(&i->hash).text));
	put_command(o, s, i, false);
	if (i->has_rev)
		put_command(o, s, i, true);
	buf_reset(&b);
	buf_printf(&b, "records/%s/%s/%s/%s.md", i->place, i->type, i->id, i->lang);
	page_put(o, "raw", buf_str(&b));
	page_put(o, "file", str_from(i->lang));
	if (i->has_rev)
		json_object_set_new_nocheck(o, "has_rev", json_true());
	json_object_set_new_nocheck(page, "provenance", o);
	buf_release(&b);
}

static int signature_file(
    struct site *s, const struct site_item *i, bool is_review, struct err *err)
{
	char path[320];
	struct str bytes = is_review ? i->rev_bytes : i->sig_bytes;
	struct buf read = BUF_INIT;
	int r = 0;
	snprintf(path, sizeof path, "records/%s/%s/%s/%s.md.%s", i->place, i->type, i->id, i->lang,
	    is_review ? "rev" : "sig");
	if (!i->record) {
		r = s->source->read(s->source->ctx, is_review ? i->rev : i->sig, &read, err);
		bytes = buf_str(&read);
	}
	if (r == 0)
		r = output_file(&s->output, path, bytes, err);
	else
		err_wrap(err, "%s", path);
	buf_release(&read);
	return r;
}

int raw_files(struct site *s, const struct variant *v, struct err *err)
{
	char path[320];
	const struct site_item *i = v->item;
	snprintf(path, sizeof path, "records/%s/%s/%s/%s.md", i->place, i->type, i->id, i->lang);
	if (output_file(&s->output, path, buf_str(&v->record.source), err) != 0 ||
	    signature_file(s, i, false, err) != 0)
		return err->code;
	return i->has_rev ? signature_file(s, i, true, err) : 0;
}
