/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Train the dictionary that segments are compressed with (entry/segment.h):
 *   dictionary OUT FILE…
 * where the FILEs are content/demo/<place>/<type>/<id>/<lang>.md. Each is laid out as it stands in
 * an entry's wire form. The same files give the same dictionary; a changed one is a new version and
 * a new method number, since peers must have the same.
 */
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <zdict.h>

enum { DICTIONARY_BYTES = 96 * 1024 };

/* "content/demo/x" stands for "records/x". */
static int add_sample(struct buf *samples, size_t *size, const char *file, struct err *err)
{
	struct buf text = BUF_INIT, path = BUF_INIT;
	const char *below = strstr(file, "demo/");
	size_t before = samples->len;
	if (file_read(&text, file, RECORD_BYTES_MAX, err))
		return err->code;
	buf_printf(&path, "records/%s", below ? below + 5 : file);
	buf_u8(samples, 1);
	buf_u8(samples, 0);
	buf_varint(samples, path.len);
	buf_add(samples, buf_str(&path));
	buf_varint(samples, text.len);
	buf_add(samples, buf_str(&text));
	*size = samples->len - before;
	buf_release(&text);
	buf_release(&path);
	return 0;
}

int main(int argc, char **argv)
{
	struct buf samples = BUF_INIT;
	struct err err;
	size_t *sizes = mem_alloc((size_t)argc * sizeof *sizes);
	char *dictionary = mem_alloc(DICTIONARY_BYTES);
	if (argc < 3) {
		fprintf(stderr, "Usage: dictionary OUT FILE...\n");
		return 2;
	}
	for (int i = 2; i < argc; i++)
		if (add_sample(&samples, &sizes[i - 2], argv[i], &err)) {
			fprintf(stderr, "dictionary: %s\n", err.msg);
			return 1;
		}
	ZDICT_fastCover_params_t params = {.k = 0,
	    .d = 8,
	    .f = 20,
	    .steps = 40,
	    .nbThreads = 1,
	    .accel = 1,
	    .zParams = {.compressionLevel = 19}};
	size_t n = ZDICT_optimizeTrainFromBuffer_fastCover(
	    dictionary, DICTIONARY_BYTES, samples.ptr, sizes, (unsigned)(argc - 2), &params);
	if (ZDICT_isError(n)) {
		fprintf(stderr, "dictionary: %s\n", ZDICT_getErrorName(n));
		return 1;
	}
	if (file_write(argv[1], str_of(dictionary, n), 0644, &err)) {
		fprintf(stderr, "dictionary: %s\n", err.msg);
		return 1;
	}
	printf("%s: %zu bytes from %d files\n", argv[1], n, argc - 2);
	free(sizes);
	free(dictionary);
	buf_release(&samples);
	return 0;
}
