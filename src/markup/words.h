/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interface's words in one language: content/strings/<lang>.json. A language is added by adding
 * its file. Keys of the file:
 *   lang, name, dir ("ltr", "rtl")   the language's code, own name and direction
 *   group, decimal                   between thousands, and before decimals
 *   months (12), day, month          patterns with {day} {month} {year}
 *   first_day                        the first of a month, where it is not "1" (optional)
 *   languages, countries             names by ISO 639-1 and ISO 3166-1 codes
 *   types                            {one, many} by record type
 *   fields, values                   labels of front matter, and of a field's closed set of values
 *   ui                               everything else, by key; {name} stands for a value
 *   counts                           {one, other, …} by key: "{n} cities" in the language's forms
 *                                    (CLDR plural categories)
 * Nothing here depends on the machine's locale.
 */
#ifndef BELFRY_MARKUP_WORDS_H
#define BELFRY_MARKUP_WORDS_H

#include "base/json.h"

struct words {
	json_t *root;
	struct str lang, dir;
};

/* Errors: ERR_MISSING where the program has no words in that language; ERR_SYNTAX. */
int words_load(struct words *w, struct str lang, struct err *err);
/* Lay words of a hub's own over them: the same keys, as few as it likes. Names of types, fields,
 * values, countries and languages may be new ones, and so may keys of "ui" that begin with "own_",
 * for templates of its own. Errors: ERR_SYNTAX "<file>:<line>: …". */
int words_overlay(struct words *w, struct str json, const char *file, struct err *err);
void words_release(struct words *w);

/* The string at `group` (NULL: top level) and `key`, or "". */
struct str words_get(const struct words *w, const char *group, const char *key);
/* The name of a record type; the id with its first letter raised where nobody named it. */
void words_type(const struct words *w, struct buf *out, const char *type, bool is_many);
/* A label for a field of front matter; from its id where nobody named it. */
void words_field(const struct words *w, struct buf *out, const char *field);
/* A country's name by its two capital letters, or those. */
struct str words_country(const struct words *w, struct str code);
/* A language's name, or its code. */
struct str words_language(const struct words *w, struct str lang);

/* "rtl" for the languages that are written so, also those without words here; else "ltr". */
const char *language_dir(struct str lang);

/* "2019-10-14" as people of this language write it; also "2019-10" and "2019". Anything else as is.
 */
void words_date(const struct words *w, struct buf *out, struct str date);
void words_integer(const struct words *w, struct buf *out, int64_t n);
void words_real(const struct words *w, struct buf *out, double d);
/* Append `pattern` with each {name} replaced; `pairs` is name, value, …, NULL. */
void words_fill(struct buf *out, struct str pattern, const char *const *pairs);

/* Append the phrase `key` of "counts" in the form that `n` things take, with {n} filled in. */
void words_count(const struct words *w, struct buf *out, const char *key, int64_t n);

/* Append "YYYY-MM-DD", UTC, for seconds since 1970. */
void date_of_time(struct buf *out, int64_t seconds);
/* Is it YYYY, YYYY-MM or YYYY-MM-DD? (Only the form.) */
bool is_date(struct str s);

#endif
