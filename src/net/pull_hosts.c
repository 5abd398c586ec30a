/* SPDX-License-Identifier: Apache-2.0 */
#include "net/pull_hosts.h"

#include "store/notes.h"

static const char hosts[] = "hosts.json";

static void forget_oldest(json_t *all)
{
	const char *url, *oldest = NULL;
	json_t *one;
	int64_t when = INT64_MAX;
	json_object_foreach(all, url, one)
	{
		if (json_get_int(one, "tried") >= when)
			continue;
		when = json_get_int(one, "tried");
		oldest = url;
	}
	if (oldest)
		json_object_del(all, oldest);
}

static void note(json_t *all, const void *ctx)
{
	const struct host_trial *t = ctx;
	json_t *one = json_object_get(all, t->url);
	if (!json_is_object(one)) {
		while (json_object_size(all) >= HOSTS_MAX)
			forget_oldest(all);
		one = json_object();
		json_object_set_new(all, t->url, one);
	}
	json_object_set_new(one, "tried", json_integer((json_int_t)t->time));
	if (!t->why[0])
		json_object_set_new(one, "worked", json_integer((json_int_t)t->time));
	json_t *why = json_string(t->why); /* a path in it may be no UTF-8 */
	json_object_set_new(one, "last_reason", why ? why : json_string("it failed"));
	if (t->rate)
		json_object_set_new(one, "rate", json_integer((json_int_t)t->rate));
}

void hosts_note(const char *dir, const struct host_trial *t)
{
	notes_change(dir, hosts, note, t);
}

uint64_t hosts_rate(const char *dir, const char *url)
{
	json_t *all = notes_read(dir, hosts);
	int64_t rate = json_get_int(json_object_get(all, url), "rate");
	json_decref(all);
	return rate > 0 ? (uint64_t)rate : 0;
}

json_t *hosts_json(const char *dir)
{
	json_t *all = notes_read(dir, hosts), *list = json_array(), *one;
	const char *url;
	json_object_foreach(all, url, one)
	    json_array_append_new(list, json_pack("{sssIsIsssI}", "address", url, "tried",
					    (json_int_t)json_get_int(one, "tried"), "worked",
					    (json_int_t)json_get_int(one, "worked"), "last_reason",
					    json_get_text(one, "last_reason").ptr, "rate",
					    (json_int_t)json_get_int(one, "rate")));
	json_decref(all);
	return list;
}
