/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Record files on a person's disk, as new, check and fmt handle them: no store is needed.
 */
#ifndef BELFRY_CMD_FILE_H
#define BELFRY_CMD_FILE_H

#include "base/buf.h"
#include "cmd/cmd.h"
#include "record/record.h"

/*
 * The parts of a path that ends in <place>/<type>/<id>/<lang>.md; false for any other. Borrowed.
 */
bool file_name_parse(struct record_name *out, const char *path);

/* Append the file's bytes; a problem at 1:1 where that fails. Returns whether it was read. */
bool file_load(struct buf *out, const char *path, struct problems *problems);

/* Create a file, which must not exist, and the folders above it. */
int file_begin(const char *path, struct str text, struct err *err);

/* Of record_template_line(). */
#define FILE_NO_TEXT "nobody has written this part yet: put your heading and text in its place"

/* Print "FILE:LINE:COLUMN: text" for each, or append them to the JSON array `list`. */
void file_report(json_t *list, const char *path, const struct problems *problems);

#endif
