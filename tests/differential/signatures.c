/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures: forms that differ from the one form in one or two ways and are signed as they are,
 * then damage to the armor or the bytes in it. The list of forms is what ssh-keygen 9.2 was found
 * to take, and their neighbours.
 */
#include "differential.h"

#include <sodium.h>

enum bend {
	PLAIN,
	VERSION_0,
	VERSION_2,
	RESERVED,
	SHA256,
	S_PLUS_L,
	SMALL_ORDER,
	NOT_CANONICAL,
	TOKEN,
	NO_TOUCH,
	SPACE_IN_NS,
	OTHER_NS,
	BLOB_GOES_ON,
	SIGNATURE_GOES_ON,
	WRAP_76,
	WRAP_64,
	ONE_LINE,
	CRLF,
	SPACES,
	EMPTY_LINE,
	NO_PADDING,
	TEXT_AFTER,
	TEXT_BEFORE,
	TWICE,
	NO_LAST_LINE_END,
	BENDS
};

/* Points of order 1: with them a signature of zeros is good for every message. The second is the
 * first in other bytes. */
static const uint8_t small[32] = {1};
static const uint8_t noncanonical[32] = {0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0x7f};

struct form {
	bool is[BENDS];
	struct run *run;
};

static const uint8_t *key_of(const struct form *f)
{
	return f->is[SMALL_ORDER]     ? small
	       : f->is[NOT_CANONICAL] ? noncanonical
				      : signer_key(f->run->key)->bytes;
}

static void add_l(uint8_t s[32])
{
	static const uint8_t l[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c,
	    0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10};
	unsigned carry = 0;
	for (int i = 0; i < 32; i++) {
		carry += (unsigned)s[i] + l[i];
		s[i] = (uint8_t)carry;
		carry >>= 8;
	}
}

static void fields(struct buf *out, const struct form *f)
{
	buf_ssh_string(out, STR(NS));
	if (f->is[SPACE_IN_NS])
		out->ptr[out->len - 3] = ' ';
	if (f->is[OTHER_NS])
		out->ptr[out->len - 3] = 'x';
	buf_ssh_string(out, f->is[RESERVED] ? STR("more") : STR_EMPTY);
	buf_ssh_string(out, f->is[SHA256] ? STR("sha256") : STR("sha512"));
}

/* A token is asked for, touched or not. */
static bool is_token(const struct form *f)
{
	return f->is[TOKEN] || f->is[NO_TOUCH];
}

static void add_type(struct buf *out, const struct form *f)
{
	buf_ssh_string(out, is_token(f) ? STR("sk-ssh-ed25519@openssh.com") : STR("ssh-ed25519"));
}

/* Flags and counter. */
static void add_token(struct buf *out, const struct form *f)
{
	buf_u8(out, f->is[NO_TOUCH] ? 4 : 5);
	buf_u32(out, 7);
}

static void sign(const struct form *f, uint8_t out[64])
{
	struct buf data = BUF_INIT, seen = BUF_INIT;
	uint8_t hash[SHA512_BYTES];
	struct sha256 h = sha256(STR(MESSAGE)), app = sha256(STR("ssh:"));
	sha512(hash, STR(MESSAGE));
	buf_puts(&data, "SSHSIG");
	fields(&data, f);
	buf_ssh_string(
	    &data, f->is[SHA256] ? str_of(h.bytes, sizeof h.bytes) : str_of(hash, sizeof hash));
	if (is_token(f)) {
		h = sha256(buf_str(&data));
		buf_add(&seen, str_of(app.bytes, sizeof app.bytes));
		add_token(&seen, f);
		buf_add(&seen, str_of(h.bytes, sizeof h.bytes));
	} else {
		buf_add(&seen, buf_str(&data));
	}
	crypto_sign_detached(out, NULL, (const uint8_t *)seen.ptr, seen.len, f->run->key->secret);
	buf_release(&data);
	buf_release(&seen);
	if (f->is[S_PLUS_L])
		add_l(out + 32);
	if (f->is[SMALL_ORDER] || f->is[NOT_CANONICAL]) {
		memset(out, 0, 64);
		out[0] = 1;
	}
}

static void make_blob(struct buf *out, const struct form *f)
{
	struct buf part = BUF_INIT;
	uint8_t raw[64];
	sign(f, raw);
	buf_puts(out, "SSHSIG");
	buf_u32(out, f->is[VERSION_0] ? 0 : f->is[VERSION_2] ? 2 : 1);
	add_type(&part, f);
	buf_ssh_string(&part, str_of(key_of(f), 32));
	if (is_token(f))
		buf_ssh_string(&part, STR("ssh:"));
	buf_ssh_string(out, buf_str(&part));
	fields(out, f);
	buf_reset(&part);
	add_type(&part, f);
	buf_ssh_string(&part, str_of(raw, 64));
	if (is_token(f))
		add_token(&part, f);
	if (f->is[SIGNATURE_GOES_ON])
		buf_puts(&part, "more");
	buf_ssh_string(out, buf_str(&part));
	if (f->is[BLOB_GOES_ON])
		buf_puts(out, "more");
	buf_release(&part);
}

static void wrap(struct buf *out, const struct form *f, struct str blob)
{
	const char *end = f->is[CRLF] ? "\r\n" : "\n";
	size_t columns = f->is[WRAP_76] ? 76 : f->is[WRAP_64] ? 64 : f->is[ONE_LINE] ? 100000 : 70;
	struct buf text = BUF_INIT;
	buf_base64(&text, blob);
	while (f->is[NO_PADDING] && text.len && text.ptr[text.len - 1] == '=')
		text.len--;
	buf_printf(out, "-----BEGIN SSH SIGNATURE-----%s", end);
	for (size_t at = 0; at < text.len; at += columns) {
		struct str line = str_sub(buf_str(&text), at, columns);
		buf_printf(out, "%.*s%s%s", STR_FMT(line), f->is[SPACES] ? " " : "", end);
		if (f->is[EMPTY_LINE] && at == 0)
			buf_puts(out, end);
	}
	buf_printf(out, "-----END SSH SIGNATURE-----%s", f->is[NO_LAST_LINE_END] ? "" : end);
	buf_release(&text);
}

static void finish(struct buf *out, const struct form *f, struct str blob)
{
	if (f->is[TEXT_BEFORE])
		buf_puts(out, "Signed:\n");
	wrap(out, f, blob);
	if (f->is[TWICE])
		wrap(out, f, blob);
	if (f->is[TEXT_AFTER])
		buf_puts(out, "and more\n");
}

static void compare(struct run *r, struct str armor)
{
	const char *const verify[] = {"ssh-keygen", "-Y", "verify", "-f", "allowed", "-I", "ama@x",
	    "-n", NS, "-s", "m.sig", NULL};
	struct sshsig s;
	struct err err = {.code = ERR_NONE};
	bool ours = !sshsig_parse(&s, armor, &err) && !sshsig_verify(&s, NS, STR(MESSAGE), &err);
	put_file("m.sig", armor);
	judged(r, ours, tool("m", verify) == 0, err.msg, armor);
}

static void allow(const struct run *r)
{
	const uint8_t *const keys[] = {signer_key(r->key)->bytes, small, noncanonical};
	struct buf b = BUF_INIT;
	for (int i = 0; i < 6; i++) {
		struct public_key k = {.application = ""};
		memcpy(k.bytes, keys[i / 2], sizeof k.bytes);
		if (i % 2)
			public_key_set_application(&k, STR("ssh:"));
		buf_puts(&b, "ama@x ");
		public_key_write(&b, &k);
		buf_putc(&b, '\n');
	}
	put_file("allowed", buf_str(&b));
	put_file("m", STR(MESSAGE));
	buf_release(&b);
}

static void one(struct run *r, const struct form *f, int depth)
{
	static const char *const words[] = {"SSHSIG", "\n", "=",
	    "==", "-----END SSH SIGNATURE-----\n", "-----BEGIN SSH SIGNATURE-----\n", "sha256",
	    "ssh-ed25519", "\r\n", " ", NULL};
	struct buf blob = BUF_INIT, armor = BUF_INIT;
	make_blob(&blob, f);
	if (depth == 2)
		mutate(r, &blob, words);
	finish(&armor, f, buf_str(&blob));
	if (depth == 1)
		mutate(r, &armor, words);
	compare(r, buf_str(&armor));
	buf_release(&blob);
	buf_release(&armor);
}

void signatures(struct run *r, size_t n)
{
	allow(r);
	for (int i = 0; i < BENDS; i++) {
		struct form f = {.run = r};
		f.is[i] = true;
		one(r, &f, 0);
	}
	while (n--) {
		struct form f = {.run = r};
		uint32_t bends = chance(r, 3);
		int depth = (int)chance(r, 3);
		while (bends--)
			f.is[chance(r, BENDS)] = true;
		one(r, &f, depth);
	}
}
