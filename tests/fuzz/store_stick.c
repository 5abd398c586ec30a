/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files on a stick, read into the store of a laptop. The first byte says how the rest is meant: as
 * the file, or as its blocks (a byte for the kind, one for what stands before the text, two for the
 * length, so many bytes), which are then framed, and compressed where the kind has its highest bit.
 * In a text "@1" to "@3" stand for entries of a hub, "@C" for the second charter, "@L" and "@P" for
 * the list and the piece of a file that entry 3 names, "@N" for the network.
 *
 * Whatever comes, what is kept is what that hub has signed, as far as it goes.
 */
#include "../unit/store/fixture.h"

#include "store/attach.h"
#include "entry/segment.h"
#include "store/stick.h"
#include "store/stick_attach.h"
#include "store/verify.h"

#include <sys/mman.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { AS_BLOCKS = 1, COMPRESSED = 0x80, KINDS = 16, FRESH_AFTER = 400, BLOCKS_MAX = 16 };

static struct store *hub, *edge;
static struct wires *entries;
static struct buf list, piece, second;

static void must(bool good)
{
	if (!good)
		abort();
}

/* --- what is true --- */

static void make_file(void)
{
	struct attachment a;
	struct draft d = {.n = 0};
	struct buf lines = BUF_INIT;
	struct err err;
	must(file_write(at("plan.pdf"), STR("%PDF-1.4\nplan\n"), 0600, &err) == 0);
	must(attach_add(&a, hub, at("plan.pdf"), STR("plan.pdf"), &err) == 0);
	buf_puts(&lines, "attachments:\n");
	attachment_write(&lines, &a);
	draft_news(&d, EAST, "ke-mombasa", "plan", lines.ptr);
	append(hub, &d);
	buf_release(&lines);
	stick_attach_begin_list(&list, &a);
	must(attach_read(hub, &a.hash, true, 0, SHA256_BYTES, &list, &err) == 0);
	stick_attach_begin_piece(&piece, 0);
	must(attach_read(hub, &a.hash, false, 0, a.size, &piece, &err) == 0);
}

static void make_hub(void)
{
	struct draft d = {.n = 0};
	struct err err;
	hub = east_new();
	draft_news(&d, EAST, "ke-mombasa", "market", "");
	append(hub, &d);
	make_file();
	entries = wires_new(hub, "east", 1);
	adopt(hub, charter_next(buf_str(&charter_one), 2));
	must(store_charter_bundle(hub, 2, &second, &err) == 0);
}

static void end(void)
{
	scratch_remove(NULL);
}

static void begin(void)
{
	static size_t inputs;
	struct err err;
	if (!hub) {
		must(scratch_new(NULL) == 0 && atexit(end) == 0);
		make_hub();
	}
	if (inputs++ % FRESH_AFTER == 0) {
		store_close(edge);
		must(file_remove_tree(at("edge"), &err) == 0);
		edge = store_new("edge", NULL, 0);
		must(repo_set_config(edge->repo, "belfry.attachments", "all", &err) == 0);
	}
}

static void check(void)
{
	struct local_state l;
	struct oid id;
	struct err err;
	store_state(edge, &l);
	must(l.charter == 1 || l.charter == 2);
	must(l.nheads <= 1);
	if (!l.nheads)
		return;
	must(strcmp(l.heads[0].hub, "east") == 0 && l.heads[0].seq <= entries->n);
	must(store_entry_id(hub, "east", l.heads[0].seq, &id, &err) == 0);
	must(oid_eq(&id, &l.heads[0].id));
}

/* --- the file --- */

static void fill_in(struct buf *out, struct str text)
{
	const struct str marks[] = {entries->entries[0], entries->entries[1], entries->entries[2],
	    buf_str(&second), buf_str(&list), buf_str(&piece), str_from(hub->network)};
	static const char names[] = "123CLPN";
	for (size_t i = 0; i < text.len; i++) {
		const char *name = text.ptr[i] == '@' && i + 1 < text.len
				       ? memchr(names, text.ptr[i + 1], sizeof names - 1)
				       : NULL;
		if (name)
			buf_add(out, marks[name - names]), i++;
		else
			buf_putc(out, text.ptr[i]);
	}
}

static void put_block(
    struct buf *out, struct segment_writer *w, uint8_t kind, uint8_t before, struct str bytes)
{
	struct buf body = BUF_INIT, text = BUF_INIT;
	if (kind & COMPRESSED) {
		buf_add(&body, str_sub(bytes, 0, before));
		fill_in(&text, str_sub(bytes, before, bytes.len));
		struct str one = buf_str(&text);
		if (one.len <= ENTRY_BYTES_MAX)
			segment_write(w, &body, &one, 1);
	} else {
		fill_in(&body, bytes);
	}
	buf_u8(out, kind % KINDS);
	buf_varint(out, body.len);
	buf_add(out, buf_str(&body));
	buf_release(&body);
	buf_release(&text);
}

static void make_stick(struct buf *out, struct str rest)
{
	struct segment_writer *w = segment_writer_new();
	uint8_t kind, before;
	uint16_t length;
	struct str bytes;
	buf_puts(out, "belfry-segments 1\n");
	buf_unhex(out, str_from(hub->network));
	for (int i = 0;
	     i < BLOCKS_MAX && str_take_u8(&rest, &kind) && str_take_u8(&rest, &before) &&
	     str_take_u16(&rest, &length) && str_take(&rest, length, &bytes);
	     i++)
		put_block(out, w, kind, before, bytes);
	buf_add(out, rest); /* a cut */
	segment_writer_free(w);
}

static void check_heads(const char *path)
{
	struct stick_heads h;
	struct err err = {.code = ERR_NONE};
	if (stick_read_heads(path, edge->network, &h, &err))
		must(err.code != ERR_NONE && err.msg[0] && !h.nheads);
	for (size_t i = 0; i < h.nheads; i++)
		must(str_is_slug(str_from(h.heads[i].hub)) &&
		     (!i || strcmp(h.heads[i - 1].hub, h.heads[i].hub) < 0));
	stick_heads_release(&h);
}

static void check_read(const char *path)
{
	struct stick_report r;
	struct err err = {.code = ERR_NONE};
	int bad = stick_read(edge, path, T0, &r, &err);
	must(!bad || (err.code != ERR_NONE && err.msg[0]));
	must(bad ? r.refused != REFUSED_NOTHING : r.refused == REFUSED_NOTHING);
	must(r.entries <= entries->n && r.charters <= 1 && r.letters == 0 && r.files <= 1);
	if (r.entries)
		must(verify_entries(edge, "east", 1, &err) == 0);
	check();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = str_of(data, size);
	struct buf file = BUF_INIT;
	struct err err;
	char path[64];
	uint8_t how = 0;
	begin();
	str_take_u8(&rest, &how);
	if (how & AS_BLOCKS)
		make_stick(&file, rest);
	else
		fill_in(&file, rest);
	int fd = memfd_create("stick", 0);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	must(fd >= 0 && file_write_fd(fd, path, buf_str(&file), &err) == 0);
	check_heads(path);
	check_read(path);
	close(fd);
	buf_release(&file);
	return 0;
}
