/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a git host, by the system's git: what refs it has, those of them that we lack into a
 * quarantine, and from there what verifies. Git is told everything on the command line and reads
 * nobody's settings; it asks nothing and runs no hooks.
 */
#include "base/file.h"
#include "base/mem.h"
#include "net/pull_impl.h"
#include "net/pull_process.h"
#include "store/pins.h"
#include "store/quarantine.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	STALL_S = 60,
	REFS_BYTES_MAX = 1024 * 1024, /* what a host says of its refs */
	REF_BYTES = 128,
	WORDS_MAX = HUBS_MAX + 48,
	ENV_MAX = 24,
};

struct source {
	struct pulling *pulling;
	const char *url; /* without "git+" */
	const char *scheme; /* "https", "ssh" or "file" */
	struct quarantine *quarantine;
	struct arena arena;
	const char *env[ENV_MAX];
	char (*refs)[REF_BYTES]; /* that have something we lack; the charter's first */
	size_t nrefs, cap;
	enum refusal kind; /* why the last fetch brought nothing, if that was what it brought */
};

/* So begins what git's own checks say of an object; a line that breaks says nothing of the kind. */
static const char said_of_object[] = "error: object ";

/* --- the address --- */

static int check_url(struct source *s, const char *url, struct err *err)
{
	static const char *const schemes[] = {"https", "ssh", "file"};
	struct str rest = str_from(url + 4), address = rest;
	struct str scheme = str_cut(&address, ':');
	for (size_t i = 0; i < 3; i++)
		if (str_is(scheme, schemes[i]))
			s->scheme = schemes[i];
	if (!s->scheme || !str_starts(address, STR("//")))
		return err_set(err, ERR_USAGE,
		    "'%.200s' is none of git+https://…, git+ssh://…, git+file:///…", url);
	for (size_t i = 0; i < rest.len; i++)
		if (rest.ptr[i] <= 0x20 || rest.ptr[i] >= 0x7f)
			return err_set(err, ERR_USAGE,
			    "'%.200s' has a character that an address cannot have", url);
	address = str_sub(address, 2, address.len);
	struct str host = str_cut(&address, '/');
	bool is_file = str_is(scheme, "file");
	if ((host.len == 0) != is_file || !address.len || (host.len && host.ptr[0] == '-'))
		return err_set(err, ERR_USAGE, "'%.200s' names no repository on a host", url);
	if (str_is(scheme, "https") && memchr(host.ptr, '@', host.len))
		return err_set(err, ERR_USAGE, "leave name and password out of the address");
	s->url = rest.ptr;
	return 0;
}

/* --- running git --- */

static void add_env(struct source *s, const char *name, const char *value)
{
	size_t n = 0;
	while (s->env[n])
		n++;
	if (value && n + 1 < ENV_MAX)
		s->env[n] = arena_printf(&s->arena, "%s=%s", name, value);
}

/* What a person's settings could do to this, they must not; the way out to the network and the key
 * in an agent are theirs. A home of its own keeps git from a .netrc. */
static void make_env(struct source *s)
{
	static const char *const passed[] = {"PATH", "SSH_AUTH_SOCK", "TMPDIR", "http_proxy",
	    "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"};
	const struct pull_options *o = s->pulling->options;
	for (size_t i = 0; i < sizeof passed / sizeof *passed; i++)
		add_env(s, passed[i], getenv(passed[i]));
	add_env(s, "HOME", quarantine_dir(s->quarantine));
	add_env(s, "LC_ALL", "C");
	add_env(s, "GIT_DIR", quarantine_git(s->quarantine));
	add_env(s, "GIT_CONFIG_NOSYSTEM", "1");
	add_env(s, "GIT_CONFIG_GLOBAL", "/dev/null");
	add_env(s, "GIT_ALLOW_PROTOCOL", s->scheme);
	add_env(s, "GIT_TERMINAL_PROMPT", "0");
	add_env(s, "GIT_ASKPASS", "false");
	add_env(s, "GIT_SSH_VARIANT", "ssh");
	add_env(s, "GIT_SSH_COMMAND",
	    "ssh -o BatchMode=yes -o ConnectTimeout=30 -o ServerAliveInterval=15");
	add_env(s, "GIT_SSL_CAINFO", o->ca_file);
}

static const char *const settings[] = {
    "core.hooksPath=/dev/null",
    "core.bigFileThreshold=1m", /* what is huge is never held as a whole */
    "core.fsmonitor=false",
    "credential.helper=",
    "fetch.fsckObjects=true",
    "transfer.fsckObjects=true",
    "fetch.unpackLimit=1", /* a pack, never loose objects */
    "transfer.unpackLimit=1",
    "fetch.recurseSubmodules=false",
    "fetch.writeCommitGraph=false",
    "transfer.bundleURI=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "http.lowSpeedLimit=10",
    "http.lowSpeedTime=60",
    "pack.threads=1",
};

/* The first of its reasons that git gave, or else the last thing that was said, in one line. What
 * ssh says before git has only this reason to give is the better one. */
static const char said_of_ssh[] = "fatal: Could not read from remote repository.";
static void add_talk(struct err *err, const struct buf *talk)
{
	struct str rest = buf_str(talk), said = STR_EMPTY;
	char line[200];
	size_t n = 0;
	bool has_reason = false;
	while (rest.len && !has_reason) {
		struct str one = str_cut(&rest, '\n');
		for (struct str shown = one; shown.len;) /* progress is written over itself */
			one = str_trim(str_cut(&shown, '\r'));
		has_reason = str_starts(one, STR("fatal: ")) || str_starts(one, STR("error: "));
		if (one.len && !(said.len && str_is(one, said_of_ssh)))
			said = one;
	}
	for (; n < said.len && n + 1 < sizeof line; n++)
		line[n] = said.ptr[n] < 0x20 || said.ptr[n] == 0x7f ? '?' : said.ptr[n];
	line[n] = 0;
	if (n) {
		struct err before = *err;
		err_set(err, before.code, "%.200s: %s", before.msg, line);
	}
}

static uint64_t size_now(void *ctx)
{
	const struct source *s = ctx;
	uint64_t bytes = quarantine_bytes(s->quarantine);
	pull_progress(s->pulling, s->url, bytes, 0);
	return bytes;
}

/* git, our settings, and `words`, which end with NULL. */
static int run_git(struct source *s, const char *const *words, struct buf *out, struct err *err)
{
	const struct pull_options *o = s->pulling->options;
	const char *argv[2 * sizeof settings / sizeof *settings + WORDS_MAX] = {"git"};
	struct buf talk = BUF_INIT;
	size_t n = 1;
	unsigned stall_s = o->stall_s ? o->stall_s : STALL_S;
	if (o->least_rate && stall_s > FETCH_HURRY_S)
		stall_s = FETCH_HURRY_S;
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
		argv[n++] = "-c";
		argv[n++] = settings[i];
	}
	while (*words)
		argv[n++] = *words++;
	const struct process p = {.argv = argv,
	    .env = s->env,
	    .out_max = REFS_BYTES_MAX,
	    .stall_s = stall_s,
	    .size = size_now,
	    .size_max = o->max_bytes ? o->max_bytes : PULL_BYTES_MAX,
	    .ctx = s};
	s->pulling->report->requests++;
	int bad = process_run(&p, out, &talk, err);
	s->pulling->report->is_put_off = bad == ERR_IO && o->least_rate;
	if (bad == ERR_PEER)
		add_talk(err, &talk);
	buf_release(&talk);
	return bad ? err_wrap(err, "%s", s->url) : 0;
}

/* --- which refs --- */

static bool is_ours(struct str name)
{
	return str_is(name, CHARTER_REF) ||
	       (str_starts(name, STR(HUBS_PREFIX)) &&
		   str_is_slug(str_sub(name, sizeof HUBS_PREFIX - 1, name.len)));
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b); /* "refs/belfry/charter" is before "refs/belfry/hubs/" */
}

/* Lines of "<id>\t<name>". Whatever else the host has is no concern of ours. */
static int take_refs(struct source *s, struct str lines, struct err *err)
{
	bool has_any = false;
	while (lines.len) {
		struct str name = str_cut(&lines, '\n'), hex = str_cut(&name, '\t');
		struct oid id;
		if (!oid_from_hex(&id, hex) || !is_ours(name))
			continue;
		has_any = true;
		if (repo_has(s->pulling->store->repo, &id))
			continue;
		if (s->nrefs > HUBS_MAX)
			return err_set(
			    err, ERR_LIMIT, "%s has more than %d journals", s->url, HUBS_MAX);
		char *slot = *MEM_PUSH(s->refs, s->nrefs, s->cap);
		snprintf(slot, REF_BYTES, "%.*s", STR_FMT(name));
	}
	if (!has_any)
		return err_set(err, ERR_MISSING,
		    "%s has no refs/belfry/: nobody has pushed a store there", s->url);
	if (s->nrefs)
		qsort(s->refs, s->nrefs, sizeof *s->refs, by_name);
	return 0;
}

static int list_refs(struct source *s, struct err *err)
{
	const char *const words[] = {
	    "ls-remote", "--quiet", "--refs", "--", s->url, CHARTER_REF, HUBS_PREFIX "*", NULL};
	struct buf out = BUF_INIT;
	int bad = run_git(s, words, &out, err) || take_refs(s, buf_str(&out), err);
	buf_release(&out);
	return bad ? err->code : 0;
}

/* --- fetching --- */

static int fetch(struct source *s, size_t first, size_t n, struct err *err)
{
	const char *words[WORDS_MAX] = {"fetch", "--progress", "--no-tags", "--no-auto-maintenance",
	    "--no-recurse-submodules", "--no-write-fetch-head", "--refmap=", "--", s->url};
	size_t k = 0;
	struct buf out = BUF_INIT;
	while (words[k])
		k++;
	for (size_t i = first; i < first + n; i++)
		words[k++] = arena_printf(&s->arena, "+%s:%s", s->refs[i], s->refs[i]);
	int bad = run_git(s, words, &out, err);
	buf_release(&out);
	return bad;
}

/* --- admitting --- */

/* Why what a ref leads to is refused, before its entries are looked at one by one. */
static enum refusal kind_of_ref(int code)
{
	switch (code) {
	case ERR_NETWORK:
		return REFUSED_NETWORK;
	case ERR_CHAIN:
		return REFUSED_FORK;
	default:
		return refusal_of_entry(code);
	}
}

static int take_ref(struct source *s, const char *ref, struct err *err)
{
	struct stick_report written;
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s/entries.belfry", quarantine_dir(s->quarantine));
	struct err why = {.code = ERR_NONE};
	int bad = quarantine_write(s->quarantine, ref, path, &written, &why);
	if (written.entries || written.charters) {
		s->pulling->report->files++;
		if (pull_admit(s->pulling, path, err))
			return err->code;
	}
	unlink(path);
	if (!bad)
		return 0;
	*err = why;
	err_wrap(err, "%s of %s", ref, s->url);
	return pull_refused(s->pulling, kind_of_ref(bad), err);
}

static int take_refs_in(struct source *s, size_t first, size_t n, struct err *err)
{
	for (size_t i = first; i < first + n; i++) {
		struct err why = {.code = ERR_NONE};
		int bad = take_ref(s, s->refs[i], &why);
		if (bad && pull_stops_all(bad)) {
			*err = why;
			return bad;
		}
		if (bad)
			pull_fault(s->pulling, &why);
	}
	return 0;
}

static int fresh_quarantine(struct source *s, struct err *err)
{
	quarantine_free(s->quarantine);
	s->quarantine = NULL;
	if (quarantine_new(&s->quarantine, s->pulling->store, err))
		return err->code;
	memset(s->env, 0, sizeof s->env);
	make_env(s);
	return 0;
}

/* Fetch these refs and admit what they lead to. Errors: ERR_PEER for what another try with fewer of
 * them may do without. */
static int fetch_and_take(struct source *s, size_t first, size_t n, struct err *err)
{
	uint64_t before = quarantine_bytes(s->quarantine);
	int bad = fetch(s, first, n, err);
	uint64_t after = quarantine_bytes(s->quarantine);
	s->pulling->report->bytes += after > before ? after - before : 0;
	s->kind = bad && strstr(err->msg, said_of_object) ? REFUSED_ENTRY : REFUSED_NOTHING;
	if (bad)
		return bad;
	if (quarantine_open(s->quarantine, err)) {
		s->kind = err->code == ERR_LIMIT ? REFUSED_LIMIT : REFUSED_SEAL;
		return err->code = err->code == ERR_IO ? ERR_IO : ERR_PEER;
	}
	return take_refs_in(s, first, n, err);
}

/* All at once; but one journal that git's own checks refuse, say, must not keep the others back. */
static int pull_refs(struct source *s, struct err *err)
{
	int bad = fetch_and_take(s, 0, s->nrefs, err);
	if (bad == ERR_PEER && s->nrefs == 1)
		return pull_refused(s->pulling, s->kind, err);
	if (bad != ERR_PEER)
		return bad;
	for (size_t i = 0; i < s->nrefs; i++) {
		bad = fresh_quarantine(s, err) || fetch_and_take(s, i, 1, err) ? err->code : 0;
		if (bad && bad != ERR_PEER)
			return bad;
		if (!bad)
			continue;
		pull_refused(s->pulling, s->kind, err);
		pull_fault(s->pulling, err);
	}
	return 0;
}

int pull_git(struct pulling *p, struct err *err)
{
	struct source s = {.pulling = p};
	if (check_url(&s, p->options->url, err))
		return err->code;
	quarantine_clean(p->store->dir);
	int bad = fresh_quarantine(&s, err) || list_refs(&s, err);
	p->report->moved = s.nrefs;
	p->report->is_same = !bad && !s.nrefs;
	if (!bad && s.nrefs && !p->options->is_dry)
		bad = pull_refs(&s, err);
	quarantine_free(s.quarantine);
	free(s.refs);
	arena_clear(&s.arena);
	return bad ? err->code : 0;
}
