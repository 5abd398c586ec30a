/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An error is a value the caller owns and passes last: a code to branch on and one plain sentence
 * that says where, what, which value, and what would be right.
 */
#ifndef BELFRY_BASE_ERR_H
#define BELFRY_BASE_ERR_H

enum err_code {
	ERR_NONE = 0,
	ERR_SYNTAX = -1, /* bytes that do not follow their grammar */
	ERR_SCHEMA = -2, /* well formed, but not what the schema allows */
	ERR_LIMIT = -3, /* larger or deeper than base/limits.h allows */
	ERR_SIGNATURE = -4, /* a signature that does not verify */
	ERR_POLICY = -5, /* signed, but the signer may not do this */
	ERR_CHAIN = -6, /* does not follow what came before */
	ERR_NETWORK = -7, /* belongs to another network */
	ERR_MISSING = -8, /* not here */
	ERR_EXISTS = -9, /* here already */
	ERR_BUSY = -10, /* locked by another process */
	ERR_IO = -11, /* the system said no: file, socket, disk */
	ERR_GIT = -12, /* libgit2 said no */
	ERR_PEER = -13, /* a peer broke the protocol or went away */
	ERR_USAGE = -14, /* the command line is off */
	ERR_FULL = -15, /* the disk has no room for what is new */
	ERR_UNSUPPORTED = -16 /* a version or feature this program does not have */
};

struct err {
	enum err_code code;
	char msg[512];
};

/* Fill `*e`; returns `code`, so that a function can `return err_set(…)`. */
int err_set(struct err *e, enum err_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Put "<place>: " before the sentence; returns the code it had. */
int err_wrap(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* err_set with errno's text appended: "<sentence>: No such file or directory". Codes: ERR_MISSING,
 * ERR_EXISTS, ERR_FULL (no room, or a quota), else ERR_IO. */
int err_errno(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The code's stable name for logs and --json: "syntax", "signature", … */
const char *err_name(enum err_code code);

#endif
