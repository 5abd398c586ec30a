/* SPDX-License-Identifier: Apache-2.0 */
#include "markup/template.h"

#include "base/mem.h"
#include "markup/template_program.h"

#include <stdlib.h>

enum { SECTIONS_MAX = 64 };

struct compiler {
	struct template_set *set;
	struct template *t;
	struct str text;
	size_t at, line;
	bool is_line_fresh; /* nothing of this line was read yet */
	size_t open[SECTIONS_MAX], nopen;
	struct err *err;
};

struct tag {
	char kind; /* one of # ^ / > ! & or 0 for {{x}} */
	struct str name;
	size_t end; /* just behind it */
};

/* The sentence is one line: of a value of several the first. */
static int fault(struct compiler *c, const char *what, struct str value)
{
	struct str line = str_cut(&value, '\n');
	value = str_cut(&line, '\r');
	return err_set(c->err, ERR_SYNTAX, "%s:%zu: %s: %.*s", c->t->file, c->line, what,
	    STR_FMT(str_sub(value, 0, 60)));
}

static struct step *step_add(struct compiler *c, enum step_kind kind)
{
	struct step *s = MEM_PUSH(c->t->steps, c->t->len, c->t->cap);
	*s = (struct step){.kind = kind, .text = STR_EMPTY, .line = c->line};
	return s;
}

/* One step a line, so that an indented partial can indent each. */
static void add_text(struct compiler *c, struct str text)
{
	while (text.len || c->is_line_fresh) {
		const char *end = memchr(text.ptr, '\n', text.len);
		size_t n = end ? (size_t)(end - text.ptr) + 1 : text.len;
		struct step *s = step_add(c, STEP_TEXT);
		s->begins_line = c->is_line_fresh;
		s->text = str_of(text.ptr, n);
		text = str_sub(text, n, text.len);
		c->is_line_fresh = end != NULL;
		c->line += end != NULL;
		if (!text.len)
			break;
	}
}

static size_t find(struct str s, size_t from, const char *what)
{
	struct str rest = str_sub(s, from, s.len);
	const char *p = memmem(rest.ptr, rest.len, what, strlen(what));
	return p ? (size_t)(p - s.ptr) : s.len;
}

static int read_tag(struct compiler *c, size_t start, struct tag *tag)
{
	struct str shown = str_sub(c->text, start, 20);
	const char *close = "}}";
	size_t from = start + 2;
	tag->kind = 0;
	if (from < c->text.len && strchr("#^/>!&{=", c->text.ptr[from]))
		tag->kind = c->text.ptr[from++];
	if (tag->kind == '=')
		return fault(c, "delimiters cannot be changed", shown);
	if (tag->kind == '{') {
		close = "}}}";
		tag->kind = '&';
	}
	size_t end = find(c->text, from, close);
	if (end == c->text.len)
		return fault(c, "a tag that does not end", shown);
	tag->name = str_trim(str_sub(c->text, from, end - from));
	tag->end = end + strlen(close);
	if (tag->kind == '!')
		return 0;
	if (!tag->name.len || memchr(tag->name.ptr, '{', tag->name.len))
		return fault(c, "a tag without a name", shown);
	for (size_t i = 0; i < tag->name.len; i++)
		if (strchr(" \t\r\n", tag->name.ptr[i]))
			return fault(c, "a name with a space in it", tag->name);
	return 0;
}

static int set_name(struct compiler *c, struct step *s, struct str name)
{
	size_t n = 1;
	if (str_is(name, "."))
		return 0;
	for (size_t i = 0; i < name.len; i++)
		n += name.ptr[i] == '.';
	s->keys = arena_alloc(&c->set->arena, n * sizeof *s->keys);
	for (struct str rest = name; s->nkeys < n; s->nkeys++) {
		struct str key = str_cut(&rest, '.');
		if (!key.len)
			return fault(c, "a name with nothing between its dots", name);
		s->keys[s->nkeys] = arena_str(&c->set->arena, key);
	}
	return 0;
}

/* Where the rest of the line is blank: the position behind it; else 0. */
static size_t blank_until(struct str text, size_t at)
{
	while (at < text.len && (text.ptr[at] == ' ' || text.ptr[at] == '\t'))
		at++;
	if (at == text.len)
		return at;
	if (text.ptr[at] == '\r' && at + 1 < text.len && text.ptr[at + 1] == '\n')
		at++;
	return text.ptr[at] == '\n' ? at + 1 : 0;
}

static int close_section(struct compiler *c, struct str name)
{
	if (!c->nopen)
		return fault(c, "the end of a section that was not opened", name);
	struct step *open = &c->t->steps[c->open[--c->nopen]];
	struct buf opened = BUF_INIT;
	for (size_t i = 0; i < open->nkeys; i++)
		buf_printf(&opened, "%s%.*s", i ? "." : "", STR_FMT(open->keys[i]));
	if (!open->nkeys)
		buf_putc(&opened, '.');
	bool is_same = str_eq(buf_str(&opened), name);
	int r = is_same ? 0
			: err_set(c->err, ERR_SYNTAX,
			      "%s:%zu: the section %s of line %zu is open, and this ends %.*s",
			      c->t->file, c->line, opened.ptr, open->line, STR_FMT(name));
	buf_release(&opened);
	open->end = c->t->len;
	step_add(c, STEP_END);
	return r;
}

static int add_tag(struct compiler *c, const struct tag *tag, struct str indent)
{
	struct step *s;
	switch (tag->kind) {
	case '!':
		return 0;
	case '/':
		return close_section(c, tag->name);
	case '>':
		s = step_add(c, STEP_PARTIAL);
		s->text = indent;
		s->keys = arena_alloc(&c->set->arena, sizeof *s->keys);
		s->keys[0] = arena_str(&c->set->arena, tag->name);
		s->nkeys = 1;
		return 0;
	case '#':
	case '^':
		if (c->nopen == SECTIONS_MAX)
			return fault(c, "sections nested too deep", tag->name);
		c->open[c->nopen++] = c->t->len;
		return set_name(
		    c, step_add(c, tag->kind == '#' ? STEP_SECTION : STEP_INVERTED), tag->name);
	default:
		return set_name(c, step_add(c, tag->kind ? STEP_RAW : STEP_VALUE), tag->name);
	}
}

/* Text up to the next tag, and the tag, with what it takes along when it stands alone. */
static int compile_next(struct compiler *c)
{
	size_t start = find(c->text, c->at, "{{"), margin = start, after = 0;
	struct tag tag = {0};
	if (start == c->text.len) {
		if (c->at < start)
			add_text(c, str_sub(c->text, c->at, start - c->at));
		c->at = start;
		return 0;
	}
	while (margin > c->at && c->text.ptr[margin - 1] != '\n')
		margin--;
	if (margin > c->at)
		add_text(c, str_sub(c->text, c->at, margin - c->at));
	if (read_tag(c, start, &tag) != 0)
		return c->err->code;
	struct str before = str_sub(c->text, margin, start - margin);
	if (c->is_line_fresh && tag.kind && tag.kind != '&' && !str_trim(before).len)
		after = blank_until(c->text, tag.end);
	bool is_alone = after != 0;
	if (!is_alone)
		add_text(c, before);
	if (add_tag(c, &tag, is_alone ? before : STR_EMPTY) != 0)
		return c->err->code;
	c->at = is_alone ? after : tag.end;
	for (size_t i = start; i < c->at; i++)
		c->line += c->text.ptr[i] == '\n';
	return 0;
}

int template_add(
    struct template_set *set, struct str name, struct str text, const char *file, struct err *err)
{
	struct compiler c = {.set = set, .line = 1, .is_line_fresh = true, .err = err};
	c.text = arena_str(&set->arena, text);
	c.t = arena_alloc(&set->arena, sizeof *c.t);
	c.t->name = arena_str(&set->arena, name).ptr;
	c.t->file = arena_str(&set->arena, str_from(file)).ptr;
	if (template_find(set, c.t->name))
		return err_set(
		    err, ERR_EXISTS, "%s: there is a template %s already", file, c.t->name);
	*MEM_PUSH(set->items, set->len, set->cap) = c.t;
	while (c.at < c.text.len)
		if (compile_next(&c) != 0)
			return err->code;
	if (c.nopen) {
		c.line = c.t->steps[c.open[c.nopen - 1]].line;
		return fault(&c, "a section that is not closed in", name);
	}
	return 0;
}

int template_set_finish(struct template_set *set, struct err *err)
{
	for (size_t i = 0; i < set->len; i++) {
		struct template *t = set->items[i];
		for (size_t k = 0; k < t->len; k++) {
			struct step *s = &t->steps[k];
			if (s->kind != STEP_PARTIAL)
				continue;
			s->partial = template_find(set, s->keys[0].ptr);
			if (!s->partial)
				return err_set(err, ERR_MISSING, "%s:%zu: there is no template %s",
				    t->file, s->line, s->keys[0].ptr);
		}
	}
	return 0;
}

const struct template *template_find(const struct template_set *set, const char *name)
{
	for (size_t i = 0; i < set->len; i++)
		if (strcmp(set->items[i]->name, name) == 0)
			return set->items[i];
	return NULL;
}

struct template_set *template_set_new(void)
{
	return mem_alloc(sizeof(struct template_set));
}

void template_set_free(struct template_set *set)
{
	if (!set)
		return;
	for (size_t i = 0; i < set->len; i++)
		free(set->items[i]->steps);
	free(set->items);
	arena_clear(&set->arena);
	free(set);
}
