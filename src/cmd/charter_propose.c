/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "cmd/charter.h"
#include "cmd/signing_key.h"
#include "markup/html.h"

#include <stdio.h>
#include <stdlib.h>

struct proposal {
	const char *from, *out, *name, *threshold, *review, *site, *contact, *expires;
	struct cmd_list central, no_central, languages, no_languages, schemas;
	struct hub_changes hubs;
};

/* --- lists in a head --- */

static int remove_items(
    json_t *head, const char *key, const struct cmd_list *ids, const char *what, struct err *err)
{
	json_t *list = json_object_get(head, key);
	for (size_t i = 0; i < ids->len; i++) {
		size_t at;
		if (!charter_item(list, str_from(ids->items[i]), &at))
			return err_set(
			    err, ERR_MISSING, "the charter has no %s %s", what, ids->items[i]);
		json_array_remove(list, at);
	}
	return 0;
}

/* --- what a proposal changes --- */

int charter_holder(json_t **out, const char *text, struct err *err)
{
	struct str file = str_from(text), id = str_cut(&file, '=');
	struct buf line = BUF_INIT;
	struct public_key key;
	*out = NULL;
	int bad = 0;
	if (!str_is_slug(id) || !file.len)
		bad = err_set(err, ERR_USAGE,
		    "%s: write ID=FILE.pub, with lower-case letters, digits and hyphens in the id",
		    text);
	bad = bad || public_key_read(&key, file.ptr, err);
	if (!bad) {
		public_key_write(&line, &key);
		*out = json_pack("{s:s%, s:s}", "id", id.ptr, id.len, "key", line.ptr);
	}
	buf_release(&line);
	return bad;
}

static int change_central(json_t *head, const struct proposal *p, struct err *err)
{
	if (remove_items(head, "central", &p->no_central, "central key", err))
		return err->code;
	for (size_t i = 0; i < p->central.len; i++) {
		json_t *holder;
		if (charter_holder(&holder, p->central.items[i], err))
			return err->code;
		json_array_append_new(json_object_get(head, "central"), holder);
	}
	if (!p->threshold)
		return 0;
	uint64_t k;
	if (!str_u64(str_from(p->threshold), CENTRAL_KEYS_MAX, &k) || !k)
		return err_set(err, ERR_USAGE, "--threshold %s: a number from 1 to %d",
		    p->threshold, CENTRAL_KEYS_MAX);
	json_object_set_new(head, "threshold", json_integer((json_int_t)k));
	return 0;
}

static int change_languages(json_t *head, const struct proposal *p, struct err *err)
{
	size_t at;
	if (remove_items(head, "languages", &p->no_languages, "language", err))
		return err->code;
	for (size_t i = 0; i < p->languages.len; i++) {
		json_t *list = json_object_get(head, "languages");
		if (!charter_item(list, str_from(p->languages.items[i]), &at))
			json_array_append_new(list, json_string(p->languages.items[i]));
	}
	return 0;
}

/* "dir/good-practice.json" → "good-practice" */
static struct str schema_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct str name = str_from(slash ? slash + 1 : path);
	if (str_ends(name, STR(".json")))
		name.len -= 5;
	return name;
}

/* The texts go into `texts`, {name: JSON}, for the draft. */
static int change_schemas(json_t *head, const struct proposal *p, json_t *texts, struct err *err)
{
	json_t *list = json_object_get(head, "schemas");
	for (size_t i = 0; i < p->schemas.len; i++) {
		struct str name = schema_of(p->schemas.items[i]);
		struct buf text = BUF_INIT;
		size_t at;
		if (!str_is_slug(name))
			return err_set(err, ERR_USAGE, "%s: call a schema's file TYPE.json",
			    p->schemas.items[i]);
		if (file_read(&text, p->schemas.items[i], SCHEMA_BYTES_MAX, err)) {
			buf_release(&text);
			return err->code;
		}
		struct sha256 h = sha256(buf_str(&text));
		json_t *item = charter_item(list, name, &at);
		if (!item) {
			item = json_pack("{s:s%}", "name", name.ptr, name.len);
			json_array_append_new(list, item);
		}
		json_object_set_new(item, "sha256", json_string(sha256_hex(&h).text));
		json_object_setn_new(texts, name.ptr, name.len, json_from(buf_str(&text)));
		buf_release(&text);
	}
	return 0;
}

/* "2027-12-31", with a time of day, or "never"; the schema says what else is wrong. */
static int set_expiry(json_t *head, const char *when, struct err *err)
{
	char text[64];
	if (!when)
		return 0;
	if (strcmp(when, "never") == 0) {
		json_object_del(head, "expires");
		return 0;
	}
	if (strspn(when, "0123456789-") < 10)
		return err_set(
		    err, ERR_USAGE, "--expires %s: give a day, as 2027-12-31, or never", when);
	snprintf(text, sizeof text, "%s%s", when, strlen(when) == 10 ? "T00:00:00Z" : "");
	json_object_set_new(head, "expires", json_string(text));
	return 0;
}

int charter_check_contact(const char *contact, struct err *err)
{
	if (!contact || url_kind(str_from(contact)) == URL_EXTERNAL ||
	    is_mail_address(str_from(contact)))
		return 0;
	return err_set(err, ERR_USAGE,
	    "--contact %s: give an e-mail address, as desk@city.example, or a web address",
	    contact);
}

static int change(
    json_t *head, const struct proposal *p, struct store *s, json_t *texts, struct err *err)
{
	if (p->name)
		json_object_set_new(head, "name", json_string(p->name));
	if (p->site)
		json_object_set_new(head, "site", json_string(p->site));
	if (p->contact)
		json_object_set_new(head, "contact", json_string(p->contact));
	if (p->review)
		json_object_set_new(head, "review", json_string(p->review));
	return charter_check_contact(p->contact, err) || set_expiry(head, p->expires, err) ||
		       change_central(head, p, err) || change_languages(head, p, err) ||
		       charter_change_hubs(head, &p->hubs, s, err) ||
		       change_schemas(head, p, texts, err)
		   ? err->code
		   : 0;
}

/* --- from the present version to a draft --- */

/* As belfry fmt does with records: what other editors put at a file's front and lines' ends goes. */
static void take_plain(struct buf *out, struct str text)
{
	if (str_starts(text, STR("\xef\xbb\xbf")))
		text = str_sub(text, 3, text.len);
	while (text.len) {
		bool is_line = memchr(text.ptr, '\n', text.len) != NULL;
		struct str line = str_cut(&text, '\n');
		if (is_line)
			line.len -= str_ends(line, STR("\r"));
		buf_add(out, line);
		buf_puts(out, is_line ? "\n" : "");
	}
}

/* What `belfry charter show` printed, edited: its first line is no part of it. */
static int read_edited(json_t **head, struct buf *body, const char *path, struct err *err)
{
	struct buf text = BUF_INIT, plain = BUF_INIT;
	int bad = file_read(&text, path, CHARTER_BYTES_MAX, err);
	take_plain(&plain, buf_str(&text));
	struct str bytes = buf_str(&plain);
	if (!bad && str_starts(bytes, STR("# network ")))
		str_cut(&bytes, '\n');
	bad = bad || charter_read_edited(head, body, bytes, path, err);
	buf_release(&plain);
	buf_release(&text);
	return bad;
}

/* Version, what it follows and time are never the editor's to say. */
static json_t *with_edited(json_t *next, const json_t *edited)
{
	static const char *const ours[] = {"belfry", "version", "previous", "time"};
	json_t *head = json_deep_copy(edited);
	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
		json_object_set(head, ours[i], json_object_get(next, ours[i]));
	json_decref(next);
	return head;
}

static void add_schemas(struct draft *d, json_t *texts)
{
	const char *name;
	json_t *text;
	json_object_foreach(texts, name, text) draft_add_schema(d, str_from(name), json_text(text));
}

static int is_no_change(const struct charter *now, const struct draft *d, struct err *err)
{
	json_t *a = json_deep_copy(now->head), *b = json_deep_copy(d->charter->head);
	static const char *const always[] = {"version", "previous", "time"};
	for (size_t i = 0; i < sizeof always / sizeof *always; i++) {
		json_object_del(a, always[i]);
		json_object_del(b, always[i]);
	}
	bool is_same = json_equal(a, b) && str_eq(now->body, d->charter->body);
	json_decref(a);
	json_decref(b);
	return is_same ? err_set(err, ERR_EXISTS,
			     "that changes nothing: version %u says so already", now->version)
		       : 0;
}

/* Of two terms with one id, one name would be shown for both; and each has a page by its id. A
 * charter may hold such; ours does not bring it about. */
static int check_terms(const json_t *head, const char *field, struct err *err)
{
	const json_t *list = json_object_get(head, field);
	for (size_t i = 0; i < json_array_size(list); i++) {
		size_t first;
		struct str id = json_get_text(json_array_get(list, i), "id");
		if (charter_item(list, id, &first) && first < i)
			return err_set(
			    err, ERR_SYNTAX, "%s: '%.*s' is there twice", field, STR_FMT(id));
		if (!common_is_page_name(id))
			return err_set(err, ERR_SYNTAX, "%s: '%.*s' cannot be a page's name", field,
			    STR_FMT(id));
	}
	return 0;
}

static int check_lists(const json_t *head, struct err *err)
{
	int bad = check_terms(head, "regions", err);
	for (size_t i = 0; charter_vocabularies[i] && !bad; i++)
		bad = check_terms(head, charter_vocabularies[i], err);
	return bad;
}

static int propose(struct draft *d, struct store *s, const struct proposal *p, struct err *err)
{
	const struct charter *now;
	struct buf body = BUF_INIT;
	json_t *edited = NULL, *texts = json_object();
	if (store_charter(s, 0, &now, NULL, err)) {
		json_decref(texts);
		return err->code;
	}
	json_t *head = draft_next_head(now);
	int bad = 0;
	if (p->from) {
		bad = read_edited(&edited, &body, p->from, err);
		if (!bad)
			head = with_edited(head, edited);
	} else {
		buf_add(&body, now->body);
	}
	if (!bad && p->from && check_lists(head, err))
		bad = err_wrap(err, "%s", p->from);
	bad = bad || change(head, p, s, texts, err);
	if (bad)
		json_decref(head);
	bad = bad || draft_make(d, s->network, head, buf_str(&body), err) ||
	      is_no_change(now, d, err);
	if (!bad)
		add_schemas(d, texts);
	json_decref(edited);
	json_decref(texts);
	buf_release(&body);
	return bad ? err->code : 0;
}

static void say_next(const struct draft *d, const struct proposal *p, const struct charter *before)
{
	struct err none;
	const struct cmd_word file = cmd_word(p->out ? p->out : "DRAFT");
	charter_tell(d, before, &none);
	cmd_say("Next: belfry charter show %s to read it, belfry charter sign %s with each key, "
		"belfry charter apply %s.",
	    file.text, file.text, file.text);
}

static int run(const struct cmd *self, int argc, char **argv)
{
	struct proposal p = {.from = NULL};
	const struct cmd_option options[] = {
	    {"from", "FILE", OPTION_TEXT, &p.from,
		"the text of belfry charter show, edited: for principles, themes and all else"},
	    {"add-central", "ID=FILE.pub", OPTION_LIST, &p.central, "one more central key"},
	    {"remove-central", "ID", OPTION_LIST, &p.no_central, "one less"},
	    {"threshold", "K", OPTION_TEXT, &p.threshold, "central signatures a charter needs"},
	    {"expires", "DATE", OPTION_TEXT, &p.expires,
		"when this version should be renewed, as 2027-12-31; or never"},
	    {"name", "TEXT", OPTION_TEXT, &p.name, "what the network is called"},
	    {"site", "URL", OPTION_TEXT, &p.site, "the resource centre's public address"},
	    {"contact", "TO", OPTION_TEXT, &p.contact,
		"an e-mail or web address for faults that readers find"},
	    {"review", "required|optional", OPTION_TEXT, &p.review,
		"whether a record needs a second person"},
	    {"add-language", "LANG", OPTION_LIST, &p.languages, "one more language of the site"},
	    {"remove-language", "LANG", OPTION_LIST, &p.no_languages, "one less"},
	    {"schema", "TYPE.json", OPTION_LIST, &p.schemas,
		"a new record type, or a new form of one"},
	    {"address", "HUB=HOST:PORT", OPTION_LIST, &p.hubs.addresses,
		"where a hub can be dialled"},
	    {"country", "HUB=CC", OPTION_LIST, &p.hubs.countries,
		"a country whose cities are that hub's alone"},
	    {"rekey", "REQUEST", OPTION_LIST, &p.hubs.rekeys,
		"give a hub the keys of the request that it made anew"},
	    {"keep-stewards", NULL, OPTION_FLAG, &p.hubs.keeps_stewards,
		"with --rekey: its stewards stay"},
	    {"base", "HUB=ENTRY", OPTION_LIST, &p.hubs.bases,
		"the last entry that stays of a hub whose key changes; the newest here, else"},
	    {"close", "HUB", OPTION_LIST, &p.hubs.closed,
		"nothing is added to its journal after --base"},
	    {"deny", "KEY=REASON", OPTION_LIST, &p.hubs.denied,
		"a key, as SHA256:…, whose signatures count nowhere any more"},
	    {"out", "FILE", OPTION_TEXT, &p.out, "write the draft there instead of printing it"},
	    {0},
	};
	struct cmd_common c;
	struct err err = {.code = ERR_NONE};
	struct store *s = NULL;
	struct draft d = {.json = NULL};
	const struct charter *before;
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	if (nargs)
		return cmd_usage(self, "what is '%s'?", argv[0]);
	int bad = common_open(&s, &c, &err) || propose(&d, s, &p, &err) ||
		  draft_before(&before, &d, s, &err) || draft_write(&d, p.out, &err);
	if (!bad)
		say_next(&d, &p, before);
	draft_release(&d);
	store_close(s);
	return bad ? cmd_fail(self, &err) : EXIT_DONE;
}

const struct cmd charter_propose = {
    .name = "charter propose",
    .args = "[what is to change] [--out DRAFT]",
    .summary = "Write the next version of the charter as a draft, for others to sign.",
    .run = run,
    .details =
	"Options that name one thing may be repeated. A draft changes nothing until it is applied.",
};
