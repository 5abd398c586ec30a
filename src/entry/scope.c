/* SPDX-License-Identifier: Apache-2.0 */
#include "entry/scope.h"

#include "record/record.h"

#include <assert.h>

bool words_have(const struct words *w, struct str word)
{
	for (size_t i = 0; i < w->n; i++)
		if (str_is(word, w->items[i]))
			return true;
	return false;
}

void words_add(struct words *w, struct str word)
{
	if (w->n < SCOPE_WORDS_MAX && str_is_slug(word) && !words_have(w, word))
		memcpy(w->items[w->n++], word.ptr, word.len);
}

bool scope_has(const struct scope *s, struct str path)
{
	struct record_name name;
	if (!str_ends(path, STR(".md")) || !record_name_parse(&name, path))
		return true;
	return (!s->types.n || words_have(&s->types, name.type)) &&
	       (!s->langs.n || words_have(&s->langs, name.lang));
}

bool scope_is_all(const struct scope *s)
{
	return !s->types.n && !s->langs.n;
}

/* --- on the link --- */

void scope_write(struct buf *out, const struct scope *s)
{
	buf_u8(out, s->is_lacking);
	buf_varint(out, s->types.n);
	for (size_t i = 0; i < s->types.n; i++) {
		struct str type = str_from(s->types.items[i]);
		buf_u8(out, (uint8_t)type.len);
		buf_add(out, type);
	}
	buf_varint(out, s->langs.n);
	for (size_t i = 0; i < s->langs.n; i++) {
		struct str lang = str_from(s->langs.items[i]);
		assert(lang.len == LANG_BYTES);
		buf_add(out, lang);
	}
}

static bool take_word(struct words *w, struct str *s, bool is_lang)
{
	uint8_t len = LANG_BYTES;
	struct str word;
	size_t n = w->n;
	if ((!is_lang && !str_take_u8(s, &len)) || !str_take(s, len, &word))
		return false;
	words_add(w, word);
	return w->n == n + 1;
}

static bool take_words(struct words *w, struct str *s, bool is_lang)
{
	uint64_t n;
	if (!str_take_varint(s, &n) || n > SCOPE_WORDS_MAX)
		return false;
	while (n--)
		if (!take_word(w, s, is_lang))
			return false;
	return true;
}

int scope_parse(struct scope *s, struct str body, struct err *err)
{
	uint8_t lacking;
	*s = (struct scope){.is_lacking = false};
	if (!str_take_u8(&body, &lacking) || lacking > 1)
		return err_set(err, ERR_PEER, "it says neither 1, something is lacking, nor 0");
	s->is_lacking = lacking;
	if (!take_words(&s->types, &body, false) || !take_words(&s->langs, &body, true))
		return err_set(err, ERR_PEER,
		    "its types and languages are cut short, no such words, twice the same, or more "
		    "than %d",
		    SCOPE_WORDS_MAX);
	if (body.len)
		return err_set(err, ERR_PEER, "%zu bytes more than it can have", body.len);
	return 0;
}
