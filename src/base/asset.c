/* SPDX-License-Identifier: Apache-2.0 */
#include "base/asset.h"

struct asset {
	const char *path, *bytes;
	size_t len;
};
extern const struct asset belfry_assets[]; /* tools/embed.sh; ends with a NULL path */

struct str asset_get(const char *path)
{
	for (const struct asset *a = belfry_assets; a->path; a++)
		if (strcmp(a->path, path) == 0)
			return (struct str){a->bytes, a->len};
	return (struct str){NULL, 0};
}

const char *asset_path(const char *prefix, size_t i)
{
	for (const struct asset *a = belfry_assets; a->path; a++)
		if (strncmp(a->path, prefix, strlen(prefix)) == 0 && i-- == 0)
			return a->path;
	return NULL;
}
