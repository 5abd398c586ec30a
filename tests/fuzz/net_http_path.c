/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths that browsers and others ask a web server for. Beside the folder that is served, and behind
 * links and names with a dot in it, lies what must not be found by any path.
 */
#include "net/http_file.h"
#include "scratch.h"

#include <fcntl.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int root;

static void put(const char *name, const char *text)
{
	char path[128];
	struct err err;
	snprintf(path, sizeof path, "%s/%s", scratch, name);
	must(file_write(path, str_from(text), 0644, &err) == 0);
}

static void folder(const char *name)
{
	char path[128];
	struct err err;
	snprintf(path, sizeof path, "%s/%s", scratch, name);
	must(file_mkdirs(path, 0755, &err) == 0);
}

static void link_to(const char *target, const char *name)
{
	char path[128];
	snprintf(path, sizeof path, "%s/%s", scratch, name);
	must(symlink(target, path) == 0);
}

static void begin(void)
{
	char path[128];
	scratch_begin();
	folder("site/fr/a");
	folder("site/.git");
	put("secret", "secret");
	put("site/.secret", "secret");
	put("site/.git/config", "secret");
	put("site/index.html", "open");
	put("site/fr/index.html", "open");
	put("site/fr/a/b.md", "open");
	link_to("../secret", "site/link");
	link_to("..", "site/fr/up");
	link_to("/", "site/all");
	snprintf(path, sizeof path, "%s/site", scratch);
	root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(root >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stat st;
	char text[8];
	int fd = -1;
	if (!scratch[0])
		begin();
	if (http_find(&fd, &st, root, str_of(data, size)) == HTTP_FILE) {
		must(fd >= 0 && S_ISREG(st.st_mode) && st.st_size == 4);
		must(read(fd, text, sizeof text) == 4 && memcmp(text, "open", 4) == 0);
		close(fd);
	}
	must(http_type(str_of(data, size))[0] != 0);
	return 0;
}
