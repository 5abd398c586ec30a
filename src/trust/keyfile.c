/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSH private key files (openssh PROTOCOL.key), unencrypted. Whatever holds the secret on its
 * way is secret memory, base64 in both directions included.
 */
#include "base/file.h"
#include "base/hash.h"
#include "base/limits.h"
#include "trust/secret.h"
#include "trust/signer.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define BEGIN "-----BEGIN OPENSSH PRIVATE KEY-----"
#define END "-----END OPENSSH PRIVATE KEY-----"

static const char magic[] = "openssh-key-v1"; /* its NUL is part of it */

enum { BLOCK = 8, COLUMNS = 70, COMMENT_BYTES_MAX = 256, SECRET_BYTES = 64 };

/* Say what it is instead, where that is a usual mix-up. */
static int refuse_armor(struct str text, const char *name, struct err *err)
{
	if (str_starts(text, STR("ssh-")) || str_starts(text, STR("ecdsa-")) ||
	    str_starts(text, STR("sk-")))
		return err_set(err, ERR_SYNTAX,
		    "%s holds a public key; name the private one, usually the same without .pub",
		    name);
	if (str_starts(text, STR("-----BEGIN ")) && !str_starts(text, STR(BEGIN)))
		return err_set(err, ERR_UNSUPPORTED,
		    "%s is not in OpenSSH's format; only unencrypted Ed25519 keys in it are read "
		    "(ssh-keygen -t ed25519)",
		    name);
	return err_set(err, ERR_SYNTAX,
	    "%s is not an OpenSSH private key: it should run from the line %s to the line %s", name,
	    BEGIN, END);
}

static int unarmor(struct buf *blob, struct str text, const char *name, struct err *err)
{
	size_t around = sizeof BEGIN - 1 + sizeof END - 1;
	text = str_trim(text);
	if (!str_starts(text, STR(BEGIN)) || !str_ends(text, STR(END)) || text.len < around)
		return refuse_armor(text, name, err);
	struct str body = str_sub(text, sizeof BEGIN - 1, text.len - around);
	/* sodium_base642bin() passes a NUL over where it passes over anything. */
	if (memchr(body.ptr, 0, body.len) ||
	    sodium_base642bin((uint8_t *)blob->ptr, blob->cap - 1, body.ptr, body.len, "\r\n",
		&blob->len, NULL, sodium_base64_VARIANT_ORIGINAL))
		return err_set(
		    err, ERR_SYNTAX, "%s: what stands between BEGIN and END is not base64", name);
	return 0;
}

/* The outer part: how it is encrypted, the public key, the private section. */
static int split(
    struct public_key *k, struct str *section, struct str blob, const char *name, struct err *err)
{
	struct str head, cipher, kdf, options, public;
	uint32_t count;
	if (!str_take(&blob, sizeof magic, &head) || !str_eq(head, str_of(magic, sizeof magic)))
		return err_set(
		    err, ERR_SYNTAX, "%s does not begin with %s inside its base64", name, magic);
	if (!str_take_ssh_string(&blob, &cipher) || !str_take_ssh_string(&blob, &kdf) ||
	    !str_take_ssh_string(&blob, &options) || !str_take_u32(&blob, &count))
		return err_set(err, ERR_SYNTAX, "%s is cut short", name);
	if (!str_is(cipher, "none") || !str_is(kdf, "none"))
		return err_set(err, ERR_UNSUPPORTED,
		    "%s is encrypted with a passphrase; load it into your ssh-agent (ssh-add %s) "
		    "and use "
		    "--agent",
		    name, name);
	if (options.len || count != 1)
		return err_set(err, ERR_SYNTAX,
		    "%s should hold exactly one key and no key-derivation options", name);
	if (!str_take_ssh_string(&blob, &public) || !str_take_ssh_string(&blob, section) ||
	    blob.len)
		return err_set(err, ERR_SYNTAX, "%s is cut short or goes on after its key", name);
	if (public_key_from_blob(k, public, "its key", err))
		return err_wrap(err, "%s", name);
	if (public_key_is_token(k))
		return err_set(err, ERR_UNSUPPORTED,
		    "%s belongs to a FIDO token, which keeps the secret; load it into your "
		    "ssh-agent "
		    "(ssh-add %s) and use --agent, or sign by hand with ssh-keygen -Y sign",
		    name, name);
	return 0;
}

static bool is_padding(struct str s)
{
	if (s.len >= BLOCK)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] != (char)(i + 1))
			return false;
	return true;
}

/* The private section: seed and two more copies of the public half. */
static bool section_parse(struct str *seed, struct str *public1, struct str *public2, struct str s)
{
	uint32_t check1, check2;
	struct str type, secret, comment;
	if (s.len % BLOCK || !str_take_u32(&s, &check1) || !str_take_u32(&s, &check2) ||
	    check1 != check2 || !str_take_ssh_string(&s, &type) || !str_is(type, "ssh-ed25519") ||
	    !str_take_ssh_string(&s, public1) || public1->len != PUBLIC_KEY_BYTES ||
	    !str_take_ssh_string(&s, &secret) || secret.len != SECRET_BYTES ||
	    !str_take_ssh_string(&s, &comment) || memchr(comment.ptr, 0, comment.len) ||
	    !is_padding(s))
		return false;
	*seed = str_sub(secret, 0, SEED_BYTES);
	*public2 = str_sub(secret, SEED_BYTES, PUBLIC_KEY_BYTES);
	return true;
}

int signer_from_text(struct signer **out, struct str text, const char *name, struct err *err)
{
	*out = NULL;
	struct buf blob = secret_buf(KEY_FILE_BYTES_MAX);
	struct str section, seed, public1, public2;
	struct public_key said;
	int rc = unarmor(&blob, text, name, err);
	if (rc)
		goto out;
	rc = split(&said, &section, buf_str(&blob), name, err);
	if (rc)
		goto out;
	if (!section_parse(&seed, &public1, &public2, section)) {
		rc = err_set(
		    err, ERR_SYNTAX, "%s is damaged: its private section does not add up", name);
		goto out;
	}
	/* Signing with a public half that is not the secret's own gives the secret away. */
	struct signer *s = signer_from_seed((const uint8_t *)seed.ptr);
	struct str own = str_of(s->key.bytes, PUBLIC_KEY_BYTES);
	if (!public_key_eq(&s->key, &said) || !str_eq(own, public1) || !str_eq(own, public2)) {
		signer_free(s);
		rc = err_set(err, ERR_SYNTAX,
		    "%s is damaged: its public half belongs to another secret", name);
		goto out;
	}
	*out = s;
out:
	secret_buf_free(&blob);
	return rc;
}

static int check_mode(int fd, const char *path, struct err *err)
{
	struct stat st;
	if (fstat(fd, &st))
		return err_errno(err, "cannot look at %s", path);
	if (S_ISDIR(st.st_mode))
		return err_set(err, ERR_SYNTAX, "%s is a folder, not a key file", path);
	if (st.st_uid == getuid() && (st.st_mode & 077))
		return err_set(err, ERR_IO,
		    "%s may be read by others (mode %03o), so ssh-keygen would not take it either; "
		    "run: "
		    "chmod 600 %s",
		    path, (unsigned)(st.st_mode & 0777), path);
	return 0;
}

static int read_all(struct buf *text, int fd, const char *path, struct err *err)
{
	for (;;) {
		size_t room = text->cap - 1 - text->len;
		if (!room)
			return err_set(err, ERR_LIMIT,
			    "%s is larger than the %d bytes a key file may have", path,
			    KEY_FILE_BYTES_MAX);
		ssize_t n = read(fd, text->ptr + text->len, room);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, "cannot read %s", path);
		if (n == 0)
			return 0;
		text->len += (size_t)n;
	}
}

int signer_load(struct signer **out, const char *path, struct err *err)
{
	*out = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(err, "cannot open the key %s", path);
	/* One byte for the NUL, one to notice that there is more. */
	struct buf text = secret_buf(KEY_FILE_BYTES_MAX + 2);
	int rc = check_mode(fd, path, err);
	if (!rc)
		rc = read_all(&text, fd, path, err);
	if (!rc)
		rc = signer_from_text(out, buf_str(&text), path, err);
	secret_buf_free(&text);
	close(fd);
	return rc;
}

static void section_write(struct buf *out, const struct signer *s, struct str comment)
{
	uint32_t check;
	random_bytes(&check, sizeof check);
	buf_u32(out, check);
	buf_u32(out, check);
	public_key_blob(out, &s->key);
	buf_ssh_string(out, str_of(s->secret, SECRET_BYTES));
	buf_ssh_string(out, comment);
	for (uint8_t i = 1; out->len % BLOCK; i++)
		buf_u8(out, i);
}

/* Needs less than 1 KiB in each buffer: the comment is bounded and all else is of one size. */
static void file_text(struct buf *out, const struct signer *s, struct str comment)
{
	struct buf section = secret_buf(1024), blob = secret_buf(1024), line = secret_buf(1536);
	section_write(&section, s, comment);
	buf_add(&blob, str_of(magic, sizeof magic));
	buf_ssh_string(&blob, STR("none"));
	buf_ssh_string(&blob, STR("none"));
	buf_ssh_string(&blob, STR_EMPTY);
	buf_u32(&blob, 1);
	struct buf public = BUF_INIT;
	public_key_blob(&public, &s->key);
	buf_ssh_string(&blob, buf_str(&public));
	buf_release(&public);
	buf_ssh_string(&blob, buf_str(&section));

	sodium_bin2base64(line.ptr, line.cap, (const uint8_t *)blob.ptr, blob.len,
	    sodium_base64_VARIANT_ORIGINAL);
	line.len = strlen(line.ptr);
	buf_puts(out, BEGIN "\n");
	for (size_t at = 0; at < line.len; at += COLUMNS) {
		buf_add(out, str_sub(buf_str(&line), at, COLUMNS));
		buf_putc(out, '\n');
	}
	buf_puts(out, END "\n");
	secret_buf_free(&line);
	secret_buf_free(&blob);
	secret_buf_free(&section);
}

static int check_comment(struct str comment, struct err *err)
{
	if (comment.len > COMMENT_BYTES_MAX)
		return err_set(err, ERR_LIMIT,
		    "a key's comment has at most %d bytes, this one has %zu", COMMENT_BYTES_MAX,
		    comment.len);
	for (size_t i = 0; i < comment.len; i++)
		if ((uint8_t)comment.ptr[i] < ' ' || comment.ptr[i] == 127)
			return err_set(
			    err, ERR_SYNTAX, "a key's comment is one line of plain text");
	return 0;
}

int signer_save(const struct signer *s, const char *path, struct str comment, struct err *err)
{
	assert(s->secret);
	char public_path[PATH_MAX];
	if (snprintf(public_path, sizeof public_path, "%s.pub", path) >= (int)sizeof public_path)
		return err_set(err, ERR_LIMIT, "path too long: %s", path);
	int rc = check_comment(comment, err);
	if (rc)
		return rc;
	struct buf text = secret_buf(2048), public = BUF_INIT;
	file_text(&text, s, comment);
	public_key_write(&public, &s->key);
	if (comment.len)
		buf_putc(&public, ' ');
	buf_add(&public, comment);
	buf_putc(&public, '\n');
	/* The public half first: if the second fails, no secret is left behind under a half-made
	 * name. */
	rc = file_create(public_path, buf_str(&public), 0644, err);
	if (!rc) {
		rc = file_create(path, buf_str(&text), 0600, err);
		if (rc)
			unlink(public_path);
	}
	buf_release(&public);
	secret_buf_free(&text);
	return rc;
}
