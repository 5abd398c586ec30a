/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines for the operator on standard error: "2026-11-21T09:30:00Z warn peer mena: …". Off until
 * log_level() turns it on; the daemon does. Never a secret, never bytes of a record.
 */
#ifndef BELFRY_BASE_LOG_H
#define BELFRY_BASE_LOG_H

enum log_level { LOG_OFF, LOG_WARN, LOG_INFO, LOG_DEBUG };

void log_level(enum log_level level);
/* Call `hook`, on the thread that writes, before each line: what else stands on the terminal can
 * make room. NULL: no more. */
void log_before(void (*hook)(void));
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
