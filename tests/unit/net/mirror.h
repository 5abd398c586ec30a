/* SPDX-License-Identifier: Apache-2.0 */
/* A network with two journals of 13 and 1 entries, laid out in www/belfry, and an edge without any.
 */
#ifndef BELFRY_TESTS_NET_MIRROR_H
#define BELFRY_TESTS_NET_MIRROR_H

#include "../store/fixture.h"

#include "store/mirror.h"
#include "web.h"

static size_t cut_at; /* bytes of a file that are sent at a time; 0: all */

static void add_news(struct store *s, unsigned byte, const char *place, int i)
{
	struct draft d = {.n = 0};
	char id[32];
	snprintf(id, sizeof id, "news-%d", i);
	draft_news(&d, byte, place, id, "");
	append(s, &d);
}

static void lay(struct store *s, const char *dir)
{
	struct err err = {0};
	good(file_remove_tree(at(dir), &err), &err);
	good(mirror_write(s, at(dir), NULL, NULL, &err), &err);
}

static int setup(void **state)
{
	struct err err = {0};
	cut_at = 0;
	if (scratch_new(state))
		return -1;
	struct store *east = east_new(), *west = hub_new("west", "west", WEST);
	for (int i = 0; i < 12; i++)
		add_news(east, EAST, "ke-mombasa", i);
	carry(east, west, "west");
	lay(east, "www/belfry");
	store_close(east);
	store_close(west);
	store_close(store_new("edge", NULL, 0));
	good(file_mkdirs(at("other"), 0700, &err), &err);
	return 0;
}

static void from_disk(struct web *w, int fd, const char *path, long range)
{
	struct buf b = BUF_INIT;
	struct err err;
	char real[PATH_MAX];
	(void)w;
	snprintf(real, sizeof real, "%s/www%s", scratch, path);
	if (file_read(&b, real, 1 << 24, &err))
		web_text(fd, "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n");
	else if (cut_at && strstr(path, ".belfry") && b.len > cut_at)
		web_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", b.len),
		    web_bytes(fd, b.ptr, cut_at);
	else
		web_body(fd, buf_str(&b), range);
	buf_release(&b);
}

#endif
