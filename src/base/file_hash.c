/* SPDX-License-Identifier: Apache-2.0 */
/* Apart from file.c, so that who only reads and writes needs no libsodium. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

int file_hash(struct sha256 *hash, uint64_t *bytes, const char *path, struct err *err)
{
	unsigned char piece[32 * 1024];
	crypto_hash_sha256_state st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	*bytes = 0;
	if (fd < 0)
		return err_errno(err, "cannot open %s", path);
	crypto_hash_sha256_init(&st);
	ssize_t n;
	while ((n = read(fd, piece, sizeof piece)) > 0 || (n < 0 && errno == EINTR)) {
		if (n < 0)
			continue;
		crypto_hash_sha256_update(&st, piece, (size_t)n);
		*bytes += (uint64_t)n;
	}
	if (n < 0)
		err_errno(err, "cannot read %s", path);
	close(fd);
	crypto_hash_sha256_final(&st, hash->bytes);
	return n < 0 ? err->code : 0;
}
