/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Maps of cities as drawings in the page: an outline of the land (content/theme/world.mustache,
 * made by tools/outline.py) and a dot for each city whose profile says where it is. A unit is a
 * fifth of a degree of longitude and a sixth of one of latitude, from 180° W and 84° N. Every dot
 * stands in a list beside the map too: the drawing is hidden from those who do not see it.
 */
#ifndef BELFRY_PAGES_MAP_H
#define BELFRY_PAGES_MAP_H

#include "pages/page.h"

/* What the template "map" shows. */
struct map {
	json_t *context; /* NULL where no city says where it is */
	struct digest shown;
};

/* Of the cities of a region, with the land around them; "": of all, with all land. */
void map_make(struct map *m, const struct site *s, const struct site_lang *l, struct str region);
void map_release(struct map *m);
/* Put it, with the dot of the city `here` ("": none) set apart. */
void map_put(json_t *page, const struct map *m, struct str here);
/* Say what map_put() shows. */
void map_deps(struct deps *d, const struct map *m);

/*
 * Append the parts of `land` (a path's data: "M x y" and "l dx dy" without end, "z") that lie
 * within a box, as such a path.
 */
struct box {
	int x, y, width, height;
};
void map_clip(struct buf *out, struct str land, struct box box);

#endif
