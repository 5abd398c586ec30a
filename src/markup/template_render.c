/* SPDX-License-Identifier: Apache-2.0 */
#include "markup/html.h"
#include "markup/template_program.h"

#include <stdio.h>
#include <stdlib.h>

enum { STACK_MAX = 128, PARTIALS_MAX = 32 };

struct renderer {
	struct buf *out;
	const json_t *stack[STACK_MAX];
	size_t depth, partials;
	struct buf indent;
	struct err *err;
};

static const json_t *lookup(const struct renderer *r, const struct step *s)
{
	const json_t *v = NULL;
	if (!s->nkeys)
		return r->depth ? r->stack[r->depth - 1] : NULL;
	for (size_t i = r->depth; i && !v; i--)
		v = json_object_getn(r->stack[i - 1], s->keys[0].ptr, s->keys[0].len);
	for (size_t i = 1; i < s->nkeys && v; i++)
		v = json_object_getn(v, s->keys[i].ptr, s->keys[i].len);
	return v;
}

static bool is_empty(const json_t *v)
{
	switch (v ? json_typeof(v) : JSON_NULL) {
	case JSON_NULL:
	case JSON_FALSE:
		return true;
	case JSON_ARRAY:
		return json_array_size(v) == 0;
	case JSON_STRING:
		return json_string_length(v) == 0;
	default:
		return false;
	}
}

/* The shortest decimal that reads back as the same number. */
static void print_real(struct buf *out, double d)
{
	char text[40];
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof text, "%.*g", digits, d);
		if (strtod(text, NULL) == d)
			break;
	}
	buf_puts(out, text);
}

void template_print(struct buf *out, const json_t *v, bool is_raw)
{
	switch (v ? json_typeof(v) : JSON_NULL) {
	case JSON_STRING:
		if (is_raw)
			buf_add(out, json_text(v));
		else
			html_attr(out, json_text(v));
		break;
	case JSON_INTEGER:
		buf_printf(out, "%lld", (long long)json_integer_value(v));
		break;
	case JSON_REAL:
		print_real(out, json_real_value(v));
		break;
	case JSON_TRUE:
		buf_puts(out, "true");
		break;
	default:
		break;
	}
}

static int run(struct renderer *r, const struct template *t, size_t from, size_t to);

static int run_with(struct renderer *r, const struct template *t, size_t section, const json_t *v)
{
	if (r->depth == STACK_MAX)
		return err_set(r->err, ERR_LIMIT,
		    "%s:%zu: more than %d contexts inside one another", t->file,
		    t->steps[section].line, STACK_MAX);
	r->stack[r->depth++] = v;
	int e = run(r, t, section + 1, t->steps[section].end);
	r->depth--;
	return e;
}

static int run_section(struct renderer *r, const struct template *t, size_t section)
{
	const json_t *v = lookup(r, &t->steps[section]);
	if (t->steps[section].kind == STEP_INVERTED)
		return is_empty(v) ? run(r, t, section + 1, t->steps[section].end) : 0;
	if (is_empty(v))
		return 0;
	if (!json_is_array(v))
		return run_with(r, t, section, v);
	for (size_t i = 0; i < json_array_size(v); i++)
		if (run_with(r, t, section, json_array_get(v, i)) != 0)
			return r->err->code;
	return 0;
}

static int run_partial(struct renderer *r, const struct template *t, const struct step *s)
{
	if (r->partials == PARTIALS_MAX)
		return err_set(r->err, ERR_LIMIT,
		    "%s:%zu: templates call one another more than %d deep", t->file, s->line,
		    PARTIALS_MAX);
	size_t indent = r->indent.len;
	buf_add(&r->indent, s->text);
	r->partials++;
	int e = run(r, s->partial, 0, s->partial->len);
	r->partials--;
	r->indent.len = indent;
	return e;
}

static int run(struct renderer *r, const struct template *t, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		const struct step *s = &t->steps[i];
		switch (s->kind) {
		case STEP_TEXT:
			if (s->begins_line && r->indent.len)
				buf_add(r->out, buf_str(&r->indent));
			buf_add(r->out, s->text);
			break;
		case STEP_VALUE:
		case STEP_RAW:
			template_print(r->out, lookup(r, s), s->kind == STEP_RAW);
			break;
		case STEP_SECTION:
		case STEP_INVERTED:
			if (run_section(r, t, i) != 0)
				return r->err->code;
			i = s->end;
			break;
		case STEP_PARTIAL:
			if (run_partial(r, t, s) != 0)
				return r->err->code;
			break;
		case STEP_END:
			break;
		}
	}
	return 0;
}

int template_render(
    struct buf *out, const struct template *t, json_t *const *contexts, size_t n, struct err *err)
{
	struct renderer r = {.out = out, .indent = BUF_INIT, .err = err};
	for (size_t i = 0; i < n && i < STACK_MAX; i++)
		r.stack[r.depth++] = contexts[i];
	int e = run(&r, t, 0, t->len);
	buf_release(&r.indent);
	return e;
}
