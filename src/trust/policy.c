/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/policy.h"

#include <stdio.h>

/* Cities are "<country>-<name>"; a country that the charter gives to a hub is that hub's alone. */
static bool is_other_hubs_country(
    const struct charter *c, const struct charter_hub *hub, struct str place)
{
	struct str country = str_sub(place, 0, 2);
	if (hub->countries && json_has_text(hub->countries, country))
		return false;
	for (size_t i = 0; i < c->nhubs; i++)
		if (!c->hubs[i].is_closed && c->hubs[i].countries &&
		    json_has_text(c->hubs[i].countries, country))
			return true;
	return false;
}

int policy_city(const struct charter *c, const struct charter_hub *hub, struct str city,
    struct str region, struct err *err)
{
	if (strcmp(hub->region, "global") != 0 && !str_is(region, hub->region))
		return err_set(err, ERR_POLICY,
		    "place %.*s lies in region %.*s, hub %s publishes for %s", STR_FMT(city),
		    STR_FMT(region), hub->id, hub->region);
	if (is_other_hubs_country(c, hub, city))
		return err_set(err, ERR_POLICY,
		    "the charter gives country %.2s to another hub than %s", city.ptr, hub->id);
	return 0;
}

static bool region_has_hub(const struct charter *c, struct str region)
{
	for (size_t i = 0; i < c->nhubs; i++)
		if (!c->hubs[i].is_closed && str_is(region, c->hubs[i].region))
			return true;
	return false;
}

int policy_place(const struct policy *p, struct str place, struct err *err)
{
	bool is_central = strcmp(p->hub->region, "global") == 0;
	if (str_is(place, p->hub->region))
		return 0;
	if (charter_has_term(p->charter, "regions", place)) {
		if (is_central && !region_has_hub(p->charter, place))
			return 0;
		return err_set(err, ERR_POLICY,
		    "region %.*s is not hub %s's to publish for (its own is %s)", STR_FMT(place),
		    p->hub->id, p->hub->region);
	}
	const json_t *city = p->roster ? roster_city(p->roster, place) : NULL;
	if (!city)
		return err_set(err, ERR_POLICY, "place %.*s is not on the roster of hub %s",
		    STR_FMT(place), p->hub->id);
	return policy_city(p->charter, p->hub, place, json_get_text(city, "region"), err);
}

struct str policy_region(const struct policy *p, struct str place)
{
	const json_t *city = p->roster ? roster_city(p->roster, place) : NULL;
	if (city)
		return json_get_text(city, "region");
	if (charter_has_term(p->charter, "regions", place))
		return place;
	return STR("global");
}

/* What author and reviewer sign, hashed once for both. */
struct signed_text {
	struct str md;
	uint8_t hash[SHA512_BYTES];
};

static struct signed_text signed_text(struct str md)
{
	struct signed_text t = {.md = md};
	sha512(t.hash, md);
	return t;
}

/* Find and check the signer of `armor` over `text`. */
static int find_signer(const struct member **out, const struct policy *p, const char *kind,
    const struct signed_text *text, struct str armor, struct err *err)
{
	struct name_space ns = name_space(kind, p->network);
	struct sshsig sig;
	if (sshsig_parse(&sig, armor, err) || sshsig_verify_hash(&sig, ns.text, text->hash, err))
		return err->code;
	const char *why = charter_denies(p->charter, &sig.key);
	if (why)
		return err_set(err, ERR_POLICY, "its key is denied by charter version %u: %.120s",
		    p->charter->version, why);
	*out = roster_member_by_key(p->roster, &sig.key);
	if (*out)
		return 0;
	struct buf print = BUF_INIT;
	public_key_fingerprint(&print, &sig.key);
	err_set(err, ERR_POLICY, "key %s is not on the roster of hub %s", print.ptr, p->hub->id);
	buf_release(&print);
	return err->code;
}

static bool is_translation(const struct record *r)
{
	return json_object_get(r->head, "translation") != NULL;
}

static int check_member(const struct policy *p, const struct member *m, bool has_role,
    const char *role, struct str place, struct err *err)
{
	if (!m->is_active)
		return err_set(err, ERR_POLICY, "%s is no longer an active member of hub %s", m->id,
		    p->hub->id);
	if (!has_role)
		return err_set(err, ERR_POLICY, "%s does not have the role %s", m->id, role);
	if (m->places && !json_has_text(m->places, place))
		return err_set(
		    err, ERR_POLICY, "%s may not act for place %.*s", m->id, STR_FMT(place));
	return 0;
}

static int check_author(struct judgement *j, const struct policy *p, const struct signed_text *text,
    struct str sig, struct err *err)
{
	if (!sig.len)
		return err_set(err, ERR_SIGNATURE, "it has no author's signature");
	if (find_signer(&j->author, p, "belfry-record", text, sig, err))
		return err_wrap(err, "author");
	/* A translator writes nothing but translations; for other hubs' places nobody else may. */
	const struct member *m = j->author;
	bool is_translator = m->is_translator && is_translation(&j->record);
	if (j->is_guest && check_member(p, m, is_translator, "translator", j->record.place, err))
		return err_wrap(err, "for a place that is not hub %s's", p->hub->id);
	if (j->is_guest)
		return 0;
	return check_member(p, m, m->is_author || is_translator, "author", j->record.place, err);
}

static int check_reviewer(struct judgement *j, const struct policy *p,
    const struct signed_text *text, struct str rev, struct err *err)
{
	if (!rev.len) {
		if (p->charter->review_optional)
			return 0;
		return err_set(err, ERR_POLICY, "no reviewer has signed it");
	}
	if (find_signer(&j->reviewer, p, "belfry-review", text, rev, err))
		return err_wrap(err, "reviewer");
	if (j->reviewer == j->author)
		return err_set(err, ERR_POLICY, "%s cannot review what they wrote", j->author->id);
	return check_member(
	    p, j->reviewer, j->reviewer->is_reviewer, "reviewer", j->record.place, err);
}

static int check_terms(
    const struct policy *p, const struct record *r, const char *field, struct err *err)
{
	size_t i;
	json_t *term;
	json_array_foreach(json_object_get(r->head, field), i, term)
	{
		if (!charter_has_term(p->charter, field, json_text(term)))
			return err_set(err, ERR_POLICY, "%s: '%s' is not in the charter's list",
			    field, json_string_value(term));
	}
	return 0;
}

static int check_path(const struct record *r, struct str path, struct err *err)
{
	struct buf want = BUF_INIT;
	record_path(&want, r);
	int bad = !str_eq(buf_str(&want), path);
	if (bad)
		err_set(err, ERR_POLICY, "its front matter belongs at %s", want.ptr);
	buf_release(&want);
	return bad ? err->code : 0;
}

/* What the hub may not publish as its own may be a translation of what another hub did. */
static int check_place(struct judgement *j, const struct policy *p, struct err *err)
{
	if (policy_place(p, j->record.place, err) == 0)
		return 0;
	j->is_guest = is_translation(&j->record);
	return j->is_guest ? 0 : err->code;
}

static int check_record(
    const struct policy *p, const struct record *r, struct str path, struct err *err)
{
	struct str region = json_get_text(r->head, "region");
	if (check_path(r, path, err))
		return err->code;
	for (size_t i = 0; charter_vocabularies[i]; i++)
		if (check_terms(p, r, charter_vocabularies[i], err))
			return err->code;
	if (!p->is_for_members && !str_is(r->audience, "public"))
		return err_set(
		    err, ERR_POLICY, "it is for members only, but stands in a public journal");
	if (p->is_for_members && !str_is(r->audience, "members"))
		return err_set(
		    err, ERR_POLICY, "it is for everybody, but stands in a journal for members");
	if (region.len && !charter_has_term(p->charter, "regions", region))
		return err_set(
		    err, ERR_POLICY, "region '%.*s' is not in the charter's list", STR_FMT(region));
	return p->roster ? 0 : err_set(err, ERR_POLICY, "%s", p->roster_fault);
}

static int judge_author(struct judgement *out, const struct policy *p, struct str path,
    const struct signed_text *text, struct str sig, struct err *err)
{
	struct record_name name;
	char label[160];
	*out = (struct judgement){.record = {.source = BUF_INIT}};
	/* Messages name the file inside its folder: the whole path is known to whoever reads them.
	 */
	if (record_name_parse(&name, path))
		snprintf(label, sizeof label, "%.*s.md", STR_FMT(name.lang));
	else
		snprintf(label, sizeof label, "record");
	if (record_parse(&out->record, text->md, label, p->schemas, NULL, err) ||
	    check_record(p, &out->record, path, err) || check_place(out, p, err))
		return err->code;
	return check_author(out, p, text, sig, err);
}

/* A sentence that is too long ends between two letters: programs read it as UTF-8. */
static void conclude(struct judgement *out, int bad, const struct err *err)
{
	out->is_published = !bad;
	if (!bad)
		return;
	snprintf(out->reason, sizeof out->reason, "%.255s", err->msg);
	struct str reason = str_from(out->reason);
	for (size_t at = 0, start = 0; at < reason.len; start = at)
		if (str_utf8_next(reason, &at) < 0) {
			out->reason[start] = 0;
			return;
		}
}

void policy_judge(struct judgement *out, const struct policy *p, struct str path, struct str md,
    struct str sig, struct str rev)
{
	struct err err = {.code = ERR_NONE};
	const struct signed_text text = signed_text(md);
	int bad = judge_author(out, p, path, &text, sig, &err) ||
		  check_reviewer(out, p, &text, rev, &err);
	conclude(out, bad, &err);
}

void policy_judge_author(
    struct judgement *out, const struct policy *p, struct str path, struct str md, struct str sig)
{
	struct err err = {.code = ERR_NONE};
	const struct signed_text text = signed_text(md);
	conclude(out, judge_author(out, p, path, &text, sig, &err), &err);
}

void judgement_release(struct judgement *j)
{
	record_release(&j->record);
	*j = (struct judgement){.record = {.source = BUF_INIT}};
}
