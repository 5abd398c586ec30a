/* SPDX-License-Identifier: Apache-2.0 */
#include "store/doors.h"

#include "store/notes.h"

const char *door_name(enum door d)
{
	static const char *const name[DOORS] = {"file", "web", "git"};
	return name[d];
}

enum door door_from(struct str name)
{
	for (int d = 0; d < DOORS; d++)
		if (str_is(name, door_name((enum door)d)))
			return (enum door)d;
	return DOOR_FILE;
}

static const char doors[] = "doors.json";

struct refused {
	enum door door;
	enum refusal kind;
	const char *why;
};

static void add(json_t *all, const void *ctx)
{
	const struct refused *r = ctx;
	const char *name = refusal_name(r->kind);
	json_t *one = json_object_get(all, door_name(r->door)), *counts;
	if (!json_is_object(one)) {
		one = json_object();
		json_object_set_new(all, door_name(r->door), one);
	}
	counts = json_object_get(one, "refused");
	if (!json_is_object(counts)) {
		counts = json_object();
		json_object_set_new(one, "refused", counts);
	}
	json_object_set_new(counts, name, json_integer((json_int_t)json_get_int(counts, name) + 1));
	json_t *text = json_string(r->why); /* a path in it may be no UTF-8 */
	json_object_set_new(one, "last_reason", text ? text : json_string(name));
}

void doors_count(const char *dir, enum door d, enum refusal kind, const char *why)
{
	if (kind != REFUSED_NOTHING)
		notes_change(dir, doors, add, &(struct refused){d, kind, why});
}

json_t *doors_json(const char *dir)
{
	json_t *all = notes_read(dir, doors), *list = json_array();
	for (int d = 0; d < DOORS; d++) {
		const char *name = door_name((enum door)d);
		const json_t *one = json_object_get(all, name);
		json_t *counts = json_object_get(one, "refused");
		if (json_is_object(counts))
			json_array_append_new(
			    list, json_pack("{sssOss}", "door", name, "refused", counts,
				      "last_reason", json_get_text(one, "last_reason").ptr));
	}
	json_decref(all);
	return list;
}
