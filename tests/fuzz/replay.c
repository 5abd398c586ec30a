/* SPDX-License-Identifier: Apache-2.0 */
/* Run a fuzz target once on each file of a folder, without libFuzzer: `make check` replays the
 * seeds. */
#include "base/file.h"

#include <dirent.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
	size_t n = 0;
	DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;
	if (!dir) {
		fprintf(stderr, "Usage: %s FOLDER\n", argv[0]);
		return 2;
	}
	for (struct dirent *e; (e = readdir(dir));) {
		struct buf path = BUF_INIT, input = BUF_INIT;
		struct err err;
		buf_printf(&path, "%s/%s", argv[1], e->d_name);
		if (e->d_name[0] != '.' && file_read(&input, path.ptr, 1 << 24, &err) == 0) {
			LLVMFuzzerTestOneInput((const uint8_t *)input.ptr, input.len);
			n++;
		}
		buf_release(&path);
		buf_release(&input);
	}
	closedir(dir);
	printf("%zu inputs from %s\n", n, argv[1]);
	return n ? 0 : 1;
}
