/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/mem.h"
#include "net/fetch.h"
#include "net/pull_impl.h"
#include "store/mirror.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { FOLDERS_MAX = 8, KEY_CHARS = 16, MARK_FILE_BYTES_MAX = 4 * FETCH_MARK_BYTES };

void mirror_path(char out[static PATH_MAX], const struct mirror *m, const char *name)
{
	snprintf(out, PATH_MAX, "%.*s/%s", PATH_MAX - 2 * MIRROR_NAME_BYTES, m->dir, name);
}

static void file_url(char out[static FETCH_URL_BYTES], const struct mirror *m, const char *name)
{
	snprintf(out, FETCH_URL_BYTES, "%.*s/%s", FETCH_URL_BYTES - 2 * MIRROR_NAME_BYTES, m->base,
	    name);
}

/* --- the folder --- */

/* The folders of addresses that were asked longest ago go. One in use is locked. */
static void remove_folder(const char *path)
{
	struct err ignored;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		file_remove_tree(path, &ignored);
	if (fd >= 0)
		close(fd);
}

static bool find_oldest(char oldest[static PATH_MAX], const char *top)
{
	DIR *d = opendir(top);
	struct timespec when = {0};
	char path[PATH_MAX];
	size_t n = 0;
	for (struct dirent *e; d && (e = readdir(d));) {
		struct stat st;
		if (e->d_name[0] == '.' ||
		    snprintf(path, sizeof path, "%s/%s", top, e->d_name) >= PATH_MAX ||
		    lstat(path, &st))
			continue;
		if (!n++ || st.st_mtim.tv_sec < when.tv_sec) {
			when = st.st_mtim;
			snprintf(oldest, PATH_MAX, "%s", path);
		}
	}
	if (d)
		closedir(d);
	return n >= FOLDERS_MAX;
}

static int open_folder(struct mirror *m, struct err *err)
{
	struct buf top = BUF_INIT;
	char oldest[PATH_MAX];
	struct sha256 key = sha256(str_from(m->base));
	store_path(m->pulling->store, &top, "pull");
	int n =
	    snprintf(m->dir, sizeof m->dir, "%s/%.*s", top.ptr, KEY_CHARS, sha256_hex(&key).text);
	int bad = 0;
	if (n >= PATH_MAX - 2 * MIRROR_NAME_BYTES)
		bad = err_set(err, ERR_LIMIT, "the store's path is too long");
	if (!bad && !file_exists(m->dir) && find_oldest(oldest, top.ptr))
		remove_folder(oldest);
	bad = bad || file_mkdirs(m->dir, 0700, err);
	buf_release(&top);
	if (bad)
		return err->code;
	m->lock = open(m->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (m->lock < 0)
		return err_errno(err, "cannot open %s", m->dir);
	if (flock(m->lock, LOCK_EX | LOCK_NB))
		return err_set(err, ERR_BUSY, "another belfry pull from %s is under way", m->base);
	futimens(m->lock, NULL); /* asked now */
	return 0;
}

static bool is_kept(const char *name)
{
	return strncmp(name, MIRROR_INDEX, strlen(MIRROR_INDEX)) == 0 ||
	       strncmp(name, PULL_LOCAL, strlen(PULL_LOCAL)) == 0 || strcmp(name, PULL_REST) == 0 ||
	       strcmp(name, PULL_BATCH) == 0;
}

/* What else lies there goes, except `but`, if there is one. */
static void clear_folder(const struct mirror *m, const char *but)
{
	DIR *d = opendir(m->dir);
	for (struct dirent *e; d && (e = readdir(d));)
		if (e->d_name[0] != '.' && !is_kept(e->d_name) &&
		    !(but && strcmp(e->d_name, but) == 0))
			unlinkat(m->lock, e->d_name, 0);
	if (d)
		closedir(d);
}

/* Why an index or a list is refused. */
static enum refusal kind_of_text(int code)
{
	if (code == ERR_NETWORK)
		return REFUSED_NETWORK;
	if (code == ERR_CHAIN)
		return REFUSED_SEAL;
	return code == ERR_LIMIT ? REFUSED_LIMIT : REFUSED_MESSAGE;
}

/* --- texts that are kept --- */

static void mark_path(char out[static PATH_MAX], const struct kept *k, const struct mirror *m)
{
	char name[MIRROR_NAME_BYTES];
	snprintf(name, sizeof name, "%s.mark", k->name);
	mirror_path(out, m, name);
}

/* Two lines: ETag and Last-Modified. */
static void read_mark(struct kept *k, const struct mirror *m)
{
	struct buf text = BUF_INIT;
	struct err ignored;
	char path[PATH_MAX];
	mark_path(path, k, m);
	if (file_read(&text, path, MARK_FILE_BYTES_MAX, &ignored) == 0) {
		struct str rest = buf_str(&text), etag = str_cut(&rest, '\n'),
			   modified = str_cut(&rest, '\n');
		if (etag.len < FETCH_MARK_BYTES && modified.len < FETCH_MARK_BYTES) {
			memcpy(k->mark.etag, etag.ptr, etag.len);
			memcpy(k->mark.modified, modified.ptr, modified.len);
		}
	}
	buf_release(&text);
}

void kept_read(struct kept *k, const struct mirror *m)
{
	struct err ignored;
	char path[PATH_MAX];
	mirror_path(path, m, k->name);
	buf_reset(&k->text);
	k->mark = (struct fetch_mark){.etag = ""};
	if (file_read(&k->text, path, k->max_bytes, &ignored) == 0)
		read_mark(k, m);
	else
		buf_reset(&k->text);
}

int kept_fetch(struct kept *k, const struct mirror *m, const char *url, struct err *err)
{
	struct buf text = BUF_INIT;
	int bad = fetch_text(m->fetch, &text, url, k->max_bytes, &k->mark, &k->is_same, err);
	if (!bad && !k->is_same) {
		buf_release(&k->text);
		k->text = text;
		text = BUF_INIT;
	}
	buf_release(&text);
	return bad;
}

/* The mark only after the text it belongs to. */
int kept_write(const struct kept *k, const struct mirror *m, struct err *err)
{
	struct buf lines = BUF_INIT;
	char path[PATH_MAX], mark[PATH_MAX];
	mirror_path(path, m, k->name);
	mark_path(mark, k, m);
	buf_printf(&lines, "%s\n%s\n", k->mark.etag, k->mark.modified);
	unlink(mark);
	int bad = file_write(path, buf_str(&k->text), 0600, err) ||
		  file_write(mark, buf_str(&lines), 0600, err);
	buf_release(&lines);
	return bad ? err->code : 0;
}

void kept_release(struct kept *k)
{
	buf_release(&k->text);
}

/* --- the index --- */

static int read_index(struct mirror *m, struct str text, struct err *err)
{
	char url[FETCH_URL_BYTES];
	file_url(url, m, MIRROR_INDEX);
	if (mirror_index_read(&m->index, text, err))
		return err_wrap(err, "%s is no index of a mirror", url);
	if (strcmp(m->index.network, m->pulling->store->network) == 0)
		return 0;
	return err_set(err, ERR_NETWORK,
	    "%s is of another network: %.16s…, and this store is of %.16s…", url, m->index.network,
	    m->pulling->store->network);
}

static int fetch_index(struct mirror *m, struct err *err)
{
	struct kept k = {
	    .name = MIRROR_INDEX, .max_bytes = MIRROR_INDEX_BYTES_MAX, .text = BUF_INIT};
	struct err ignored;
	char url[FETCH_URL_BYTES];
	file_url(url, m, MIRROR_INDEX);
	kept_read(&k, m);
	if (read_index(m, buf_str(&k.text), &ignored)) /* its network and grammar still hold? */
		k.mark = (struct fetch_mark){.etag = ""};
	int bad = kept_fetch(&k, m, url, err);
	if (bad == ERR_MISSING)
		err_set(err, ERR_MISSING,
		    "%s is not there: is this the address of a site that belfry build made?", url);
	if (bad == ERR_LIMIT)
		pull_refused(m->pulling, REFUSED_LIMIT, err);
	m->pulling->report->is_same = !bad && k.is_same;
	if (!bad && !k.is_same) {
		mirror_index_release(&m->index);
		bad = read_index(m, buf_str(&k.text), err);
		if (bad)
			pull_refused(m->pulling, kind_of_text(bad), err);
		bad = bad || kept_write(&k, m, err);
	}
	kept_release(&k);
	return bad ? err->code : 0;
}

/* --- a journal --- */

static const char *name_of(const struct mirror_line *line)
{
	return *line->hub ? line->hub : "the charter";
}

static int id_here(struct mirror *m, const struct mirror_line *line, uint64_t at,
    char out[static MIRROR_ID_BYTES], struct err *err)
{
	struct store *s = m->pulling->store;
	const struct charter *c;
	struct oid id;
	if (*line->hub ? store_entry_id(s, line->hub, at, &id, err)
		       : store_charter(s, (uint32_t)at, &c, NULL, err))
		return err->code;
	snprintf(
	    out, MIRROR_ID_BYTES, "%s", *line->hub ? oid_hex(&id).text : sha256_hex(&c->hash).text);
	return 0;
}

/* Where both of us have it, it must be the same: or one of us was told another story. */
static int check_id(struct mirror *m, const struct mirror_line *line, uint64_t at,
    const char *theirs, struct err *err)
{
	char ours[MIRROR_ID_BYTES];
	if (id_here(m, line, at, ours, err))
		return err->code;
	if (strcmp(ours, theirs) == 0)
		return 0;
	err_set(err, ERR_CHAIN,
	    "%s tells another story of %s: number %" PRIu64 " is %.16s… there and %.16s… here",
	    m->base, name_of(line), at, theirs, ours);
	return pull_refused(m->pulling, REFUSED_FORK, err);
}

static int fetch_list(
    struct mirror *m, struct mirror_list *out, const struct mirror_line *line, struct err *err)
{
	struct buf text = BUF_INIT;
	char url[FETCH_URL_BYTES];
	file_url(url, m, mirror_list_name(&line->list).text);
	int bad = fetch_text(m->fetch, &text, url, line->list_bytes, NULL, NULL, err);
	if (bad == ERR_LIMIT)
		pull_refused(m->pulling, REFUSED_LIMIT, err);
	if (!bad && mirror_list_read(out, buf_str(&text), line, err)) {
		bad = err_wrap(err, "%s", url);
		pull_refused(m->pulling, kind_of_text(bad), err);
	}
	buf_release(&text);
	return bad;
}

/* A file that came whole but wrong is of no use for going on. */
static int check_file(const struct mirror *m, const char *path, const char *url,
    const struct mirror_file *f, struct err *err)
{
	struct sha256 hash;
	uint64_t bytes;
	if (file_hash(&hash, &bytes, path, err))
		return err->code;
	if (bytes == f->bytes && sha256_eq(&hash, &f->hash))
		return 0;
	unlink(path);
	err_set(err, ERR_CHAIN, "%s is damaged: it has not the SHA-256 that names it", url);
	return pull_refused(m->pulling, REFUSED_SEAL, err);
}

/* A journal's story is judged by its entries, so what came of a file is of use at once: the next
 * try may be in a week. */
static int take_file(
    struct mirror *m, const struct mirror_line *line, const struct mirror_file *f, struct err *err)
{
	char path[PATH_MAX], url[FETCH_URL_BYTES];
	struct mirror_name name = mirror_file_name(&f->hash);
	mirror_path(path, m, name.text);
	file_url(url, m, name.text);
	snprintf(
	    m->what, sizeof m->what, "%s %" PRIu64 "-%" PRIu64, name_of(line), f->first, f->last);
	clear_folder(m, name.text);
	int bad = fetch_file(m->fetch, path, url, f->bytes, err);
	if (bad == ERR_LIMIT || bad == ERR_PEER)
		pull_refused(m->pulling, bad == ERR_LIMIT ? REFUSED_LIMIT : REFUSED_SEAL, err);
	if (bad) {
		struct err ignored;
		if (file_exists(path))
			pull_admit(m->pulling, path, &ignored);
		if (bad != ERR_IO)
			unlink(path);
		return bad;
	}
	if (check_file(m, path, url, f, err))
		return err->code;
	m->pulling->report->files++;
	bad = pull_admit(m->pulling, path, err);
	unlink(path);
	if (bad || pull_have(m->pulling, line->hub) >= f->last)
		return bad;
	err_set(err, ERR_PEER,
	    "%s does not hold numbers %" PRIu64 " to %" PRIu64 " of %s, as its list says", url,
	    f->first, f->last, name_of(line));
	return pull_refused(m->pulling, REFUSED_ENTRY, err);
}

static int count_wanted(
    struct pulling *p, const struct mirror_line *line, const struct mirror_file *f, struct err *err)
{
	const struct pull_options *o = p->options;
	uint64_t have = pull_have(p, line->hub), first = f->first > have ? f->first : have + 1;
	*(*line->hub ? &p->report->wanted_entries : &p->report->wanted_charters) +=
	    f->last - first + 1;
	p->report->files += o->is_dry;
	return pull_count(p, f->bytes, err);
}

static int take_files(struct mirror *m, const struct mirror_line *line,
    const struct mirror_list *list, struct err *err)
{
	struct pulling *p = m->pulling;
	uint64_t have = pull_have(p, line->hub);
	for (size_t i = 0; i < list->n; i++) {
		const struct mirror_file *f = &list->files[i];
		if (f->last <= have) {
			bool is_newest = i + 1 == list->n || list->files[i + 1].last > have;
			if (is_newest && check_id(m, line, f->last, f->id, err))
				return err->code;
			continue;
		}
		if (count_wanted(p, line, f, err) ||
		    (!p->options->is_dry && take_file(m, line, f, err)))
			return err->code;
	}
	return 0;
}

static int take_line(struct mirror *m, const struct mirror_line *line, struct err *err)
{
	struct mirror_list list;
	uint64_t have = pull_have(m->pulling, line->hub);
	if (line->last < have)
		return 0; /* it lags behind */
	if (line->last == have)
		return check_id(m, line, have, line->id, err);
	if (fetch_list(m, &list, line, err))
		return err->code;
	int bad = take_files(m, line, &list, err);
	mirror_list_release(&list);
	return bad;
}

static int take_lines(struct mirror *m, struct err *err)
{
	for (size_t i = 0; i < m->index.n; i++) {
		struct err why = {.code = ERR_NONE};
		int bad = take_line(m, &m->index.lines[i], &why);
		if (bad && pull_stops_all(bad)) {
			*err = why;
			return bad;
		}
		if (bad)
			pull_fault(m->pulling, &why);
	}
	if (!m->pulling->options->is_dry)
		clear_folder(m, NULL);
	return 0;
}

static void on_progress(void *ctx, uint64_t done, uint64_t size)
{
	const struct mirror *m = ctx;
	pull_progress(m->pulling, m->what, done, size);
}

int pull_http(struct pulling *p, struct err *err)
{
	struct mirror *m = mem_alloc(sizeof *m);
	const struct fetch_options o = {.stall_s = p->options->stall_s,
	    .least_rate = p->options->least_rate,
	    .ca_file = p->options->ca_file,
	    .progress = on_progress,
	    .ctx = m};
	size_t n = strlen(p->options->url);
	m->pulling = p;
	m->lock = -1;
	int bad = fetch_check_url(p->options->url, err);
	while (n && p->options->url[n - 1] == '/')
		n--;
	snprintf(m->site, sizeof m->site, "%.*s", (int)n, p->options->url);
	snprintf(m->base, sizeof m->base, "%.*s/" MIRROR_FOLDER, (int)n, p->options->url);
	bad = bad || open_folder(m, err) || fetch_new(&m->fetch, &o, err) || fetch_index(m, err) ||
	      take_lines(m, err) || pull_attachments(m, err);
	if (m->fetch) {
		p->report->requests = fetch_cost(m->fetch).requests;
		p->report->bytes = fetch_cost(m->fetch).bytes;
		p->report->is_put_off = fetch_was_slow(m->fetch) && (bad || p->report->fault.code);
	}
	fetch_free(m->fetch);
	mirror_index_release(&m->index);
	if (m->lock >= 0)
		close(m->lock);
	free(m);
	return bad ? err->code : 0;
}
