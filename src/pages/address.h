/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How files for machines name pages, things and times. Pages lead to one another by relative
 * addresses; what is read away from its site (feeds, calendars, sitemaps) takes the charter's
 * "site" where there is one, and relative ones where not.
 */
#ifndef BELFRY_PAGES_ADDRESS_H
#define BELFRY_PAGES_ADDRESS_H

#include "base/buf.h"

struct site;

/* The charter's public address, ending in "/", or "" where it names none. Borrowed from the index.
 */
struct str address_of_site(struct site *s);
/* Append the address of the file `path` within the site, for a reader of the file `from`. */
void address_put(struct buf *out, const struct site *s, struct str from, struct str path);

/* Append the UUID of what has this name in this network: version 8 of RFC 9562, from the first
 * bytes of the SHA-256 of "<N>/<name>". It stays when addresses change. */
void uuid_put(struct buf *out, const struct site *s, struct str name);
/* "urn:uuid:…" of a document ("<place>/<type>/<id>"), in a language where `lang` is not "". */
struct doc;
void urn_put(struct buf *out, const struct site *s, const struct doc *d, struct str lang);

/* Append "2025-11-24T16:00:00Z" (RFC 3339). */
void time_put(struct buf *out, int64_t seconds);

#endif
