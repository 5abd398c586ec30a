/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Put files into a store's journal that no command would publish, each with its signatures in an
 * entry of its own, signed by the store's own key: what a hub does that keeps no rules.
 *
 *   force STORE FOLDER PATH…    FOLDER/PATH, PATH.sig and PATH.rev become the files of these names
 */
#include "base/file.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { FILE_BYTES_MAX = 1024 * 1024 };

static const char *const suffixes[] = {"", ".sig", ".rev"};

static int force(struct store *s, const char *folder, const char *path, struct err *err)
{
	struct buf content[3] = {BUF_INIT, BUF_INIT, BUF_INIT};
	char from[3][512], to[3][512];
	struct change changes[3] = {{.path = STR_EMPTY}};
	int bad = 0;
	for (int i = 0; i < 3 && !bad; i++) {
		snprintf(from[i], sizeof from[i], "%s/%s%s", folder, path, suffixes[i]);
		snprintf(to[i], sizeof to[i], "%s%s", path, suffixes[i]);
		bad = file_read(&content[i], from[i], FILE_BYTES_MAX, err);
		changes[i] =
		    (struct change){.path = str_from(to[i]), .content = buf_str(&content[i])};
	}
	bad = bad || store_append(s, changes, 3, (int64_t)time(NULL), err);
	for (int i = 0; i < 3; i++)
		buf_release(&content[i]);
	return bad;
}

int main(int argc, char **argv)
{
	struct store *s = NULL;
	struct err err = {0};
	if (argc < 4) {
		fputs("usage: force STORE FOLDER PATH…\n", stderr);
		return 2;
	}
	hash_init();
	int bad = store_open(&s, argv[1], STORE_WRITE, &err);
	for (int i = 3; i < argc && !bad; i++)
		bad = force(s, argv[2], argv[i], &err);
	store_close(s);
	if (bad)
		fprintf(stderr, "force: %s\n", err.msg);
	return bad != 0;
}
