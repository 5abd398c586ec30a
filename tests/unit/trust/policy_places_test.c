/* SPDX-License-Identifier: Apache-2.0 */
/* For which cities, countries and regions a hub may publish. */
#include "world.h"

static void cities(void **state)
{
	struct world w = world_new();
	(void)state;
	w.place = "ke-nairobi";
	holds(&w, "place ke-nairobi is not on the roster of hub east");
	w = world_new();
	json_array_append_new(
	    json_object_get(w.roster, "cities"), city("sn-dakar", "west-africa-sahel"));
	w.place = "sn-dakar";
	holds(&w, "lies in region west-africa-sahel, hub east publishes for east-southern-africa");
	w = world_new();
	w.no_roster = true;
	holds(&w, "the roster is not signed");
}

static json_t *hub_in(json_t *charter, size_t i)
{
	return json_array_get(json_object_get(charter, "hubs"), i);
}

static void countries(void **state)
{
	struct world w = world_new();
	(void)state;
	json_object_set_new(hub_in(w.charter, 2), "countries", split("ke"));
	holds(&w, "country ke to another hub");
	w = world_new();
	json_object_set_new(hub_in(w.charter, 2), "countries", split("tz"));
	publishes(&w);
	w = world_new();
	json_object_set_new(hub_in(w.charter, 1), "countries", split("ke"));
	json_object_set_new(hub_in(w.charter, 2), "countries", split("tz"));
	publishes(&w);
}

static struct world central_world(const char *place)
{
	struct world w = world_new();
	json_decref(w.roster);
	w.roster = roster_head("central", CENTRAL_HUB, 1);
	w.hub = "central";
	w.author = CENTRAL_HUB + ANN;
	w.reviewer = CENTRAL_HUB + REV;
	w.place = place;
	return w;
}

static void close_hub(json_t *hub)
{
	char zeros[65];
	snprintf(zeros, sizeof zeros, "%064d", 0);
	json_object_set_new(hub, "state", json_string("closed"));
	json_object_set_new(hub, "base",
	    json_pack("{s:i, s:i, s:s, s:s}", "charter", 1, "seq", 0, "commit", zeros + 24,
		"content", zeros));
}

/* What was a closed hub's alone is anybody's again who may publish there. */
static void a_closed_hub_leaves_room(void **state)
{
	struct world w = world_new();
	(void)state;
	json_object_set_new(hub_in(w.charter, 2), "countries", split("ke"));
	close_hub(hub_in(w.charter, 2));
	publishes(&w);
	w = central_world("east-southern-africa");
	close_hub(hub_in(w.charter, 1));
	publishes(&w);
}

static void regions(void **state)
{
	struct world w = world_new();
	(void)state;
	w.place = "east-southern-africa";
	publishes(&w);
	w = world_new();
	w.place = "west-africa-sahel";
	holds(&w, "is not hub east's to publish for");
	w = world_new();
	w.place = "global";
	holds(&w, "is not hub east's to publish for");
}

/* The central team stands in for regions that have no hub yet, never for those that have. */
static void the_central_hub(void **state)
{
	struct world w = central_world("global");
	(void)state;
	publishes(&w);
	w = central_world("east-southern-africa");
	holds(&w, "is not hub central's to publish for");
	w = central_world("mena");
	json_array_append_new(json_object_get(w.charter, "regions"), term("mena"));
	publishes(&w);
	w = central_world("jo-amman");
	json_object_set_new(w.roster, "cities", json_pack("[o]", city("jo-amman", "mena")));
	publishes(&w);
	w = central_world("jo-amman");
	json_object_set_new(w.roster, "cities", json_pack("[o]", city("jo-amman", "mena")));
	json_object_set_new(hub_in(w.charter, 2), "countries", split("jo"));
	holds(&w, "country jo to another hub");
}

static void a_place_has_a_region(void **state)
{
	struct sha256_hex network;
	struct charter *c = parse_charter(charter_head(), &network);
	struct roster *r = parse_roster(roster_head("east", EAST, 1));
	struct policy p = {
	    .network = network.text, .charter = c, .hub = charter_hub(c, "east"), .roster = r};
	(void)state;
	assert_true(str_is(policy_region(&p, STR("ke-mombasa")), "east-southern-africa"));
	assert_true(str_is(policy_region(&p, STR("west-africa-sahel")), "west-africa-sahel"));
	assert_true(str_is(policy_region(&p, STR("xx-nowhere")), "global"));
	roster_free(r);
	charter_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(cities),
	    cmocka_unit_test(countries),
	    cmocka_unit_test(a_closed_hub_leaves_room),
	    cmocka_unit_test(regions),
	    cmocka_unit_test(the_central_hub),
	    cmocka_unit_test(a_place_has_a_region),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
