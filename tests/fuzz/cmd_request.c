/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files by which hubs come into a network: a request that the central team is asked to admit, and
 * an invitation that a newcomer joins by; both come by mail. The first byte says which. "@C" stands
 * for the charter in base64, "@N" for the network.
 *
 * No request is admitted here, where the central key is not; and a store that joined has the
 * charter whose hash it was told.
 */
#include "../unit/store/fixture.h"

#include "cmd/cmd.h"

#include <fcntl.h>
#include <sys/mman.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const struct cmd cmd_admit, cmd_join;

static struct buf charter;
static struct sha256 before;

static void must(bool good)
{
	if (!good)
		abort();
}

static void end(void)
{
	scratch_remove(NULL);
}

static void begin(void)
{
	struct buf bundle = BUF_INIT;
	struct err err;
	must(scratch_new(NULL) == 0 && atexit(end) == 0);
	struct store *s = hub_new("central", "central", CENTRAL_HUB);
	must(store_charter_bundle(s, 1, &bundle, &err) == 0);
	buf_base64(&charter, buf_str(&bundle));
	before = digest(s);
	buf_release(&bundle);
	store_close(s);
}

/* Its talk is nobody's. */
static int run(const struct cmd *c, const char *name, const char *file, const char *store)
{
	const char *args[] = {name, file, "--store", store, NULL};
	char *argv[5];
	memcpy(argv, args, sizeof argv);
	fflush(stdout);
	int out = dup(1), said = dup(2), nowhere = open("/dev/null", O_WRONLY);
	dup2(nowhere, 1);
	dup2(nowhere, 2);
	int status = c->run(c, 4, argv);
	fflush(stdout);
	dup2(out, 1);
	dup2(said, 2);
	close(out);
	close(said);
	close(nowhere);
	return status;
}

static void admit(const char *file)
{
	struct store *s;
	struct err err;
	must(run(&cmd_admit, "admit", file, at("central")) != 0);
	must(store_open(&s, at("central"), STORE_READ, &err) == 0);
	struct sha256 now = digest(s);
	must(sha256_eq(&now, &before));
	store_close(s);
}

static void join(const char *file)
{
	struct store *s;
	struct err err;
	if (run(&cmd_join, "join", file, at("new")) == 0) {
		must(store_open(&s, at("new"), STORE_READ, &err) == 0);
		must(s->charter_version == 1 && strcmp(s->network, network.text) == 0);
		must(!s->hub[0] && !s->njournals);
		store_close(s);
	}
	must(file_remove_tree(at("new"), &err) == 0);
}

static void fill_in(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		char mark = text.ptr[i] == '@' && i + 1 < text.len ? text.ptr[i + 1] : 0;
		if (mark == 'C')
			buf_add(out, buf_str(&charter)), i++;
		else if (mark == 'N')
			buf_puts(out, network.text), i++;
		else
			buf_putc(out, text.ptr[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = str_of(data, size);
	struct buf text = BUF_INIT;
	struct err err;
	char path[64];
	uint8_t which = 0;
	if (!charter.len)
		begin();
	str_take_u8(&rest, &which);
	fill_in(&text, rest);
	int fd = memfd_create("request", 0);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	must(fd >= 0 && file_write_fd(fd, path, buf_str(&text), &err) == 0);
	if (which & 1)
		join(path);
	else
		admit(path);
	close(fd);
	buf_release(&text);
	return 0;
}
