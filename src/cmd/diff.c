/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/diff.h"

#include "base/mem.h"
#include "trust/key.h"

#include <stdlib.h>

/* Beyond this many lines on both sides, once what begins and ends alike is left out, the table of
 * the longest common part would take too much memory: then all of them count as changed. */
enum { TABLE_LINES_MAX = 4096 };

struct text {
	struct str *lines;
	size_t n, cap;
};

static struct text split(struct str s)
{
	struct text t = {.n = 0};
	while (s.len)
		*MEM_PUSH(t.lines, t.n, t.cap) = str_cut(&s, '\n');
	return t;
}

/* "hubs, east:" for the line at `at`: the key at the margin above it, and the item's id; "the
 * text:" behind the head. */
static void heading(struct buf *out, const struct text *t, size_t at)
{
	struct str id = STR_EMPTY;
	for (size_t i = at + 1; i-- > 0;) {
		struct str line = t->lines[i];
		if (i && str_is(line, "---")) {
			if (i != at)
				buf_puts(out, "the text:\n");
			return;
		}
		if (!id.len && str_starts(line, STR("  - id: ")))
			id = str_sub(line, 8, line.len);
		if (!line.len || line.ptr[0] < 'a' || line.ptr[0] > 'z')
			continue;
		if (i == at)
			return; /* it says itself where it belongs */
		struct str key = str_cut(&line, ':');
		buf_printf(out, "%.*s", STR_FMT(key));
		if (id.len)
			buf_printf(out, ", %.*s", STR_FMT(id));
		buf_puts(out, ":\n");
		return;
	}
}

static void fingerprint(struct buf *out, struct str line)
{
	static const char type[] = "ssh-ed25519 ";
	struct public_key key;
	struct err none;
	size_t at = 0;
	while (at < line.len && !str_starts(str_sub(line, at, line.len), STR("ssh-ed25519 ")))
		at++;
	if (at + sizeof type > line.len ||
	    public_key_parse(&key, str_sub(line, at, line.len), &none))
		return;
	buf_puts(out, "   (");
	public_key_fingerprint(out, &key);
	buf_putc(out, ')');
}

struct diff {
	struct buf *out;
	struct text before, after;
	struct buf last; /* the heading printed last */
};

static void put(struct diff *d, char sign, const struct text *t, size_t at)
{
	struct buf where = BUF_INIT;
	heading(&where, t, at);
	if (where.len && !str_eq(buf_str(&where), buf_str(&d->last)))
		buf_add(d->out, buf_str(&where));
	buf_release(&d->last);
	d->last = where;
	buf_printf(d->out, "%c %.*s", sign, STR_FMT(t->lines[at]));
	fingerprint(d->out, t->lines[at]);
	buf_putc(d->out, '\n');
}

/* lengths[i * (nb + 1) + j]: of the longest common part of lines i… and j… */
static uint16_t *common_lengths(const struct str *a, size_t na, const struct str *b, size_t nb)
{
	uint16_t *len = mem_alloc((na + 1) * (nb + 1) * sizeof *len);
	for (size_t i = na; i-- > 0;)
		for (size_t j = nb; j-- > 0;) {
			uint16_t down = len[(i + 1) * (nb + 1) + j],
				 right = len[i * (nb + 1) + j + 1],
				 both = len[(i + 1) * (nb + 1) + j + 1];
			len[i * (nb + 1) + j] = str_eq(a[i], b[j]) ? (uint16_t)(both + 1)
						: down >= right	   ? down
								   : right;
		}
	return len;
}

/* Lines from..na and from..nb, which differ at both ends. */
static void middle(struct diff *d, size_t from, size_t na, size_t nb)
{
	size_t n = na - from, m = nb - from, i = 0, j = 0;
	bool has_table = n && m && n <= TABLE_LINES_MAX && m <= TABLE_LINES_MAX;
	uint16_t *len =
	    has_table ? common_lengths(d->before.lines + from, n, d->after.lines + from, m) : NULL;
	while (i < n || j < m) {
		if (i < n && j < m && len &&
		    str_eq(d->before.lines[from + i], d->after.lines[from + j])) {
			i++, j++;
			continue;
		}
		bool goes =
		    j == m ||
		    (i < n && (!len || len[(i + 1) * (m + 1) + j] >= len[i * (m + 1) + j + 1]));
		if (goes)
			put(d, '-', &d->before, from + i++);
		else
			put(d, '+', &d->after, from + j++);
	}
	free(len);
}

void diff_write(struct buf *out, struct str before, struct str after)
{
	struct diff d = {out, split(before), split(after), BUF_INIT};
	size_t na = d.before.n, nb = d.after.n, from = 0;
	while (from < na && from < nb && str_eq(d.before.lines[from], d.after.lines[from]))
		from++;
	while (na > from && nb > from && str_eq(d.before.lines[na - 1], d.after.lines[nb - 1]))
		na--, nb--;
	middle(&d, from, na, nb);
	buf_release(&d.last);
	free(d.before.lines);
	free(d.after.lines);
}
