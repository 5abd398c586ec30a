/* SPDX-License-Identifier: Apache-2.0 */
#include "record/attachment.h"

#include "record/canon.h"

#include <inttypes.h>

/*
 * Documents, pictures and sound that every telephone opens and that carry no program a browser
 * would run in the site's name. So no HTML or SVG; no office files, which carry macros; and no
 * archives: what is inside could be any of these, and nobody sees it before it is unpacked.
 */
static const struct {
	const char *ending, *media, *kind;
} kinds[] = {
    {".pdf", "application/pdf", "PDF"}, {".jpg", "image/jpeg", "JPEG"},
    {".png", "image/png", "PNG"},
    {".webp", "image/webp", "WebP"}, /* a photograph in half of what JPEG takes */
    {".mp3", "audio/mpeg", "MP3"},
    {".ogg", "audio/ogg", "Ogg"}, /* Opus: speech in a quarter of what MP3 takes */
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_joint(char c)
{
	return c == '.' || c == '-' || c == '_';
}

struct str attachment_media(struct str name)
{
	for (size_t i = 0; i < KINDS; i++)
		if (str_ends(name, str_from(kinds[i].ending)))
			return str_from(kinds[i].media);
	return STR_EMPTY;
}

const char *attachment_kind(struct str media)
{
	for (size_t i = 0; i < KINDS; i++)
		if (str_is(media, kinds[i].media))
			return kinds[i].kind;
	return "";
}

bool attachment_is_name(struct str name)
{
	if (!name.len || name.len > ATTACHMENT_NAME_BYTES_MAX || !is_name_char(name.ptr[0]))
		return false;
	for (size_t i = 1; i < name.len; i++)
		if (!is_name_char(name.ptr[i]) &&
		    !(is_joint(name.ptr[i]) && is_name_char(name.ptr[i - 1])))
			return false;
	return attachment_media(name).len > 0;
}

bool attachment_begins_as(struct str media, struct str begin)
{
	static const struct str webp = {"WEBP", 4};
	const uint8_t *b = (const uint8_t *)begin.ptr;
	if (str_is(media, "application/pdf"))
		return str_starts(begin, STR("%PDF-"));
	if (str_is(media, "image/jpeg"))
		return str_starts(begin, STR("\xff\xd8\xff"));
	if (str_is(media, "image/png"))
		return str_starts(begin, STR("\x89PNG\r\n\x1a\n"));
	if (str_is(media, "image/webp"))
		return str_starts(begin, STR("RIFF")) && str_eq(str_sub(begin, 8, 4), webp);
	if (str_is(media, "audio/mpeg")) /* an ID3 tag, or a frame of MPEG audio at once */
		return str_starts(begin, STR("ID3")) ||
		       (begin.len > 1 && b[0] == 0xff && (b[1] & 0xe0) == 0xe0);
	return str_is(media, "audio/ogg") && str_starts(begin, STR("OggS"));
}

bool attachment_read(struct attachment *out, const json_t *item)
{
	int64_t size = json_get_int(item, "size");
	*out = (struct attachment){.name = json_get_text(item, "name"),
	    .media = json_get_text(item, "media"),
	    .size = size > 0 ? (uint64_t)size : 0};
	return attachment_is_name(out->name) && str_eq(out->media, attachment_media(out->name)) &&
	       size > 0 && size <= ATTACHMENT_BYTES_MAX &&
	       sha256_from_hex(&out->hash, json_get_text(item, "sha256")) &&
	       sha256_from_hex(&out->chunks, json_get_text(item, "chunks"));
}

const char *attachments_fault(const json_t *list)
{
	struct attachment a, b;
	size_t n = json_array_size(list);
	if (!n || n > ATTACHMENTS_OF_RECORD_MAX)
		return "'attachments' is a list of 1 to 16 files";
	for (size_t i = 0; i < n; i++) {
		const json_t *item = json_array_get(list, i);
		struct str name = json_get_text(item, "name");
		if (attachment_is_name(name) &&
		    !str_eq(json_get_text(item, "media"), attachment_media(name)))
			return "a file's 'media' must be what its name ends in says";
		if (!attachment_read(&a, item))
			return "a file needs 'name', 'media', 'size' (1 to 67108864), 'sha256' and "
			       "'chunks' (64 hex digits each); belfry attach writes them";
		for (size_t k = 0; k < i; k++)
			if (attachment_read(&b, json_array_get(list, k)) && str_eq(a.name, b.name))
				return "two files have one name";
	}
	return NULL;
}

size_t attachment_chunks(uint64_t size)
{
	return (size_t)((size + ATTACHMENT_CHUNK_BYTES - 1) / ATTACHMENT_CHUNK_BYTES);
}

size_t attachment_chunk_bytes(uint64_t size, size_t i)
{
	uint64_t at = (uint64_t)i * ATTACHMENT_CHUNK_BYTES;
	uint64_t left = at < size ? size - at : 0;
	return left < ATTACHMENT_CHUNK_BYTES ? (size_t)left : ATTACHMENT_CHUNK_BYTES;
}

static void write_field(struct buf *out, const char *before, struct str text)
{
	buf_puts(out, before);
	canon_scalar(out, text);
}

void attachment_write(struct buf *out, const struct attachment *a)
{
	write_field(out, "  - name: ", a->name);
	write_field(out, "\n    media: ", a->media);
	buf_printf(out, "\n    size: %" PRIu64, a->size);
	write_field(out, "\n    sha256: ", str_from(sha256_hex(&a->hash).text));
	write_field(out, "\n    chunks: ", str_from(sha256_hex(&a->chunks).text));
	buf_putc(out, '\n');
}
