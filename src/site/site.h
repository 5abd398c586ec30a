/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The resource centre: published records to a folder of plain files, which works from a web server,
 * a stick or a disk. The output depends on the source alone: same source, same bytes.
 *
 *   index.html                      choice of language
 *   <l>/index.html                  home
 *   <l>/<type>/index.html           a list a type; <l>/<type>/<place>.<id>.html a document
 *   <l>/city|region|hub|theme|need|objective|audience|country|year/<id>.html
 *       the same documents by where they are from and what they are about
 *   <l>/theme/<t>.<type>.html, theme/<t>.in_<region>.html, <type>/in_<region>.html
 *       and by two such things at once
 *   <l>/az/<letter>.html            and by the first letter of their title
 *   <l>/browse.html, verify.html, principles.html, strategy.html, partners.html, questions.html,
 *   governance.html, event/timeline.html, changes.html, conflicts.html, offline.html
 *   <l>/dashboard.html, missing/<l>.html, missing/behind.html   what there is, and what is missing
 *   records/<place>/<type>/<id>/<lang>.md, .md.sig, .md.rev   the signed files, as they are
 *   allowed_signers, 404.html, style.css, favicon.svg
 *   <l>/feed.xml, <l>/<type>/feed.xml, <l>/theme/<x>/feed.xml, <l>/city/<x>/feed.xml   Atom
 *   <l>/event/calendar.ics, <l>/event/<place>.<id>.ics   events whose day is known
 *   robots.txt, and where the charter names a site sitemap.xml, sitemap-<l>-<n>.xml
 *   data/catalog.csv, data/catalog.json, llms.txt
 *   <l>/saved.html, offline.js, sw.js   what a browser keeps, and how
 *   <l>/search.html, search.js, search/<l>/…   the search and its index (search/search.h)
 *   local/<sha256>/<name>           files that belong to documents, those that are here
 *   <l>/local/<type>.<place>.<id>.html   which those of a document are
 *   <l>/local/sizes.html            how large all of this is
 *
 * Beside what is text stand, where smaller, .gz and .br forms of it (site/compress.h).
 *
 * Two hubs with the same records have the same bytes, but for what stands under a local/, and
 * where one has a theme of its own.
 *
 * <l> are the charter's languages that the program has words for. Every document has a page in each
 * of them; where a translation is missing that page shows the text there is and says so. Long lists
 * go on in <name>_1.html, the oldest. All addresses are relative. Ids hold neither "." nor "_", so
 * that pages made of different ids cannot meet; only a theme, region or hub with the id "index"
 * can, which fails the build: the charter's own fault. A city of that id has no page.
 */
#ifndef BELFRY_SITE_SITE_H
#define BELFRY_SITE_SITE_H

#include "base/hash.h"
#include "git/oid.h"
#include "record/attachment.h"
#include "record/record.h"

#include <stdatomic.h>

/* One published (or withdrawn) record file. Strings are the caller's and outlive the build. */
struct site_item {
	const char *place, *type, *id, *lang, *hub;
	uint64_t seq;
	int64_t time; /* of the journal entry; seconds UTC */
	const char *author_id, *author_name, *author_key; /* "ssh-ed25519 AAAA…" */
	const char *reviewer_id, *reviewer_name, *reviewer_key; /* "" where nobody reviewed */
	struct sha256 hash; /* of the record's bytes */
	struct oid commit;
	uint8_t md[20], sig[20], rev[20]; /* what read() takes */
	bool has_rev;
	bool is_disputed; /* its hub tells two stories (store/evidence.h) */
	const struct record *record; /* parsed already, or NULL: then read() and parse */
	unsigned revision;
	/* Texts of the same record that were made apart from this one, which is shown; of several
	 * hubs. They are laid out as files, and its page leads to them. */
	const struct site_item *others;
	size_t nothers;
	bool is_draft; /* of a preview: nobody has signed it; `record` is it */
	bool is_erased; /* nothing but where it was and why it went; `record` says so as a
			   withdrawal */
};

enum source_step { SOURCE_KEPT, SOURCE_RULES, SOURCE_ITEMS, SOURCE_STEPS };

struct site_source {
	const char *network_id; /* N, hex */
	const json_t *charter; /* typed head */
	struct str principles; /* the charter's body, Markdown */
	const json_t *places; /* {"ke-mombasa": {"region", "names": {"en": …}, "country"?}, …} */
	struct str allowed_signers; /* OpenSSH's format; principals are <member>@<hub> */
	const struct schema_set *schemas;
	const struct site_item *items; /* in any order; each path once */
	size_t nitems;
	/* Find all of that but the charter, each once, while another thread makes ready what does
	 * not ask for it: what is kept of them and, perhaps at once, `places`, `allowed_signers`
	 * and `schemas`; then the items. May be NULL: it is there. */
	int (*find[SOURCE_STEPS])(struct site_source *source, struct err *err);
	/* Append the bytes of a record or signature. */
	int (*read)(void *ctx, const uint8_t id[20], struct buf *out, struct err *err);
	/* What a thread of its own takes for `ctx` in read() and find_file(), and gives back; NULL:
	 * no more than one may call them. */
	void *(*fork)(void *ctx);
	void (*join)(void *forked);
	/* Append the path of a file that is here; false where it is not. May be NULL: none are. */
	bool (*find_file)(void *ctx, const struct attachment *a, struct buf *path);
	/* Add what stands beside the pages to the folder `tree`; `before` is the site that is shown
	 * until then, if there is one. May be NULL. */
	int (*add_files)(void *ctx, const char *tree, const char *before, struct err *err);
	void *ctx;
	bool has_erased; /* the site before this may show what nobody may keep: it goes at once */
	struct digest inputs; /* of all of this, by site_is_built(); zero: it cannot be told */
};

struct site_report;

struct site_options {
	/* Called now and then from the thread that builds, with the share that is done; or NULL. */
	void (*progress)(void *ctx, size_t done, size_t all);
	void *progress_ctx;
	/* Called when what was built is shown, before anything is given back; or NULL. A process
	 * that has nothing else to do may end in it: its memory goes in one piece then. */
	void (*shown)(void *ctx, const struct site_report *report);
	void *shown_ctx;
	/* Once it is true no more pages are made, and it ends with ERR_BUSY; NULL: never. */
	const atomic_bool *stop;
	bool has_no_compressed; /* leave out the .gz and .br beside texts */
	bool is_anew; /* take nothing from the build before */
	unsigned threads; /* 0: as many as there are processors */
	const char *out; /* see site/output.h */
	const char *theme; /* a folder of a hub's own (markup/theme.h), or NULL */
	bool has_no_mirror; /* leave out what stands beside the pages */
	bool has_members; /* also show what is for members, and say so on each page */
};

struct site_report {
	size_t documents, records, pages, files;
	size_t written_pages, written_files; /* of those, what is not as it was before */
	uint64_t bytes; /* of all files, without their compressed forms */
	size_t skipped; /* records left out */
	struct buf notes; /* a line for each, and for languages left out */
};

#endif
