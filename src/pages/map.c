/* SPDX-License-Identifier: Apache-2.0 */
#include "pages/map.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	WORLD_WIDTH = 1800,
	WORLD_HEIGHT = 846,
	AROUND = 50, /* between the outermost dots and the edge: ten degrees */
	LINKS_MAX = 60, /* more dots are drawn in one stroke, or the page would grow too heavy */
	POINTS_MAX = 4096
};

/* --- the outline --- */

struct point {
	int x, y;
};
struct ring {
	struct point points[POINTS_MAX];
	size_t n;
};

static bool take_int(struct str *s, int *out)
{
	bool is_negative;
	size_t i = 0;
	int v = 0;
	while (s->len && (s->ptr[0] == ' ' || s->ptr[0] == ','))
		*s = str_sub(*s, 1, s->len);
	is_negative = s->len && s->ptr[0] == '-';
	for (i = is_negative; i < s->len && s->ptr[i] >= '0' && s->ptr[i] <= '9' && v < 100000; i++)
		v = v * 10 + s->ptr[i] - '0';
	if (i == (size_t)is_negative)
		return false;
	*out = is_negative ? -v : v;
	*s = str_sub(*s, i, s->len);
	return true;
}

/* The next ring of a path; false at the end, or where it is not as tools/outline.py writes it. */
static bool take_ring(struct str *s, struct ring *r)
{
	struct point p;
	r->n = 0;
	if (!s->len || s->ptr[0] != 'M')
		return false;
	*s = str_sub(*s, 1, s->len);
	if (!take_int(s, &p.x) || !take_int(s, &p.y))
		return false;
	r->points[r->n++] = p;
	while (s->len && s->ptr[0] == 'l' && r->n < POINTS_MAX) {
		struct point by;
		*s = str_sub(*s, 1, s->len);
		if (!take_int(s, &by.x) || !take_int(s, &by.y))
			return false;
		p.x += by.x;
		p.y += by.y;
		r->points[r->n++] = p;
	}
	if (!s->len || s->ptr[0] != 'z')
		return false;
	*s = str_sub(*s, 1, s->len);
	return true;
}

/* An edge of the box: what lies beyond it in the direction `sign` of its axis goes. */
struct edge {
	bool is_y;
	int at, sign;
};

static int beyond(const struct edge *e, struct point p)
{
	return ((e->is_y ? p.y : p.x) - e->at) * e->sign;
}

static struct point crossing(const struct edge *e, struct point a, struct point b)
{
	long da = labs((long)beyond(e, a)), db = labs((long)beyond(e, b)), all = da + db;
	struct point p = {a.x + (int)((b.x - a.x) * da / all), a.y + (int)((b.y - a.y) * da / all)};
	return p;
}

/* Sutherland and Hodgman 1974, one edge. */
static void cut(struct ring *out, const struct ring *in, const struct edge *e)
{
	out->n = 0;
	for (size_t i = 0; i < in->n && out->n + 2 < POINTS_MAX; i++) {
		struct point a = in->points[i ? i - 1 : in->n - 1], b = in->points[i];
		bool is_a_out = beyond(e, a) > 0, is_b_out = beyond(e, b) > 0;
		if (is_a_out != is_b_out)
			out->points[out->n++] = crossing(e, a, b);
		if (!is_b_out)
			out->points[out->n++] = b;
	}
}

static void put_ring(struct buf *out, const struct ring *r)
{
	struct point last = r->points[0];
	buf_printf(out, "M%d %d", last.x, last.y);
	for (size_t i = 1; i < r->n; i++) {
		int dx = r->points[i].x - last.x, dy = r->points[i].y - last.y;
		if (dx || dy)
			buf_printf(out, "l%d%s%d", dx, dy < 0 ? "" : " ", dy);
		last = r->points[i];
	}
	buf_putc(out, 'z');
}

void map_clip(struct buf *out, struct str land, struct box box)
{
	const struct edge edges[] = {{false, box.x, -1}, {false, box.x + box.width, 1},
	    {true, box.y, -1}, {true, box.y + box.height, 1}};
	struct ring *rings = mem_alloc(2 * sizeof *rings), *now = rings, *next = rings + 1;
	while (take_ring(&land, now)) {
		for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
			cut(next, now, &edges[i]);
			struct ring *swapped = now;
			now = next;
			next = swapped;
		}
		if (now->n > 2)
			put_ring(out, now);
	}
	free(rings);
}

/* Between the quotes of <path … d="…"/>. */
static struct str outline(const struct theme *theme)
{
	const char *file;
	struct str all = theme_get(theme, "world.mustache", &file), d = STR(" d=\"");
	const char *from = all.len ? memmem(all.ptr, all.len, d.ptr, d.len) : NULL;
	if (!from)
		return STR_EMPTY;
	struct str rest = str_sub(all, (size_t)(from - all.ptr) + d.len, all.len);
	return str_cut(&rest, '"');
}

/* --- dots --- */

static int nearest(double units)
{
	return (int)(units + WORLD_WIDTH + 0.5) - WORLD_WIDTH; /* none is further out */
}

/* Where a city is by its profile. */
static bool find_place(const struct group *city, struct point *out)
{
	for (size_t i = 0; i < city->len; i++) {
		const struct variant *v = city->docs[i]->original;
		if (strcmp(city->docs[i]->type, "city-profile") != 0)
			continue;
		struct str lon = variant_term(v, "coordinates.lon"),
			   lat = variant_term(v, "coordinates.lat");
		if (!lon.len || !lat.len)
			continue;
		/* Both end in a line end. */
		out->x = nearest((strtod(lon.ptr, NULL) + 180) * 5);
		out->y = nearest((84 - strtod(lat.ptr, NULL)) * 6);
		return true;
	}
	return false;
}

static json_t *dot(const struct site *s, const struct site_lang *l, struct str city, struct point p)
{
	json_t *o = place_context(s, l, city);
	page_put(o, "id", city);
	json_object_del(o, "country");
	json_object_set_new_nocheck(o, "x", json_integer(p.x));
	json_object_set_new_nocheck(o, "y", json_integer(p.y));
	return o;
}

/* Wide enough for a look around, and twice as wide as high, or as all land is. */
static struct box around(struct point least, struct point most)
{
	int width = most.x - least.x + 2 * AROUND, height = most.y - least.y + 2 * AROUND;
	if (width < 2 * height)
		width = 2 * height;
	if (height < width / 2)
		height = width / 2;
	return (struct box){
	    (least.x + most.x - width) / 2, (least.y + most.y - height) / 2, width, height};
}

static void put_drawing(json_t *context, const struct theme *theme, struct box box, bool is_world)
{
	struct buf text = BUF_INIT;
	buf_printf(&text, "%d %d %d %d", box.x, box.y, box.width, box.height);
	page_put(context, "view", buf_str(&text));
	json_object_set_new_nocheck(context, "r", json_integer(box.width / 110 + 1));
	json_object_set_new_nocheck(context, "wide", json_integer(2 * (box.width / 110 + 1)));
	buf_reset(&text);
	if (!is_world)
		map_clip(&text, outline(theme), box);
	page_put(context, "land", buf_str(&text));
	json_object_set_new_nocheck(context, "is_world", json_boolean(is_world));
	buf_release(&text);
}

/* "M x y h0" for each: round ends make it a dot. */
static void join_dots(json_t *context, const json_t *dots)
{
	struct buf text = BUF_INIT;
	for (size_t i = 0; i < json_array_size(dots); i++) {
		const json_t *o = json_array_get(dots, i);
		buf_printf(&text, "M%d %dh0", (int)json_get_int(o, "x"), (int)json_get_int(o, "y"));
	}
	page_put(context, "points", buf_str(&text));
	buf_release(&text);
}

/* Put the cities of other regions that lie on the same piece of land, for where one is. */
static void put_near(json_t *context, const struct site *s, struct str region, struct box box)
{
	struct buf text = BUF_INIT;
	struct point p;
	for (size_t i = 0; i < s->index.cities.len; i++) {
		const struct group *g = &s->index.cities.items[i];
		if (find_place(g, &p) && !str_eq(place_region(s->source, g->id), region) &&
		    p.x > box.x && p.x < box.x + box.width && p.y > box.y &&
		    p.y < box.y + box.height)
			buf_printf(&text, "M%d %dh0", p.x, p.y);
	}
	page_put_or_none(context, "near", text.len ? page_text(buf_str(&text)) : NULL);
	buf_release(&text);
}

void map_make(struct map *m, const struct site *s, const struct site_lang *l, struct str region)
{
	json_t *dots = json_array();
	struct point least = {0, 0}, most = {0, 0}, p;
	*m = (struct map){0};
	for (size_t i = 0; i < s->index.cities.len; i++) {
		const struct group *g = &s->index.cities.items[i];
		if (!find_place(g, &p) ||
		    (region.len && !str_eq(place_region(s->source, g->id), region)))
			continue;
		bool is_first = !json_array_size(dots);
		least.x = is_first || p.x < least.x ? p.x : least.x;
		least.y = is_first || p.y < least.y ? p.y : least.y;
		most.x = is_first || p.x > most.x ? p.x : most.x;
		most.y = is_first || p.y > most.y ? p.y : most.y;
		json_array_append_new(dots, dot(s, l, g->id, p));
	}
	if (json_array_size(dots)) {
		struct box box = region.len ? around(least, most)
					    : (struct box){0, 0, WORLD_WIDTH, WORLD_HEIGHT};
		m->context = json_object();
		put_drawing(m->context, s->theme, box, !region.len);
		if (region.len)
			put_near(m->context, s, region, box);
		if (json_array_size(dots) > LINKS_MAX)
			join_dots(m->context, dots);
		json_object_set_nocheck(
		    m->context, json_array_size(dots) > LINKS_MAX ? "all" : "dots", dots);
		struct buf text = BUF_INIT;
		json_write(&text, m->context, 0);
		m->shown = digest_of(buf_str(&text));
		buf_release(&text);
	}
	json_decref(dots);
}

void map_release(struct map *m)
{
	json_decref(m->context);
}

void map_deps(struct deps *d, const struct map *m)
{
	deps_text(d, str_of(m->shown.bytes, sizeof m->shown.bytes));
}

void map_put(json_t *page, const struct map *m, struct str here)
{
	if (!m->context)
		return;
	json_t *context = json_copy(m->context), *dots = json_object_get(context, "dots");
	if (!dots)
		dots = json_object_get(context, "all");
	for (size_t i = 0; i < json_array_size(dots); i++)
		if (str_eq(json_get_text(json_array_get(dots, i), "id"), here))
			json_object_set_nocheck(context, "here", json_array_get(dots, i));
	json_object_set_new_nocheck(page, "map", context);
}
