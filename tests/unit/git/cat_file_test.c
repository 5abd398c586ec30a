/* SPDX-License-Identifier: Apache-2.0 */
/* What stock git says of its objects, and programs in its place that say something else. */
#include "git/cat_file.h"

#include "base/file.h"
#include "base/limits.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64], path_before[4096];

static void sh(const char *command)
{
	assert_int_equal(system(command), 0);
}

static int setup(void **state)
{
	(void)state;
	snprintf(folder, sizeof folder, "/tmp/belfry-cat-file.XXXXXX");
	snprintf(path_before, sizeof path_before, "%s", getenv("PATH"));
	signal(SIGPIPE, SIG_IGN); /* as in the program */
	return mkdtemp(folder) && chdir(folder) == 0 && system("git init -q --bare .") == 0 ? 0
											    : -1;
}

static int teardown(void **state)
{
	(void)state;
	struct err err;
	setenv("PATH", path_before, 1);
	unsetenv("GIT_QUARANTINE_PATH");
	unsetenv("GIT_OBJECT_DIRECTORY");
	return chdir("/") == 0 ? file_remove_tree(folder, &err) : -1;
}

/* From now on git is this script. */
static void pretend(const char *script)
{
	struct err err;
	struct buf text = BUF_INIT;
	char path[4200];
	mkdir("bin", 0755);
	buf_printf(&text, "#!/bin/sh\n%s\n", script);
	assert_int_equal(file_write("bin/git", buf_str(&text), 0755, &err), 0);
	snprintf(path, sizeof path, "%s/bin:%s", folder, path_before);
	setenv("PATH", path, 1);
	buf_release(&text);
}

static int find(const char *ref, struct oid *id, struct err *err)
{
	struct cat_file *c;
	*err = (struct err){.code = ERR_NONE};
	assert_int_equal(cat_file_new(&c, err), 0);
	int r = cat_file_find(c, ref, id, err);
	cat_file_free(c);
	return r;
}

static int read_one(const struct oid *id, enum object_kind *kind, struct buf *out, struct err *err)
{
	struct cat_file *c;
	*err = (struct err){.code = ERR_NONE};
	buf_reset(out);
	assert_int_equal(cat_file_new(&c, err), 0);
	int r = cat_file_read(c, id, kind, out, err);
	cat_file_free(c);
	return r;
}

static void objects_are_read(void **state)
{
	(void)state;
	struct oid id;
	struct err err;
	struct buf out = BUF_INIT;
	enum object_kind kind;
	sh("b=$(echo hello | git hash-object -w --stdin) && git update-ref refs/blob $b &&"
	   " t=$(printf '100644 blob %s\\ta\\n' $b | git mktree) && git update-ref refs/tree $t &&"
	   " c=$(echo so | GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a"
	   " GIT_COMMITTER_EMAIL=a@b git commit-tree $t) && git update-ref refs/heads/c $c");
	assert_int_equal(find("refs/blob", &id, &err), 0);
	assert_int_equal(read_one(&id, &kind, &out, &err), 0);
	assert_int_equal(kind, OBJECT_BLOB);
	assert_string_equal(out.ptr, "hello\n");
	assert_int_equal(find("refs/tree", &id, &err), 0);
	assert_int_equal(read_one(&id, &kind, &out, &err), 0);
	assert_int_equal(kind, OBJECT_TREE);
	assert_int_equal(out.len, strlen("100644 a") + 1 + 20);
	assert_int_equal(find("refs/heads/c", &id, &err), 0);
	assert_int_equal(read_one(&id, &kind, &out, &err), 0);
	assert_int_equal(kind, OBJECT_COMMIT);
	assert_true(str_starts(buf_str(&out), STR("tree ")));
	buf_release(&out);
}

static void what_is_not_here_is_missing(void **state)
{
	(void)state;
	struct oid id = {{1}};
	struct err err;
	struct buf out = BUF_INIT;
	enum object_kind kind;
	assert_int_equal(find("refs/nobody", &id, &err), ERR_MISSING);
	assert_string_equal(err.msg, "refs/nobody is not here");
	assert_int_equal(read_one(&id, &kind, &out, &err), ERR_MISSING);
	buf_release(&out);
}

static void tags_and_giants_are_refused(void **state)
{
	(void)state;
	char command[160];
	struct oid id;
	struct err err;
	struct buf out = BUF_INIT;
	enum object_kind kind;
	sh("b=$(echo x | git hash-object -w --stdin) && printf 'object %s\\ntype blob\\ntag t\\n"
	   "tagger a <a@b> 1 +0000\\n\\nt\\n' $b | git mktag >tag && git update-ref refs/t $(cat "
	   "tag)");
	assert_int_equal(find("refs/t", &id, &err), 0);
	assert_int_equal(read_one(&id, &kind, &out, &err), ERR_SYNTAX);
	assert_non_null(strstr(err.msg, "is a tag: no journal has one"));
	snprintf(command, sizeof command,
	    "git update-ref refs/g $(head -c %d /dev/zero | git hash-object -w --stdin)",
	    OBJECT_BYTES_MAX + 1);
	sh(command);
	assert_int_equal(find("refs/g", &id, &err), 0);
	assert_int_equal(read_one(&id, &kind, &out, &err), ERR_LIMIT);
	assert_int_equal(out.len, 0);
	buf_release(&out);
}

static void a_push_is_measured(void **state)
{
	(void)state;
	char command[160];
	struct err err = {.code = ERR_NONE};
	snprintf(command, sizeof command,
	    "head -c %d /dev/zero | git hash-object -w --stdin >giant", OBJECT_BYTES_MAX + 1);
	sh(command);
	assert_int_equal(cat_file_measure(&err), 0); /* no push holds it back */
	setenv("GIT_QUARANTINE_PATH", "objects", 1);
	assert_int_equal(cat_file_measure(&err), ERR_LIMIT);
	sh("rm -r objects/[0-9a-f][0-9a-f]");
	assert_int_equal(cat_file_measure(&err), 0);
	sh("echo hello | git hash-object -w --stdin >small");
	assert_int_equal(cat_file_measure(&err), 0);
	sh("for f in objects/[0-9a-f]*/*; do chmod u+w $f && echo nonsense >$f; done");
	assert_int_equal(cat_file_measure(&err), ERR_MISSING);
}

/* Each instead of git, and what is said of it. */
static void odd_answers_are_named(void **state)
{
	(void)state;
	static const struct {
		const char *script, *find, *read;
	} cases[] = {
	    {"exit 0", "no answer about refs/x", "no answer about"},
	    {"read a; echo blob many 01; read a", "answered about refs/x: blob many 01",
		"answered about"},
	    {"read a; echo blob 3 nonsense; read a", "refs/x is no SHA-1 id: nonsense",
		"no answer about"},
	    {"read a; echo blob 9 00; read a; echo blob 9 00; printf abc", "is no SHA-1 id: 00",
		"broke off in"},
	    {"read a; echo blob 3 00; read a; echo blob 3 00; printf abcd; read a",
		"is no SHA-1 id: 00", "broke off in"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct oid id = {{7}};
		struct err err;
		struct buf out = BUF_INIT;
		enum object_kind kind;
		pretend(cases[i].script);
		assert_int_equal(find("refs/x", &id, &err), ERR_IO);
		assert_non_null(strstr(err.msg, cases[i].find));
		assert_int_equal(read_one(&id, &kind, &out, &err), ERR_IO);
		assert_non_null(strstr(err.msg, cases[i].read));
		assert_int_equal(out.len, 0);
		buf_release(&out);
	}
}

static void without_git_it_is_said(void **state)
{
	(void)state;
	struct oid id;
	struct err err;
	setenv("PATH", "/nowhere", 1);
	assert_int_equal(find("refs/x", &id, &err), ERR_IO);
	assert_non_null(strstr(err.msg, "refs/x"));
}

#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_FOLDER(objects_are_read),
	    IN_FOLDER(what_is_not_here_is_missing),
	    IN_FOLDER(tags_and_giants_are_refused),
	    IN_FOLDER(a_push_is_measured),
	    IN_FOLDER(odd_answers_are_named),
	    IN_FOLDER(without_git_it_is_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
