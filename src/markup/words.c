/* SPDX-License-Identifier: Apache-2.0 */
#include "markup/words.h"

#include "base/asset.h"

#include <stdio.h>

int words_load(struct words *w, struct str lang, struct err *err)
{
	char path[64];
	*w = (struct words){.lang = STR_EMPTY, .dir = STR_EMPTY};
	snprintf(path, sizeof path, "content/strings/%.*s.json", STR_FMT(lang));
	struct str text = asset_get(path);
	if (!text.ptr)
		return err_set(err, ERR_MISSING, "this program has no words in the language %.*s",
		    STR_FMT(lang));
	if (json_parse(&w->root, text, path, err) != 0)
		return err->code;
	w->lang = json_get_text(w->root, "lang");
	w->dir = json_get_text(w->root, "dir");
	return 0;
}

/* Where a key stands first, which mostly is where it was meant. */
static size_t line_of(struct str json, const char *key)
{
	char quoted[128];
	snprintf(quoted, sizeof quoted, "\"%s\"", key);
	return str_line(json, memmem(json.ptr, json.len, quoted, strlen(quoted)));
}

/* May the group have keys that the program does not know? */
static bool is_open_group(const char *group, const char *key)
{
	static const char *const open[] = {"types", "fields", "values", "countries", "languages"};
	if (strcmp(group, "ui") == 0)
		return strncmp(key, "own_", 4) == 0;
	for (size_t i = 0; i < sizeof open / sizeof *open; i++)
		if (strcmp(group, open[i]) == 0)
			return true;
	return false;
}

struct overlay {
	struct str json;
	const char *file;
	struct err *err;
};

static int refuse(const struct overlay *o, const char *group, const char *key, const char *why)
{
	return err_set(o->err, ERR_SYNTAX, "%s:%zu: %s%s%s: %s", o->file, line_of(o->json, key),
	    group, *group ? "." : "", key, why);
}

/* `group` is the name at the top, "" there. Objects are laid over key by key; they are as deep as
 * the program's own, or hold nothing but strings. */
static int lay_over(const struct overlay *o, json_t *to, json_t *from, const char *group)
{
	const char *key;
	json_t *value;
	json_object_foreach(from, key, value)
	{
		json_t *was = json_object_get(to, key);
		bool is_whole = !json_is_object(value) || !was;
		if (!*group && (!strcmp(key, "lang") || !strcmp(key, "dir")))
			return refuse(
			    o, group, key, "a language's code and direction stay as they are");
		if (!was && !is_open_group(group, key))
			return refuse(o, group, key, "there is no such word to say otherwise");
		if (was ? json_typeof(was) != json_typeof(value)
			: !json_is_string(value) && !json_is_object(value))
			return refuse(o, group, key,
			    "this must be as in the program's own file: "
			    "a text, or the same group of texts");
		if (json_is_array(value) && json_array_size(value) != json_array_size(was))
			return refuse(
			    o, group, key, "there must be as many as in the program's own");
		if (is_whole)
			json_object_set_nocheck(to, key, value);
		else if (lay_over(o, was, value, *group ? group : key) != 0)
			return o->err->code;
	}
	return 0;
}

int words_overlay(struct words *w, struct str json, const char *file, struct err *err)
{
	const struct overlay o = {.json = json, .file = file, .err = err};
	json_t *own;
	if (json_parse(&own, json, file, err) != 0)
		return err->code;
	int bad = json_is_object(own)
		      ? lay_over(&o, w->root, own, "")
		      : err_set(err, ERR_SYNTAX, "%s:1: words stand in a JSON object", file);
	json_decref(own);
	return bad;
}

void words_release(struct words *w)
{
	json_decref(w->root);
	w->root = NULL;
}

struct str words_get(const struct words *w, const char *group, const char *key)
{
	return json_get_text(group ? json_object_get(w->root, group) : w->root, key);
}

/* "needs-assessment" to "Needs assessment". */
static void spell_out(struct buf *out, const char *id)
{
	size_t from = out->len;
	buf_puts(out, id);
	for (size_t i = from; i < out->len; i++)
		if (out->ptr[i] == '-' || out->ptr[i] == '_')
			out->ptr[i] = ' ';
	if (out->len > from && out->ptr[from] >= 'a' && out->ptr[from] <= 'z')
		out->ptr[from] = (char)(out->ptr[from] - 'a' + 'A');
}

void words_type(const struct words *w, struct buf *out, const char *type, bool is_many)
{
	const json_t *names = json_object_get(json_object_get(w->root, "types"), type);
	struct str name = json_get_text(names, is_many ? "many" : "one");
	if (name.len)
		buf_add(out, name);
	else
		spell_out(out, type);
}

void words_field(const struct words *w, struct buf *out, const char *field)
{
	struct str name = words_get(w, "fields", field);
	if (name.len)
		buf_add(out, name);
	else
		spell_out(out, field);
}

static struct str name_or_code(const struct words *w, const char *group, struct str code)
{
	char key[8];
	snprintf(key, sizeof key, "%.*s", STR_FMT(code));
	struct str name = words_get(w, group, key);
	return name.len ? name : code;
}

struct str words_country(const struct words *w, struct str code)
{
	return name_or_code(w, "countries", code);
}

struct str words_language(const struct words *w, struct str lang)
{
	return name_or_code(w, "languages", lang);
}

const char *language_dir(struct str lang)
{
	static const char *const rtl[] = {"ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"};
	for (size_t i = 0; i < sizeof rtl / sizeof *rtl; i++)
		if (str_is(lang, rtl[i]))
			return "rtl";
	return "ltr";
}

bool is_date(struct str s)
{
	static const char form[] = "dddd-dd-dd";
	if (s.len != 4 && s.len != 7 && s.len != 10)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		bool is_digit = s.ptr[i] >= '0' && s.ptr[i] <= '9';
		if (form[i] == 'd' ? !is_digit : s.ptr[i] != form[i])
			return false;
	}
	return true;
}

void words_date(const struct words *w, struct buf *out, struct str date)
{
	if (!is_date(date) || date.len == 4) {
		buf_add(out, date);
		return;
	}
	char year[5], day[3];
	snprintf(year, sizeof year, "%.4s", date.ptr);
	size_t m = (size_t)((date.ptr[5] - '0') * 10 + date.ptr[6] - '0');
	struct str month = json_text(json_array_get(json_object_get(w->root, "months"), m - 1));
	snprintf(day, sizeof day, "%s", "");
	if (date.len == 10)
		snprintf(day, sizeof day, "%.*s", date.ptr[8] == '0' ? 1 : 2,
		    date.ptr + (date.ptr[8] == '0' ? 9 : 8));
	struct str first = words_get(w, NULL, "first_day");
	bool is_first = first.len && strcmp(day, "1") == 0;
	const char *pairs[] = {
	    "day", is_first ? first.ptr : day, "month", month.ptr, "year", year, NULL};
	words_fill(out, words_get(w, NULL, date.len == 10 ? "day" : "month"), pairs);
}

/* Digits in threes; four stand together, as is usual in text. */
static void add_grouped(const struct words *w, struct buf *out, struct str digits)
{
	struct str group = words_get(w, NULL, "group");
	for (size_t i = 0; i < digits.len; i++) {
		if (i && digits.len > 4 && (digits.len - i) % 3 == 0)
			buf_add(out, group);
		buf_putc(out, digits.ptr[i]);
	}
}

void words_integer(const struct words *w, struct buf *out, int64_t n)
{
	char text[24];
	snprintf(text, sizeof text, "%lld", (long long)n);
	if (text[0] == '-')
		buf_puts(out, "\u2212");
	add_grouped(w, out, str_from(text + (text[0] == '-')));
}

void words_real(const struct words *w, struct buf *out, double d)
{
	char text[40];
	snprintf(text, sizeof text, "%.6g", d < 0 ? -d : d);
	struct str rest = str_from(text);
	if (d < 0)
		buf_puts(out, "\u2212");
	if (strchr(text, 'e')) {
		buf_puts(out, text);
		return;
	}
	add_grouped(w, out, str_cut(&rest, '.'));
	if (rest.len) {
		buf_add(out, words_get(w, NULL, "decimal"));
		buf_add(out, rest);
	}
}

void words_fill(struct buf *out, struct str pattern, const char *const *pairs)
{
	while (pattern.len) {
		struct str before = str_cut(&pattern, '{');
		buf_add(out, before);
		if (!pattern.len)
			return;
		struct str name = str_cut(&pattern, '}');
		for (size_t i = 0; pairs[i]; i += 2)
			if (str_is(name, pairs[i]))
				buf_puts(out, pairs[i + 1]);
	}
}

/* CLDR's cardinal rules for whole numbers (Unicode TR35, "Language Plural Rules"). */
static const char *plural_form(struct str lang, int64_t n)
{
	int64_t hundredth = n % 100;
	if (str_is(lang, "ar"))
		return n == 0				   ? "zero"
		       : n == 1				   ? "one"
		       : n == 2				   ? "two"
		       : hundredth >= 3 && hundredth <= 10 ? "few"
		       : hundredth >= 11		   ? "many"
							   : "other";
	if (str_is(lang, "fr"))
		return n < 2 ? "one" : "other";
	return n == 1 ? "one" : "other";
}

void words_count(const struct words *w, struct buf *out, const char *key, int64_t n)
{
	const json_t *forms = json_object_get(json_object_get(w->root, "counts"), key);
	struct buf number = BUF_INIT;
	struct str pattern = json_get_text(forms, plural_form(w->lang, n));
	words_integer(w, &number, n);
	const char *pairs[] = {"n", number.ptr, NULL};
	words_fill(out, pattern.len ? pattern : json_get_text(forms, "other"), pairs);
	buf_release(&number);
}

/* Days to a date in the Gregorian calendar, by eras of 400 years from 1 March of year 0. */
void date_of_time(struct buf *out, int64_t seconds)
{
	int64_t days = seconds / 86400 - (seconds % 86400 < 0) + 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097;
	int64_t of_era = days - era * 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t march = (5 * of_year + 2) / 153;
	int64_t month = march < 10 ? march + 3 : march - 9;
	buf_printf(out, "%04lld-%02lld-%02lld", (long long)(year + era * 400 + (month <= 2)),
	    (long long)month, (long long)(of_year - (153 * march + 2) / 5 + 1));
}
