/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file that people hand or mail to one another, a request, an invitation, a draft: a JSON object
 * whose "belfry" says what it is, such as "request/1".
 */
#ifndef BELFRY_CMD_JSON_FILE_H
#define BELFRY_CMD_JSON_FILE_H

#include "base/err.h"
#include "base/json.h"

/* Owns: *out is the caller's. Errors: those of file_read() and json_parse(); ERR_UNSUPPORTED where
 * it is of another kind. */
int json_file_read(json_t **out, const char *path, const char *kind, struct err *err);
/* Replace or create it, or print it where `path` is NULL. Errors: those of file_write(). */
int json_file_write(const char *path, const json_t *v, struct err *err);

#endif
