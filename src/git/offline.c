/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libgit2 reads all of the system's TLS certificates when it starts: half of the instructions of a
 * short command. Belfry never lets it near a network, so the reader of certificate files that it
 * would call is answered here, with "none read". Where libgit2 is built with another TLS library,
 * nobody calls this.
 */
struct mbedtls_x509_crt;
int mbedtls_x509_crt_parse_file(struct mbedtls_x509_crt *chain, const char *path);

int mbedtls_x509_crt_parse_file(struct mbedtls_x509_crt *chain, const char *path)
{
	(void)chain;
	(void)path;
	return 0;
}
