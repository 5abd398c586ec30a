/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys and agents. The first byte says what the rest is: a public line, a private key file or the
 * bytes inside of it, an agent's list, an agent's signature. Whatever is accepted must survive
 * being written and read again.
 */
#include "base/hash.h"
#include "trust/signer.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

static void check_again(const struct public_key *k)
{
	struct public_key again;
	struct err err = {0};
	struct buf line = BUF_INIT;
	public_key_write(&line, k);
	must(public_key_parse(&again, buf_str(&line), &err) == 0 && public_key_eq(k, &again));
	buf_release(&line);
}

static void private_file(struct str text)
{
	struct signer *s = NULL;
	struct err err = {0};
	int rc = signer_from_text(&s, text, "key", &err);
	must(!rc == !!s && (!rc || err.msg[0]));
	if (s)
		check_again(signer_key(s));
	signer_free(s);
}

static void private_blob(struct str blob)
{
	struct buf text = BUF_INIT;
	buf_puts(&text, "-----BEGIN OPENSSH PRIVATE KEY-----\n");
	buf_base64(&text, blob);
	buf_puts(&text, "\n-----END OPENSSH PRIVATE KEY-----\n");
	private_file(buf_str(&text));
	buf_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	hash_init();
	if (!size)
		return 0;
	struct str rest = str_of(data + 1, size - 1);
	struct public_key k;
	struct err err = {0};
	uint8_t signature[SIGNATURE_TOKEN_BYTES];
	switch (data[0]) {
	case 'p':
		if (public_key_parse(&k, rest, &err) == 0)
			check_again(&k);
		break;
	case 'k':
		private_file(rest);
		break;
	case 'b':
		private_blob(rest);
		break;
	case 'l':
		if (agent_choose(&k, rest, NULL, 0, &err) == 0)
			check_again(&k);
		break;
	default: /* 's', or 't': of a token */
		k = (struct public_key){.application = ""};
		public_key_set_application(&k, data[0] == 't' ? STR("ssh:") : STR_EMPTY);
		must(!agent_signature(signature, &k, rest, &err) || err.msg[0]);
	}
	return 0;
}
