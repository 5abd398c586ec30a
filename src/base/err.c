/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int err_set(struct err *e, enum err_code code, const char *format, ...)
{
	char text[sizeof e->msg];
	va_list ap;
	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	memcpy(e->msg, text, sizeof text);
	e->code = code;
	return code;
}

int err_wrap(struct err *e, const char *format, ...)
{
	char place[sizeof e->msg], whole[2 * sizeof e->msg + 2];
	va_list ap;
	va_start(ap, format);
	vsnprintf(place, sizeof place, format, ap);
	va_end(ap);
	snprintf(whole, sizeof whole, "%s: %s", place, e->msg);
	memcpy(e->msg, whole, sizeof e->msg - 1);
	e->msg[sizeof e->msg - 1] = 0;
	return e->code;
}

int err_errno(struct err *e, const char *format, ...)
{
	char text[sizeof e->msg / 2];
	int number = errno;
	va_list ap;
	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	enum err_code code = number == ENOENT			    ? ERR_MISSING
			     : number == EEXIST			    ? ERR_EXISTS
			     : number == ENOSPC || number == EDQUOT ? ERR_FULL
								    : ERR_IO;
	return err_set(e, code, "%s: %s", text, strerror(number));
}

const char *err_name(enum err_code code)
{
	static const char *const name[] = {"none", "syntax", "schema", "limit", "signature",
	    "policy", "chain", "network", "missing", "exists", "busy", "io", "git", "peer", "usage",
	    "full", "unsupported"};
	return name[-(int)code];
}
