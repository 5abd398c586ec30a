/* SPDX-License-Identifier: Apache-2.0 */
#include "record/record.h"
#include "record/rule.h"
#include "record/text.h"

static const char open_heading[] = "## …";

/* Deeper than any schema needs: one that contains itself must end somewhere. */
enum { WIDTH = 96, DEPTH_MAX = 6 };

/* Fields whose value is known before anybody writes a word. */
struct known {
	struct str type, id, lang, place;
};

/* `text` as comment lines of at most WIDTH columns. */
static void write_comment(struct buf *out, struct str text)
{
	size_t column = 0;
	while (text.len) {
		struct str word = str_cut(&text, ' ');
		size_t n = text_length(word);
		if (column && column + 1 + n > WIDTH)
			column = 0;
		buf_puts(out, column					   ? " "
			      : out->len && out->ptr[out->len - 1] != '\n' ? "\n# "
									   : "# ");
		column += column ? n + 1 : n + 2;
		buf_add(out, word);
	}
	buf_putc(out, '\n');
}

static const json_t *choices(const struct rule *r)
{
	while (r && !r->allowed)
		r = r->ref;
	return r ? r->allowed : NULL;
}

/* What to write there: the description, and the choices where there are some. */
static void describe(struct buf *out, const struct rule *r)
{
	const json_t *allowed = choices(r);
	size_t i;
	json_t *v;
	buf_add(out, rule_description(r));
	json_array_foreach(allowed, i, v)
	{
		buf_puts(out, i ? ", " : out->len ? "; one of " : "one of ");
		buf_add(out, json_text(v));
	}
}

static void indent(struct buf *out, size_t depth)
{
	for (size_t i = 0; i < depth; i++)
		buf_puts(out, "  ");
}

static void write_open(struct buf *out, const struct rule *r, const char *mark, size_t depth);

/* The fields of a group inside a field, each described behind it where it is commented out. */
static void write_group(
    struct buf *out, const struct rule *map, const char *mark, size_t depth, bool item)
{
	for (size_t i = 0; i < map->field_count; i++) {
		const struct field *f = &map->fields[i];
		/* In a field that must be filled in, what may stay out is commented out again. */
		const char *own = f->required ? mark : "#";
		buf_puts(out, own);
		indent(out, item && !i ? depth - 1 : depth);
		buf_puts(out, item && !i ? "- " : "");
		buf_add(out, f->name);
		buf_putc(out, ':');
		write_open(out, f->rule, own, depth);
	}
}

/* What stands behind "key:" of a field that somebody is to fill in. */
static void write_open(struct buf *out, const struct rule *rule, const char *mark, size_t depth)
{
	const struct rule *r = rule_base(rule);
	const struct rule *items = r->items ? rule_base(r->items) : NULL;
	bool deep = depth < DEPTH_MAX;
	if (items && items->type != RULE_MAP)
		buf_puts(out, " []");
	if (depth) {
		struct buf says = BUF_INIT;
		describe(&says, rule);
		buf_printf(out, "%s%s", says.len ? " # " : "", says.ptr);
		buf_release(&says);
	}
	buf_putc(out, '\n');
	if (items && items->type == RULE_MAP && deep)
		write_group(out, items, mark, depth + 2, true);
	else if (r->type == RULE_MAP && deep)
		write_group(out, r, mark, depth + 1, false);
}

static struct str known_value(const struct known *k, struct str field)
{
	if (str_is(field, "type"))
		return k->type;
	if (str_is(field, "id"))
		return k->id;
	if (str_is(field, "lang"))
		return k->lang;
	if (str_is(field, "place"))
		return k->place;
	return STR_EMPTY;
}

static void write_field(struct buf *out, const struct field *f, const struct known *k)
{
	struct buf says = BUF_INIT;
	struct str value = known_value(k, f->name);
	const char *mark = f->required ? "" : "#";
	describe(&says, f->rule);
	buf_putc(out, '\n');
	if (says.len)
		write_comment(out, buf_str(&says));
	buf_release(&says);
	buf_printf(out, "%s%.*s:", mark, STR_FMT(f->name));
	if (value.len) {
		buf_putc(out, ' ');
		canon_scalar(out, value);
		buf_putc(out, '\n');
	} else if (str_is(f->name, "revision")) {
		buf_puts(out, " 1\n");
	} else {
		write_open(out, f->rule, mark, 0);
	}
}

int record_template(struct buf *out, const struct schema_set *schemas, struct str type,
    struct str id, struct str lang, struct str place, struct err *err)
{
	struct known k = {type, id, lang, place};
	const struct schema *s = schema_find(schemas, type);
	if (!s || !schema_is_record_type(s))
		return err_set(
		    err, ERR_SCHEMA, "there is no record type '%s'", text_excerpt(type).text);
	const struct rule *r = schema_root(s);
	struct buf title = BUF_INIT;
	buf_printf(&title, "%.*s: %.*s", STR_FMT(r->title), STR_FMT(r->description));
	buf_puts(out, "---\n");
	write_comment(out, buf_str(&title));
	write_comment(
	    out, STR("Write behind the colons. A field with # right before its name may stay "
		     "as it is; take the # away to use it. `belfry check` says what is "
		     "missing, `belfry fmt` takes these notes away."));
	for (size_t i = 0; i < r->field_count; i++)
		write_field(out, &r->fields[i], &k);
	buf_printf(out, "---\n%s\n\n…\n", open_heading);
	buf_release(&title);
	return 0;
}

unsigned record_template_line(struct str source)
{
	unsigned line = 1;
	for (struct str rest = source; rest.len; line++)
		if (str_is(str_trim(str_cut(&rest, '\n')), open_heading))
			return line;
	return 0;
}
