/* SPDX-License-Identifier: Apache-2.0 */
#include "site/pieces.h"

#include "base/file.h"
#include "base/mem.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * The file: magic, version of the tree, what the unit shows; a struct piece each; sum of all that.
 * Numbers are as this machine has them: the version names the program.
 */
static const char magic[] = "belfry-pieces 1\n";
enum { KEPT_BYTES_MAX = 16 * 1024 * 1024 };

struct piece {
	struct digest key;
	uint64_t from[PIECES_FILES], bytes[PIECES_FILES];
};

static void kept_path(struct buf *path, const struct pieces *p)
{
	buf_printf(path, "%s.d/%s", p->tree->out, p->name);
}

static void put_head(struct buf *b, const struct pieces *p, const struct digest *shows)
{
	buf_puts(b, magic);
	buf_add(b, str_of(p->tree->version.bytes, sizeof p->tree->version.bytes));
	buf_add(b, str_of(shows->bytes, sizeof shows->bytes));
}

/* What stands between the head and the sum; false where either is not as it should be. */
static bool take_kept(struct str *kept, const struct pieces *p, const struct digest *shows)
{
	struct buf head = BUF_INIT;
	put_head(&head, p, shows);
	bool good = hash_is_whole(kept) && str_starts(*kept, buf_str(&head));
	if (good)
		*kept = str_sub(*kept, head.len, kept->len);
	buf_release(&head);
	return good && kept->len % sizeof(struct piece) == 0;
}

static bool is_within(const struct piece *piece, const uint64_t lengths[PIECES_FILES])
{
	for (size_t i = 0; i < PIECES_FILES; i++)
		if (piece->from[i] > lengths[i] || piece->bytes[i] > lengths[i] - piece->from[i])
			return false;
	return true;
}

/* Returns how long it is; 0 where it cannot be had. */
static uint64_t open_before(int *fd, const struct tree *t, const char *path)
{
	struct stat st;
	*fd = openat(t->before, path, O_RDONLY | O_CLOEXEC);
	return *fd >= 0 && fstat(*fd, &st) == 0 ? (uint64_t)st.st_size : 0;
}

void pieces_open(struct pieces *p, const struct tree *t, const char *name, const char *unit,
    const char *const paths[PIECES_FILES])
{
	const struct unit *was = state_find(&t->old, str_from(unit));
	struct buf path = BUF_INIT, kept = BUF_INIT;
	uint64_t lengths[PIECES_FILES] = {0};
	struct err ignored;
	*p = (struct pieces){.tree = t, .name = name, .before = {-1, -1}};
	kept_path(&path, p);
	struct str rest = STR_EMPTY;
	if (was && file_read(&kept, path.ptr, KEPT_BYTES_MAX, &ignored) == 0)
		rest = buf_str(&kept);
	if (was && take_kept(&rest, p, &was->shows)) {
		for (size_t i = 0; i < PIECES_FILES; i++)
			lengths[i] = open_before(&p->before[i], t, paths[i]);
		p->old = mem_alloc(rest.len + 1);
		memcpy(p->old, rest.ptr, rest.len);
		p->nold = rest.len / sizeof *p->old;
	}
	for (size_t i = 0; i < p->nold; i++)
		if (!is_within(&p->old[i], lengths))
			p->nold = 0; /* somebody else has changed the files */
	buf_release(&path);
	buf_release(&kept);
}

/* Mostly all are there, in the order they were in. */
static const struct piece *find(struct pieces *p, const struct digest *key)
{
	for (size_t i = 0; i < p->nold; i++) {
		size_t at = (p->next + i) % p->nold;
		if (!digest_eq(&p->old[at].key, key))
			continue;
		p->next = at + 1;
		return &p->old[at];
	}
	return NULL;
}

void pieces_add(struct pieces *p, const struct digest *key, const size_t from[PIECES_FILES],
    struct rope *const out[PIECES_FILES])
{
	struct piece *piece = MEM_PUSH(p->now, p->nnow, p->cap_now);
	*piece = (struct piece){.key = *key};
	for (size_t i = 0; i < PIECES_FILES; i++) {
		piece->from[i] = from[i];
		piece->bytes[i] = rope_len(out[i]) - from[i];
	}
}

bool pieces_copy(struct pieces *p, const struct digest *key, struct rope *const out[PIECES_FILES])
{
	const struct piece *is = find(p, key);
	size_t from[PIECES_FILES];
	if (!is)
		return false;
	for (size_t i = 0; i < PIECES_FILES; i++) {
		from[i] = rope_len(out[i]);
		rope_borrow_file(out[i], p->before[i], is->from[i], is->bytes[i]);
	}
	pieces_add(p, key, from, out);
	return true;
}

void pieces_save(const struct pieces *p, const struct digest *shows)
{
	struct buf b = BUF_INIT, path = BUF_INIT;
	struct err ignored;
	put_head(&b, p, shows);
	buf_add(&b, str_of(p->now, p->nnow * sizeof *p->now));
	buf_u64(&b, hash_sum(buf_str(&b)));
	kept_path(&path, p);
	file_write_cache(path.ptr, buf_str(&b), 0600, &ignored);
	buf_release(&b);
	buf_release(&path);
}

void pieces_release(struct pieces *p)
{
	for (size_t i = 0; i < PIECES_FILES; i++)
		if (p->before[i] >= 0)
			close(p->before[i]);
	free(p->old);
	free(p->now);
	*p = (struct pieces){.before = {-1, -1}};
}
