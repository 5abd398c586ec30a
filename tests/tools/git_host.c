/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A git host for tests: `git http-backend` behind HTTPS on loopback, at any port.
 *
 *   git_host FOLDER CERT KEY PORT-FILE
 *
 * serves the bare repositories in FOLDER as https://127.0.0.1:PORT/NAME.git and writes PORT to
 * PORT-FILE once it listens. While a file FOLDER/cut stands there, its number is after how many
 * bytes of an answer to a POST the connection dies; while FOLDER/hang is there, such an answer
 * begins and then nothing comes. One line a request goes to standard output: method, path, status.
 */
#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ANSWER_BYTES_MAX = 64 * 1024 * 1024, ENV_MAX = 16 };

static const char *folder;

struct request {
	struct buf body;
	struct buf answer; /* what http-backend printed */
	size_t at; /* where its body begins */
	size_t cut; /* die after so many bytes of it */
	bool hangs;
};

static void die(const char *what)
{
	fprintf(stderr, "git_host: %s\n", what);
	exit(1);
}

/* --- the program behind it --- */

struct environment {
	char *words[ENV_MAX];
	int n;
};

static void add_env(struct environment *e, const char *name, const char *value)
{
	if (value && asprintf(&e->words[e->n++], "%s=%s", name, value) < 0)
		die("no memory");
}

static const char *header(struct MHD_Connection *c, const char *name)
{
	return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

static enum MHD_Result add_query(
    void *ctx, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct buf *b = ctx;
	(void)kind;
	buf_printf(b, "%s%s=%s", b->len ? "&" : "", name, value ? value : "");
	return MHD_YES;
}

static void make_env(struct environment *e, struct MHD_Connection *c, const char *method,
    const char *path, size_t body_bytes)
{
	struct buf query = BUF_INIT;
	char length[32];
	snprintf(length, sizeof length, "%zu", body_bytes);
	MHD_get_connection_values(c, MHD_GET_ARGUMENT_KIND, add_query, &query);
	add_env(e, "PATH", getenv("PATH"));
	add_env(e, "GIT_CONFIG_NOSYSTEM", "1");
	add_env(e, "HOME", folder);
	add_env(e, "GIT_PROJECT_ROOT", folder);
	add_env(e, "GIT_HTTP_EXPORT_ALL", "1");
	add_env(e, "REQUEST_METHOD", method);
	add_env(e, "PATH_INFO", path);
	add_env(e, "QUERY_STRING", query.ptr);
	add_env(e, "CONTENT_TYPE", header(c, "Content-Type"));
	add_env(e, "CONTENT_LENGTH", length);
	add_env(e, "HTTP_CONTENT_ENCODING", header(c, "Content-Encoding"));
	add_env(e, "GIT_PROTOCOL", header(c, "Git-Protocol"));
	add_env(e, "REMOTE_ADDR", "127.0.0.1");
	buf_release(&query);
}

static void run_backend(struct request *r, struct environment *e)
{
	char git[] = "git", backend[] = "http-backend";
	char *const argv[] = {git, backend, NULL};
	posix_spawn_file_actions_t actions;
	int pipes[2], in = memfd_create("body", MFD_CLOEXEC), status;
	pid_t pid;
	if (in < 0 || pipe2(pipes, O_CLOEXEC) ||
	    write(in, r->body.ptr, r->body.len) != (ssize_t)r->body.len || lseek(in, 0, SEEK_SET))
		die("no pipe");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in, 0);
	posix_spawn_file_actions_adddup2(&actions, pipes[1], 1);
	if (posix_spawnp(&pid, "git", &actions, NULL, argv, e->words))
		die("git does not start");
	posix_spawn_file_actions_destroy(&actions);
	close(pipes[1]);
	close(in);
	for (ssize_t n = 1; n > 0 && r->answer.len < ANSWER_BYTES_MAX;) {
		buf_reserve(&r->answer, 65536);
		n = read(pipes[0], r->answer.ptr + r->answer.len, 65536);
		r->answer.len += n > 0 ? (size_t)n : 0;
	}
	close(pipes[0]);
	waitpid(pid, &status, 0);
}

/* --- answers --- */

static ssize_t give(void *ctx, uint64_t at, char *out, size_t max)
{
	struct request *r = ctx;
	struct str body = str_sub(buf_str(&r->answer), r->at, r->answer.len);
	if (at >= r->cut && r->hangs)
		pause(); /* until we are told to end */
	if (at >= r->cut)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (at >= body.len)
		return MHD_CONTENT_READER_END_OF_STREAM;
	body = str_sub(body, at, body.len < r->cut ? body.len : r->cut);
	size_t n = body.len < max ? body.len : max;
	memcpy(out, body.ptr, n);
	return (ssize_t)n;
}

/* Headers as CGI has them, up to an empty line. Returns the status. */
static unsigned take_headers(struct request *r, struct MHD_Response *out)
{
	struct str rest = str_sub(buf_str(&r->answer), r->at, r->answer.len);
	unsigned status = 200;
	while (rest.len) {
		struct str value = str_cut(&rest, '\n'), name;
		if (str_ends(value, STR("\r")))
			value.len--;
		if (!value.len)
			break;
		name = str_cut(&value, ':');
		value = str_trim(value);
		char text[2][256];
		snprintf(text[0], sizeof text[0], "%.*s", STR_FMT(name));
		snprintf(text[1], sizeof text[1], "%.*s", STR_FMT(value));
		if (str_is(name, "Status"))
			status = (unsigned)strtoul(text[1], NULL, 10);
		else
			MHD_add_response_header(out, text[0], text[1]);
	}
	r->at = (size_t)(rest.ptr - r->answer.ptr);
	return status;
}

static void read_faults(struct request *r)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	struct err none;
	r->cut = SIZE_MAX;
	buf_printf(&path, "%s/cut", folder);
	if (file_read(&text, path.ptr, 32, &none) == 0)
		r->cut = strtoul(text.ptr, NULL, 10);
	buf_reset(&path);
	buf_printf(&path, "%s/hang", folder);
	r->hangs = file_exists(path.ptr);
	if (r->hangs)
		r->cut = 8;
	buf_release(&path);
	buf_release(&text);
}

static enum MHD_Result answer(
    struct request *r, struct MHD_Connection *c, const char *method, const char *path)
{
	struct environment e = {.n = 0};
	r->cut = SIZE_MAX;
	if (strcmp(method, "POST") == 0)
		read_faults(r);
	make_env(&e, c, method, path, r->body.len);
	run_backend(r, &e);
	for (int i = 0; i < e.n; i++)
		free(e.words[i]);
	struct MHD_Response *out =
	    MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 65536, give, r, NULL);
	unsigned status = take_headers(r, out);
	printf("%s %s %u\n", method, path, status);
	fflush(stdout);
	enum MHD_Result rc = MHD_queue_response(c, status, out);
	MHD_destroy_response(out);
	return rc;
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *c, const char *path,
    const char *method, const char *version, const char *upload, size_t *nupload, void **state)
{
	(void)ctx;
	(void)version;
	struct request *r = *state;
	if (!r) {
		*state = r = mem_alloc(sizeof *r);
		r->body = r->answer = BUF_INIT;
		return MHD_YES;
	}
	if (!*nupload)
		return answer(r, c, method, path);
	buf_add(&r->body, str_of(upload, *nupload));
	*nupload = 0;
	return MHD_YES;
}

static void on_done(
    void *ctx, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode why)
{
	struct request *r = *state;
	(void)ctx;
	(void)c;
	(void)why;
	if (!r)
		return;
	buf_release(&r->body);
	buf_release(&r->answer);
	free(r);
}

int main(int argc, char **argv)
{
	struct buf crt = BUF_INIT, key = BUF_INIT, port = BUF_INIT;
	struct err err;
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	if (argc != 5)
		die("git_host FOLDER CERT KEY PORT-FILE");
	folder = argv[1];
	signal(SIGPIPE, SIG_IGN);
	if (file_read(&crt, argv[2], 9999, &err) || file_read(&key, argv[3], 9999, &err))
		die(err.msg);
	struct MHD_Daemon *d = MHD_start_daemon(
	    MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_TLS, 0, NULL,
	    NULL, on_request, NULL, MHD_OPTION_SOCK_ADDR, &any, MHD_OPTION_NOTIFY_COMPLETED,
	    on_done, NULL, MHD_OPTION_HTTPS_MEM_KEY, key.ptr, MHD_OPTION_HTTPS_MEM_CERT, crt.ptr,
	    MHD_OPTION_END);
	if (!d)
		die("cannot listen");
	buf_printf(&port, "%u\n", MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT)->port);
	if (file_write(argv[4], buf_str(&port), 0644, &err))
		die(err.msg);
	pause(); /* until we are told to end */
	return 0;
}
