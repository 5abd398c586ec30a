/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "markup/template_program.h"

#include <stdlib.h>

struct binder {
	struct template_set *to;
	const json_t *context;
	const char *const *keys;
	bool is_indented; /* some partial is: then lines stay apart */
	struct buf text; /* of the step that is being joined */
	bool has_text, begins_line;
};

static bool is_fixed(const struct binder *b, const struct step *s)
{
	if ((s->kind != STEP_VALUE && s->kind != STEP_RAW) || !s->nkeys)
		return false;
	for (size_t i = 0; b->keys[i]; i++)
		if (str_is(s->keys[0], b->keys[i]))
			return true;
	return false;
}

static void print_fixed(struct binder *b, const struct step *s)
{
	const json_t *v = b->context;
	for (size_t i = 0; i < s->nkeys; i++)
		v = json_object_getn(v, s->keys[i].ptr, s->keys[i].len);
	template_print(&b->text, v, s->kind == STEP_RAW);
}

static void end_text(struct binder *b, struct template *to, size_t line)
{
	if (!b->has_text)
		return;
	*MEM_PUSH(to->steps, to->len, to->cap) = (struct step){.kind = STEP_TEXT,
	    .begins_line = b->begins_line,
	    .text = arena_str(&b->to->arena, buf_str(&b->text)),
	    .line = line};
	buf_reset(&b->text);
	b->has_text = false;
}

static void bind_template(struct binder *b, struct template *to, const struct template *from)
{
	size_t *at = mem_alloc((from->len + 1) * sizeof *at); /* where each step has gone */
	*to = (struct template){.name = from->name, .file = from->file};
	for (size_t i = 0; i < from->len; i++) {
		const struct step *s = &from->steps[i];
		bool is_value = is_fixed(b, s), is_text = is_value || s->kind == STEP_TEXT;
		if (!is_text || (s->begins_line && b->is_indented))
			end_text(b, to, s->line);
		at[i] = to->len;
		if (!is_text) {
			*MEM_PUSH(to->steps, to->len, to->cap) = *s;
			continue;
		}
		if (!b->has_text)
			b->begins_line = s->begins_line;
		b->has_text = true;
		if (is_value)
			print_fixed(b, s);
		else
			buf_add(&b->text, s->text);
	}
	end_text(b, to, 0);
	for (size_t i = 0; i < to->len; i++)
		if (to->steps[i].kind == STEP_SECTION || to->steps[i].kind == STEP_INVERTED)
			to->steps[i].end = at[to->steps[i].end];
	free(at);
}

static bool has_indented(const struct template_set *set)
{
	for (size_t i = 0; i < set->len; i++)
		for (size_t k = 0; k < set->items[i]->len; k++) {
			const struct step *s = &set->items[i]->steps[k];
			if (s->kind == STEP_PARTIAL && s->text.len)
				return true;
		}
	return false;
}

struct template_set *template_set_bind(
    const struct template_set *set, const json_t *context, const char *const *keys)
{
	struct template_set *to = template_set_new();
	struct binder b = {.to = to,
	    .context = context,
	    .keys = keys,
	    .is_indented = has_indented(set),
	    .text = BUF_INIT};
	struct err none; /* each partial was there before */
	for (size_t i = 0; i < set->len; i++) {
		struct template *t = arena_alloc(&to->arena, sizeof *t);
		bind_template(&b, t, set->items[i]);
		*MEM_PUSH(to->items, to->len, to->cap) = t;
	}
	buf_release(&b.text);
	template_set_finish(to, &none);
	return to;
}
