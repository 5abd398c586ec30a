/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a person decides about attachments, what has been spent on them, and what is shown of them.
 */
#include "base/file.h"
#include "store/attachments.h"
#include "store/mailbox.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* --- marks --- */

/* Is `row` named by the file's name, its SHA-256, "all", or its record as PLACE/TYPE/ID[/LANG]? */
static bool is_named(const struct attach_row *row, struct str name)
{
	struct sha256 hash;
	struct str record = str_from(row->record);
	if (str_is(name, "all") || str_is(name, row->name))
		return true;
	if (sha256_from_hex(&hash, name))
		return sha256_eq(&hash, &row->claim.hash);
	return str_starts(record, name) &&
	       (record.len == name.len || (name.len && record.ptr[name.len] == '/'));
}

/* One mark a file: older ones of the same go. */
static void add_mark(struct buf *text, const struct sha256 *hash, bool is_wanted)
{
	struct buf kept = BUF_INIT;
	struct sha256_hex hex = sha256_hex(hash);
	for (struct str rest = buf_str(text); rest.len;) {
		struct str line = str_cut(&rest, '\n');
		if (line.len && !str_is(str_sub(line, 1, line.len), hex.text))
			buf_printf(&kept, "%.*s\n", STR_FMT(line));
	}
	buf_printf(&kept, "%c%s\n", is_wanted ? '+' : '-', hex.text);
	buf_release(text);
	*text = kept;
}

static int none_named(struct str name, struct err *err)
{
	return err_set(err, ERR_MISSING,
	    "no published record names an attachment '%.*s'; belfry attachments lists them",
	    STR_FMT(str_sub(name, 0, 200)));
}

static int write_marks(struct store *s, const struct buf *text, struct err *err)
{
	struct buf path = BUF_INIT;
	store_path(s, &path, "attachments");
	int rc = file_mkdirs(path.ptr, 0700, err);
	buf_puts(&path, "/wanted");
	if (!rc)
		rc = file_write(path.ptr, buf_str(text), 0600, err);
	s->attachments += !rc;
	buf_release(&path);
	return rc;
}

static int mark(struct store *s, const struct attach_list *l, struct str name, bool is_wanted,
    size_t *n, struct err *err)
{
	enum { MARKS_BYTES_MAX = 16 * 1024 * 1024 };
	struct buf path = BUF_INIT, text = BUF_INIT;
	struct err none;
	*n = 0;
	store_path(s, &path, "attachments/wanted");
	file_read(&text, path.ptr, MARKS_BYTES_MAX, &none);
	for (size_t i = 0; i < l->n; i++) {
		if (!is_named(&l->rows[i], name))
			continue;
		add_mark(&text, &l->rows[i].claim.hash, is_wanted);
		++*n;
	}
	int rc = *n ? write_marks(s, &text, err) : none_named(name, err);
	buf_release(&text);
	buf_release(&path);
	return rc;
}

int attach_mark(struct store *s, struct str name, bool is_wanted, size_t *n, struct err *err)
{
	struct attach_list l;
	*n = 0;
	if (attach_list_read(&l, s, err))
		return err->code;
	/* "all" on an empty list is no mistake */
	int rc = str_is(name, "all") && !l.n ? 0 : mark(s, &l, name, is_wanted, n, err);
	attach_list_release(&l);
	return rc;
}

/* --- what is on the disk for nobody --- */

struct unnamed {
	struct store *s;
	const struct attach_list *l;
	struct mailbox inbox, outbox;
	bool is_removing;
	size_t n;
	uint64_t bytes;
};

static bool has_text(struct str in, struct str what)
{
	return memmem(in.ptr, in.len, what.ptr, what.len) != NULL;
}

/* Does a text that may yet be published name it? Its file may be nowhere else. One that came back
 * counts at the author's, who may mend it, not at the hub. */
static bool is_awaited(const struct unnamed *u, struct str name)
{
	for (size_t i = 0; i < u->inbox.len; i++) {
		const struct submission *m = &u->inbox.items[i];
		if (strcmp(m->state, "received") == 0 && has_text(m->record, name))
			return true;
	}
	for (size_t i = 0; i < u->outbox.len; i++) {
		const struct submission *m = &u->outbox.items[i];
		if (strcmp(m->state, "published") != 0 && has_text(m->record, name))
			return true;
	}
	return false;
}

static bool is_row(const struct attach_list *l, const struct sha256 *hash)
{
	for (size_t i = 0; i < l->n; i++)
		if (sha256_eq(&l->rows[i].claim.hash, hash))
			return true;
	return false;
}

static void look_at(struct unnamed *u, const char *folder, const char *name)
{
	struct buf path = BUF_INIT;
	struct attachment a = {.size = 0};
	struct stat st;
	struct err none;
	store_path(u->s, &path, "attachments/");
	buf_printf(&path, "%s/%s", folder, name);
	if (!sha256_from_hex(&a.hash, str_from(name)) || is_row(u->l, &a.hash) ||
	    is_awaited(u, str_from(name)) || stat(path.ptr, &st) != 0)
		goto out;
	u->n++;
	u->bytes += (uint64_t)st.st_size;
	if (u->is_removing)
		attach_remove(u->s, &a, &none);
out:
	buf_release(&path);
}

static void look_in(struct unnamed *u, const char *folder)
{
	struct buf path = BUF_INIT;
	struct dirent *e;
	store_path(u->s, &path, "attachments/");
	buf_puts(&path, folder);
	DIR *d = opendir(path.ptr);
	while (d && (e = readdir(d)))
		look_at(u, folder, e->d_name);
	if (d)
		closedir(d);
	buf_release(&path);
}

static void look_in_all(struct unnamed *u)
{
	char folder[3];
	for (unsigned i = 0; i < 256; i++) {
		snprintf(folder, sizeof folder, "%02x", i);
		look_in(u, folder);
	}
}

/* Files that neither a published record names nor one that may yet be: how many, and their bytes.
 */
static int attach_unnamed(struct store *s, const struct attach_list *l, bool is_removing, size_t *n,
    uint64_t *bytes, struct err *err)
{
	struct unnamed u = {.s = s, .l = l, .is_removing = is_removing};
	int rc = mailbox_read(&u.inbox, s, MAILBOX_INBOX, err) ||
			 mailbox_read(&u.outbox, s, MAILBOX_OUTBOX, err)
		     ? err->code
		     : 0;
	if (!rc)
		look_in_all(&u);
	mailbox_release(&u.inbox);
	mailbox_release(&u.outbox);
	*n = u.n;
	*bytes = u.bytes;
	return rc;
}

static int discard_rows(
    struct store *s, const struct attach_list *l, struct str name, uint64_t *bytes, struct err *err)
{
	int rc = 0;
	for (size_t i = 0; i < l->n && !rc; i++) {
		if (!is_named(&l->rows[i], name))
			continue;
		*bytes += l->rows[i].bytes_here;
		rc = attach_remove(s, &l->rows[i].claim, err);
	}
	return rc;
}

int attach_discard(struct store *s, struct str name, size_t *n, uint64_t *bytes, struct err *err)
{
	struct attach_list l;
	int rc = 0;
	*n = 0;
	*bytes = 0;
	if (attach_list_read(&l, s, err))
		return err->code;
	if (str_is(name, "unnamed")) {
		rc = attach_unnamed(s, &l, true, n, bytes, err);
	} else {
		rc = mark(s, &l, name, false, n, err) || discard_rows(s, &l, name, bytes, err)
			 ? err->code
			 : 0;
	}
	attach_list_release(&l);
	return rc;
}

/* --- what was spent --- */

enum { MONTHS_KEPT = 4, SPENT_BYTES_MAX = 4096 };

static bool month_of(char out[static 8], int64_t now)
{
	struct tm tm;
	time_t t = (time_t)now;
	return gmtime_r(&t, &tm) && strftime(out, 8, "%Y-%m", &tm) == 7;
}

static json_t *read_spent(const struct store *s)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	struct err none;
	json_t *all = NULL;
	store_path(s, &path, "attachments/spent");
	if (file_read(&text, path.ptr, SPENT_BYTES_MAX, &none) == 0)
		json_parse(&all, buf_str(&text), path.ptr, &none);
	buf_release(&text);
	buf_release(&path);
	if (json_is_object(all))
		return all;
	json_decref(all);
	return json_object();
}

uint64_t attach_spent(const struct store *s, int64_t now)
{
	char month[8];
	json_t *all = read_spent(s);
	int64_t n = month_of(month, now) ? json_get_int(all, month) : 0;
	json_decref(all);
	return n > 0 ? (uint64_t)n : 0;
}

/* By the clock's month, so that each byte stands in one; a clock that goes back finds its own. */
int attach_spend(struct store *s, uint64_t more, int64_t now, struct err *err)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	char month[8];
	json_t *all = read_spent(s);
	if (month_of(month, now))
		json_object_set_new(
		    all, month, json_integer(json_get_int(all, month) + (json_int_t)more));
	while (json_object_size(all) > MONTHS_KEPT)
		json_object_del(all, json_object_iter_key(json_object_iter(all)));
	json_write(&text, all, 0);
	store_path(s, &path, "attachments");
	int rc = file_mkdirs(path.ptr, 0700, err);
	buf_puts(&path, "/spent");
	if (!rc)
		rc = file_write(path.ptr, buf_str(&text), 0600, err);
	json_decref(all);
	buf_release(&text);
	buf_release(&path);
	return rc;
}

uint64_t attach_left(const struct store *s, const struct attach_policy *p, int64_t now)
{
	uint64_t spent = attach_spent(s, now);
	if (!p->budget)
		return UINT64_MAX;
	return spent < p->budget ? p->budget - spent : 0;
}

/* --- what is shown --- */

static json_t *row_json(const struct attach_row *r)
{
	static const char *const state[] = {"missing", "partly", "here", "false"};
	return json_pack("{s:s, s:s, s:s%, s:I, s:s, s:s, s:s, s:I, s:b}", "name", r->name,
	    "record", r->record, "media", r->claim.media.ptr, r->claim.media.len, "size",
	    (json_int_t)r->claim.size, "sha256", sha256_hex(&r->claim.hash).text, "chunks",
	    sha256_hex(&r->claim.chunks).text, "state", state[r->state], "bytes_here",
	    (json_int_t)r->bytes_here, "wanted", r->is_wanted);
}

/* Takes over `o`. */
static json_t *add_terms(
    json_t *o, const struct store *s, const struct attach_policy *p, int64_t now)
{
	char month[8] = "";
	month_of(month, now);
	json_t *terms = json_pack("{s:s, s:I, s:I, s:I, s:s}", "policy", attach_rule_name(p->rule),
	    "small", (json_int_t)p->small, "budget", (json_int_t)p->budget, "spent",
	    (json_int_t)attach_spent(s, now), "month", month);
	json_object_update(o, terms);
	json_decref(terms);
	return o;
}

int attach_report_counts(json_t **out, struct store *s, int64_t now, struct err *err)
{
	struct attach_list l;
	uint64_t here = 0, to_go = 0, unwanted = 0;
	int nhere = 0, nto_come = 0, nunwanted = 0, nwrong = 0;
	*out = NULL;
	if (attach_list_read(&l, s, err))
		return err->code;
	for (size_t i = 0; i < l.n; i++) {
		const struct attach_row *r = &l.rows[i];
		uint64_t left = r->claim.size - r->bytes_here;
		bool is_here = r->state == ATTACH_HERE, is_wrong = r->state == ATTACH_FALSE;
		bool is_to_come = attach_is_to_come(r);
		bool is_unwanted = !is_here && !is_wrong && !r->is_wanted;
		nhere += is_here;
		here += is_here ? r->claim.size : 0;
		nto_come += is_to_come;
		to_go += is_to_come ? left : 0;
		nunwanted += is_unwanted;
		unwanted += is_unwanted ? left : 0;
		nwrong += is_wrong;
	}
	json_t *o = json_pack("{s:i, s:I, s:i, s:I, s:i, s:I, s:i}", "here", nhere, "here_bytes",
	    (json_int_t)here, "to_come", nto_come, "bytes_to_go", (json_int_t)to_go, "unwanted",
	    nunwanted, "unwanted_bytes", (json_int_t)unwanted, "wrong", nwrong);
	*out = add_terms(o, s, &l.policy, now);
	attach_list_release(&l);
	return 0;
}

int attach_report(json_t **out, struct store *s, int64_t now, struct err *err)
{
	struct attach_list l;
	size_t unnamed;
	uint64_t bytes;
	json_t *items = json_array();
	*out = NULL;
	if (attach_list_read(&l, s, err)) {
		json_decref(items);
		return err->code;
	}
	if (attach_unnamed(s, &l, false, &unnamed, &bytes, err)) {
		attach_list_release(&l);
		json_decref(items);
		return err->code;
	}
	for (size_t i = 0; i < l.n; i++)
		json_array_append_new(items, row_json(&l.rows[i]));
	json_t *o = json_pack("{s:o, s:I, s:I}", "items", items, "unnamed", (json_int_t)unnamed,
	    "unnamed_bytes", (json_int_t)bytes);
	*out = add_terms(o, s, &l.policy, now);
	attach_list_release(&l);
	return 0;
}
