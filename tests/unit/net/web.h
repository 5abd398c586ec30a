/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A web server for tests, as bad as a test wants it: it takes one request a connection and a test's
 * function writes whatever bytes it likes to the socket.
 */
#ifndef BELFRY_TESTS_NET_WEB_H
#define BELFRY_TESTS_NET_WEB_H

#include "base/buf.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WEB_REQUESTS_MAX = 256, WEB_REQUEST_BYTES = 1024 };

struct web;
/* `path` is the request's; `range` its "Range: bytes=N-", or -1. */
typedef void (*web_answer)(struct web *w, int fd, const char *path, long range);

struct web {
	int listener;
	char url[64]; /* http://127.0.0.1:PORT */
	pthread_t thread;
	web_answer answer;
	void *ctx;
	/* What was asked; to be read when no request is under way. */
	char seen[WEB_REQUESTS_MAX][WEB_REQUEST_BYTES];
	int nseen;
};

static inline void web_bytes(int fd, const void *bytes, size_t n)
{
	for (const char *p = bytes; n;) {
		ssize_t done = send(fd, p, n, MSG_NOSIGNAL);
		if (done <= 0)
			return;
		p += done;
		n -= (size_t)done;
	}
}

static inline void web_text(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));
static inline void web_text(int fd, const char *format, ...)
{
	char text[4096];
	va_list ap;
	va_start(ap, format);
	int n = vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	web_bytes(fd, text, (size_t)n);
}

/* An honest answer with the whole body, or from `range` on. */
static inline void web_body(int fd, struct str body, long range)
{
	if (range >= (long)body.len && range > 0) {
		web_text(fd, "HTTP/1.1 416 No\r\nContent-Length: 0\r\n\r\n");
		return;
	}
	if (range > 0)
		web_text(fd,
		    "HTTP/1.1 206 Part\r\nContent-Length: %zu\r\nContent-Range: bytes "
		    "%ld-%zu/%zu\r\n\r\n",
		    body.len - (size_t)range, range, body.len - 1, body.len);
	else
		web_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", body.len);
	body = str_sub(body, range > 0 ? (size_t)range : 0, body.len);
	web_bytes(fd, body.ptr, body.len);
}

static inline bool web_read(int fd, char request[static WEB_REQUEST_BYTES])
{
	size_t n = 0;
	request[0] = 0;
	while (!strstr(request, "\r\n\r\n")) {
		ssize_t more = recv(fd, request + n, WEB_REQUEST_BYTES - 1 - n, 0);
		if (more <= 0)
			return false;
		n += (size_t)more;
		request[n] = 0;
	}
	return true;
}

static inline void *web_run(void *ctx)
{
	struct web *w = ctx;
	for (int fd; (fd = accept(w->listener, NULL, NULL)) >= 0; close(fd)) {
		char request[WEB_REQUEST_BYTES], path[WEB_REQUEST_BYTES] = "";
		if (!web_read(fd, request))
			continue;
		const char *range = strstr(request, "Range: bytes=");
		memcpy(w->seen[w->nseen++ % WEB_REQUESTS_MAX], request, sizeof request);
		sscanf(request, "GET %1000s ", path);
		w->answer(w, fd, path, range ? strtol(range + 13, NULL, 10) : -1);
		shutdown(fd, SHUT_WR);
		/* What is not read would turn the end into a reset. */
		while (recv(fd, request, sizeof request, 0) > 0)
			;
	}
	return NULL;
}

static inline void web_start(struct web *w, web_answer answer, void *ctx)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof at;
	signal(SIGPIPE, SIG_IGN);
	w->answer = answer;
	w->ctx = ctx;
	w->nseen = 0;
	w->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (w->listener < 0 || bind(w->listener, (struct sockaddr *)&at, length) ||
	    listen(w->listener, 16) || getsockname(w->listener, (struct sockaddr *)&at, &length) ||
	    pthread_create(&w->thread, NULL, web_run, w))
		abort();
	snprintf(w->url, sizeof w->url, "http://127.0.0.1:%d", ntohs(at.sin_port));
}

static inline void web_stop(struct web *w)
{
	shutdown(w->listener, SHUT_RDWR);
	pthread_join(w->thread, NULL);
	close(w->listener);
}

#endif
