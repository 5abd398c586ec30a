/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/message.h"

#include <assert.h>

const char *message_name(unsigned type)
{
	static const char *const name[MESSAGES] = {
	    [MESSAGE_HEADS] = "HEADS",
	    [MESSAGE_CHARTER] = "CHARTER",
	    [MESSAGE_ENTRIES] = "ENTRIES",
	    [MESSAGE_REFUSE] = "REFUSE",
	    [MESSAGE_PROVE] = "PROVE",
	    [MESSAGE_SUBMIT] = "SUBMIT",
	    [MESSAGE_NOTICE] = "NOTICE",
	    [MESSAGE_PING] = "PING",
	    [MESSAGE_BYE] = "BYE",
	    [MESSAGE_HOLD] = "HOLD",
	    [MESSAGE_WANT] = "WANT",
	    [MESSAGE_PART] = "PART",
	    [MESSAGE_REST] = "REST",
	    [MESSAGE_GET] = "GET",
	    [MESSAGE_PIECE] = "PIECE",
	    [MESSAGE_HAVE] = "HAVE",
	    [MESSAGE_SCOPE] = "SCOPE",
	    [MESSAGE_RECALL] = "RECALL",
	    [MESSAGE_MEMBERS] = "MEMBERS",
	    [MESSAGE_EVIDENCE] = "EVIDENCE",
	};
	return type < MESSAGES ? name[type] : NULL;
}

static void put_name(struct buf *out, const char *hub)
{
	struct str s = str_from(hub);
	assert(s.len < HUB_NAME_BYTES);
	buf_u8(out, (uint8_t)s.len);
	buf_add(out, s);
}

static void put_raw(struct buf *out, const void *bytes, size_t n)
{
	buf_add(out, str_of(bytes, n));
}

/* A slug, perhaps behind the mark, or nothing; `out` is whole even when it fails. */
static int take_name(char out[static HUB_NAME_BYTES], struct str *s, struct err *err)
{
	uint8_t length;
	struct str name;
	memset(out, 0, HUB_NAME_BYTES);
	if (!str_take_u8(s, &length) || !str_take(s, length, &name))
		return err_set(err, ERR_PEER, "ends within a hub's name");
	struct str slug = name;
	if (slug.len && slug.ptr[0] == MEMBERS_MARK)
		slug = str_sub(name, 1, name.len);
	if (name.len && !str_is_slug(slug))
		return err_set(err, ERR_PEER,
		    "a hub's name of %zu bytes that is no name: a-z, 0-9 "
		    "and single hyphens, at most 64",
		    name.len);
	memcpy(out, name.ptr, name.len);
	return 0;
}

static int take_seq(uint64_t *out, struct str *s, struct err *err)
{
	uint64_t seq;
	if (!str_take_varint(s, &seq) || !seq || seq > SEQ_MAX)
		return err_set(err, ERR_PEER,
		    "a number that is missing, not in its shortest form, or "
		    "not from 1 to %d",
		    SEQ_MAX);
	*out = seq;
	return 0;
}

static bool take_raw(void *out, struct str *s, size_t n)
{
	struct str raw;
	if (!str_take(s, n, &raw))
		return false;
	memcpy(out, raw.ptr, n);
	return true;
}

static int want_end(struct str rest, struct err *err)
{
	return rest.len ? err_set(err, ERR_PEER, "%zu bytes more than it can have", rest.len) : 0;
}

void hello_write(struct buf *out, const struct hello *h)
{
	buf_u8(out, PROTOCOL_VERSION);
	put_raw(out, h->incarnation, INCARNATION_BYTES);
	buf_varint(out, h->charter);
	put_raw(out, h->charter_id, SHORT_ID_BYTES);
	put_raw(out, h->digest.bytes, SHA256_BYTES);
	put_name(out, h->hub);
}

int hello_read(struct hello *h, struct str payload, struct err *err)
{
	uint8_t version;
	uint64_t charter;
	struct hello got = {.charter = 0};
	if (!str_take_u8(&payload, &version))
		return err_set(err, ERR_PEER, "hello: it is empty");
	if (version != PROTOCOL_VERSION)
		return err_set(err, ERR_UNSUPPORTED,
		    "hello: the peer speaks version %u of the "
		    "protocol, this program version %d",
		    version, PROTOCOL_VERSION);
	if (!take_raw(got.incarnation, &payload, INCARNATION_BYTES) ||
	    !str_take_varint(&payload, &charter) || charter > SEQ_MAX ||
	    !take_raw(got.charter_id, &payload, SHORT_ID_BYTES) ||
	    !take_raw(got.digest.bytes, &payload, SHA256_BYTES))
		return err_set(err, ERR_PEER,
		    "hello: it is cut short or its charter's version is "
		    "no number");
	got.charter = (uint32_t)charter;
	if (take_name(got.hub, &payload, err) || want_end(payload, err))
		return err_wrap(err, "hello");
	if (name_is_for_members(got.hub))
		return err_set(err, ERR_PEER, "hello: '%s' is no hub's name", got.hub);
	*h = got;
	return 0;
}

void heads_write(struct buf *out, const struct short_head *h, size_t n)
{
	buf_varint(out, n);
	for (size_t i = 0; i < n; i++) {
		put_name(out, h[i].hub);
		buf_varint(out, h[i].seq);
		put_raw(out, h[i].id, SHORT_ID_BYTES);
	}
}

int heads_read(struct short_head *heads, size_t *n, struct str body, struct err *err)
{
	uint64_t count;
	if (!str_take_varint(&body, &count) || count > MESSAGE_HEADS_MAX)
		return err_set(
		    err, ERR_PEER, "a count that is missing or above %d", MESSAGE_HEADS_MAX);
	for (size_t i = 0; i < count; i++) {
		struct short_head *h = &heads[i];
		if (take_name(h->hub, &body, err) || take_seq(&h->seq, &body, err))
			return err_wrap(err, "head %zu", i + 1);
		if (!take_raw(h->id, &body, SHORT_ID_BYTES))
			return err_set(err, ERR_PEER, "head %zu: its id is cut short", i + 1);
		if (i && strcmp(heads[i - 1].hub, h->hub) >= 0)
			return err_set(err, ERR_PEER, "head %zu: '%s' does not come after '%s'",
			    i + 1, h->hub, heads[i - 1].hub);
	}
	*n = (size_t)count;
	return want_end(body, err);
}

void charter_body_write(struct buf *out, uint64_t version, struct str bytes)
{
	buf_varint(out, version);
	buf_add(out, bytes);
}

void members_write(struct buf *out, bool is_open, const struct short_head *h, size_t n)
{
	buf_u8(out, is_open);
	if (is_open)
		heads_write(out, h, n);
}

int members_read(
    bool *is_open, struct short_head *heads, size_t *n, struct str body, struct err *err)
{
	uint8_t flag;
	*n = 0;
	if (!str_take_u8(&body, &flag) || flag > 1)
		return err_set(err, ERR_PEER, "a first byte that is missing or above 1");
	*is_open = flag;
	if (!flag)
		return want_end(body, err);
	if (heads_read(heads, n, body, err))
		return err->code;
	for (size_t i = 0; i < *n; i++)
		if (!name_is_for_members(heads[i].hub))
			return err_set(err, ERR_PEER, "'%s' is not for members", heads[i].hub);
	return 0;
}

int charter_body_read(uint64_t *version, struct str *bytes, struct str body, struct err *err)
{
	int rc = take_seq(version, &body, err);
	if (!rc)
		rc = opaque_read(body, ENTRY_BYTES_MAX, err);
	*bytes = body;
	return rc;
}

void entries_write(struct buf *out, const char *hub, uint64_t from, struct str segment)
{
	put_name(out, hub);
	buf_varint(out, from);
	buf_add(out, segment);
}

int entries_read(char hub[static HUB_NAME_BYTES], uint64_t *from, struct str *segment,
    struct str body, struct err *err)
{
	if (take_name(hub, &body, err) || take_seq(from, &body, err))
		return err->code;
	if (!hub[0])
		return err_set(err, ERR_PEER, "no hub is named");
	*segment = body;
	return 0;
}

void refuse_write(struct buf *out, const char *hub, uint64_t seq)
{
	put_name(out, hub);
	buf_varint(out, seq);
}

int refuse_read(char hub[static HUB_NAME_BYTES], uint64_t *seq, struct str body, struct err *err)
{
	if (take_name(hub, &body, err) || take_seq(seq, &body, err))
		return err->code;
	return want_end(body, err);
}

void want_write(struct buf *out, enum want want, const struct str *names, size_t n)
{
	buf_u8(out, (uint8_t)want);
	for (size_t i = 0; i < n; i++) {
		buf_u8(out, (uint8_t)names[i].len);
		buf_add(out, names[i]);
	}
}

int want_begin(enum want *want, struct str *body, struct err *err)
{
	uint8_t value;
	if (!str_take_u8(body, &value) || value >= WANTS)
		return err_set(
		    err, ERR_PEER, "it says neither 1, entries, nor 0, news alone, nor 2, nothing");
	*want = (enum want)value;
	return 0;
}

int want_next(char hub[static HUB_NAME_BYTES], struct str *body, struct err *err)
{
	if (take_name(hub, body, err))
		return err->code;
	return hub[0] ? 0 : err_set(err, ERR_PEER, "the charter is sent unasked");
}

static int take_length(uint64_t *out, struct str *s, struct err *err)
{
	if (!str_take_varint(s, out) || !*out || *out > ENTRY_BYTES_MAX)
		return err_set(
		    err, ERR_PEER, "a length that is missing or not from 1 to %d", ENTRY_BYTES_MAX);
	return 0;
}

void part_write(struct buf *out, const struct part_claim *p)
{
	put_name(out, p->hub);
	buf_varint(out, p->seq);
	buf_varint(out, p->len);
	put_raw(out, p->hash, PART_HASH_BYTES);
}

int part_read(struct part_claim *p, struct str body, struct err *err)
{
	if (take_name(p->hub, &body, err) || take_seq(&p->seq, &body, err) ||
	    take_length(&p->len, &body, err))
		return err->code;
	if (!take_raw(p->hash, &body, PART_HASH_BYTES))
		return err_set(err, ERR_PEER, "its hash is cut short");
	return want_end(body, err);
}

void recall_write(struct buf *out, const struct recall_claim *r)
{
	put_name(out, r->hub);
	buf_varint(out, r->last);
	buf_varint(out, r->count);
	put_raw(out, r->hash, PART_HASH_BYTES);
}

int recall_read(struct recall_claim *r, struct str body, struct err *err)
{
	if (take_name(r->hub, &body, err) || take_seq(&r->last, &body, err) ||
	    take_seq(&r->count, &body, err))
		return err->code;
	if (!r->hub[0] || r->count > r->last || r->count > RECALL_ENTRIES_MAX)
		return err_set(err, ERR_PEER, "it names no entries that a journal can have");
	if (!take_raw(r->hash, &body, PART_HASH_BYTES))
		return err_set(err, ERR_PEER, "its hash is cut short");
	return want_end(body, err);
}

bool recall_fits(const struct recall_claim *r, struct str text)
{
	struct sha256 hash = sha256(text);
	return text.len && memcmp(hash.bytes, r->hash, PART_HASH_BYTES) == 0;
}

void evidence_write(struct buf *out, const char *hub, struct str first, struct str second)
{
	put_name(out, hub);
	buf_varint(out, first.len);
	buf_add(out, first);
	buf_add(out, second);
}

int evidence_read(char hub[static HUB_NAME_BYTES], struct str *first, struct str *second,
    struct str body, struct err *err)
{
	uint64_t length;
	if (take_name(hub, &body, err))
		return err->code;
	if (!hub[0] || !str_take_varint(&body, &length) || !length ||
	    length > ENTRY_COMMIT_BYTES_MAX || !str_take(&body, (size_t)length, first) ||
	    body.len > ENTRY_COMMIT_BYTES_MAX)
		return err_set(err, ERR_PEER, "it has no journal, or no commits of 1 to %d bytes",
		    ENTRY_COMMIT_BYTES_MAX);
	*second = body;
	return 0;
}

void rest_write(struct buf *out, const char *hub, uint64_t seq, uint64_t at, struct str segment)
{
	put_name(out, hub);
	buf_varint(out, seq);
	buf_varint(out, at);
	buf_add(out, segment);
}

int rest_read(char hub[static HUB_NAME_BYTES], uint64_t *seq, uint64_t *at, struct str *segment,
    struct str body, struct err *err)
{
	if (take_name(hub, &body, err) || take_seq(seq, &body, err) || take_length(at, &body, err))
		return err->code;
	*segment = body;
	return opaque_read(body, MESSAGE_BYTES_MAX, err);
}

void prove_write(struct buf *out, const struct public_key *key, const uint8_t *signature)
{
	put_raw(out, key->bytes, PUBLIC_KEY_BYTES);
	put_raw(out, signature, public_key_signature_bytes(key));
	buf_puts(out, key->application);
}

int prove_read(struct public_key *key, uint8_t signature[static SIGNATURE_TOKEN_BYTES],
    struct str body, struct err *err)
{
	struct str point, raw;
	bool is_token = body.len != PUBLIC_KEY_BYTES + SIGNATURE_BYTES;
	if (!str_take(&body, PUBLIC_KEY_BYTES, &point) ||
	    !str_take(&body, is_token ? SIGNATURE_TOKEN_BYTES : SIGNATURE_BYTES, &raw))
		return err_set(err, ERR_PEER, "it must be %d bytes, or %d and an application",
		    PUBLIC_KEY_BYTES + SIGNATURE_BYTES, PUBLIC_KEY_BYTES + SIGNATURE_TOKEN_BYTES);
	memcpy(signature, raw.ptr, raw.len);
	if (public_key_from_bytes(key, point, err))
		return err->code;
	if (is_token && !public_key_set_application(key, body))
		return err_set(err, ERR_PEER,
		    "a token's application is ssh: and at most %d plain characters",
		    APPLICATION_BYTES - 5);
	return 0;
}

void hold_write(struct buf *out, bool is_held)
{
	buf_u8(out, is_held);
}

int hold_read(bool *is_held, struct str body, struct err *err)
{
	uint8_t value;
	if (body.len != 1 || !str_take_u8(&body, &value) || value > 1)
		return err_set(err, ERR_PEER, "it is one byte, 0 or 1");
	*is_held = value;
	return 0;
}

int opaque_read(struct str body, size_t most, struct err *err)
{
	if (body.len && body.len <= most)
		return 0;
	return err_set(err, ERR_PEER, "%zu bytes, where 1 to %zu are possible", body.len, most);
}

void bye_write(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.len && i < BYE_BYTES_MAX; i++) {
		bool plain = text.ptr[i] >= 0x20 && text.ptr[i] < 0x7f;
		buf_putc(out, plain ? text.ptr[i] : '?');
	}
}
