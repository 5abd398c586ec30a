/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the trust tests share: committed files, a scratch folder, hex. The committed keys were made
 * by ssh-keygen for these tests and are used nowhere else.
 */
#ifndef BELFRY_TESTS_TRUST_FIXTURE_H
#define BELFRY_TESTS_TRUST_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/file.h"
#include "base/hash.h"
#include "trust/signer.h"
#include "trust/sshsig.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DATA "tests/unit/trust/data/"

static char scratch[64];

__attribute__((unused)) static int scratch_new(void **state)
{
	(void)state;
	hash_init();
	snprintf(scratch, sizeof scratch, "/tmp/belfry-trust-XXXXXX");
	return mkdtemp(scratch) ? 0 : -1;
}

__attribute__((unused)) static int scratch_remove(void **state)
{
	(void)state;
	struct err err;
	return file_remove_tree(scratch, &err);
}

/* A path in the scratch folder; good until the fourth call from here. */
__attribute__((unused)) static const char *at(const char *name)
{
	static char path[4][PATH_MAX];
	static unsigned next;
	char *p = path[next++ % 4];
	snprintf(p, PATH_MAX, "%s/%s", scratch, name);
	return p;
}

__attribute__((unused)) static struct buf slurp(const char *path)
{
	struct err err = {0};
	struct buf b = BUF_INIT;
	if (file_read(&b, path, 1 << 20, &err))
		fail_msg("%s", err.msg);
	return b;
}

__attribute__((unused)) static void spill(const char *path, struct str bytes, unsigned mode)
{
	struct err err = {0};
	if (file_write(path, bytes, mode, &err))
		fail_msg("%s", err.msg);
}

__attribute__((unused)) static struct buf unhex(const char *hex)
{
	struct buf b = BUF_INIT;
	assert_true(buf_unhex(&b, str_from(hex)));
	return b;
}

/* The signer whose seed is 32 times `byte`. */
__attribute__((unused)) static struct signer *seeded(uint8_t byte)
{
	uint8_t seed[SEED_BYTES];
	memset(seed, byte, sizeof seed);
	return signer_from_seed(seed);
}

/* Text between two lines, base64 wrapped at `columns`. */
__attribute__((unused)) static void armor(
    struct buf *out, const char *begin, const char *end, struct str blob, size_t columns)
{
	struct buf base64 = BUF_INIT;
	buf_base64(&base64, blob);
	buf_puts(out, begin);
	for (size_t i = 0; i < base64.len; i += columns) {
		buf_add(out, str_sub(buf_str(&base64), i, columns));
		buf_putc(out, '\n');
	}
	buf_puts(out, end);
	buf_release(&base64);
}

/* The bytes behind such text. */
__attribute__((unused)) static struct buf unarmored(struct str text)
{
	struct buf base64 = BUF_INIT, blob = BUF_INIT;
	while (text.len) {
		struct str line = str_cut(&text, '\n');
		if (!str_starts(line, STR("-----")))
			buf_add(&base64, line);
	}
	assert_true(buf_unbase64(&blob, buf_str(&base64)));
	buf_release(&base64);
	return blob;
}

#define KEY_BEGIN "-----BEGIN OPENSSH PRIVATE KEY-----\n"
#define KEY_END "-----END OPENSSH PRIVATE KEY-----\n"
#define SIG_BEGIN "-----BEGIN SSH SIGNATURE-----\n"
#define SIG_END "-----END SSH SIGNATURE-----\n"

#endif
