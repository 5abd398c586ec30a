/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/sshsig.h"

#include "base/hash.h"
#include "base/limits.h"
#include "trust/signer.h"

#define BEGIN "-----BEGIN SSH SIGNATURE-----\n"
#define END "-----END SSH SIGNATURE-----\n"

enum { COLUMNS = 70, VERSION = 1 };

static const char magic[] = "SSHSIG"; /* six bytes: its NUL is not part of it */

/* Room in `name_space`, and characters that survive a shell and an allowed_signers file. */
static int check_name_space(struct str ns, struct err *err)
{
	size_t max = sizeof((struct sshsig *)0)->name_space - 1;
	if (!ns.len || ns.len > max)
		return err_set(err, ERR_SYNTAX,
		    "a signature's namespace has 1 to %zu bytes, this one has %zu", max, ns.len);
	for (size_t i = 0; i < ns.len; i++)
		if (ns.ptr[i] <= ' ' || ns.ptr[i] > '~')
			return err_set(err, ERR_SYNTAX,
			    "a signature's namespace is printable ASCII without spaces; byte %zu "
			    "is not",
			    i + 1);
	return 0;
}

/* What Ed25519 signs. */
static void signed_data(
    struct buf *out, const char *name_space, const uint8_t hash[static SHA512_BYTES])
{
	buf_puts(out, magic);
	buf_ssh_string(out, str_from(name_space));
	buf_ssh_string(out, STR_EMPTY);
	buf_ssh_string(out, STR("sha512"));
	buf_ssh_string(out, str_of(hash, SHA512_BYTES));
}

int sshsig_sign(struct buf *out, struct signer *signer, const char *name_space, struct str message,
    struct err *err)
{
	struct str ns = str_from(name_space);
	if (check_name_space(ns, err))
		return err->code;
	struct sshsig s = {.key = *signer_key(signer)};
	memcpy(s.name_space, ns.ptr, ns.len);
	struct buf data = BUF_INIT;
	uint8_t hash[SHA512_BYTES];
	sha512(hash, message);
	signed_data(&data, name_space, hash);
	int rc = signer_sign(signer, s.signature, buf_str(&data), err);
	buf_release(&data);
	if (!rc)
		sshsig_write(out, &s);
	return rc;
}

void sshsig_write(struct buf *out, const struct sshsig *s)
{
	struct buf blob = BUF_INIT, part = BUF_INIT;
	buf_reserve(&blob, sizeof s->name_space + 255);
	buf_puts(&blob, magic);
	buf_u32(&blob, VERSION);
	public_key_blob(&part, &s->key);
	buf_ssh_string(&blob, buf_str(&part));
	buf_ssh_string(&blob, str_from(s->name_space));
	buf_ssh_string(&blob, STR_EMPTY);
	buf_ssh_string(&blob, STR("sha512"));
	buf_reset(&part);
	public_key_signature_blob(&part, &s->key, s->signature);
	buf_ssh_string(&blob, buf_str(&part));

	buf_reset(&part);
	buf_base64(&part, buf_str(&blob));
	buf_reserve(out, part.len * 2);
	buf_puts(out, BEGIN);
	for (size_t at = 0; at < part.len; at += COLUMNS) {
		buf_add(out, str_sub(buf_str(&part), at, COLUMNS));
		buf_putc(out, '\n');
	}
	buf_puts(out, END);
	buf_release(&part);
	buf_release(&blob);
}

/* The base64 between the two lines, its line ends taken out, if they stand where they should. */
static int unwrap(struct buf *base64, struct str armor, struct err *err)
{
	if (armor.len > SIGNATURE_BYTES_MAX)
		return err_set(err, ERR_SYNTAX, "a signature is at most %d bytes, this one has %zu",
		    SIGNATURE_BYTES_MAX, armor.len);
	if (memchr(armor.ptr, '\r', armor.len))
		return err_set(
		    err, ERR_SYNTAX, "the signature's lines end in CR LF; LF alone is right");
	if (!str_starts(armor, STR(BEGIN)))
		return err_set(err, ERR_SYNTAX,
		    "a signature begins with the line -----BEGIN SSH SIGNATURE-----");
	buf_reserve(base64, armor.len);
	armor = str_sub(armor, sizeof BEGIN - 1, armor.len);
	for (size_t line = 2, last = COLUMNS; !str_starts(armor, STR(END)); line++) {
		struct str rest = armor, text = str_cut(&rest, '\n');
		if (text.len == armor.len || str_starts(text, STR("-----")))
			return err_set(err, ERR_SYNTAX,
			    "a signature ends with the line -----END SSH SIGNATURE----- and a line "
			    "end");
		if (!text.len || text.len > COLUMNS || last < COLUMNS)
			return err_set(err, ERR_SYNTAX,
			    "line %zu of the signature: its lines have %d characters, only the "
			    "last fewer",
			    text.len > COLUMNS || !text.len ? line : line - 1, COLUMNS);
		buf_add(base64, text);
		last = text.len;
		armor = rest;
	}
	if (armor.len != sizeof END - 1)
		return err_set(
		    err, ERR_SYNTAX, "something follows the signature's END line; nothing may");
	return 0;
}

static int parse_blob(struct sshsig *s, struct str blob, struct err *err)
{
	struct str begin, key, ns, reserved, hash, signature;
	uint32_t version;
	if (!str_take(&blob, sizeof magic - 1, &begin) || !str_is(begin, magic))
		return err_set(err, ERR_SYNTAX,
		    "the signature does not begin with %s inside its base64", magic);
	if (!str_take_u32(&blob, &version) || version != VERSION)
		return err_set(err, ERR_SYNTAX, "the signature is not of version %d", VERSION);
	if (!str_take_ssh_string(&blob, &key) || !str_take_ssh_string(&blob, &ns) ||
	    !str_take_ssh_string(&blob, &reserved) || !str_take_ssh_string(&blob, &hash) ||
	    !str_take_ssh_string(&blob, &signature))
		return err_set(err, ERR_SYNTAX, "the signature is cut short");
	if (blob.len)
		return err_set(err, ERR_SYNTAX, "the signature goes on after its last field");
	if (reserved.len)
		return err_set(
		    err, ERR_SYNTAX, "the signature's reserved field is filled; it must be empty");
	if (!str_is(hash, "sha512"))
		return err_set(err, ERR_SYNTAX,
		    "the signature does not use sha512, the only hash taken (ssh-keygen's "
		    "default)");
	if (check_name_space(ns, err))
		return err->code;
	memcpy(s->name_space, ns.ptr, ns.len);
	if (public_key_from_blob(&s->key, key, "the signature's key", err))
		return err->code;
	if (!public_key_take_signature(s->signature, &s->key, signature))
		return err_set(err, ERR_SYNTAX,
		    "the signature itself is not its key's type and %zu bytes",
		    public_key_signature_bytes(&s->key));
	return 0;
}

int sshsig_parse(struct sshsig *s, struct str armor, struct err *err)
{
	struct sshsig found = {0};
	struct buf base64 = BUF_INIT, blob = BUF_INIT, again = BUF_INIT;
	int rc = unwrap(&base64, armor, err);
	if (rc)
		goto out;
	if (!buf_unbase64(&blob, buf_str(&base64))) {
		rc = err_set(err, ERR_SYNTAX, "the signature's text is not base64 in its one form");
		goto out;
	}
	rc = parse_blob(&found, buf_str(&blob), err);
	if (rc)
		goto out;
	/* Whatever the checks above forgot would be a second encoding of the same signature. */
	sshsig_write(&again, &found);
	if (!str_eq(buf_str(&again), armor))
		rc = err_set(err, ERR_SYNTAX, "the signature is not in its one byte form");
out:
	*s = rc ? (struct sshsig){0} : found;
	buf_release(&again);
	buf_release(&blob);
	buf_release(&base64);
	return rc;
}

int sshsig_verify(
    const struct sshsig *s, const char *name_space, struct str message, struct err *err)
{
	uint8_t hash[SHA512_BYTES];
	sha512(hash, message);
	return sshsig_verify_hash(s, name_space, hash, err);
}

int sshsig_verify_hash(const struct sshsig *s, const char *name_space,
    const uint8_t hash[static SHA512_BYTES], struct err *err)
{
	if (strcmp(s->name_space, name_space) != 0)
		return err_set(err, ERR_NETWORK,
		    "the signature was made for \"%s\", not for \"%s\"", s->name_space, name_space);
	struct buf data = BUF_INIT;
	signed_data(&data, name_space, hash);
	int bad = public_key_verify(&s->key, s->signature, buf_str(&data), err);
	buf_release(&data);
	return bad;
}
