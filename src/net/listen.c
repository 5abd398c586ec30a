/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where others may reach us.
 */
#include "base/file.h"
#include "base/log.h"
#include "net/daemon_impl.h"
#include "net/settings.h"

#include <stdio.h>
#include <unistd.h>

enum { BACKLOG = 128 };

static void on_connection(uv_stream_t *listener, int status)
{
	struct daemon *d = listener->data;
	if (status == 0)
		link_accept(&d->station, listener);
}

static int open_one(struct daemon *d, const struct addrinfo *a)
{
	struct listener *l = &d->listeners[d->nlisteners];
	struct sockaddr_storage at;
	int length = sizeof at;
	uv_tcp_init(&d->station.loop, &l->tcp);
	l->tcp.data = d;
	int rc = uv_tcp_bind(&l->tcp, a->ai_addr, 0);
	if (!rc)
		rc = uv_listen((uv_stream_t *)&l->tcp, BACKLOG, on_connection);
	if (!rc)
		rc = uv_tcp_getsockname(&l->tcp, (struct sockaddr *)&at, &length);
	d->nlisteners++; /* also after a failure: listen_stop() closes the handle */
	if (!rc)
		address_write(l->address, (const struct sockaddr *)&at);
	return rc;
}

static int listen_at(struct daemon *d, const char *text, struct err *err)
{
	struct address address;
	struct addrinfo *found;
	if (address_parse(&address, str_from(text), err) ||
	    address_resolve(&found, &address, true, err))
		return err->code;
	int rc = open_one(d, found);
	freeaddrinfo(found);
	return rc ? err_set(err, ERR_IO,
			"cannot listen on %s: %s; choose another address with --listen ADDR:PORT "
			"or the setting belfry.listen",
			text, uv_strerror(rc))
		  : 0;
}

/* All addresses, also where the machine has no IPv6. */
static int listen_anywhere(struct daemon *d, unsigned port, struct err *err)
{
	char text[32];
	snprintf(text, sizeof text, "[::]:%u", port);
	if (listen_at(d, text, err) == 0)
		return 0;
	snprintf(text, sizeof text, "0.0.0.0:%u", port);
	return listen_at(d, text, err);
}

uint16_t listen_port(const struct daemon *d)
{
	struct address a;
	struct err err;
	for (size_t i = 0; i < d->nlisteners; i++)
		if (address_parse(&a, str_from(d->listeners[i].address), &err) == 0 &&
		    !str_starts(str_from(a.host), STR("127.")) && strcmp(a.host, "::1") != 0)
			return a.port;
	return 0;
}

/* So that scripts find the port. */
static int write_listening(const struct daemon *d, struct err *err)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	buf_printf(&path, "%s/listening", d->station.dir);
	for (size_t i = 0; i < d->nlisteners; i++)
		if (d->listeners[i].address[0])
			buf_printf(&text, "%s\n", d->listeners[i].address);
	if (d->http)
		buf_printf(&text, "http://%s/\n", d->http_address);
	int rc = text.len ? file_write(path.ptr, buf_str(&text), 0644, err) : 0;
	buf_release(&text);
	buf_release(&path);
	return rc;
}

int listen_start(struct daemon *d, struct store *s, struct err *err)
{
	struct buf setting = BUF_INIT;
	int rc = 0;
	bool is_set = d->options->listen || settings_get(&setting, s, "belfry.listen");
	if (d->options->listen)
		buf_puts(&setting, d->options->listen);
	if (is_set && strcmp(setting.ptr, "none") != 0)
		rc = listen_at(d, setting.ptr, err);
	else if (!is_set && (s->hub[0] || d->is_in_lan))
		rc = listen_anywhere(d, s->hub[0] ? DEFAULT_PORT : 0, err);
	if (rc && is_set && !d->options->listen)
		err_wrap(err, "the setting belfry.listen");
	if (!rc)
		rc = write_listening(d, err);
	buf_release(&setting);
	return rc;
}

void listen_forget(const char *dir)
{
	struct buf path = BUF_INIT;
	buf_printf(&path, "%s/listening", dir);
	unlink(path.ptr);
	buf_release(&path);
}

void listen_stop(struct daemon *d)
{
	for (size_t i = 0; i < d->nlisteners; i++)
		uv_close((uv_handle_t *)&d->listeners[i].tcp, NULL);
	if (d->nlisteners || d->http)
		listen_forget(d->station.dir);
	d->nlisteners = 0;
}
