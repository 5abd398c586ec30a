/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

static enum log_level at = LOG_OFF;
static void (*before)(void);

void log_level(enum log_level level)
{
	at = level;
}

void log_before(void (*hook)(void))
{
	before = hook;
}

/* Control characters of foreign text must not reach a terminal. */
static void plain(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = '?';
}

__attribute__((format(printf, 3, 0))) static void line(
    enum log_level level, const char *name, const char *format, va_list ap)
{
	char text[1024], when[32];
	time_t now = time(NULL);
	struct tm tm;
	if (level > at)
		return;
	vsnprintf(text, sizeof text, format, ap);
	plain(text);
	strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
	if (before)
		before();
	fprintf(stderr, "%s %s %s\n", when, name, text);
}

#define LOG_FUNCTION(function, level, name)                                                        \
	void function(const char *format, ...)                                                     \
	{                                                                                          \
		va_list ap;                                                                        \
		va_start(ap, format);                                                              \
		line(level, name, format, ap);                                                     \
		va_end(ap);                                                                        \
	}

LOG_FUNCTION(log_warn, LOG_WARN, "warn")
LOG_FUNCTION(log_info, LOG_INFO, "info")
LOG_FUNCTION(log_debug, LOG_DEBUG, "debug")
