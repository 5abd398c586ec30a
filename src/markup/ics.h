/* SPDX-License-Identifier: Apache-2.0 */
/*
 * iCalendar (RFC 5545): content lines that end in CRLF and are folded at 75 octets, never within a
 * character; and a reader of what this program writes, as the last gate before a file.
 */
#ifndef BELFRY_MARKUP_ICS_H
#define BELFRY_MARKUP_ICS_H

#include "base/buf.h"
#include "base/err.h"

/* Append <name>:<value> as it is; `name` may hold parameters. */
void ics_line(struct buf *out, const char *name, struct str value);
/* The same with `value` as TEXT (§3.3.11), in a language where `lang` is not "": backslash, comma,
 * semicolon and line ends are escaped, other control characters left out. */
void ics_text(struct buf *out, const char *name, struct str lang, struct str value);
/* A day, and the one after: DTSTART and an exclusive DTEND (§3.6.1). False, with nothing appended,
 * where `day` is not a YYYY-MM-DD of the calendar, or the one after is past the year 9999. */
bool ics_day(struct buf *out, const char *name, struct str day, int days_later);

/* One calendar; events with UID, DTSTAMP and DTSTART, once each; lines as above.
 * Errors: ERR_SYNTAX "<name>:<line>: …". */
int ics_check(struct str ics, const char *name, struct err *err);

#endif
