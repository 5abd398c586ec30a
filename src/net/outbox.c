/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The edge's part: read the outbox, prove the member to the home hub, hand over what is queued.
 */
#include "base/log.h"
#include "base/mem.h"
#include "net/member.h"
#include "net/wait.h"
#include "store/mailbox.h"
#include "git/repo.h"

#include <stdio.h>
#include <stdlib.h>

/* Handed over at a time; the rest follows when these are received. */
enum { OUTBOX_STEP = 16 };

static struct link *find_hub(struct station *n, const char *hub)
{
	for (struct link *l = n->links; l; l = l->next)
		if (l->state == LINK_TALKING && l->is_up && l->hub[0] &&
		    (!hub[0] || strcmp(l->hub, hub) == 0))
			return l;
	return NULL;
}

static void stand_in_the_way(struct station *n, const char *why)
{
	if (strcmp(n->outbox.why, why) != 0 && why[0])
		log_warn("%zu submissions wait: %s", n->outbox.unsent, why);
	snprintf(n->outbox.why, sizeof n->outbox.why, "%s", why);
}

/* --- proving the member: a job of its own beside the store's, as an agent may ask a person --- */

struct proving {
	uv_work_t request;
	struct link *link;
	struct buf setting, message, armor;
	char network[65];
	int rc;
	struct err err;
};

static int load_signer(struct signer **out, struct str setting, struct err *err)
{
	struct public_key key;
	if (!setting.len)
		return err_set(err, ERR_MISSING,
		    "no key is known that proves to the hub who you are: belfry submit --key FILE "
		    "(or --agent) names it once");
	if (str_is(setting, "agent"))
		return signer_agent(out, NULL, 0, err);
	if (!str_starts(setting, STR("agent ")))
		return signer_load(out, setting.ptr, err);
	int rc = public_key_parse(&key, str_trim(str_sub(setting, 6, setting.len)), err);
	return rc ? rc : signer_agent(out, &key, 1, err);
}

static void run_proving(uv_work_t *request)
{
	struct proving *p = request->data;
	struct signer *signer = NULL;
	struct name_space ns = name_space("belfry-link", p->network);
	p->rc = load_signer(&signer, buf_str(&p->setting), &p->err);
	if (!p->rc)
		p->rc = sshsig_sign(&p->armor, signer, ns.text, buf_str(&p->message), &p->err);
	signer_free(signer);
}

static void proving_done(uv_work_t *request, int status)
{
	struct proving *p = request->data;
	struct link *l = p->link;
	struct station *n = l->station;
	(void)status; /* never cancelled */
	l->jobs--;
	if (!p->rc && l->state == LINK_TALKING)
		p->rc = session_put_proof(l->session, buf_str(&p->armor), &p->err);
	l->member.state = p->rc ? MEMBER_FAILED : MEMBER_PROVED;
	l->member.asked_ms = station_now_ms(n);
	if (p->rc)
		session_await_members(l->session, false);
	else
		link_open_members(l, true);
	stand_in_the_way(n, p->rc ? p->err.msg : "");
	buf_release(&p->setting);
	buf_release(&p->message);
	buf_release(&p->armor);
	free(p);
	link_step(l);
	link_settle(l);
	member_look(n);
}

static void prove(struct link *l, struct str setting)
{
	struct proving *p = mem_alloc(sizeof *p);
	p->request.data = p;
	p->link = l;
	p->setting = p->message = p->armor = BUF_INIT;
	buf_add(&p->setting, setting);
	memcpy(p->network, l->station->network, sizeof p->network);
	session_proof_message(l->session, &p->message);
	l->member.state = MEMBER_SIGNING;
	l->jobs++;
	uv_queue_work(&l->station->loop, &p->request, run_proving, proving_done);
}

/* --- looking --- */

struct look {
	struct job job;
	struct station *station;
	char met[HUB_NAME_BYTES]; /* a hub that may become home */
	char home[HUB_NAME_BYTES];
	struct buf member; /* the setting */
	size_t undecided, unsent;
	struct buf messages[OUTBOX_STEP];
	size_t n;
};

static int find_home(struct look *k, struct store *s, struct err *err)
{
	struct buf home = BUF_INIT;
	int rc = repo_config(s->repo, "belfry.home", &home, err);
	if (rc == ERR_MISSING) {
		rc = k->met[0] ? repo_set_config(s->repo, "belfry.home", k->met, err) : 0;
		memcpy(k->home, k->met, sizeof k->home);
	} else if (!rc) {
		snprintf(k->home, sizeof k->home, "%s", home.ptr);
	}
	buf_release(&home);
	return rc;
}

static void count_item(struct look *k, const struct submission *item)
{
	bool is_queued = strcmp(item->state, "queued") == 0;
	k->unsent += is_queued;
	k->undecided += is_queued || strcmp(item->state, "received") == 0;
	if (!is_queued || k->n == OUTBOX_STEP)
		return;
	k->messages[k->n] = BUF_INIT;
	submission_message(&k->messages[k->n++], item);
}

static int run_look(struct job *job, struct store *s, struct err *err)
{
	struct look *k = (struct look *)job;
	struct mailbox m = {.len = 0};
	struct err none;
	int rc = mailbox_read(&m, s, MAILBOX_OUTBOX, err);
	for (size_t i = 0; i < m.len && !rc; i++) {
		/* The roster that names its author may have come since it was queued. */
		if (!k->unsent && strcmp(m.items[i].state, "queued") == 0)
			rc = outbox_settle_home(s, m.items[i].signature, err);
		count_item(k, &m.items[i]);
	}
	mailbox_release(&m);
	if (rc || find_home(k, s, err))
		return err->code;
	repo_config(s->repo, "belfry.member", &k->member, &none);
	return rc;
}

static void hand_over(struct link *l, struct look *k)
{
	for (size_t i = 0; i < k->n; i++) {
		struct str message = buf_str(&k->messages[i]);
		if (message.len > SUBMISSION_BYTES_MAX)
			stand_in_the_way(l->station, "a submission is too large for the link");
		else if (!member_is_given(l, message))
			session_put_submit(l->session, message);
	}
	link_step(l);
}

static void act(struct look *k)
{
	struct station *n = k->station;
	struct link *l = find_hub(n, k->home);
	if (!l || strcmp(l->hub, k->home) != 0 || (!k->undecided && !n->work.now.shows_member))
		return;
	if (session_is_held(l->session))
		stand_in_the_way(n, "the home hub takes nothing new: its disk is full");
	else if (l->member.state == MEMBER_NONE)
		prove(l, buf_str(&k->member));
	else if (l->member.state == MEMBER_PROVED)
		hand_over(l, k);
}

static void look_done(struct job *job)
{
	struct look *k = (struct look *)job;
	struct station *n = k->station;
	n->outbox.is_reading = false;
	n->outbox.unsent = k->unsent;
	n->outbox.undecided = k->undecided;
	memcpy(n->outbox.home, k->home, sizeof n->outbox.home);
	if (k->job.rc)
		stand_in_the_way(n, k->job.err.msg);
	else if (!n->is_stopping)
		act(k);
	buf_release(&k->member);
	for (size_t i = 0; i < k->n; i++)
		buf_release(&k->messages[i]);
	free(k);
	if (n->outbox.is_stale)
		member_look(n);
	wait_check(n);
}

void member_look(struct station *n)
{
	if (n->work.now.hub[0] || n->is_stopping)
		return;
	n->outbox.is_stale = n->outbox.is_reading;
	if (n->outbox.is_reading)
		return;
	struct look *k = mem_alloc(sizeof *k);
	struct link *hub = find_hub(n, "");
	k->job.run = run_look;
	k->job.done = look_done;
	k->station = n;
	k->member = BUF_INIT;
	if (hub)
		memcpy(k->met, hub->hub, sizeof k->met);
	n->outbox.is_reading = true;
	work_add(&n->work, &k->job);
}

/* --- what the hub says --- */

struct intake {
	struct job job;
	struct link *link;
	struct buf notice, confirm;
};

static int run_intake(struct job *job, struct store *s, struct err *err)
{
	struct intake *t = (struct intake *)job;
	return outbox_notice(s, buf_str(&t->notice), &t->confirm, err);
}

static void intake_done(struct job *job)
{
	struct intake *t = (struct intake *)job;
	struct link *l = t->link;
	bool is_ours = t->job.rc == ERR_IO || t->job.rc == ERR_GIT || t->job.rc == ERR_FULL;
	struct str confirm = buf_str(&t->confirm);
	l->jobs--;
	l->peer->refused[REFUSED_SUBMISSION] += t->job.rc && !is_ours;
	if (t->job.rc)
		link_close(
		    l, is_ours ? "this side cannot write its store" : t->job.err.msg, !is_ours);
	if (is_ours)
		log_warn("THE STORE CANNOT BE WRITTEN: %s", t->job.err.msg);
	if (!t->job.rc && l->state == LINK_TALKING && confirm.len &&
	    confirm.len <= SUBMISSION_BYTES_MAX)
		session_put_submit(l->session, confirm);
	buf_release(&t->notice);
	buf_release(&t->confirm);
	free(t);
	struct station *n = l->station;
	link_step(l);
	link_settle(l);
	member_look(n);
}

void member_take_notice(struct link *l, struct str bytes)
{
	struct intake *t = mem_alloc(sizeof *t);
	l->member.is_answered = true;
	t->job.run = run_intake;
	t->job.done = intake_done;
	t->link = l;
	t->notice = t->confirm = BUF_INIT;
	buf_add(&t->notice, bytes);
	l->jobs++;
	work_add(&l->station->work, &t->job);
}
