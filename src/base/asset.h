/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that travel inside the binary: schemas, theme, interface words, the charter a new network
 * starts with. Named by their path in the project ("schemas/news.json").
 */
#ifndef BELFRY_BASE_ASSET_H
#define BELFRY_BASE_ASSET_H

#include "base/str.h"

/* The file's bytes (followed by a NUL), or the empty string with `ptr` NULL where there is none. */
struct str asset_get(const char *path);
/* Walk in path order: the i-th path that starts with `prefix`, or NULL after the last. */
const char *asset_path(const char *prefix, size_t i);

#endif
