/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Public keys in a line, private keys in a file, and the names that stand before keys in the file
 * of signers that Belfry writes.
 */
#include "differential.h"

#include "store/signers.h"

static struct signer *some_key(struct run *r)
{
	uint8_t seed[SEED_BYTES];
	for (size_t i = 0; i < sizeof seed; i++)
		seed[i] = (uint8_t)chance(r, 256);
	return signer_from_seed(seed);
}

/* --- public keys --- */

/* The same key, if both take it. */
static void compare_public(struct run *r, struct str line)
{
	static const char *const list[] = {"ssh-keygen", "-l", "-f", "key.pub", NULL};
	struct public_key k;
	struct err err = {.code = ERR_NONE};
	bool ours = !public_key_parse(&k, line, &err), theirs;
	struct buf file = BUF_INIT, want = BUF_INIT;
	buf_add(&file, line);
	buf_putc(&file, '\n');
	put_file("key.pub", buf_str(&file));
	theirs = tool(NULL, list) == 0;
	if (ours && theirs) {
		struct buf said = get_file("out");
		buf_puts(&want, "256 ");
		public_key_fingerprint(&want, &k);
		theirs = str_starts(buf_str(&said), buf_str(&want));
		buf_release(&said);
	}
	judged(r, ours, theirs, err.msg, line);
	buf_release(&file);
	buf_release(&want);
}

static void line_of(struct buf *out, struct str point, bool is_token)
{
	const char *type = is_token ? "sk-ssh-ed25519@openssh.com" : "ssh-ed25519";
	struct buf blob = BUF_INIT;
	buf_ssh_string(&blob, str_from(type));
	buf_ssh_string(&blob, point);
	if (is_token)
		buf_ssh_string(&blob, STR("ssh:belfry"));
	buf_printf(out, "%s ", type);
	buf_base64(out, buf_str(&blob));
	buf_release(&blob);
}

void public_keys(struct run *r, size_t n)
{
	static const char *const words[] = {"ssh-rsa ", "ssh-ed25519", "sk-", " ", "\t", "\"", "# ",
	    "A", "==", "cert-authority ", "restrict ", "comment here", "\xc3\xa9", "\r",
	    "AAAAC3NzaC1lZDI1NTE5", NULL};
	static const char *const known[] = {"%s", " %s", "  %s", "\t%s", "%s comment", "%s  two",
	    "%s\r", "%s\tx", "no-pty %s", "cert-authority %s", "# %s", "1024 %s", "%s caf\xc3\xa9",
	    "%s \x01", ""};
	struct buf good = BUF_INIT, line = BUF_INIT;
	line_of(&good, str_of(signer_key(r->key)->bytes, PUBLIC_KEY_BYTES), false);
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		const char *at = strstr(known[i], "%s");
		buf_reset(&line);
		buf_add(&line, str_sub(str_from(known[i]), 0, at ? (size_t)(at - known[i]) : 0));
		buf_add(&line, buf_str(&good));
		buf_puts(&line, at ? at + 2 : "");
		compare_public(r, buf_str(&line));
	}
	uint8_t zero[PUBLIC_KEY_BYTES] = {0};
	buf_reset(&line);
	line_of(&line, str_of(zero, sizeof zero), false);
	compare_public(r, buf_str(&line));
	while (n--) {
		struct signer *s = some_key(r);
		struct buf point = BUF_INIT;
		uint32_t depth = chance(r, 3);
		buf_add(&point, str_of(signer_key(s)->bytes, PUBLIC_KEY_BYTES));
		if (depth == 0)
			mutate(r, &point, words);
		buf_reset(&line);
		line_of(&line, buf_str(&point), chance(r, 4) == 0);
		buf_puts(&line, chance(r, 2) ? " a comment" : "");
		if (depth == 1)
			mutate(r, &line, words);
		compare_public(r, buf_str(&line));
		buf_release(&point);
		signer_free(s);
	}
	buf_release(&good);
	buf_release(&line);
}

/* --- private keys --- */

static void compare_private(struct run *r, struct str text)
{
	static const char *const show[] = {"ssh-keygen", "-y", "-P", "", "-f", "key", NULL};
	struct signer *s;
	struct err err = {.code = ERR_NONE};
	bool ours = !signer_from_text(&s, text, "key", &err), theirs;
	put_file("key", text);
	theirs = tool(NULL, show) == 0;
	if (ours && theirs) {
		struct buf said = get_file("out"), want = BUF_INIT;
		public_key_write(&want, signer_key(s));
		theirs = str_starts(buf_str(&said), buf_str(&want));
		buf_release(&said);
		buf_release(&want);
	}
	judged(r, ours, theirs, err.msg, text);
	signer_free(s);
}

#define BEGIN "-----BEGIN OPENSSH PRIVATE KEY-----\n"
#define END "-----END OPENSSH PRIVATE KEY-----\n"

/* Damage to what the base64 holds; without words, a NUL in its comment. */
static void damage_inside(struct run *r, struct buf *text, const char *const *words)
{
	struct buf base64 = BUF_INIT, blob = BUF_INIT;
	struct str rest =
	    str_sub(buf_str(text), sizeof BEGIN - 1, text->len - sizeof BEGIN - sizeof END + 2);
	while (rest.len)
		buf_add(&base64, str_cut(&rest, '\n'));
	if (buf_unbase64(&blob, buf_str(&base64))) {
		char *comment = memmem(blob.ptr, blob.len, "a comment", 9);
		if (words)
			mutate(r, &blob, words);
		else if (comment)
			comment[1] = 0;
		buf_reset(&base64);
		buf_base64(&base64, buf_str(&blob));
		buf_reset(text);
		buf_puts(text, BEGIN);
		for (size_t at = 0; at < base64.len; at += 70)
			buf_printf(text, "%.*s\n", STR_FMT(str_sub(buf_str(&base64), at, 70)));
		buf_puts(text, END);
	}
	buf_release(&base64);
	buf_release(&blob);
}

/* As it should be; a NUL among the base64; a NUL in the comment. */
static void known_private_keys(struct run *r)
{
	for (int i = 0; i < 3; i++) {
		struct err err;
		remove("fresh");
		remove("fresh.pub");
		if (signer_save(r->key, "fresh", STR("a comment"), &err))
			judged(r, true, false, err.msg, STR_EMPTY);
		struct buf text = get_file("fresh");
		if (i == 1)
			text.ptr[sizeof BEGIN + 100] = 0;
		if (i == 2)
			damage_inside(r, &text, NULL);
		compare_private(r, buf_str(&text));
		buf_release(&text);
	}
}

void private_keys(struct run *r, size_t n)
{
	static const char *const words[] = {"none", "bcrypt", "ssh-ed25519", "openssh-key-v1",
	    "\x01\x02\x03", "\n", "\r\n", " ", "=", END, BEGIN, NULL};
	known_private_keys(r);
	while (n--) {
		struct signer *s = some_key(r);
		struct err err;
		remove("fresh");
		remove("fresh.pub");
		if (signer_save(s, "fresh", chance(r, 2) ? STR("a comment") : STR_EMPTY, &err)) {
			judged(r, true, false, err.msg, STR_EMPTY);
			signer_free(s);
			continue;
		}
		struct buf text = get_file("fresh");
		uint32_t depth = chance(r, 5);
		if (depth == 1 || depth == 2)
			mutate(r, &text, words);
		else if (depth)
			damage_inside(r, &text, words);
		compare_private(r, buf_str(&text));
		buf_release(&text);
		signer_free(s);
	}
}

/* --- names in the file of signers --- */

/* Does the line stand for this one name, and for no other? */
static bool is_matched_alone(const char *principal)
{
	const char *const match[] = {
	    "ssh-keygen", "-Y", "match-principals", "-I", principal, "-f", "allowed", NULL};
	const char *const other[] = {"ssh-keygen", "-Y", "match-principals", "-I",
	    "central-1@charter", "-f", "allowed", NULL};
	if (tool(NULL, match) != 0)
		return false;
	struct buf said = get_file("out");
	bool good = str_is(str_trim(buf_str(&said)), principal);
	buf_release(&said);
	return good && tool(NULL, other) != 0;
}

static void compare_name(struct run *r, const char *id, const char *hub)
{
	struct buf line = BUF_INIT, name = BUF_INIT;
	bool ours = str_is_slug(str_from(id)) && str_is_slug(str_from(hub));
	buf_printf(&name, "%s@%s", id, hub);
	signers_line(&line, id, hub, NS ",belfry-review@test", signer_key(r->key));
	buf_putc(&line, '\n');
	put_file("allowed", buf_str(&line));
	judged(r, ours, is_matched_alone(name.ptr),
	    "a name is letters, digits and single hyphens between them", buf_str(&line));
	buf_release(&line);
	buf_release(&name);
}

static void some_name(struct run *r, char *out, size_t max)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789-",
			  wild[] = "ab1-*?!,\"@#\\ .=_A~";
	bool is_wild = chance(r, 2);
	size_t n = 1 + chance(r, (uint32_t)max - 1);
	for (size_t i = 0; i < n; i++)
		out[i] = is_wild ? wild[chance(r, sizeof wild - 1)]
				 : plain[chance(r, i && i + 1 < n ? 37 : 36)];
	out[n] = 0;
}

void principals(struct run *r, size_t n)
{
	static const char *const known[] = {"ama", "a", "0", "*", "?", "!ama", "ama,bob", "ama bob",
	    "\"ama", "#ama", "Ama", "ama.bob", "ama_bob", "a--b", "-a"};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		compare_name(r, known[i], "hub");
	while (n--) {
		char id[80], hub[80];
		some_name(r, id, chance(r, 4) ? 8 : 70);
		some_name(r, hub, 8);
		compare_name(r, id, chance(r, 2) ? "hub" : hub);
	}
}
