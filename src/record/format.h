/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The "format" keyword of schemas: texts whose grammar a pattern cannot say.
 */
#ifndef BELFRY_RECORD_FORMAT_H
#define BELFRY_RECORD_FORMAT_H

#include "base/str.h"

enum format {
	FORMAT_NONE,
	FORMAT_PARTIAL_DATE, /* YYYY, YYYY-MM or YYYY-MM-DD, a day of the calendar, year from 1 */
	FORMAT_DATE, /* YYYY-MM-DD (RFC 3339 full-date) */
	FORMAT_DATE_TIME, /* YYYY-MM-DDThh:mm:ssZ (RFC 3339, UTC, whole seconds, no leap second) */
	FORMAT_URI /* absolute, in the characters of RFC 3986 */
};

/* The format of that name; FORMAT_NONE where there is none. */
enum format format_from(struct str name);
bool format_fits(enum format f, struct str s);
/* What a text must look like, for messages: "a day as YYYY-MM-DD". */
const char *format_says(enum format f);

#endif
