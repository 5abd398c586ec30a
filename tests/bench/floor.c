/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The least that taking in a file of `belfry export` can cost: the same libraries' calls on the
 * same bytes, once each, and nothing else. Prints CPU milliseconds as "<what> <ms>" lines and
 * their sum.
 *
 *   floor FILE STORE.git SCRATCH
 *
 * FILE was imported into an empty mirror whose repository is STORE.git:
 *   zstd      expand the file's segments
 *   sha512    each record and each commit, for their signatures
 *   ed25519   verify one signature for the author, one for the reviewer, one for the journal's
 * entry sha256    each file of the entries sha1      each object that the import wrote, and the
 * pack deflate   the same objects, at zlib's usual level write     them as one file, and fsync
 */
#include "base/file.h"
#include "base/mem.h"
#include "entry/segment.h"

#include <fcntl.h>
#include <git2.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

enum { FILE_BYTES_MAX = 256 * 1024 * 1024, FRONT_BYTES = 18 + 32, SIGNED_BYTES = 150 };

struct object {
	git_object_t type;
	struct buf bytes;
};

static struct object *objects;
static size_t nobjects, cap;
static double all;

static _Noreturn void stop(const char *what)
{
	fprintf(stderr, "floor: %s\n", what);
	exit(1);
}

static double cpu_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void say(const char *what, double begun)
{
	double ms = cpu_ms() - begun;
	all += ms;
	printf("%s %.1f\n", what, ms);
}

static int keep_object(const git_oid *id, void *odb)
{
	git_odb_object *o;
	if (git_odb_read(&o, odb, id))
		return -1;
	struct object *slot = MEM_PUSH(objects, nobjects, cap);
	*slot = (struct object){git_odb_object_type(o), BUF_INIT};
	buf_add(&slot->bytes, str_of(git_odb_object_data(o), git_odb_object_size(o)));
	git_odb_object_free(o);
	return 0;
}

static void read_objects(const char *path)
{
	git_repository *repo;
	git_odb *odb;
	git_libgit2_init();
	if (git_repository_open(&repo, path) || git_repository_odb(&odb, repo) ||
	    git_odb_foreach(odb, keep_object, odb) || !nobjects)
		stop(path);
	git_odb_free(odb);
	git_repository_free(repo);
}

/* Author's and reviewer's signatures lie over the record, the journal's over the commit. */
static unsigned signatures_over(const struct object *o)
{
	if (o->type == GIT_OBJECT_COMMIT)
		return 1;
	bool is_record =
	    o->type == GIT_OBJECT_BLOB && str_starts(buf_str(&o->bytes), STR("---\ntype: "));
	return is_record ? 2 : 0;
}

static void expand(struct str file)
{
	struct segment_reader *r = segment_reader_new();
	struct buf raw = BUF_INIT;
	struct err err;
	double begun = cpu_ms();
	for (file = str_sub(file, FRONT_BYTES, file.len); file.len;) {
		uint8_t kind, name_len;
		uint64_t len, number;
		struct str body, name;
		size_t n;
		if (!str_take_u8(&file, &kind) || !str_take_varint(&file, &len) ||
		    !str_take(&file, (size_t)len, &body))
			stop("the file ends in the middle");
		if (kind == 1)
			continue;
		if (kind == 3 &&
		    (!str_take_u8(&body, &name_len) || !str_take(&body, name_len, &name)))
			stop("a block without a name");
		buf_reset(&raw);
		if (!str_take_varint(&body, &number) || segment_read(r, body, &raw, &n, &err))
			stop("a segment that cannot be read");
	}
	say("zstd", begun);
	segment_reader_free(r);
	buf_release(&raw);
}

static void check_signatures(void)
{
	unsigned char public[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES],
	    signature[crypto_sign_BYTES], hash[crypto_hash_sha512_BYTES],
	    text[SIGNED_BYTES] = "SSHSIG";
	unsigned n = 0;
	double begun = cpu_ms();
	for (size_t i = 0; i < nobjects; i++) {
		const struct buf *b = &objects[i].bytes;
		if (signatures_over(&objects[i]))
			crypto_hash_sha512(hash, (const unsigned char *)b->ptr, b->len);
		n += signatures_over(&objects[i]);
	}
	say("sha512", begun);
	crypto_sign_keypair(public, secret);
	crypto_sign_detached(signature, NULL, text, sizeof text, secret);
	begun = cpu_ms();
	for (unsigned i = 0; i < n; i++)
		if (crypto_sign_verify_detached(signature, text, sizeof text, public))
			stop("a signature of our own does not verify");
	say("ed25519", begun);
	printf("signatures %u\n", n);
}

/* Beside it, and not in the sum: the same number of signatures over the texts themselves, as
 * libsodium alone would have them. */
static void check_detached(void)
{
	unsigned char public[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES],
	    signature[crypto_sign_BYTES];
	double ms = 0;
	crypto_sign_keypair(public, secret);
	for (size_t i = 0; i < nobjects; i++) {
		const struct buf *b = &objects[i].bytes;
		const unsigned char *text = (const unsigned char *)b->ptr;
		unsigned n = signatures_over(&objects[i]);
		if (!n)
			continue;
		crypto_sign_detached(signature, NULL, text, b->len, secret);
		double begun = cpu_ms();
		for (unsigned k = 0; k < n; k++)
			if (crypto_sign_verify_detached(signature, text, b->len, public))
				stop("a signature of our own does not verify");
		ms += cpu_ms() - begun;
	}
	printf("detached %.1f\n", ms);
}

static void hash_objects(void)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	double begun = cpu_ms();
	for (size_t i = 0; i < nobjects; i++)
		if (objects[i].type == GIT_OBJECT_BLOB)
			crypto_hash_sha256(hash, (const unsigned char *)objects[i].bytes.ptr,
			    objects[i].bytes.len);
	say("sha256", begun);
	begun = cpu_ms();
	for (size_t i = 0; i < nobjects; i++) {
		git_oid id;
		git_odb_hash(&id, objects[i].bytes.ptr, objects[i].bytes.len, objects[i].type);
	}
	say("sha1", begun);
}

static void write_pack(const char *path)
{
	struct buf pack = BUF_INIT;
	z_stream z = {0};
	git_oid id;
	if (deflateInit(&z, Z_DEFAULT_COMPRESSION) != Z_OK)
		stop("zlib");
	double begun = cpu_ms();
	for (size_t i = 0; i < nobjects; i++) {
		buf_reserve(&pack, deflateBound(&z, objects[i].bytes.len));
		deflateReset(&z);
		z.next_in = (unsigned char *)objects[i].bytes.ptr;
		z.avail_in = (uInt)objects[i].bytes.len;
		z.next_out = (unsigned char *)pack.ptr + pack.len;
		z.avail_out = (uInt)(pack.cap - pack.len);
		if (deflate(&z, Z_FINISH) != Z_STREAM_END)
			stop("zlib");
		pack.len += z.total_out;
	}
	say("deflate", begun);
	deflateEnd(&z);
	begun = cpu_ms();
	git_odb_hash(&id, pack.ptr, pack.len, GIT_OBJECT_BLOB);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, pack.ptr, pack.len) != (ssize_t)pack.len || fsync(fd) || close(fd))
		stop(path);
	say("write", begun);
	buf_release(&pack);
}

int main(int argc, char **argv)
{
	struct buf file = BUF_INIT;
	struct err err;
	if (argc != 4) {
		fprintf(stderr, "usage: floor FILE STORE.git SCRATCH\n");
		return 2;
	}
	if (sodium_init() < 0 || file_read(&file, argv[1], FILE_BYTES_MAX, &err))
		stop("the file cannot be read");
	read_objects(argv[2]);
	expand(buf_str(&file));
	check_signatures();
	check_detached();
	hash_objects();
	write_pack(argv[3]);
	printf("objects %zu\nsum %.1f\n", nobjects, all);
	for (size_t i = 0; i < nobjects; i++)
		buf_release(&objects[i].bytes);
	free(objects);
	buf_release(&file);
	git_libgit2_shutdown();
	return 0;
}
