/* SPDX-License-Identifier: Apache-2.0 */
#include "git/cat_file.h"

#include "base/limits.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct cat_file {
	pid_t pid;
	FILE *ask, *answer;
};

enum { LINE_BYTES = 256, CANNOT_RUN = 127 };

/* After fork(): only what is safe there. Files of ours are closed on exec. */
static void become(const char *const *argv, int in, int out)
{
	signal(SIGPIPE, SIG_DFL);
	if (dup2(in, 0) == 0 && dup2(out, 1) == 1)
		execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(CANNOT_RUN);
}

static int start(struct cat_file *c, const char *const *argv, struct err *err)
{
	int in[2] = {-1, -1}, out[2] = {-1, -1};
	c->pid = -1;
	if (pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0)
		c->pid = fork();
	if (c->pid == 0)
		become(argv, in[0], out[1]);
	int bad = c->pid < 0 ? err_errno(err, "cannot start git cat-file") : 0;
	close(in[0]);
	close(out[1]);
	c->ask = fdopen(in[1], "w");
	c->answer = fdopen(out[0], "r");
	return bad;
}

/* Its status as waitpid() has it. */
static int end(struct cat_file *c)
{
	int status = 0;
	if (c->ask)
		fclose(c->ask);
	if (c->answer)
		fclose(c->answer);
	while (c->pid > 0 && waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

int cat_file_new(struct cat_file **out, struct err *err)
{
	static const char *const argv[] = {"git", "--no-replace-objects", "cat-file",
	    "--batch-command=%(objecttype) %(objectsize) %(objectname)", NULL};
	struct cat_file *c = mem_alloc(sizeof *c);
	*out = NULL;
	if (start(c, argv, err)) {
		cat_file_free(c);
		return err->code;
	}
	*out = c;
	return 0;
}

void cat_file_free(struct cat_file *c)
{
	if (c)
		end(c);
	free(c);
}

struct head_line {
	char text[LINE_BYTES];
	struct str type, id;
	uint64_t size;
};

/* "<type> <size> <id>\n", or "<name> missing\n". */
static int read_head(struct cat_file *c, const char *name, struct head_line *h, struct err *err)
{
	if (!fgets(h->text, sizeof h->text, c->answer))
		return err_set(err, ERR_IO, "git cat-file gave no answer about %s", name);
	struct str rest = str_trim(str_from(h->text));
	if (str_ends(rest, STR(" missing")))
		return err_set(err, ERR_MISSING, "%s is not here", name);
	h->type = str_cut(&rest, ' ');
	struct str size = str_cut(&rest, ' ');
	h->id = rest;
	if (!str_u64(size, INT64_MAX, &h->size))
		return err_set(
		    err, ERR_IO, "git cat-file answered about %s: %.100s", name, h->text);
	return 0;
}

static int ask(
    struct cat_file *c, const char *what, const char *name, struct head_line *h, struct err *err)
{
	if (fprintf(c->ask, "%s %s\n", what, name) < 0 || fflush(c->ask))
		return err_errno(err, "cannot ask git cat-file about %s", name);
	return read_head(c, name, h, err);
}

int cat_file_find(struct cat_file *c, const char *ref, struct oid *id, struct err *err)
{
	struct head_line h;
	if (ask(c, "info", ref, &h, err))
		return err->code;
	if (!oid_from_hex(id, h.id))
		return err_set(err, ERR_IO, "%s is no SHA-1 id: %.*s", ref, STR_FMT(h.id));
	return 0;
}

static int check_size(const struct head_line *h, struct err *err)
{
	if (h->size <= OBJECT_BYTES_MAX)
		return 0;
	return err_set(err, ERR_LIMIT,
	    "an object of %" PRIu64 " bytes came: nothing of a network is larger than %d", h->size,
	    OBJECT_BYTES_MAX);
}

static bool kind_of(struct str type, enum object_kind *kind)
{
	static const char *const names[] = {
	    [OBJECT_COMMIT] = "commit", [OBJECT_TREE] = "tree", [OBJECT_BLOB] = "blob"};
	for (int i = OBJECT_COMMIT; i <= OBJECT_BLOB; i++)
		if (str_is(type, names[i])) {
			*kind = (enum object_kind)i;
			return true;
		}
	return false;
}

int cat_file_read(struct cat_file *c, const struct oid *id, enum object_kind *kind, struct buf *out,
    struct err *err)
{
	struct oid_hex name = oid_hex(id);
	struct head_line h;
	if (ask(c, "info", name.text, &h, err) || check_size(&h, err))
		return err->code;
	if (!kind_of(h.type, kind))
		return err_set(err, ERR_SYNTAX, "%s is a %.*s: no journal has one", name.text,
		    STR_FMT(h.type));
	if (ask(c, "contents", name.text, &h, err) || check_size(&h, err))
		return err->code;
	buf_reserve(out, h.size);
	if (fread(out->ptr + out->len, 1, h.size, c->answer) != h.size || getc(c->answer) != '\n')
		return err_set(err, ERR_IO, "git cat-file broke off in %s", name.text);
	out->len += h.size;
	out->ptr[out->len] = 0;
	return 0;
}

/* Only what came: what it builds on is left out. Sizes stand in the objects' heads, nothing is
 * unpacked for this. */
int cat_file_measure(struct err *err)
{
	static const char *const argv[] = {"env", "GIT_ALTERNATE_OBJECT_DIRECTORIES=", "git",
	    "cat-file", "--batch-all-objects", "--unordered",
	    "--batch-check=%(objecttype) %(objectsize) %(objectname)", NULL};
	struct cat_file c;
	struct head_line h;
	if (!getenv("GIT_QUARANTINE_PATH"))
		return 0;
	int bad = start(&c, argv, err), next = EOF;
	while (!bad && (next = getc(c.answer)) != EOF) {
		ungetc(next, c.answer);
		bad = read_head(&c, "an object that came", &h, err) || check_size(&h, err) ? err->code : 0;
	}
	if (end(&c) && !bad)
		bad = err_set(err, ERR_IO, "git cat-file cannot read what came");
	return bad;
}
