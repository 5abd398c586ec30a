/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tree entries that must never reach a tree: names, modes and orders that git, libgit2 or a file
 * system treat as something else. The cases are those of the study of libgit2 1.5.1 and `git fsck
 * --strict` made for this project (hostile-tree-names: 43 rows, of which only "plain" is fit for a
 * journal); each row is the raw tree object, object ids left out.
 *
 * Include after store/fixture.h.
 */
#ifndef BELFRY_TESTS_HOSTILE_TREE_NAMES_H
#define BELFRY_TESTS_HOSTILE_TREE_NAMES_H

#include <stddef.h>

/* One item of a tree. `repeat`: the name is that many times its one letter. */
struct hostile_item {
	const char *mode, *name;
	size_t repeat;
};

/* A tree of one item, or of two. */
struct hostile_tree {
	const char *label;
	struct hostile_item items[2];
};

static const struct hostile_tree hostile_plain = {"plain", {{"100644", "plain", 0}}};

static const struct hostile_tree hostile_trees[] = {
    {".git", {{"40000", ".git", 0}}},
    {".GIT", {{"40000", ".GIT", 0}}},
    {".Git (file)", {{"100644", ".Git", 0}}},
    {"git~1 (NTFS 8.3)", {{"40000", "git~1", 0}}},
    {"GIT~2", {{"40000", "GIT~2", 0}}},
    {".git::$INDEX_ALLOCATION", {{"40000", ".git::$INDEX_ALLOCATION", 0}}},
    {".git. (trailing dot)", {{"40000", ".git.", 0}}},
    {".git<space>", {{"40000", ".git ", 0}}},
    {".g\\u200cit (HFS ignorable)", {{"40000", ".g\xe2\x80\x8cit", 0}}},
    {"..", {{"40000", "..", 0}}},
    {".", {{"40000", ".", 0}}},
    {"empty name", {{"100644", "", 0}}},
    {"a/b (slash)", {{"100644", "a/b", 0}}},
    {"../x", {{"100644", "../x", 0}}},
    {"/etc/passwd", {{"100644", "/etc/passwd", 0}}},
    {"a\\b (backslash)", {{"100644", "a\\b", 0}}},
    {"..\\x", {{"100644", "..\\x", 0}}},
    {"CON", {{"100644", "CON", 0}}},
    {"con", {{"100644", "con", 0}}},
    {"lpt1.md", {{"100644", "lpt1.md", 0}}},
    {"C:x", {{"100644", "C:x", 0}}},
    {"newline in name", {{"100644", "a\nb", 0}}},
    {"invalid UTF-8", {{"100644", "a\xff", 0}}},
    {"bidi RLO", {{"100644",
		     "a\xe2\x80\xae"
		     "b",
		     0}}},
    {".gitmodules blob", {{"100644", ".gitmodules", 0}}},
    {".gitmodules symlink", {{"120000", ".gitmodules", 0}}},
    {".gitattributes symlink", {{"120000", ".gitattributes", 0}}},
    {"symlink", {{"120000", "plain", 0}}},
    {"gitlink (submodule)", {{"160000", "plain", 0}}},
    {"exec bit", {{"100755", "plain", 0}}},
    {"mode 100664", {{"100664", "plain", 0}}},
    {"mode 100666", {{"100666", "plain", 0}}},
    {"mode 104755 setuid", {{"104755", "plain", 0}}},
    {"mode 020000 chardev", {{"20000", "plain", 0}}},
    {"mode 000000", {{"000000", "plain", 0}}},
    {"mode zero-padded 0100644", {{"0100644", "plain", 0}}},
    {"mode 040000 padded", {{"040000", "plain", 0}}},
    {"mode 777777777777", {{"777777777777", "plain", 0}}},
    {"mode 8 invalid octal", {{"8", "plain", 0}}},
    {"mode missing", {{"", "plain", 0}}},
    {"duplicate entries", {{"100644", "plain", 0}, {"100644", "plain", 0}}},
    {"duplicate file+dir", {{"100644", "plain", 0}, {"40000", "plain", 0}}},
    {"unsorted", {{"100644", "b", 0}, {"100644", "a", 0}}},
    {"unsorted file after folder", {{"40000", "a", 0}, {"100644", "a-b", 0}}},
    {"case collision", {{"100644", "PLAIN", 0}, {"100644", "plain", 0}}},
    {"NFC/NFD collision", {{"100644", "e\xcc\x81", 0}, {"100644", "\xc3\xa9", 0}}},
    {"name 4096 bytes", {{"100644", "a", 4096}}},
    {"name 70000 bytes", {{"100644", "a", 70000}}},
};

enum { HOSTILE_TREES = sizeof hostile_trees / sizeof *hostile_trees };

/* Append an item's raw form; `t` below goes into `r` as the raw tree it says. */
static inline void hostile_item_add(
    struct buf *b, const struct hostile_item *item, const struct oid *id)
{
	buf_puts(b, item->mode);
	buf_putc(b, ' ');
	for (size_t i = 0; i < item->repeat; i++)
		buf_puts(b, item->name);
	if (!item->repeat)
		buf_puts(b, item->name);
	buf_putc(b, 0);
	buf_add(b, str_of(id->bytes, OID_BYTES));
}

static inline struct oid hostile_tree_put(struct repo *r, const struct hostile_tree *t)
{
	struct buf b = BUF_INIT;
	struct oid blob, empty, tree;
	struct err err = {0};
	good(repo_put(r, &blob, OBJECT_BLOB, STR("x"), &err), &err);
	good(repo_put(r, &empty, OBJECT_TREE, STR_EMPTY, &err), &err);
	for (int i = 0; i < 2 && t->items[i].mode; i++)
		hostile_item_add(
		    &b, &t->items[i], strstr(t->items[i].mode, "40000") ? &empty : &blob);
	good(repo_put(r, &tree, OBJECT_TREE, buf_str(&b), &err), &err);
	buf_release(&b);
	return tree;
}

#endif
