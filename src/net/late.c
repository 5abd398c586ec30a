/* SPDX-License-Identifier: Apache-2.0 */
#include "net/late.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>

struct late_curl libcurl;
struct late_mhd libmhd;

struct function {
	const char *name;
	size_t at; /* of the pointer to it */
};

static const struct function of_curl[] = {
#define NAME(name) {"curl_" #name, offsetof(struct late_curl, name)},
    LATE_CURL(NAME)
#undef NAME
};
static const struct function of_mhd[] = {
#define NAME(name) {"MHD_" #name, offsetof(struct late_mhd, name)},
    LATE_MHD(NAME)
#undef NAME
};

/* The Makefile says by which names the libraries that it built with are found. */
static void load(
    void *into, const char *file, const struct function *functions, size_t n, struct err *err)
{
	void *library = dlopen(file, RTLD_LAZY | RTLD_LOCAL);
	for (size_t i = 0; library && i < n; i++) {
		void *function = dlsym(library, functions[i].name);
		if (!function)
			library = NULL;
		memcpy((char *)into + functions[i].at, &function, sizeof function);
	}
	if (!library)
		err_set(err, ERR_MISSING, "the library %s is not here, or another version: %.180s",
		    file, dlerror());
}

static struct err curl_fault, mhd_fault;

static void load_curl(void)
{
	load(&libcurl, LIBCURL, of_curl, sizeof of_curl / sizeof *of_curl, &curl_fault);
	if (!curl_fault.code)
		libcurl.global_init(CURL_GLOBAL_DEFAULT);
}

static void load_mhd(void)
{
	load(&libmhd, LIBMICROHTTPD, of_mhd, sizeof of_mhd / sizeof *of_mhd, &mhd_fault);
}

int late_load_curl(struct err *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, load_curl);
	if (curl_fault.code)
		*err = curl_fault;
	return curl_fault.code;
}

int late_load_mhd(struct err *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, load_mhd);
	if (mhd_fault.code)
		*err = mhd_fault;
	return mhd_fault.code;
}
