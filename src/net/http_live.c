/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_live.h"
#include "net/late.h"

#include "base/file.h"
#include "base/mem.h"
#include "net/http_file.h"
#include "markup/html.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { WAITING_MAX = 32, PAGE_BYTES_MAX = 16 * 1024 * 1024 };

struct http_live {
	pthread_mutex_t lock;
	unsigned builds;
	bool is_ending;
	struct buf problems;
	struct MHD_Connection *waiting[WAITING_MAX]; /* suspended; the oldest first */
	size_t nwaiting;
};

static const char folder[] = "/.preview/";
/* It would keep pages that are about to change; where there is none a browser does without. */
static const char keeper[] = "/sw.js";
static const char script[] =
    "\"use strict\";\n"
    "(function () {\n"
    "\tvar n = document.currentScript.dataset.build;\n"
    "\tfunction wait() {\n"
    "\t\tfetch(\"/.preview/wait/\" + n, {cache: \"no-store\"}).then(function (answer) {\n"
    "\t\t\treturn answer.text();\n"
    "\t\t}).then(function (now) {\n"
    "\t\t\tif (now === n) wait();\n"
    "\t\t\telse location.reload();\n"
    "\t\t}).catch(function () { setTimeout(wait, 2000); });\n"
    "\t}\n"
    "\twait();\n"
    "})();\n";

struct http_live *http_live_new(void)
{
	struct http_live *l = mem_alloc(sizeof *l);
	pthread_mutex_init(&l->lock, NULL);
	l->problems = BUF_INIT;
	return l;
}

void http_live_free(struct http_live *l)
{
	if (!l)
		return;
	buf_release(&l->problems);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

/* With the lock. */
static void resume(struct http_live *l, size_t n)
{
	for (size_t i = 0; i < n; i++)
		libmhd.resume_connection(l->waiting[i]);
	l->nwaiting -= n;
	memmove(l->waiting, l->waiting + n, l->nwaiting * sizeof *l->waiting);
}

void http_live_turn(struct http_live *l, struct str problems)
{
	pthread_mutex_lock(&l->lock);
	l->builds++;
	buf_reset(&l->problems);
	buf_add(&l->problems, problems);
	resume(l, l->nwaiting);
	pthread_mutex_unlock(&l->lock);
}

void http_live_wake(struct http_live *l, bool is_end)
{
	pthread_mutex_lock(&l->lock);
	l->is_ending |= is_end;
	resume(l, l->nwaiting);
	pthread_mutex_unlock(&l->lock);
}

/* --- pages --- */

static struct str upto(struct str *rest, const char *mark, bool is_with)
{
	const char *at = memmem(rest->ptr, rest->len, mark, strlen(mark));
	if (!at)
		return STR_EMPTY;
	size_t n = (size_t)(at - rest->ptr) + (is_with ? strlen(mark) : 0);
	struct str before = str_sub(*rest, 0, n);
	*rest = str_sub(*rest, n, rest->len);
	return before;
}

/* Append a page with the additions. */
static void add_page(struct http_live *l, struct buf *out, struct str html)
{
	pthread_mutex_lock(&l->lock);
	struct str before = upto(&html, "content=\"default-src 'none'", false);
	buf_add(out, before);
	if (before.len) {
		html = str_sub(html, strlen("content=\""), html.len);
		struct str rest = html, policy = str_cut(&rest, '"');
		bool has_scripts = memmem(policy.ptr, policy.len, "script-src 'self'", 17) != NULL;
		buf_printf(out, "content=\"connect-src 'self'; %s",
		    has_scripts ? "" : "script-src 'self'; ");
	}
	buf_add(out, upto(&html, "<body>", true));
	if (l->problems.len) {
		buf_puts(out, "\n<pre class=\"notice alert\" role=\"alert\" dir=\"ltr\">");
		html_text(out, buf_str(&l->problems));
		buf_puts(out, "</pre>");
	}
	buf_add(out, upto(&html, "</body>", false));
	buf_printf(
	    out, "<script src=\"%sreload.js\" data-build=\"%u\"></script>\n", folder, l->builds);
	buf_add(out, html);
	pthread_mutex_unlock(&l->lock);
}

/* --- answers --- */

static enum MHD_Result send_bytes(
    struct MHD_Connection *c, unsigned status, struct str bytes, const char *type)
{
	struct MHD_Response *r = libmhd.create_response_from_buffer(
	    bytes.len, (void *)(uintptr_t)bytes.ptr, MHD_RESPMEM_MUST_COPY);
	libmhd.add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	libmhd.add_response_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	libmhd.add_response_header(r, "X-Content-Type-Options", "nosniff");
	enum MHD_Result rc = libmhd.queue_response(c, status, r);
	libmhd.destroy_response(r);
	return rc;
}

static enum MHD_Result send_page(
    struct http_live *l, struct MHD_Connection *c, unsigned status, struct str html)
{
	struct buf page = BUF_INIT;
	add_page(l, &page, html);
	enum MHD_Result rc = send_bytes(c, status, buf_str(&page), "text/html; charset=utf-8");
	buf_release(&page);
	return rc;
}

static enum MHD_Result send_wait(
    struct http_live *l, struct MHD_Connection *c, const char *known, void **state)
{
	static char has_waited;
	char now[16];
	pthread_mutex_lock(&l->lock);
	snprintf(now, sizeof now, "%u", l->builds);
	bool waits = *state != &has_waited && strcmp(known, now) == 0 && !l->is_ending;
	if (waits) {
		if (l->nwaiting == WAITING_MAX)
			resume(l, 1);
		*state = &has_waited;
		libmhd.suspend_connection(c);
		l->waiting[l->nwaiting++] = c;
	}
	pthread_mutex_unlock(&l->lock);
	return waits ? MHD_YES
		     : send_bytes(c, MHD_HTTP_OK, str_from(now), "text/plain; charset=utf-8");
}

static bool names_this_machine(struct MHD_Connection *c)
{
	static const char *const names[] = {"127.0.0.1", "localhost", "[::1]"};
	struct str host =
	    str_from(libmhd.lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST));
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct str rest = str_sub(host, strlen(names[i]), host.len);
		if (str_starts(host, str_from(names[i])) && (!rest.len || rest.ptr[0] == ':'))
			return true;
	}
	return false;
}

static int read_file(struct buf *out, const char *root, struct str path)
{
	struct stat st;
	char piece[64 * 1024];
	int fd = -1, at = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool is = at >= 0 && http_find(&fd, &st, at, path) == HTTP_FILE;
	for (ssize_t n; is && (n = read(fd, piece, sizeof piece)) != 0;) {
		is = n > 0 && out->len + (size_t)n <= PAGE_BYTES_MAX;
		if (is)
			buf_add(out, str_of(piece, (size_t)n));
	}
	if (fd >= 0)
		close(fd);
	if (at >= 0)
		close(at);
	return is ? 0 : -1;
}

bool http_live_takes(struct MHD_Connection *c, const char *url)
{
	struct str path = str_from(url);
	return str_starts(path, str_from(folder)) || str_is(path, keeper) ||
	       str_ends(path, STR("/")) || str_ends(path, STR(".html")) || !names_this_machine(c);
}

enum MHD_Result http_live_answer(
    struct http_live *l, struct MHD_Connection *c, const char *root, const char *url, void **state)
{
	struct str path = str_from(url);
	struct buf bytes = BUF_INIT;
	enum MHD_Result rc;
	if (!names_this_machine(c))
		return send_bytes(c, MHD_HTTP_FORBIDDEN,
		    STR("A preview answers to 127.0.0.1 and localhost only.\n"), "text/plain");
	if (strcmp(url, keeper) == 0)
		return send_bytes(c, MHD_HTTP_NOT_FOUND, STR("Not in a preview.\n"), "text/plain");
	if (strcmp(url, "/.preview/reload.js") == 0)
		return send_bytes(
		    c, MHD_HTTP_OK, str_of(script, sizeof script - 1), "text/javascript");
	if (str_starts(path, STR("/.preview/wait/")))
		return send_wait(l, c, url + strlen("/.preview/wait/"), state);
	if (read_file(&bytes, root, path) == 0)
		rc = send_page(l, c, MHD_HTTP_OK, buf_str(&bytes));
	else if (buf_reset(&bytes), read_file(&bytes, root, STR("/404.html")) == 0)
		rc = send_page(l, c, MHD_HTTP_NOT_FOUND, buf_str(&bytes));
	else
		rc = send_page(l, c, MHD_HTTP_SERVICE_UNAVAILABLE,
		    STR("<!DOCTYPE html>\n<html lang=\"en\"><head><title>Belfry</title></head>"
			"<body>\n<p>Nothing could be rendered yet.</p>\n</body></html>\n"));
	buf_release(&bytes);
	return rc;
}
