/* SPDX-License-Identifier: Apache-2.0 */
#include "record/pattern.h"

#include <stdio.h>

enum { ENDLESS = -1 };

/* What a pattern says, as a tree. */
enum part_kind {
	PART_CHAR,
	PART_ANY,
	PART_CLASS,
	PART_BEGIN,
	PART_END,
	PART_CHAIN,
	PART_EITHER,
	PART_REPEAT
};
struct range {
	int32_t first, last;
	struct range *next;
};
struct class
{
	bool negated;
	struct range *ranges;
};
struct part {
	enum part_kind kind;
	int32_t c;
	struct class *class;
	int min, max; /* PART_REPEAT */
	struct part *first; /* PART_CHAIN, PART_EITHER, PART_REPEAT */
	struct part *next;
};

/* What it compiles to: steps of a nondeterministic automaton. */
enum step_op {
	STEP_CHAR,
	STEP_ANY,
	STEP_CLASS,
	STEP_BEGIN,
	STEP_END,
	STEP_GO,
	STEP_FORK,
	STEP_MATCH
};
struct step {
	enum step_op op;
	uint16_t to, or_to; /* STEP_GO, STEP_FORK; others go on with the next step */
	int32_t c;
	const struct class *class;
};
struct pattern {
	size_t count;
	bool anchored; /* a match can only begin at the start */
	struct step steps[];
};

struct compiler {
	struct arena *arena;
	struct str source;
	size_t at;
	unsigned depth;
	size_t count;
	struct step steps[PATTERN_STEPS_MAX];
	struct step spill; /* written past the limit, never read */
	struct err *err;
};

static int fail(struct compiler *c, const char *why)
{
	return err_set(c->err, ERR_UNSUPPORTED, "pattern '%.*s', byte %zu: %s", STR_FMT(c->source),
	    c->at + 1, why);
}

static struct part *new_part(struct compiler *c, enum part_kind kind)
{
	struct part *p = arena_alloc(c->arena, sizeof *p);
	p->kind = kind;
	return p;
}

static int peek(const struct compiler *c)
{
	return c->at < c->source.len ? (unsigned char)c->source.ptr[c->at] : -1;
}

static bool take(struct compiler *c, char want)
{
	if (peek(c) != want)
		return false;
	c->at++;
	return true;
}

/* One literal character, perhaps behind a backslash. */
static int parse_literal(struct compiler *c, int32_t *out)
{
	if (take(c, '\\')) {
		int ch = peek(c);
		if (ch <= 0x20 || ch >= 0x7f || (ch >= '0' && ch <= '9') ||
		    ((ch | 32) >= 'a' && (ch | 32) <= 'z'))
			return fail(c, "a backslash may only stand before a punctuation mark");
	}
	*out = str_utf8_next(c->source, &c->at);
	return *out < 0x20 ? fail(c, "a control character, or not UTF-8") : 0;
}

static int parse_class(struct compiler *c, struct class **out)
{
	struct class *class = arena_alloc(c->arena, sizeof *class);
	class->negated = take(c, '^');
	do {
		struct range *r = arena_alloc(c->arena, sizeof *r);
		if (peek(c) < 0 || peek(c) == '[' || (peek(c) == ']' && !class->ranges))
			return fail(
			    c, "a class needs characters and a ']'; '[' in it needs a backslash");
		if (parse_literal(c, &r->first))
			return c->err->code;
		r->last = r->first;
		bool range =
		    peek(c) == '-' && c->at + 1 < c->source.len && c->source.ptr[c->at + 1] != ']';
		if (range) {
			c->at++;
			if (parse_literal(c, &r->last))
				return c->err->code;
		}
		if (r->last < r->first)
			return fail(c, "this range runs backwards");
		r->next = class->ranges;
		class->ranges = r;
	} while (!take(c, ']'));
	*out = class;
	return 0;
}

static int parse_either(struct compiler *c, struct part **out);

static int parse_atom(struct compiler *c, struct part **out)
{
	struct part *p = new_part(c, PART_CHAR);
	*out = p;
	if (take(c, '(')) {
		if (peek(c) == '?')
			return fail(c, "'(?' is not supported; use plain groups");
		if (++c->depth > PATTERN_DEPTH_MAX)
			return fail(c, "groups are nested too deep");
		if (parse_either(c, out))
			return c->err->code;
		c->depth--;
		return take(c, ')') ? 0 : fail(c, "this group needs a ')'");
	}
	if (take(c, '[')) {
		p->kind = PART_CLASS;
		return parse_class(c, &p->class);
	}
	if (take(c, '.'))
		p->kind = PART_ANY;
	else if (take(c, '^'))
		p->kind = PART_BEGIN;
	else if (take(c, '$'))
		p->kind = PART_END;
	else if (strchr("*+?{}]", peek(c)))
		return fail(c, "this character needs a backslash before it");
	else
		return parse_literal(c, &p->c);
	return 0;
}

static int parse_count(struct compiler *c, int *out)
{
	int v = 0;
	size_t start = c->at;
	while (peek(c) >= '0' && peek(c) <= '9' && v <= PATTERN_REPEAT_MAX)
		v = v * 10 + (c->source.ptr[c->at++] - '0');
	if (c->at == start || v > PATTERN_REPEAT_MAX)
		return fail(c, "a repeat is {m}, {m,} or {m,n} with numbers up to 255");
	*out = v;
	return 0;
}

/* The repeat behind an atom, if there is one. */
static int parse_repeat(struct compiler *c, struct part **atom)
{
	int min = 0, max = ENDLESS;
	if (take(c, '+')) {
		min = 1;
	} else if (take(c, '?')) {
		max = 1;
	} else if (take(c, '{')) {
		if (parse_count(c, &min))
			return c->err->code;
		max = min;
		if (take(c, ',')) {
			max = ENDLESS;
			if (peek(c) != '}' && parse_count(c, &max))
				return c->err->code;
		}
		if (!take(c, '}') || max == 0 || (max != ENDLESS && max < min))
			return fail(c, "a repeat is {m}, {m,} or {m,n}, n from 1 and not below m");
	} else if (!take(c, '*')) {
		return 0;
	}
	if ((*atom)->kind == PART_BEGIN || (*atom)->kind == PART_END)
		return fail(c, "'^' and '$' cannot be repeated");
	int ch = peek(c);
	if (ch == '*' || ch == '+' || ch == '?' || ch == '{')
		return fail(c, "one repeat right after another; use a group");
	struct part *p = new_part(c, PART_REPEAT);
	p->min = min;
	p->max = max;
	p->first = *atom;
	*atom = p;
	return 0;
}

static int parse_chain(struct compiler *c, struct part **out)
{
	struct part *chain = new_part(c, PART_CHAIN), **last = &chain->first;
	*out = chain;
	while (peek(c) >= 0 && peek(c) != '|' && peek(c) != ')') {
		if (parse_atom(c, last) || parse_repeat(c, last))
			return c->err->code;
		last = &(*last)->next;
	}
	return chain->first ? 0 : fail(c, "an empty alternative or group");
}

static int parse_either(struct compiler *c, struct part **out)
{
	struct part *either = new_part(c, PART_EITHER), **last = &either->first;
	*out = either;
	do {
		if (parse_chain(c, last))
			return c->err->code;
		last = &(*last)->next;
	} while (take(c, '|'));
	return 0;
}

static struct step *emit(struct compiler *c, enum step_op op)
{
	struct step *s = c->count < PATTERN_STEPS_MAX ? &c->steps[c->count] : &c->spill;
	c->count += c->count < PATTERN_STEPS_MAX + 1;
	*s = (struct step){.op = op};
	return s;
}

static uint16_t here(const struct compiler *c)
{
	return (uint16_t)c->count;
}

static bool is_full(const struct compiler *c)
{
	return c->count > PATTERN_STEPS_MAX;
}

static void emit_part(struct compiler *c, const struct part *p);

/* first | (second | third) */
static void emit_either(struct compiler *c, const struct part *choice)
{
	if (!choice->next || is_full(c)) {
		emit_part(c, choice);
		return;
	}
	struct step *fork = emit(c, STEP_FORK);
	fork->to = here(c);
	emit_part(c, choice);
	struct step *leave = emit(c, STEP_GO);
	fork->or_to = here(c);
	emit_either(c, choice->next);
	leave->to = here(c);
}

static void emit_repeat(struct compiler *c, const struct part *p)
{
	for (int i = 0; i < p->min && !is_full(c); i++)
		emit_part(c, p->first);
	if (p->max == ENDLESS) {
		uint16_t top = here(c);
		struct step *fork = emit(c, STEP_FORK);
		fork->to = here(c);
		emit_part(c, p->first);
		emit(c, STEP_GO)->to = top;
		fork->or_to = here(c);
	}
	for (int i = p->min; i < p->max && !is_full(c); i++) {
		struct step *fork = emit(c, STEP_FORK);
		fork->to = here(c);
		emit_part(c, p->first);
		fork->or_to = here(c);
	}
}

static void emit_part(struct compiler *c, const struct part *p)
{
	struct step *s;
	if (is_full(c))
		return;
	switch (p->kind) {
	case PART_CHAR:
		s = emit(c, STEP_CHAR);
		s->c = p->c;
		break;
	case PART_ANY:
		emit(c, STEP_ANY);
		break;
	case PART_CLASS:
		s = emit(c, STEP_CLASS);
		s->class = p->class;
		break;
	case PART_BEGIN:
		emit(c, STEP_BEGIN);
		break;
	case PART_END:
		emit(c, STEP_END);
		break;
	case PART_CHAIN:
		for (const struct part *item = p->first; item; item = item->next)
			emit_part(c, item);
		break;
	case PART_EITHER:
		emit_either(c, p->first);
		break;
	case PART_REPEAT:
		emit_repeat(c, p);
		break;
	}
}

int pattern_compile(struct pattern **out, struct arena *arena, struct str source, struct err *err)
{
	struct part *whole;
	struct compiler c = {.arena = arena, .source = source, .err = err};
	*out = NULL;
	if (parse_either(&c, &whole))
		return err->code;
	if (c.at < source.len)
		return fail(&c, "a ')' without its '('");
	emit_part(&c, whole);
	emit(&c, STEP_MATCH);
	if (is_full(&c))
		return fail(&c, "too long once its repeats are written out");
	struct pattern *p = arena_alloc(arena, sizeof *p + c.count * sizeof *c.steps);
	p->count = c.count;
	p->anchored = c.steps[0].op == STEP_BEGIN;
	memcpy(p->steps, c.steps, c.count * sizeof *c.steps);
	*out = p;
	return 0;
}

static bool class_has(const struct class *class, int32_t c)
{
	for (const struct range *r = class->ranges; r; r = r->next)
		if (c >= r->first && c <= r->last)
			return !class->negated;
	return class->negated;
}

/* Steps that wait for the next character, each once. */
struct crowd {
	size_t count;
	uint16_t steps[PATTERN_STEPS_MAX];
};

struct run {
	const struct pattern *pattern;
	struct crowd now, then;
	unsigned round; /* grows with each character; `seen` holds the round of the last visit */
	unsigned seen[PATTERN_STEPS_MAX];
	uint16_t todo[PATTERN_STEPS_MAX];
	bool at_begin, at_end;
};

/* Follow the steps from `first` that take no character. True when one of them is the match. */
static bool enter(struct run *r, struct crowd *crowd, uint16_t first)
{
	size_t n = 0;
	uint16_t to[2];
	if (r->seen[first] == r->round)
		return false;
	r->seen[first] = r->round;
	r->todo[n++] = first;
	while (n) {
		uint16_t at = r->todo[--n];
		const struct step *s = &r->pattern->steps[at];
		int ways = 0;
		if (s->op == STEP_MATCH)
			return true;
		if (s->op == STEP_GO || s->op == STEP_FORK)
			to[ways++] = s->to;
		if (s->op == STEP_FORK)
			to[ways++] = s->or_to;
		if ((s->op == STEP_BEGIN && r->at_begin) || (s->op == STEP_END && r->at_end))
			to[ways++] = (uint16_t)(at + 1);
		if (s->op <= STEP_CLASS)
			crowd->steps[crowd->count++] = at;
		for (int i = 0; i < ways; i++)
			if (r->seen[to[i]] != r->round) {
				r->seen[to[i]] = r->round;
				r->todo[n++] = to[i];
			}
	}
	return false;
}

static bool step_takes(const struct step *s, int32_t c)
{
	if (s->op == STEP_CHAR)
		return s->c == c;
	return s->op == STEP_ANY ? c != '\n' : class_has(s->class, c);
}

bool pattern_matches(const struct pattern *p, struct str text)
{
	struct run r;
	struct crowd *now = &r.now, *then = &r.then;
	size_t at = 0;
	r.pattern = p;
	r.round = 1;
	r.now.count = 0;
	memset(r.seen, 0, p->count * sizeof *r.seen);
	r.at_begin = true;
	r.at_end = !text.len;
	if (enter(&r, now, 0))
		return true;
	while (at < text.len && (now->count || !p->anchored)) {
		int32_t c = str_utf8_next(text, &at);
		if (c < 0)
			return false;
		r.round++;
		r.at_begin = false;
		r.at_end = at == text.len;
		then->count = 0;
		for (size_t i = 0; i < now->count; i++)
			if (step_takes(&p->steps[now->steps[i]], c) &&
			    enter(&r, then, (uint16_t)(now->steps[i] + 1)))
				return true;
		if (!p->anchored && enter(&r, then, 0))
			return true;
		struct crowd *swap = now;
		now = then;
		then = swap;
	}
	return false;
}
