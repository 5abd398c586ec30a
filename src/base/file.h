/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole files. Writing is aside, fsync, rename, fsync of the folder: a reader sees the old bytes
 * or the new ones, also after a power cut, but for file_write_cache(). Sentences name the path.
 * ERR_FULL means that nothing was changed for want of room; a failed fsync is ERR_IO whatever the
 * system calls it, for nobody knows what is on the disk then.
 */
#ifndef BELFRY_BASE_FILE_H
#define BELFRY_BASE_FILE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"

/* Append the file's bytes to `out`. Errors: ERR_MISSING, ERR_LIMIT past `max_bytes`, ERR_IO. */
int file_read(struct buf *out, const char *path, size_t max_bytes, struct err *err);
/* All of a file of our own that is replaced or grows, but is never cut: without a copy of it. An
 * empty one is "". Owns: file_unmap(). Errors: as file_read(), but no ERR_LIMIT. */
int file_map(struct str *out, const char *path, struct err *err);
/* The same for a large one of which little may be looked at. */
int file_map_parts(struct str *out, const char *path, struct err *err);
void file_unmap(struct str *bytes);
/* SHA-256 of the file's bytes and how many they are, without holding them. */
int file_hash(struct sha256 *hash, uint64_t *bytes, const char *path, struct err *err);
/* Replace or create `path` with mode `mode`. Errors: also those of file_check_plain(). */
int file_write(const char *path, struct str bytes, unsigned mode, struct err *err);
/* The same for what can be made again and holds its own hash_sum(): nothing is flushed to the disk,
 * and whatever breaks this off may leave any bytes. */
int file_write_cache(const char *path, struct str bytes, unsigned mode, struct err *err);
/* For who writes a large file: may one take the name `path`? Errors: ERR_EXISTS where a folder or
 * device has it. Then what was written and flushed at `aside` does, for good. */
int file_check_plain(const char *path, struct err *err);
int file_take_name(const char *aside, const char *path, struct err *err);
/* Create `path`, which must not exist (ERR_EXISTS): keys. */
int file_create(const char *path, struct str bytes, unsigned mode, struct err *err);
/* Append and fsync: logs that may lose their last line but nothing before it. What is appended in
 * part for want of room is taken back (ERR_FULL). */
int file_append(const char *path, struct str bytes, unsigned mode, struct err *err);
/* Write all of it to an open file; `path` is for the sentence. */
int file_write_fd(int fd, const char *path, struct str bytes, struct err *err);
/* Make the folder and those above it. */
int file_mkdirs(const char *path, unsigned mode, struct err *err);
/* fsync a file, a folder. */
int file_sync(const char *path, struct err *err);
int file_sync_dir(const char *path, struct err *err);
bool file_exists(const char *path);
/* Open a plain file in the folder `at` (AT_FDCWD) to write over it what becomes `bytes` long: where
 * that is its only name and nobody has it open. It spares the system a file that goes and one that
 * comes. -1 where it is not so, or nobody can tell: then create another. */
int file_open_again(int at, const char *path, size_t bytes);
/* Bytes free for this user on the file system of `path`. Errors: ERR_IO, ERR_MISSING. */
int file_room(const char *path, uint64_t *bytes, struct err *err);
/* Remove a folder and all in it; a missing one is fine. Symbolic links are removed, not followed.
 */
int file_remove_tree(const char *path, struct err *err);

#endif
