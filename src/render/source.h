/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a store to the site: what is published, with the people and keys behind it.
 */
#ifndef BELFRY_RENDER_SOURCE_H
#define BELFRY_RENDER_SOURCE_H

#include "render/build.h"
#include "store/store.h"

/* Render what `s` holds, with the theme in the folder that its setting belfry.theme names (from the
 * store's folder on) where `o` names none. Errors: as site_build and catalogue_read. */
int site_build_from(
    struct store *s, const struct site_options *o, struct site_report *report, struct err *err);
/* Append the folder of that setting; false, and nothing, where it is not set. */
bool site_theme(struct buf *path, const struct store *s);
/* The same with records that nobody has signed among the rest, in the place of published ones of
 * the same path: what a preview shows. Each path once. */
struct site_drafts {
	const struct record *const *items;
	size_t n;
};
int site_build_drafts(struct store *s, const struct site_options *o,
    const struct site_drafts *drafts, struct site_report *report, struct err *err);
/* The same with a handle of its own, for the daemon's worker. */
int site_build_store(
    const char *store_dir, const char *out, const atomic_bool *stop, struct err *err);

#endif
