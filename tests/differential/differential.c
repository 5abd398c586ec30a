/* SPDX-License-Identifier: Apache-2.0 */
/*
 * differential [--cases N] [--seed S] [--only FAMILY]: about N cases by chance and all known ones.
 * The last lines say what each family came to. Exit 1 where we are looser, or stricter for a reason
 * that docs/trust.md does not name.
 */
#include "differential.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What differs from case to case is left out: numbers, ids, fingerprints. */
static void generalise(struct buf *out, const char *reason)
{
	while (*reason) {
		size_t n = 0, digits = 0;
		for (; isalnum((unsigned char)reason[n]); n++)
			digits += isdigit((unsigned char)reason[n]) != 0;
		buf_add(out, digits ? STR("N") : str_of(reason, n));
		reason += n;
		if (*reason)
			buf_putc(out, isprint((unsigned char)*reason) ? *reason : '?');
		reason += *reason != 0;
	}
}

/* The line of the docs that is in this sentence of ours. */
static struct str documented(const struct run *r, const char *reason)
{
	for (struct str rest = buf_str(&r->reasons); rest.len;) {
		struct str line = str_cut(&rest, '\n');
		if (memmem(reason, strlen(reason), line.ptr, line.len))
			return line;
	}
	return STR_EMPTY;
}

static void looser(struct run *r, struct str input)
{
	char name[64];
	snprintf(name, sizeof name, "looser-%s-%zu", r->family, ++r->looser);
	put_file(name, input);
	fprintf(stderr, "FAILED: we accept what stock tools refuse: %s/%s\n", r->dir, name);
}

void judged(struct run *r, bool ours, bool theirs, const char *reason, struct str input)
{
	if (ours == theirs) {
		*(ours ? &r->both : &r->neither) += 1;
		return;
	}
	if (ours) {
		looser(r, input);
		return;
	}
	struct buf key = BUF_INIT;
	struct str known = documented(r, reason);
	if (known.len) {
		buf_add(&key, known);
	} else {
		generalise(&key, reason);
		put_file("unlisted", input); /* the last one, to look at */
	}
	json_t *n = json_object_get(r->stricter, key.ptr);
	json_object_set_new(r->stricter, key.ptr, json_integer(json_integer_value(n) + 1));
	buf_release(&key);
}

/* In docs/trust.md, under "Where Belfry is stricter", rows begin with "| `our sentence` |". */
static void read_reasons(struct run *r)
{
	struct buf doc = get_file("docs/trust.md");
	const char *at = strstr(doc.ptr, "\n## Where Belfry is stricter");
	struct str rest = str_from(at ? at + 4 : "");
	while (rest.len) {
		struct str line = str_cut(&rest, '\n');
		if (str_starts(line, STR("## ")))
			break;
		if (!str_starts(line, STR("| `")))
			continue;
		line = str_sub(line, 3, line.len);
		buf_add(&r->reasons, str_cut(&line, '`'));
		buf_putc(&r->reasons, '\n');
	}
	buf_release(&doc);
}

static bool tell(struct run *r)
{
	const char *reason;
	json_t *n;
	size_t stricter = 0, unknown = 0;
	json_object_foreach(r->stricter, reason, n)
	{
		stricter += (size_t)json_integer_value(n);
		bool is_known = documented(r, reason).len;
		unknown += !is_known;
		printf("  %s%5lld  %s\n", is_known ? " " : "?", (long long)json_integer_value(n),
		    reason);
	}
	printf(
	    "%-12s %6zu both accept, %6zu both refuse, %6zu only we refuse, %zu only we accept\n",
	    r->family, r->both, r->neither, stricter, r->looser);
	if (unknown)
		printf("FAILED: the reasons marked ? are not in docs/trust.md, \"Where Belfry is "
		       "stricter\"\n");
	json_object_clear(r->stricter);
	return !r->looser && !unknown;
}

/* Nothing of the person's who runs this. */
static void leave_home(const struct run *r)
{
	setenv("HOME", r->dir, 1);
	setenv("GIT_DIR", ".git", 1);
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	setenv("LC_ALL", "C", 1);
	unsetenv("GIT_OBJECT_DIRECTORY");
	unsetenv("SSH_AUTH_SOCK");
	unsetenv("SSH_ASKPASS");
	unsetenv("DISPLAY");
}

static struct signer *key_from(uint64_t seed)
{
	uint8_t bytes[SEED_BYTES] = "differential";
	memcpy(bytes + 16, &seed, sizeof seed);
	return signer_from_seed(bytes);
}

int main(int argc, char **argv)
{
	static const struct family {
		const char *name;
		void (*run)(struct run *r, size_t n);
		unsigned share; /* of a hundred */
	} families[] = {
	    {"signatures", signatures, 40},
	    {"public-keys", public_keys, 14},
	    {"private-keys", private_keys, 14},
	    {"names", principals, 6},
	    {"commits", commits, 12},
	    {"trees", trees, 14},
	};
	struct run r = {.reasons = BUF_INIT};
	uint64_t cases = 150, seed = 1;
	const char *only = NULL;
	for (int i = 1; i + 1 < argc; i += 2)
		if (strcmp(argv[i], "--only") == 0)
			only = argv[i + 1];
		else if (!str_u64(str_from(argv[i + 1]), UINT32_MAX,
			     strcmp(argv[i], "--cases") == 0 ? &cases : &seed))
			return 2;
	hash_init();
	read_reasons(&r);
	snprintf(r.dir, sizeof r.dir, "%s/belfry-differential.XXXXXX",
	    access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	if (!mkdtemp(r.dir) || chdir(r.dir))
		return 2;
	leave_home(&r);
	r.key = key_from(seed);
	r.stricter = json_object();
	printf("seed %llu\n", (unsigned long long)seed);
	bool good = true;
	for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
		if (only && strcmp(only, families[i].name) != 0)
			continue;
		r.family = families[i].name;
		chance_start(&r, seed + i * UINT64_C(1000003));
		r.both = r.neither = r.looser = 0;
		families[i].run(&r, cases * families[i].share / 100);
		good = tell(&r) && good;
	}
	json_decref(r.stricter);
	signer_free(r.key);
	buf_release(&r.reasons);
	struct err err;
	if (good && chdir("/") == 0)
		file_remove_tree(r.dir, &err);
	return !good;
}
