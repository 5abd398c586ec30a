/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/mem.h"
#include "cmd/common.h"
#include "cmd/signing_key.h"
#include "record/attachment.h"
#include "store/erased.h"

#include <stdio.h>
#include <stdlib.h>

struct erasing {
	struct store *store;
	const char *name, *hub;
	struct erasure order; /* what it will say; lists are ours */
	size_t cap_texts, cap_attachments;
	bool is_erased; /* all that there was is erased already */
	struct buf text; /* the order's file, as far as it goes */
	json_t *reply;
};

/* --- what there is of the record --- */

static void add_text(struct erasing *e, const struct change *c, struct str lang)
{
	struct erasure *o = &e->order;
	for (size_t i = 0; i < o->ntexts; i++)
		if (memcmp(o->texts[i].blob, c->blob.bytes, OID_BYTES) == 0)
			return;
	struct erased_text *t = MEM_PUSH(o->texts, o->ntexts, e->cap_texts);
	*t = (struct erased_text){.hash = c->is_bare ? c->hash : sha256(c->content)};
	memcpy(t->lang, lang.ptr, 2);
	memcpy(t->blob, c->blob.bytes, OID_BYTES);
}

static void add_attachments(struct erasing *e, struct str text, const struct schema_set *schemas)
{
	struct record r;
	struct err none;
	size_t i;
	json_t *v;
	if (record_parse(&r, text, "record", schemas, NULL, &none) == 0) {
		json_array_foreach(json_object_get(r.head, "attachments"), i, v)
		{
			struct attachment a;
			struct erasure *o = &e->order;
			bool is_new = attachment_read(&a, v);
			for (size_t k = 0; k < o->nattachments && is_new; k++)
				is_new = !sha256_eq(&o->attachments[k], &a.hash);
			if (is_new)
				*MEM_PUSH(o->attachments, o->nattachments, e->cap_attachments) =
				    a.hash;
		}
	}
	record_release(&r);
}

static int take_entry(struct erasing *e, const struct entry *entry, struct err *err)
{
	const struct charter *c;
	const struct schema_set *schemas;
	if (store_charter(e->store, entry->charter, &c, &schemas, err))
		return err->code;
	for (size_t i = 0; i < entry->nchanges; i++) {
		const struct change *change = &entry->changes[i];
		struct record_name name;
		char path[512];
		snprintf(path, sizeof path, "%.*s", STR_FMT(change->path));
		if (change->is_delete || !journal_path_is_text(change->path) ||
		    !common_is_named(path, e->name) || !record_name_parse(&name, change->path))
			continue;
		e->is_erased = e->is_erased || change->order.len;
		if (change->order.len)
			continue;
		if (change->is_bare && !change->is_hashed)
			return err_set(err, ERR_MISSING,
			    "entry %llu of %s is not here in full (not subscribed): give the order "
			    "where it is",
			    (unsigned long long)entry->seq, entry->hub);
		add_text(e, change, name.lang);
		add_attachments(e, change->content, schemas);
	}
	return 0;
}

static int take_journal(struct erasing *e, const struct journal *j, struct err *err)
{
	for (uint64_t seq = 1; seq <= j->head.seq; seq++) {
		struct entry entry;
		if (store_entry(e->store, j->head.hub, seq, &entry, err))
			return err->code;
		int bad = take_entry(e, &entry, err);
		entry_release(&entry);
		if (bad)
			return bad;
	}
	return 0;
}

/* The journal that was named, ours, or the only other one with such a record. */
static int gather(struct erasing *e, struct err *err)
{
	struct store *s = e->store;
	const char *found = e->hub ? e->hub : s->hub;
	const struct journal *j = store_journal(s, found);
	if (e->hub && !j)
		return err_set(err, ERR_MISSING, "there is no journal of %s here", e->hub);
	if (j && take_journal(e, j, err))
		return err->code;
	for (size_t i = 0; i < s->njournals && !e->hub && !e->order.ntexts && !e->is_erased; i++) {
		found = s->journals[i].head.hub;
		if (take_journal(e, &s->journals[i], err))
			return err->code;
	}
	e->hub = found;
	if (e->order.ntexts || e->is_erased)
		return 0;
	return err_set(err, ERR_MISSING, "no journal here has a record %s", e->name);
}

/* --- the order --- */

static int sign(struct erasing *e, const struct signing_key *key, struct err *err)
{
	struct name_space ns = name_space("belfry-erasure", e->store->network);
	struct str all = buf_str(&e->text);
	const char *armor = memmem(all.ptr, all.len, "-----BEGIN", strlen("-----BEGIN"));
	struct str text = str_of(all.ptr, armor ? (size_t)(armor - all.ptr) : all.len);
	struct buf path = BUF_INIT;
	struct signer *signer = NULL;
	store_path(
	    e->store, &path, strcmp(e->hub, e->store->hub) == 0 ? "keys/steward" : "keys/central");
	struct buf signature = BUF_INIT;
	int bad = signing_key_open(&signer, key, NULL, 0, path.ptr, err) ||
		  sshsig_sign(&signature, signer, ns.text, text, err);
	buf_add(&e->text, buf_str(&signature));
	signer_free(signer);
	buf_release(&signature);
	buf_release(&path);
	return bad ? err->code : 0;
}

/* Enough signatures: it goes into our journal; else into a file, for the next person. */
static int issue(struct erasing *e, const struct cmd_common *c, const char *out, struct err *err)
{
	const struct charter *charter;
	struct erasure *order;
	struct err why;
	if (erasure_parse(&order, buf_str(&e->text), e->store->network, err))
		return err->code;
	int bad = store_charter(e->store, order->charter, &charter, NULL, err);
	bool is_enough = !bad && erasure_check(order, charter, e->store->network, &why) == 0;
	bool is_short = !bad && !is_enough && strstr(why.msg, "one of the two must be enough");
	if (!bad && is_enough)
		bad = ask(&e->reply, c,
		    json_pack("{s:s, s:s}", "op", "erase", "order", e->text.ptr), err);
	else if (!bad && is_short)
		bad = file_write(out, buf_str(&e->text), 0644, err);
	if (!bad && is_short)
		bad = err_set(err, ERR_POLICY,
		    "%s; the order is in %s: the next person signs it with belfry erase --order %s",
		    why.msg, out, cmd_word(out).text);
	else if (!bad && !is_enough) {
		*err = why;
		bad = why.code;
	}
	erasure_free(order);
	return bad ? err->code : 0;
}

static void tell(const struct erasing *e, const struct cmd_common *c)
{
	if (c->json && e->reply) {
		json_object_set_new(e->reply, "texts", json_integer((json_int_t)e->order.ntexts));
		cmd_print_json(json_incref(e->reply));
		return;
	}
	if (!e->reply) {
		cmd_print_text(buf_str(&e->text));
		return;
	}
	printf("%s %lld: %s is erased; each hub drops it when it hears of that\n", e->store->hub,
	    (long long)json_get_int(e->reply, "seq"), e->name ? e->name : "what the order names");
	cmd_say("what that reaches, and what it cannot: docs/trust.md, \"Erasure\"");
}

static int new_order(struct erasing *e, const char *reason, struct err *err)
{
	if (gather(e, err))
		return err->code;
	e->order.hub = e->hub;
	e->order.record = e->name;
	e->order.reason = reason;
	e->order.charter = e->store->charter_version;
	if (e->order.ntexts)
		erasure_write(&e->text, &e->order, e->store->network);
	return 0;
}

static int read_order(struct erasing *e, const char *file, struct err *err)
{
	struct erasure *order;
	if (file_read(&e->text, file, ERASURE_BYTES_MAX, err) ||
	    erasure_parse(&order, buf_str(&e->text), e->store->network, err))
		return err_wrap(err, "%s", file);
	cmd_print_text(order->text);
	e->hub = strcmp(order->hub, e->store->hub) == 0 ? e->store->hub : "";
	erasure_free(order);
	return 0;
}

static int carry_out(struct erasing *e, const struct cmd_common *c, const struct signing_key *key,
    const char *file, struct err *err)
{
	const char *out = file ? file : "erasure.txt";
	if (e->text.len)
		return sign(e, key, err) || issue(e, c, out, err) ? err->code : 0;
	return ask(&e->reply, c, json_pack("{s:s, s:s}", "op", "erase", "order", ""), err);
}

static int run(const struct cmd *self, int argc, char **argv)
{
	struct erasing e = {.text = BUF_INIT};
	struct signing_key key = {.file = NULL};
	const char *reason = NULL, *file = NULL;
	bool is_dry = false;
	const struct cmd_option options[] = {
	    {"reason", "TEXT", OPTION_TEXT, &reason, "why; readers see it in the record's place"},
	    {"hub", "HUB", OPTION_TEXT, &e.hub, "whose journal holds it; this hub, unless given"},
	    {"order", "FILE", OPTION_TEXT, &file, "an order that others have signed: sign it too"},
	    SIGNING_KEY_OPTIONS(&key),
	    {"dry-run", NULL, OPTION_FLAG, &is_dry, "print what would be signed, and do nothing"},
	    {0},
	};
	struct cmd_common c;
	struct err err = {.code = ERR_NONE};
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	if (!file && nargs != 1)
		return cmd_usage(self, "which record? place/type/id, as belfry list prints it");
	if (file && (nargs || reason))
		return cmd_usage(self, "an order says itself which record, and why");
	if (!file && (!reason || !*reason))
		return cmd_usage(self, "give --reason TEXT");
	e.name = nargs ? argv[0] : NULL;
	int bad = common_open(&e.store, &c, &err);
	if (!bad && !e.store->hub[0])
		bad = err_set(
		    &err, ERR_POLICY, "this store has no journal to write an order to: ask a hub");
	bad = bad || (file ? read_order(&e, file, &err) : new_order(&e, reason, &err));
	if (!bad && !is_dry)
		bad = carry_out(&e, &c, &key, file, &err);
	if (!bad)
		tell(&e, &c);
	json_decref(e.reply);
	free(e.order.texts);
	free(e.order.attachments);
	buf_release(&e.text);
	store_close(e.store);
	return bad ? cmd_fail(self, &err) : EXIT_DONE;
}

const struct cmd cmd_erase = {
    .name = "erase",
    .args =
	"PLACE/TYPE/ID --reason TEXT | --order FILE [--hub HUB] [--key FILE|--agent] [--dry-run]",
    .summary =
	"Order every hub to drop a record's texts and files for good, where the law asks it.",
    .group = CMD_REVIEW,
    .run = run,
    .details = "All revisions in all languages go, in all stores that hear of it; hashes and "
	       "signatures stay,\n"
	       "so that journals can still be checked. It cannot be taken back. The hub's stewards "
	       "may order it\n"
	       "(keys/steward), or the central team for any hub (keys/central); where several must "
	       "sign, the\n"
	       "order is written to a file for the next one. What a central order names is still "
	       "listed in the\n"
	       "tree of that hub's journal until belfry erase is run there too.",
};
