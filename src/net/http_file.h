/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a URL's path to a file below a folder, and what kind of file that is.
 */
#ifndef BELFRY_NET_HTTP_FILE_H
#define BELFRY_NET_HTTP_FILE_H

#include "base/str.h"

#include <sys/stat.h>

enum http_found {
	HTTP_FILE, /* *fd is open for reading */
	HTTP_FOLDER, /* its address must end in "/" */
	HTTP_NOTHING,
};

/*
 * Look `path`, decoded, "/…", up below the folder `root`. A path that ends in "/" means its
 * index.html. No component may be empty, begin with ".", or be a symbolic link, so nothing outside
 * the folder can be reached. Owns: *fd and its *st are the caller's with HTTP_FILE.
 */
enum http_found http_find(int *fd, struct stat *st, int root, struct str path);

/* "text/html; charset=utf-8" by the name's ending. */
const char *http_type(struct str path);

#endif
