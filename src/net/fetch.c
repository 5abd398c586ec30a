/* SPDX-License-Identifier: Apache-2.0 */
#include "net/fetch.h"

#include "base/mem.h"
#include "net/late.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	HEADERS_BYTES_MAX = 64 * 1024,
	REDIRECTS_MAX = 5,
	SLOWEST_BYTES_A_SECOND = 10,
	TEXT_SECONDS = 600, /* for one text, however it trickles */
	RESUMES_MAX = 200, /* of one file in one go, */
	RESUME_GAIN_MIN = 1024, /* each of which must bring so much */
};

enum { STATUS_OK = 200, STATUS_PARTIAL = 206, STATUS_UNCHANGED = 304, STATUS_RANGE = 416 };

struct fetch {
	CURL *curl;
	struct fetch_options options;
	struct fetch_cost cost;
	char why[CURL_ERROR_SIZE];
	/* The request under way: */
	const char *url;
	struct buf *text; /* a text's body goes here, */
	int fd; /* a file's there */
	const struct fetch_stretch *stretch; /* or it is handed over */
	uint64_t taken; /* up to here it was */
	struct err fault; /* of who takes it */
	uint64_t at, max; /* how much of it there is and may be */
	bool is_too_long, is_elsewhere; /* more came than may be; another part than asked for */
	bool is_slow; /* it ended by the deadline */
	size_t header_bytes;
	struct fetch_mark mark;
	bool has_begun, has_range; /* the body; Content-Range with a place */
	uint64_t range_from;
};

/* --- what comes in --- */

static bool header_is(struct str line, const char *name, struct str *value)
{
	size_t n = strlen(name);
	if (line.len <= n || strncasecmp(line.ptr, name, n) != 0 || line.ptr[n] != ':')
		return false;
	*value = str_trim(str_sub(line, n + 1, line.len));
	return true;
}

/* Only what can be sent back as it is. */
static void keep(char to[static FETCH_MARK_BYTES], struct str value)
{
	bool good = value.len < FETCH_MARK_BYTES;
	for (size_t i = 0; i < value.len && good; i++)
		good = value.ptr[i] >= 0x20 && value.ptr[i] < 0x7f;
	snprintf(to, FETCH_MARK_BYTES, "%.*s", good ? (int)value.len : 0, value.ptr);
}

/* "bytes 100-199/200" */
static void keep_range(struct fetch *f, struct str value)
{
	if (!str_starts(value, STR("bytes ")))
		return;
	value = str_sub(value, 6, value.len);
	f->has_range = str_u64(str_cut(&value, '-'), INT64_MAX, &f->range_from);
}

static size_t on_header(char *bytes, size_t one, size_t n, void *ctx)
{
	struct fetch *f = ctx;
	struct str line = str_of(bytes, n * one), value;
	const size_t taken = line.len;
	f->header_bytes += taken;
	f->cost.bytes += taken;
	while (line.len && strchr("\r\n", line.ptr[line.len - 1]))
		line.len--;
	if (f->header_bytes > HEADERS_BYTES_MAX) {
		f->is_too_long = true;
		return 0;
	}
	if (str_starts(line, STR("HTTP/"))) { /* another answer begins, after a redirect */
		f->mark = (struct fetch_mark){.etag = ""};
		f->has_range = false;
	} else if (header_is(line, "etag", &value)) {
		keep(f->mark.etag, value);
	} else if (header_is(line, "last-modified", &value)) {
		keep(f->mark.modified, value);
	} else if (header_is(line, "content-range", &value)) {
		keep_range(f, value);
	}
	return taken;
}

static long status_of(const struct fetch *f)
{
	long status = 0;
	libcurl.easy_getinfo(f->curl, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

/* More than a text: it may come in parts and take its time. */
static bool is_long(const struct fetch *f)
{
	return f->fd >= 0 || f->stretch;
}

/* From its start, as a server sends it that does not know of ranges. */
static bool begin_anew(struct fetch *f)
{
	f->at = 0;
	if (f->fd >= 0)
		return ftruncate(f->fd, 0) == 0 ||
		       err_errno(&f->fault, "cannot cut a file off") == 0;
	if (f->max <= f->stretch->most)
		return true;
	err_set(&f->fault, ERR_LIMIT,
	    "%s knows of no ranges: it would send %" PRIu64 " bytes for the last %" PRIu64, f->url,
	    f->max, f->max - f->taken);
	return false;
}

/* The first bytes of a body: does it begin where the file ends? */
static bool is_in_place(struct fetch *f)
{
	if (status_of(f) == STATUS_PARTIAL) {
		f->is_elsewhere = !f->has_range || f->range_from != f->at;
		return !f->is_elsewhere;
	}
	return !f->at || begin_anew(f);
}

static bool hand_over(struct fetch *f, struct str bytes)
{
	uint64_t early = f->taken > f->at ? f->taken - f->at : 0;
	f->at += bytes.len;
	bytes = str_sub(bytes, early < bytes.len ? (size_t)early : bytes.len, bytes.len);
	f->taken += bytes.len;
	return !bytes.len || f->stretch->take(f->stretch->ctx, bytes, &f->fault) == 0;
}

static bool put_file(struct fetch *f, struct str bytes)
{
	while (bytes.len) {
		ssize_t n = pwrite(f->fd, bytes.ptr, bytes.len, (off_t)f->at);
		if (n < 0)
			return false;
		f->at += (uint64_t)n;
		bytes = str_sub(bytes, (size_t)n, bytes.len);
	}
	return true;
}

static size_t on_body(char *bytes, size_t one, size_t n, void *ctx)
{
	struct fetch *f = ctx;
	struct str s = str_of(bytes, n * one);
	long status = status_of(f);
	f->cost.bytes += s.len;
	if (status != STATUS_OK && status != STATUS_PARTIAL) { /* a page about an error */
		f->header_bytes += s.len;
		return f->header_bytes <= HEADERS_BYTES_MAX ? s.len : 0;
	}
	if (is_long(f) && !f->has_begun && !is_in_place(f))
		return 0;
	f->has_begun = true;
	if (f->stretch) { /* what follows behind it is not for us */
		struct str wanted = str_sub(s, 0, f->max - f->at < s.len ? f->max - f->at : s.len);
		return hand_over(f, wanted) ? wanted.len : 0;
	}
	if (s.len > f->max - f->at) {
		f->is_too_long = true;
		return 0;
	}
	if (f->fd >= 0)
		return put_file(f, s) ? s.len : 0;
	buf_add(f->text, s);
	f->at += s.len;
	return s.len;
}

static int on_progress(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct fetch *f = ctx;
	(void)a;
	(void)b;
	(void)c;
	(void)d;
	if (is_long(f) && f->options.progress)
		f->options.progress(f->options.ctx, f->at, f->max);
	return 0;
}

/* --- handles --- */

int fetch_new(struct fetch **out, const struct fetch_options *o, struct err *err)
{
	*out = NULL;
	if (late_load_curl(err))
		return err->code;
	struct fetch *f = mem_alloc(sizeof *f);
	f->options = *o;
	if (!f->options.stall_s)
		f->options.stall_s = FETCH_STALL_S;
	f->fd = -1;
	f->curl = libcurl.easy_init();
	if (!f->curl) {
		free(f);
		return err_set(err, ERR_IO, "libcurl does not start");
	}
	*out = f;
	return 0;
}

void fetch_free(struct fetch *f)
{
	if (!f)
		return;
	libcurl.easy_cleanup(f->curl);
	free(f);
}

struct fetch_cost fetch_cost(const struct fetch *f)
{
	return f->cost;
}

bool fetch_was_slow(const struct fetch *f)
{
	return f->options.least_rate && f->is_slow;
}

int fetch_check_url(const char *url, struct err *err)
{
	struct str s = str_from(url), rest;
	if (str_starts(s, STR("http://")))
		rest = str_sub(s, 7, s.len);
	else if (str_starts(s, STR("https://")))
		rest = str_sub(s, 8, s.len);
	else
		return err_set(err, ERR_USAGE, "'%.200s' is no address of http or https", url);
	if (s.len > FETCH_URL_BYTES / 2)
		return err_set(err, ERR_USAGE, "the address is longer than %d characters",
		    FETCH_URL_BYTES / 2);
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] <= 0x20 || s.ptr[i] >= 0x7f || strchr("?#\\\"<>", s.ptr[i]))
			return err_set(err, ERR_USAGE,
			    "'%.200s' has a character that the address of a folder cannot have: "
			    "column %zu",
			    url, i + 1);
	struct str host = str_cut(&rest, '/');
	if (!host.len || memchr(host.ptr, '@', host.len))
		return err_set(err, ERR_USAGE,
		    host.len ? "leave name and password out of the address"
			     : "'%.200s' names no host",
		    url);
	return 0;
}

/* --- a request --- */

static void set_options(struct fetch *f, struct curl_slist *headers)
{
	CURL *c = f->curl;
	const struct fetch_options *o = &f->options;
	const bool is_https = strncmp(f->url, "https:", 6) == 0;
	const bool is_hurried = o->least_rate && o->stall_s > FETCH_HURRY_S;
	const long patience = is_hurried ? FETCH_HURRY_S : (long)o->stall_s;
	libcurl.easy_reset(c); /* connections stay */
	libcurl.easy_setopt(c, CURLOPT_URL, f->url);
	libcurl.easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	libcurl.easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	libcurl.easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, is_https ? "https" : "http,https");
	libcurl.easy_setopt(c, CURLOPT_FOLLOWLOCATION, 1L);
	libcurl.easy_setopt(c, CURLOPT_MAXREDIRS, (long)REDIRECTS_MAX);
	libcurl.easy_setopt(c, CURLOPT_CONNECTTIMEOUT, patience);
	libcurl.easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT,
	    o->least_rate ? (long)o->least_rate : (long)SLOWEST_BYTES_A_SECOND);
	libcurl.easy_setopt(c, CURLOPT_LOW_SPEED_TIME, patience);
	libcurl.easy_setopt(c, CURLOPT_TIMEOUT, is_long(f) ? 0L : (long)TEXT_SECONDS);
	libcurl.easy_setopt(c, CURLOPT_USERAGENT, "belfry");
	libcurl.easy_setopt(c, CURLOPT_ERRORBUFFER, f->why);
	libcurl.easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	libcurl.easy_setopt(c, CURLOPT_HEADERDATA, f);
	libcurl.easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	libcurl.easy_setopt(c, CURLOPT_WRITEDATA, f);
	libcurl.easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	libcurl.easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
	libcurl.easy_setopt(c, CURLOPT_XFERINFODATA, f);
	libcurl.easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	if (o->ca_file)
		libcurl.easy_setopt(c, CURLOPT_CAINFO, o->ca_file);
}

static int curl_failed(struct fetch *f, CURLcode rc, struct err *err)
{
	const char *why = f->why[0] ? f->why : libcurl.easy_strerror(rc);
	switch (rc) {
	case CURLE_TOO_MANY_REDIRECTS:
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_URL_MALFORMAT:
		return err_set(
		    err, ERR_PEER, "%s leads elsewhere, where nobody follows: %s", f->url, why);
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
		return err_set(err, ERR_IO, "no secure connection for %s: %s", f->url, why);
	case CURLE_OPERATION_TIMEDOUT:
		f->is_slow = true;
		return err_set(err, ERR_IO, "%s stands still: %s", f->url, why);
	default:
		return err_set(err, ERR_IO, "%s breaks off: %s", f->url, why);
	}
}

/* What a server says about an address, whatever else came of it; 0 if it says nothing bad. */
static int judge_status(const struct fetch *f, struct err *err)
{
	long status = status_of(f);
	if (status == 404 || status == 410)
		return err_set(err, ERR_MISSING, "%s is not there (%ld)", f->url, status);
	if (status >= 400 || (status == STATUS_PARTIAL && !is_long(f)))
		return err_set(err, ERR_PEER, "%s answers with status %ld", f->url, status);
	return 0;
}

static int judge(struct fetch *f, CURLcode rc, struct err *err)
{
	if (f->fault.code) {
		*err = f->fault;
		return err->code;
	}
	if (f->stretch && f->taken == f->max)
		return 0; /* however it ended */
	if (f->is_too_long && f->header_bytes > HEADERS_BYTES_MAX)
		return err_set(err, ERR_LIMIT, "%s sends headers without end", f->url);
	if (judge_status(f, err))
		return err->code;
	if (f->is_too_long)
		return err_set(err, ERR_LIMIT,
		    "%s is longer than the %" PRIu64 " bytes it may have", f->url, f->max);
	if (f->is_elsewhere)
		return err_set(
		    err, ERR_PEER, "%s sends another part of it than the one asked for", f->url);
	if (rc)
		return curl_failed(f, rc, err);
	long status = status_of(f);
	if (status != STATUS_OK && status != STATUS_PARTIAL && status != STATUS_UNCHANGED)
		return err_set(err, ERR_PEER, "%s answers with status %ld", f->url, status);
	return 0;
}

static int perform(struct fetch *f, struct curl_slist *headers, struct err *err)
{
	f->is_too_long = f->is_elsewhere = f->has_range = f->has_begun = f->is_slow = false;
	f->header_bytes = 0;
	f->fault.code = ERR_NONE;
	f->why[0] = 0;
	set_options(f, headers);
	f->cost.requests++;
	CURLcode rc = libcurl.easy_perform(f->curl);
	return judge(f, rc, err);
}

static struct curl_slist *add_header(struct curl_slist *list, const char *name, const char *value)
{
	struct buf line = BUF_INIT;
	if (*value) {
		buf_printf(&line, "%s: %s", name, value);
		list = libcurl.slist_append(list, line.ptr);
	}
	buf_release(&line);
	return list;
}

int fetch_text(struct fetch *f, struct buf *out, const char *url, uint64_t max_bytes,
    struct fetch_mark *mark, bool *is_same, struct err *err)
{
	struct curl_slist *headers = NULL;
	size_t before = out->len;
	if (mark) {
		headers = add_header(headers, "If-None-Match", mark->etag);
		headers = add_header(headers, "If-Modified-Since", mark->modified);
	}
	f->url = url;
	f->text = out;
	f->fd = -1;
	f->stretch = NULL;
	f->at = 0;
	f->max = max_bytes;
	int bad = perform(f, headers, err);
	bool same = !bad && status_of(f) == STATUS_UNCHANGED;
	if (same && !headers)
		bad = err_set(err, ERR_PEER, "%s answers with status 304, unasked", url);
	if (bad)
		out->len = before;
	else if (mark && !same)
		*mark = f->mark;
	if (is_same)
		*is_same = same;
	libcurl.slist_free_all(headers);
	return bad;
}

/* One request for what the file lacks. */
static int go_on(struct fetch *f, struct err *err)
{
	struct curl_slist *headers = NULL;
	char range[64];
	int n = snprintf(range, sizeof range, "bytes=%" PRIu64 "-", f->at);
	if (f->stretch)
		snprintf(range + n, sizeof range - (size_t)n, "%" PRIu64, f->max - 1);
	if (f->at || f->stretch)
		headers = add_header(headers, "Range", range);
	int bad = perform(f, headers, err);
	long status = status_of(f);
	if (headers && (f->is_elsewhere || status == STATUS_RANGE)) {
		/* It cannot go on: from the start, then. */
		bad = begin_anew(f) ? perform(f, NULL, err) : f->fault.code;
		if (f->fault.code)
			*err = f->fault;
	}
	libcurl.slist_free_all(headers);
	if (!bad && f->at < f->max && (!f->stretch || f->taken < f->max))
		bad = err_set(err, ERR_PEER,
		    "%s ends after %" PRIu64 " of the %" PRIu64 " bytes it should have", f->url,
		    f->at, f->max);
	return bad;
}

static int open_rest(struct fetch *f, const char *path, struct err *err)
{
	struct stat st;
	f->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (f->fd < 0 || fstat(f->fd, &st))
		return err_errno(err, "cannot open %s", path);
	f->at = (uint64_t)st.st_size;
	if (f->at > f->max) {
		f->at = 0;
		if (ftruncate(f->fd, 0))
			return err_errno(err, "cannot cut %s off", path);
	}
	return 0;
}

int fetch_file(struct fetch *f, const char *path, const char *url, uint64_t size, struct err *err)
{
	f->url = url;
	f->text = NULL;
	f->stretch = NULL;
	f->max = size;
	int bad = open_rest(f, path, err);
	for (int i = 0; !bad && f->at < f->max; i++) {
		uint64_t before = f->at;
		bad = go_on(f, err);
		if (bad == ERR_IO && i < RESUMES_MAX && f->at >= before + RESUME_GAIN_MIN &&
		    !fetch_was_slow(f))
			bad = 0; /* the line broke, but it carried something */
	}
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
	return bad;
}

int fetch_stretch(struct fetch *f, const struct fetch_stretch *s, struct err *err)
{
	int bad = 0;
	f->url = s->url;
	f->text = NULL;
	f->fd = -1;
	f->stretch = s;
	f->taken = s->from;
	f->max = s->from + s->length;
	for (int i = 0; !bad && f->taken < f->max; i++) {
		uint64_t before = f->at = f->taken;
		bad = go_on(f, err);
		if (bad == ERR_IO && !f->fault.code && i < RESUMES_MAX &&
		    f->taken >= before + RESUME_GAIN_MIN && !fetch_was_slow(f))
			bad = 0; /* as above */
	}
	f->stretch = NULL;
	return bad;
}
