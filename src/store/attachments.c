/* SPDX-License-Identifier: Apache-2.0 */
#include "store/attachments.h"

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "record/front.h"
#include "store/catalogue.h"
#include "store/space.h"

#include <stdio.h>
#include <stdlib.h>

/* --- settings --- */

const char *attach_rule_name(enum attach_rule r)
{
	static const char *const name[] = {"none", "small", "all"};
	return name[r];
}

static int parse_rule(enum attach_rule *out, struct str value, struct err *err)
{
	for (int r = ATTACH_NONE; r <= ATTACH_ALL; r++)
		if (str_is(value, attach_rule_name((enum attach_rule)r))) {
			*out = (enum attach_rule)r;
			return 0;
		}
	return err_set(
	    err, ERR_SYNTAX, "'%.*s' is none of: none, small, all", STR_FMT(str_sub(value, 0, 60)));
}

static int parse_bytes(uint64_t *out, struct str value, struct err *err)
{
	struct err none;
	if (space_parse_reserve(out, value, &none) == 0)
		return 0;
	return err_set(err, ERR_SYNTAX, "'%.*s' is no number of bytes such as 1048576, 500k or 1m",
	    STR_FMT(str_sub(value, 0, 60)));
}

int attach_setting_check(const char *key, struct str value, struct err *err)
{
	enum attach_rule rule;
	uint64_t bytes;
	return strcmp(key, "belfry.attachments") == 0 ? parse_rule(&rule, value, err)
						      : parse_bytes(&bytes, value, err);
}

static void read_bytes(uint64_t *out, struct store *s, const char *key)
{
	struct buf text = BUF_INIT;
	struct err err;
	uint64_t value;
	if (repo_config(s->repo, key, &text, &err) == 0) {
		if (parse_bytes(&value, str_trim(buf_str(&text)), &err))
			log_warn("%s: %s", key, err.msg);
		else
			*out = value;
	}
	buf_release(&text);
}

void attach_policy_read(struct attach_policy *out, struct store *s)
{
	struct buf text = BUF_INIT;
	struct err err;
	*out = (struct attach_policy){
	    .rule = s->hub[0] ? ATTACH_SMALL : ATTACH_NONE, .small = ATTACH_SMALL_BYTES};
	if (repo_config(s->repo, "belfry.attachments", &text, &err) == 0 &&
	    parse_rule(&out->rule, str_trim(buf_str(&text)), &err))
		log_warn("belfry.attachments: %s", err.msg);
	read_bytes(&out->small, s, "belfry.attachmentsSmall");
	read_bytes(&out->budget, s, "belfry.attachmentsBudget");
	buf_release(&text);
}

/* --- what records name --- */

/* What one record says, by the SHA-256 of its bytes. */
struct memo_item {
	struct sha256 record;
	size_t first, n; /* in memo->claims */
};
struct memo_claim {
	struct attachment claim;
	char name[ATTACHMENT_NAME_BYTES_MAX + 1];
};
struct attach_memo {
	struct memo_item *items; /* the first nsorted by hash */
	size_t n, cap, nsorted;
	struct memo_claim *claims;
	size_t nclaims, cap_claims;
};

void attach_memo_free(struct attach_memo *m)
{
	if (!m)
		return;
	free(m->items);
	free(m->claims);
	free(m);
}

static int by_record(const void *a, const void *b)
{
	return memcmp(&((const struct memo_item *)a)->record,
	    &((const struct memo_item *)b)->record, sizeof(struct sha256));
}

static const struct memo_item *recall(const struct attach_memo *m, const struct sha256 *record)
{
	const struct memo_item key = {.record = *record};
	return m->nsorted ? bsearch(&key, m->items, m->nsorted, sizeof key, by_record) : NULL;
}

static void set_text(json_t *o, const char *key, const struct node *from)
{
	if (from && from->kind == NODE_SCALAR)
		json_object_set_new(o, key, json_from(from->text));
}

/* Read without a schema: the form of the field is no schema's to change. */
static void memo_add_claim(struct attach_memo *m, const struct node *from)
{
	static const char *const texts[] = {"name", "media", "sha256", "chunks"};
	struct attachment a;
	json_t *o = json_object();
	const struct node *size = node_get(from, "size");
	uint64_t bytes;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		set_text(o, texts[i], node_get(from, texts[i]));
	if (size && size->kind == NODE_SCALAR && str_u64(size->text, ATTACHMENT_BYTES_MAX, &bytes))
		json_object_set_new(o, "size", json_integer((json_int_t)bytes));
	if (attachment_read(&a, o)) {
		struct memo_claim *c = MEM_PUSH(m->claims, m->nclaims, m->cap_claims);
		*c = (struct memo_claim){.claim = a};
		snprintf(c->name, sizeof c->name, "%.*s", STR_FMT(a.name));
	}
	json_decref(o);
}

static int memo_add(
    struct attach_memo *m, struct store *s, const struct item *item, struct err *err)
{
	static const char key[] = "\nattachments:";
	struct buf text = BUF_INIT;
	struct front f;
	struct err none;
	struct memo_item one = {.record = item->hash, .first = m->nclaims};
	if (repo_read(s->repo, &item->md, OBJECT_BLOB, &text, err))
		return err->code;
	if (memmem(text.ptr, text.len, key, strlen(key))) { /* most records have none */
		int bad = front_parse(&f, buf_str(&text), "record", RECORD_BYTES_MAX, &none);
		const struct node *audience = bad ? NULL : node_get(f.head, "audience");
		const struct node *list = bad ? NULL : node_get(f.head, "attachments");
		bool is_public = !audience || str_is(audience->text, "public");
		if (list && is_public && list->kind == NODE_LIST)
			for (const struct node *x = list->first; x; x = x->next)
				memo_add_claim(m, x);
		front_release(&f);
	}
	one.n = m->nclaims - one.first;
	*MEM_PUSH(m->items, m->n, m->cap) = one;
	buf_release(&text);
	return 0;
}

/* Read what is not remembered yet. */
static int memo_fill(
    struct attach_memo *m, struct store *s, const struct catalogue *c, struct err *err)
{
	int rc = 0;
	for (size_t i = 0; i < c->len && !rc; i++)
		if (c->items[i].state == ITEM_PUBLISHED && !recall(m, &c->items[i].hash))
			rc = memo_add(m, s, &c->items[i], err);
	if (m->n > m->nsorted)
		qsort(m->items, m->n, sizeof *m->items, by_record);
	m->nsorted = m->n;
	return rc;
}

static bool is_same_claim(const struct attachment *a, const struct attachment *b)
{
	return a->size == b->size && sha256_eq(&a->hash, &b->hash) &&
	       sha256_eq(&a->chunks, &b->chunks);
}

/* Several texts of a document name the same file: one row. */
static bool has_claim(const struct attach_list *l, const struct attachment *a)
{
	for (size_t i = 0; i < l->n; i++)
		if (is_same_claim(&l->rows[i].claim, a))
			return true;
	return false;
}

static void add_row(struct attach_list *l, const struct memo_claim *c, const struct item *item)
{
	if (has_claim(l, &c->claim))
		return;
	struct attach_row *r = MEM_PUSH(l->rows, l->n, l->cap);
	*r = (struct attach_row){.claim = c->claim};
	memcpy(r->name, c->name, sizeof r->name);
	snprintf(r->record, sizeof r->record, "%s/%s/%s/%s", item->place, item->type, item->id,
	    item->lang);
}

static void marks_path(const struct store *s, struct buf *out)
{
	store_path(s, out, "attachments/wanted");
}

static void read_marks(struct attach_list *l, const struct store *s)
{
	enum { MARKS_BYTES_MAX = 16 * 1024 * 1024 };
	struct buf path = BUF_INIT, text = BUF_INIT;
	struct err none;
	marks_path(s, &path);
	file_read(&text, path.ptr, MARKS_BYTES_MAX, &none);
	for (struct str rest = buf_str(&text); rest.len;) {
		struct str line = str_cut(&rest, '\n');
		struct sha256 hash;
		if (!sha256_from_hex(&hash, str_sub(line, 1, line.len)))
			continue;
		for (size_t i = 0; i < l->n; i++) {
			if (!sha256_eq(&hash, &l->rows[i].claim.hash))
				continue;
			l->rows[i].is_marked = line.ptr[0] == '+';
			l->rows[i].is_refused = line.ptr[0] == '-';
		}
	}
	buf_release(&text);
	buf_release(&path);
}

static void judge(struct attach_row *r, const struct store *s, const struct attach_policy *p)
{
	r->claim.name = str_from(r->name);
	r->claim.media = attachment_media(r->claim.name);
	r->state = attach_state(s, &r->claim, &r->bytes_here);
	bool by_rule =
	    p->rule == ATTACH_ALL || (p->rule == ATTACH_SMALL && r->claim.size <= p->small);
	r->is_wanted = r->is_marked || (by_rule && !r->is_refused);
}

int attach_list_read(struct attach_list *out, struct store *s, struct err *err)
{
	const struct catalogue *c;
	*out = (struct attach_list){.n = 0};
	attach_policy_read(&out->policy, s);
	if (!s->charter_version)
		return 0;
	if (store_catalogue(&c, s, err))
		return err->code;
	if (!s->attach_memo)
		s->attach_memo = mem_alloc(sizeof *s->attach_memo);
	struct attach_memo *m = s->attach_memo;
	int rc = memo_fill(m, s, c, err);
	for (size_t i = 0; i < c->len && !rc; i++) {
		const struct memo_item *said =
		    c->items[i].state == ITEM_PUBLISHED ? recall(m, &c->items[i].hash) : NULL;
		for (size_t k = 0; said && k < said->n; k++)
			add_row(out, &m->claims[said->first + k], &c->items[i]);
	}
	read_marks(out, s);
	for (size_t i = 0; i < out->n; i++)
		judge(&out->rows[i], s, &out->policy);
	if (rc)
		attach_list_release(out);
	return rc;
}

void attach_list_release(struct attach_list *l)
{
	free(l->rows);
	*l = (struct attach_list){.n = 0};
}

bool attach_is_to_come(const struct attach_row *r)
{
	return r->is_wanted && (r->state == ATTACH_MISSING || r->state == ATTACH_PARTLY);
}

bool attach_is_before(const struct attach_row *a, const struct attach_row *b)
{
	if (a->is_marked != b->is_marked)
		return a->is_marked;
	return a->claim.size < b->claim.size;
}
