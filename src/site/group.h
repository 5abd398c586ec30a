/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents that have something in common: a type, a theme, a place. Groups are found by id and
 * keep the order in which ids were first named; ids are borrowed.
 */
#ifndef BELFRY_SITE_GROUP_H
#define BELFRY_SITE_GROUP_H

#include "base/str.h"

struct doc;

struct group {
	struct str id;
	const struct doc **docs;
	size_t len, cap;
};
struct groups {
	struct group *items;
	size_t len, cap;
	uint32_t *slots; /* hash of id → position + 1 */
	size_t nslots;
};

/* The group of that id, made if need be. The pointer holds until the next is made. */
struct group *group_add(struct groups *g, struct str id);
/* Add a document at the end; nothing happens where `id` is empty. */
void group_push(struct groups *g, struct str id, const struct doc *d);
/* NULL where there is none. */
const struct group *group_find(const struct groups *g, struct str id);
/* Into byte order of ids. */
void groups_sort(struct groups *g);
void groups_release(struct groups *g);

#endif
