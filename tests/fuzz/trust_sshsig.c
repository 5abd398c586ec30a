/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures from strangers. The first byte says whether the rest is the armored text or the bytes
 * inside of it, so that mutations reach the fields. Whatever is accepted must be its own one form.
 */
#include "base/hash.h"
#include "trust/sshsig.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void wrap(struct buf *out, struct str blob)
{
	struct buf base64 = BUF_INIT;
	buf_base64(&base64, blob);
	buf_puts(out, "-----BEGIN SSH SIGNATURE-----\n");
	for (size_t i = 0; i < base64.len; i += 70) {
		buf_add(out, str_sub(buf_str(&base64), i, 70));
		buf_putc(out, '\n');
	}
	buf_puts(out, "-----END SSH SIGNATURE-----\n");
	buf_release(&base64);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	hash_init();
	if (!size)
		return 0;
	struct buf text = BUF_INIT, again = BUF_INIT;
	if (data[0] == 'b')
		wrap(&text, str_of(data + 1, size - 1));
	else
		buf_add(&text, str_of(data + 1, size - 1));
	struct sshsig sig;
	struct err err = {0};
	if (sshsig_parse(&sig, buf_str(&text), &err) == 0) {
		sshsig_write(&again, &sig);
		if (!str_eq(buf_str(&again), buf_str(&text)))
			abort();
		sshsig_verify(&sig, sig.name_space, STR("message"), &err);
	} else if (err.code == ERR_NONE || !err.msg[0]) {
		abort();
	}
	buf_release(&again);
	buf_release(&text);
	return 0;
}
