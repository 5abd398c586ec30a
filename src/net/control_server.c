/* SPDX-License-Identifier: Apache-2.0 */
#include "net/control_server.h"

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/control_socket.h"
#include "net/wait.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	REQUEST_TIMEOUT_MS = 10 * 1000, /* to send the request, and to take the answer */
	BACKLOG = 64,
};

static void settle(struct control_client *c)
{
	if (c->state != CLIENT_CLOSED || c->handles || c->is_held)
		return;
	for (struct control_client **at = &c->server->clients; *at; at = &(*at)->next)
		if (*at == c) {
			*at = c->next;
			c->server->nclients--;
			break;
		}
	buf_release(&c->in);
	buf_release(&c->out);
	free(c);
}

static void on_closed(uv_handle_t *handle)
{
	struct control_client *c = handle->data;
	c->handles--;
	settle(c);
}

static void on_late(uv_timer_t *timer);

/* Work takes as long as it takes; the other states have an end. */
static void set_state(struct control_client *c, enum client_state state)
{
	c->state = state;
	switch (state) {
	case CLIENT_READING:
	case CLIENT_ANSWERING:
		uv_timer_start(&c->timer, on_late, REQUEST_TIMEOUT_MS, 0);
		break;
	case CLIENT_WORKING:
		uv_timer_stop(&c->timer);
		break;
	case CLIENT_CLOSED:
		uv_close((uv_handle_t *)&c->pipe, on_closed);
		uv_close((uv_handle_t *)&c->timer, on_closed);
		break;
	}
}

static void end(struct control_client *c)
{
	if (c->state == CLIENT_CLOSED)
		return;
	struct wait *w = c->wait;
	c->wait = NULL;
	if (w)
		wait_cancel(w);
	set_state(c, CLIENT_CLOSED);
}

static void on_late(uv_timer_t *timer)
{
	end(timer->data);
}

/* --- answers --- */

static void on_written(uv_write_t *request, int status)
{
	(void)status;
	end(request->data);
}

static void send_answer(struct control_client *c, json_t *answer)
{
	struct err err;
	c->is_held = false;
	c->wait = NULL;
	if (c->state == CLIENT_CLOSED) {
		settle(c); /* who asked is gone */
	} else if (control_frame(&c->out, answer, &err)) {
		log_warn("an answer is lost: %s", err.msg);
		end(c);
	} else {
		set_state(c, CLIENT_ANSWERING);
		uv_buf_t b = uv_buf_init(c->out.ptr, (unsigned)c->out.len);
		if (uv_write(&c->write, (uv_stream_t *)&c->pipe, &b, 1, on_written))
			end(c);
	}
	json_decref(answer);
}

void control_answer(struct control_client *c, json_t *result)
{
	send_answer(c, json_pack("{sbso}", "ok", 1, "result", result ? result : json_object()));
}

void control_refuse(struct control_client *c, const struct err *why)
{
	/* A path in a message may hold bytes that JSON cannot. */
	json_t *text = json_string(why->msg);
	send_answer(c, json_pack("{sbssso}", "ok", 0, "code", err_name(why->code), "message",
			   text ? text : json_string("the reason cannot be written as UTF-8")));
}

/* --- requests --- */

static void on_alloc(uv_handle_t *handle, size_t wanted, uv_buf_t *out)
{
	struct control_client *c = handle->data;
	buf_reserve(&c->in, wanted);
	*out = uv_buf_init(c->in.ptr + c->in.len, (unsigned)wanted);
}

static void take_request(struct control_client *c)
{
	struct str rest = buf_str(&c->in), message;
	struct err err;
	json_t *request = NULL;
	int rc = control_take(&rest, &message, &err);
	if (rc == 0)
		return;
	set_state(c, CLIENT_WORKING);
	if (rc > 0)
		rc = json_parse(&request, message, "the request", &err);
	if (rc < 0)
		control_refuse(c, &err);
	else
		c->server->run(c->server->ctx, c, request);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *b)
{
	struct control_client *c = stream->data;
	(void)b;
	if (n < 0) {
		end(c);
		return;
	}
	if (c->state != CLIENT_READING) {
		end(c); /* one request a connection */
		return;
	}
	c->in.len += (size_t)n;
	c->in.ptr[c->in.len] = 0;
	take_request(c);
}

static void on_connection(uv_stream_t *listener, int status)
{
	struct control_server *s = listener->data;
	if (status < 0)
		return;
	struct control_client *c = mem_alloc(sizeof *c);
	c->server = s;
	c->in = c->out = BUF_INIT;
	uv_pipe_init(s->loop, &c->pipe, 0);
	uv_timer_init(s->loop, &c->timer);
	c->pipe.data = c->timer.data = c->write.data = c;
	c->handles = 2;
	c->next = s->clients;
	s->clients = c;
	bool is_full = s->nclients++ >= CONTROL_CLIENTS_MAX;
	if (uv_accept(listener, (uv_stream_t *)&c->pipe) || is_full) {
		end(c);
		return;
	}
	set_state(c, CLIENT_READING);
	uv_read_start((uv_stream_t *)&c->pipe, on_alloc, on_read);
}

/* --- the socket --- */

int control_server_start(
    struct control_server *c, uv_loop_t *loop, const char *dir, struct err *err)
{
	char path[CONTROL_PATH_BYTES];
	c->loop = loop;
	if (control_path(path, &c->folder, dir, err))
		return err->code;
	unlink(path); /* a killed daemon's: we hold the store's lock */
	uv_pipe_init(loop, &c->pipe, 0);
	c->pipe.data = c;
	c->is_open = true;
	mode_t before = umask(0177);
	int rc = uv_pipe_bind(&c->pipe, path);
	umask(before);
	if (!rc)
		rc = uv_listen((uv_stream_t *)&c->pipe, BACKLOG, on_connection);
	if (!rc)
		return 0;
	control_server_stop(c);
	return err_set(err, ERR_IO, "cannot listen at %s/control: %s", dir, uv_strerror(rc));
}

static void on_server_closed(uv_handle_t *handle)
{
	struct control_server *c = handle->data;
	close(c->folder);
}

void control_server_stop(struct control_server *c)
{
	if (!c->is_open)
		return;
	c->is_open = false;
	uv_close((uv_handle_t *)&c->pipe, on_server_closed); /* libuv removes the socket too */
	for (struct control_client *next, *x = c->clients; x; x = next) {
		next = x->next;
		if (x->state == CLIENT_READING)
			end(x);
	}
}
