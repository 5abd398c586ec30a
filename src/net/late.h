/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two libraries that few commands use and that bring thirty others with them: to find those was
 * 4 of the 10 ms of a short command. So they are loaded when first wanted, and what is called of
 * them stands here.
 */
#ifndef BELFRY_NET_LATE_H
#define BELFRY_NET_LATE_H

#include "base/err.h"

#include <curl/curl.h>
#include <microhttpd.h>

/* clang-format off */
#define LATE_CURL(NAME) \
	NAME(global_init) NAME(easy_init) NAME(easy_cleanup) NAME(easy_reset) \
	NAME(easy_setopt) NAME(easy_perform) NAME(easy_getinfo) NAME(easy_strerror) \
	NAME(slist_append) NAME(slist_free_all)
#define LATE_MHD(NAME) \
	NAME(start_daemon) NAME(stop_daemon) NAME(lookup_connection_value) \
	NAME(create_response_from_buffer) NAME(create_response_from_fd) \
	NAME(create_response_from_fd_at_offset64) NAME(add_response_header) \
	NAME(queue_response) NAME(destroy_response) NAME(suspend_connection) \
	NAME(resume_connection)
/* clang-format on */

struct late_curl {
#define NAME(name) __typeof__(curl_##name) *name;
	LATE_CURL(NAME)
#undef NAME
};
struct late_mhd {
#define NAME(name) __typeof__(MHD_##name) *name;
	LATE_MHD(NAME)
#undef NAME
};

/* To be called after a load that went well. */
extern struct late_curl libcurl;
extern struct late_mhd libmhd;

/* By any thread, and as often as one likes. Errors: ERR_MISSING. */
int late_load_curl(struct err *err);
int late_load_mhd(struct err *err);

#endif
