/* SPDX-License-Identifier: Apache-2.0 */
#include "entry/entry.h"

#include "base/mem.h"

#include <inttypes.h>

void entry_release(struct entry *e)
{
	arena_clear(&e->arena);
	*e = (struct entry){.seq = 0};
}

bool entry_is_in_bounds(const struct entry *e)
{
	for (size_t i = 0; i < e->nheads; i++)
		if (!e->heads[i].seq || e->heads[i].seq > ENTRY_SEQ_MAX ||
		    (i && strcmp(e->heads[i - 1].hub, e->heads[i].hub) >= 0))
			return false;
	return e->seq && e->seq <= ENTRY_SEQ_MAX && e->time >= 0 && e->time <= ENTRY_TIME_MAX &&
	       e->charter;
}

static void begin_content(struct buf *b, const struct sha256 *parent)
{
	buf_printf(b, "belfry-content 1\n%s\n", sha256_hex(parent).text);
}

static void add_to_content(struct buf *b, const struct change *c, const struct sha256 *hash)
{
	if (c->is_delete)
		buf_printf(b, "- %.*s\n", STR_FMT(c->path));
	else
		buf_printf(b, "+ %s %.*s\n", sha256_hex(hash).text, STR_FMT(c->path));
}

static struct sha256 end_content(struct buf *b)
{
	struct sha256 out = sha256(buf_str(b));
	buf_release(b);
	return out;
}

struct sha256 entry_content(const struct sha256 *parent, const struct change *changes, size_t n)
{
	struct buf b = BUF_INIT;
	begin_content(&b, parent);
	for (size_t i = 0; i < n; i++) {
		struct sha256 hash =
		    changes[i].is_bare ? changes[i].hash : sha256(changes[i].content);
		add_to_content(&b, &changes[i], &hash);
	}
	return end_content(&b);
}

bool entry_has_hashes(const struct entry *e)
{
	for (size_t i = 0; i < e->nchanges; i++)
		if (e->changes[i].is_bare && !e->changes[i].is_hashed)
			return false;
	return true;
}

struct sha256 entry_content_keep(const struct sha256 *parent, struct entry *e)
{
	struct buf b = BUF_INIT;
	begin_content(&b, parent);
	for (size_t i = 0; i < e->nchanges; i++) {
		struct change *c = &e->changes[i];
		if (!c->is_bare)
			c->hash = sha256(c->content);
		c->is_hashed = true;
		add_to_content(&b, c, &c->hash);
	}
	return end_content(&b);
}

/*
 * The message begins with what a person reading `git log` wants to see. It depends on nothing but
 * the values below it and the paths changed, which the receiver has; to keep the commit a function
 * of its parsed values alone, it says only hub and number.
 */
static void write_message(struct buf *out, const struct entry *e, const char *network)
{
	buf_printf(out,
	    "%s %" PRIu64 "\n\nNetwork: %s\nHub: %s\nSeq: %" PRIu64 "\nCharter: %u\nContent: %s\n",
	    e->hub, e->seq, network, e->hub, e->seq, e->charter, sha256_hex(&e->content).text);
	for (size_t i = 0; i < e->nheads; i++)
		buf_printf(out, "Head: %s %" PRIu64 " %s\n", e->heads[i].hub, e->heads[i].seq,
		    oid_hex(&e->heads[i].id).text);
}

static void write_header(struct buf *out, const struct entry *e, const char *network)
{
	buf_printf(out, "tree %s\n", oid_hex(&e->tree).text);
	if (!oid_is_zero(&e->parent))
		buf_printf(out, "parent %s\n", oid_hex(&e->parent).text);
	for (int i = 0; i < 2; i++)
		buf_printf(out, "%s %s <%s@%.16s> %" PRId64 " +0000\n", i ? "committer" : "author",
		    e->hub, e->hub, network, e->time);
}

void entry_payload(struct buf *out, const struct entry *e, const char *network)
{
	write_header(out, e, network);
	buf_putc(out, '\n');
	write_message(out, e, network);
}

void entry_commit(
    struct buf *out, const struct entry *e, const char *network, const struct public_key *journal)
{
	struct sshsig sig = {.key = *journal, .name_space = "git"};
	struct buf armor = BUF_INIT;
	memcpy(sig.signature, e->signature, sizeof e->signature);
	sshsig_write(&armor, &sig);
	write_header(out, e, network);
	buf_puts(out, "gpgsig");
	for (struct str rest = buf_str(&armor); rest.len;) {
		struct str line = str_cut(&rest, '\n');
		buf_printf(out, " %.*s\n", STR_FMT(line));
	}
	buf_putc(out, '\n');
	write_message(out, e, network);
	buf_release(&armor);
}

int entry_sign(struct entry *e, const char *network, struct signer *journal, struct err *err)
{
	struct buf payload = BUF_INIT, armor = BUF_INIT;
	struct sshsig sig;
	entry_payload(&payload, e, network);
	int bad = sshsig_sign(&armor, journal, "git", buf_str(&payload), err) ||
		  sshsig_parse(&sig, buf_str(&armor), err);
	if (!bad)
		memcpy(e->signature, sig.signature, sizeof e->signature);
	buf_release(&payload);
	buf_release(&armor);
	return bad ? err->code : 0;
}

int entry_verify(
    const struct entry *e, const char *network, const struct public_key *journal, struct err *err)
{
	struct buf payload = BUF_INIT;
	struct sshsig sig = {.key = *journal, .name_space = "git"};
	memcpy(sig.signature, e->signature, sizeof e->signature);
	entry_payload(&payload, e, network);
	int bad = sshsig_verify(&sig, "git", buf_str(&payload), err);
	buf_release(&payload);
	return bad;
}

/* Take "<label><text>\n" off the front. */
static bool take_line(struct str *rest, const char *label, struct str *out)
{
	if (!str_starts(*rest, str_from(label)) || !memchr(rest->ptr, '\n', rest->len))
		return false;
	struct str line = str_cut(rest, '\n');
	*out = str_sub(line, strlen(label), line.len);
	return true;
}

static bool take_signature(struct str *rest, struct sshsig *sig, struct err *err)
{
	struct buf armor = BUF_INIT;
	struct str line;
	bool is_first = true;
	while (take_line(rest, is_first ? "gpgsig " : " ", &line)) {
		buf_add(&armor, line);
		buf_putc(&armor, '\n');
		is_first = false;
	}
	bool good = armor.len && sshsig_parse(sig, buf_str(&armor), err) == 0 &&
		    !public_key_is_token(&sig->key);
	buf_release(&armor);
	return good;
}

static bool take_time(struct str author, int64_t *time)
{
	struct str rest = author;
	uint64_t v;
	while (memchr(rest.ptr, '>', rest.len))
		str_cut(&rest, '>');
	rest = str_trim(rest);
	if (!str_u64(str_cut(&rest, ' '), INT64_MAX, &v))
		return false;
	*time = (int64_t)v;
	return true;
}

static bool take_head(struct str line, struct head *h)
{
	struct str hub = str_cut(&line, ' '), seq = str_cut(&line, ' ');
	if (!str_is_slug(hub) || !str_u64(seq, UINT64_MAX >> 1, &h->seq) ||
	    !oid_from_hex(&h->id, line))
		return false;
	memcpy(h->hub, hub.ptr, hub.len);
	return true;
}

static bool take_message(struct entry *e, struct str *rest, struct str *network)
{
	struct str line, hub;
	uint64_t v;
	if (!take_line(rest, "", &line) || !take_line(rest, "", &line) || line.len ||
	    !take_line(rest, "Network: ", network) || !take_line(rest, "Hub: ", &hub) ||
	    !str_is_slug(hub) || !take_line(rest, "Seq: ", &line) ||
	    !str_u64(line, UINT64_MAX >> 1, &e->seq) || !take_line(rest, "Charter: ", &line) ||
	    !str_u64(line, UINT32_MAX, &v) || !take_line(rest, "Content: ", &line) ||
	    !sha256_from_hex(&e->content, line))
		return false;
	memcpy(e->hub, hub.ptr, hub.len);
	e->charter = (uint32_t)v;
	struct str heads = *rest;
	size_t n = 0;
	while (take_line(&heads, "Head: ", &line))
		n++;
	if (n > ENTRY_HEADS_MAX)
		return false;
	e->heads = arena_alloc(&e->arena, n * sizeof *e->heads);
	for (; e->nheads < n && take_line(rest, "Head: ", &line); e->nheads++)
		if (!take_head(line, &e->heads[e->nheads]))
			return false;
	return rest->len == 0;
}

static bool parse(struct entry *e, struct sshsig *sig, struct str commit, struct err *err)
{
	struct str rest = commit, line, author, network;
	if (!take_line(&rest, "tree ", &line) || !oid_from_hex(&e->tree, line))
		return false;
	if (take_line(&rest, "parent ", &line) && !oid_from_hex(&e->parent, line))
		return false;
	return take_line(&rest, "author ", &author) && take_time(author, &e->time) &&
	       take_line(&rest, "committer ", &line) && take_signature(&rest, sig, err) &&
	       take_line(&rest, "", &line) && line.len == 0 && take_message(e, &rest, &network);
}

int entry_parse(struct entry *e, struct public_key *key, struct str commit, const char *network,
    struct err *err)
{
	struct sshsig sig;
	struct buf again = BUF_INIT;
	*e = (struct entry){.seq = 0};
	bool good = parse(e, &sig, commit, err) && entry_is_in_bounds(e) &&
		    (e->seq == 1) == oid_is_zero(&e->parent);
	if (good) {
		memcpy(e->signature, sig.signature, sizeof e->signature);
		*key = sig.key;
		entry_commit(&again, e, network, key);
		good = str_eq(buf_str(&again), commit);
	}
	buf_release(&again);
	if (good)
		return 0;
	entry_release(e);
	return err_set(
	    err, ERR_SYNTAX, "a commit is not a journal entry of network %.16s", network);
}
