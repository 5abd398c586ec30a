/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http.h"

#include "base/buf.h"
#include "base/mem.h"
#include "net/http_file.h"
#include "net/http_live.h"
#include "net/late.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	CONNECTIONS_MAX = 128,
	IDLE_SECONDS = 30,
	BACKLOG = 64,
	ETAG_BYTES = 64,
};

struct http {
	struct MHD_Daemon *daemon;
	char *root;
	struct http_live *live;
};

static enum MHD_Result send_response(
    struct MHD_Connection *c, unsigned status, struct MHD_Response *r)
{
	libmhd.add_response_header(r, "X-Content-Type-Options", "nosniff");
	enum MHD_Result rc = libmhd.queue_response(c, status, r);
	libmhd.destroy_response(r);
	return rc;
}

static enum MHD_Result send_text(struct MHD_Connection *c, unsigned status, const char *text,
    const char *name, const char *value)
{
	struct MHD_Response *r = libmhd.create_response_from_buffer(
	    strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);
	libmhd.add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain; charset=utf-8");
	if (name)
		libmhd.add_response_header(r, name, value);
	return send_response(c, status, r);
}

/* Is `etag` in the list that the browser has? "W/" before one changes nothing here. */
static bool is_fresh(struct MHD_Connection *c, const char *etag)
{
	struct str have = str_from(
	    libmhd.lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_IF_NONE_MATCH));
	while (have.len) {
		struct str one = str_trim(str_cut(&have, ','));
		if (str_starts(one, STR("W/")))
			one = str_sub(one, 2, one.len);
		if (str_is(one, etag) || str_is(one, "*"))
			return true;
	}
	return false;
}

/* A part of a file: [from, end). */
struct part {
	uint64_t from, end;
};
enum part_asked { PART_NONE, PART_GOOD, PART_BEYOND };

/*
 * The one range of "bytes=100-", "bytes=100-199" or "bytes=-100". Of anything else the whole is
 * sent, as RFC 9110 §14.2 allows; so it is when If-Range names another version.
 */
static enum part_asked asked_part(
    struct part *p, struct MHD_Connection *c, const char *etag, uint64_t size)
{
	const char *if_range =
	    libmhd.lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_IF_RANGE);
	struct str rest =
	    str_from(libmhd.lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_RANGE));
	uint64_t last = UINT64_MAX;
	*p = (struct part){0, size};
	if (!str_starts(rest, STR("bytes=")) || !memchr(rest.ptr, '-', rest.len) ||
	    (if_range && strcmp(if_range, etag) != 0))
		return PART_NONE;
	rest = str_sub(rest, 6, rest.len);
	struct str from = str_cut(&rest, '-');
	if (!from.len) {
		if (!str_u64(rest, INT64_MAX, &last))
			return PART_NONE;
		p->from = last < size ? size - last : 0;
	} else {
		if (!str_u64(from, INT64_MAX, &p->from) ||
		    (rest.len && (!str_u64(rest, INT64_MAX, &last) || last < p->from)))
			return PART_NONE;
		if (last < size)
			p->end = last + 1;
	}
	return p->from < p->end ? PART_GOOD : PART_BEYOND;
}

static enum MHD_Result send_beyond(struct MHD_Connection *c, uint64_t size)
{
	char range[48];
	snprintf(range, sizeof range, "bytes */%" PRIu64, size);
	return send_text(c, MHD_HTTP_RANGE_NOT_SATISFIABLE, "The file ends before that.\n",
	    MHD_HTTP_HEADER_CONTENT_RANGE, range);
}

static struct MHD_Response *part_response(int fd, const struct part *p, uint64_t size)
{
	char range[80];
	struct MHD_Response *r =
	    libmhd.create_response_from_fd_at_offset64(p->end - p->from, fd, p->from);
	snprintf(range, sizeof range, "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, p->from, p->end - 1,
	    size);
	libmhd.add_response_header(r, MHD_HTTP_HEADER_CONTENT_RANGE, range);
	return r;
}

/* Does the client take that coding (RFC 9110 §12.5.3)? One with a weight of 0 it does not. */
static bool accepts(struct MHD_Connection *c, const char *coding)
{
	struct str all = str_from(
	    libmhd.lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT_ENCODING));
	while (all.len) {
		struct str one = str_cut(&all, ','), name = str_trim(str_cut(&one, ';'));
		one = str_trim(one);
		if (str_is(name, coding))
			return !str_is(one, "q=0") && !str_starts(one, STR("q=0.0"));
	}
	return false;
}

/* In the place of a text the smaller form that stands beside it (site/compress.h), where the client
 * takes one and wants all of it. NULL, with `fd` as it was, where there is none. */
static const char *find_form(
    struct MHD_Connection *c, int root, int *fd, struct stat *st, struct str path)
{
	static const char *const forms[][2] = {{"br", ".br"}, {"gzip", ".gz"}};
	if (libmhd.lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_RANGE))
		return NULL;
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		struct buf name = BUF_INIT;
		struct stat of;
		int small;
		if (!accepts(c, forms[i][0]))
			continue;
		buf_add(&name, path);
		buf_puts(&name, str_ends(path, STR("/")) ? "index.html" : "");
		buf_puts(&name, forms[i][1]);
		bool is = http_find(&small, &of, root, buf_str(&name)) == HTTP_FILE;
		buf_release(&name);
		if (!is)
			continue;
		close(*fd);
		*fd = small;
		*st = of;
		return forms[i][0];
	}
	return NULL;
}

/* Takes over `fd`, whose bytes are in that coding (NULL: as they are). */
static enum MHD_Result send_coded(
    struct MHD_Connection *c, int fd, const struct stat *st, struct str path, const char *coding)
{
	unsigned status = MHD_HTTP_OK;
	char etag[ETAG_BYTES];
	snprintf(etag, sizeof etag, "\"%" PRIx64 ".%lx-%" PRIx64 "\"", (int64_t)st->st_mtim.tv_sec,
	    (unsigned long)st->st_mtim.tv_nsec, (int64_t)st->st_size);
	bool is_known = is_fresh(c, etag);
	struct MHD_Response *r;
	struct part part;
	enum part_asked asked =
	    is_known ? PART_NONE : asked_part(&part, c, etag, (uint64_t)st->st_size);
	if (asked == PART_BEYOND) {
		close(fd);
		return send_beyond(c, (uint64_t)st->st_size);
	}
	if (is_known) {
		close(fd);
		status = MHD_HTTP_NOT_MODIFIED;
		r = libmhd.create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
	} else if (asked == PART_GOOD) {
		status = MHD_HTTP_PARTIAL_CONTENT;
		r = part_response(fd, &part, (uint64_t)st->st_size);
	} else {
		r = libmhd.create_response_from_fd((uint64_t)st->st_size, fd);
	}
	if (!is_known)
		libmhd.add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, http_type(path));
	if (coding && !is_known)
		libmhd.add_response_header(r, MHD_HTTP_HEADER_CONTENT_ENCODING, coding);
	libmhd.add_response_header(r, MHD_HTTP_HEADER_VARY, MHD_HTTP_HEADER_ACCEPT_ENCODING);
	libmhd.add_response_header(r, MHD_HTTP_HEADER_ACCEPT_RANGES, "bytes");
	libmhd.add_response_header(r, MHD_HTTP_HEADER_ETAG, etag);
	libmhd.add_response_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, "no-cache");
	return send_response(c, status, r);
}

static enum MHD_Result send_file(
    struct MHD_Connection *c, int root, int fd, const struct stat *found, struct str path)
{
	struct stat st = *found;
	const char *coding = find_form(c, root, &fd, &st, path);
	bool is_folder = str_ends(path, STR("/"));
	return send_coded(c, fd, &st, is_folder ? STR("index.html") : path, coding);
}

static enum MHD_Result send_nothing(struct MHD_Connection *c, int root)
{
	struct stat st;
	int fd;
	if (http_find(&fd, &st, root, STR("/404.html")) == HTTP_FILE) {
		struct MHD_Response *r = libmhd.create_response_from_fd((uint64_t)st.st_size, fd);
		libmhd.add_response_header(
		    r, MHD_HTTP_HEADER_CONTENT_TYPE, http_type(STR("/404.html")));
		libmhd.add_response_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, "no-cache");
		return send_response(c, MHD_HTTP_NOT_FOUND, r);
	}
	return send_text(c, MHD_HTTP_NOT_FOUND, "There is no such page.\n", NULL, NULL);
}

/* Only an address that needs no escaping is sent elsewhere; http_find() has seen that it is plain
 * otherwise. */
static bool is_plain(struct str path)
{
	for (size_t i = 0; i < path.len; i++) {
		char p = path.ptr[i];
		bool is_letter = (p >= 'a' && p <= 'z') || (p >= 'A' && p <= 'Z');
		if (!is_letter && !(p >= '0' && p <= '9') && !strchr("/-._~", p))
			return false;
	}
	return true;
}

static enum MHD_Result send_path(struct MHD_Connection *c, int root, struct str path)
{
	struct stat st;
	struct buf to = BUF_INIT;
	int fd;
	enum http_found found = http_find(&fd, &st, root, path);
	if (found == HTTP_FILE)
		return send_file(c, root, fd, &st, path);
	if (found == HTTP_NOTHING || !is_plain(path))
		return send_nothing(c, root);
	buf_add(&to, path);
	buf_putc(&to, '/');
	enum MHD_Result rc =
	    send_text(c, MHD_HTTP_MOVED_PERMANENTLY, "", MHD_HTTP_HEADER_LOCATION, to.ptr);
	buf_release(&to);
	return rc;
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *c, const char *url,
    const char *method, const char *version, const char *upload, size_t *nupload, void **state)
{
	static char headers_seen;
	struct http *h = ctx;
	(void)version;
	(void)upload;
	if (!*state) {
		*state = &headers_seen; /* answered in the second call, after the headers */
		return MHD_YES;
	}
	if (*nupload) {
		*nupload = 0;
		return MHD_YES;
	}
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return send_text(c, MHD_HTTP_METHOD_NOT_ALLOWED, "Only GET and HEAD.\n",
		    MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	if (h->live && http_live_takes(c, url))
		return http_live_answer(h->live, c, h->root, url, state);
	/* Anew each time: the site is exchanged as a whole. */
	int root = open(h->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return send_text(c, MHD_HTTP_SERVICE_UNAVAILABLE,
		    "The site is not rendered yet. Try again in a moment.\n",
		    MHD_HTTP_HEADER_RETRY_AFTER, "2");
	enum MHD_Result rc = send_path(c, root, str_from(url));
	close(root);
	return rc;
}

/* --- life --- */

static int open_socket(char *real, const struct addrinfo *a, struct err *err)
{
	struct sockaddr_storage at;
	socklen_t length = sizeof at;
	int on = 1, s = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s < 0) {
		err_errno(err, "cannot make a socket");
		return -1;
	}
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(s, a->ai_addr, a->ai_addrlen) || listen(s, BACKLOG) ||
	    getsockname(s, (struct sockaddr *)&at, &length)) {
		err_errno(err, "cannot serve the site");
		close(s);
		return -1;
	}
	address_write(real, (const struct sockaddr *)&at);
	return s;
}

int http_start(struct http **out, char real[static ADDRESS_TEXT_BYTES],
    const struct http_options *o, struct err *err)
{
	const char *address = o->address;
	struct address a;
	struct addrinfo *found;
	*out = NULL;
	if (late_load_mhd(err))
		return err->code;
	if (address_parse(&a, str_from(address), err) || address_resolve(&found, &a, true, err))
		return err->code;
	int s = open_socket(real, found, err);
	bool is_v6 = found->ai_family == AF_INET6;
	freeaddrinfo(found);
	if (s < 0)
		return err_wrap(err, "--http %s", address);
	struct http *h = mem_alloc(sizeof *h);
	h->root = mem_strdup(o->root);
	h->live = o->live;
	h->daemon = libmhd.start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO |
					    (is_v6 ? MHD_USE_IPv6 : 0) |
					    (h->live ? MHD_ALLOW_SUSPEND_RESUME : 0),
	    0, NULL, NULL, on_request, h, MHD_OPTION_LISTEN_SOCKET, s, MHD_OPTION_CONNECTION_LIMIT,
	    (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS,
	    MHD_OPTION_END);
	if (h->daemon) {
		*out = h;
		return 0;
	}
	close(s);
	http_stop(h);
	return err_set(err, ERR_IO, "cannot serve the site on %s", address);
}

void http_stop(struct http *h)
{
	if (!h)
		return;
	if (h->daemon)
		libmhd.stop_daemon(h->daemon);
	free(h->root);
	free(h);
}
