/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a session tells its driver of a peer of session_raw.h, and the fault that ends it.
 */
#ifndef BELFRY_TESTS_SESSION_FAULT_H
#define BELFRY_TESTS_SESSION_FAULT_H

#include "session_model.h"
#include "session_raw.h"

/* The events of the session after the handshake's; how many of each kind. */
struct tally {
	int of[SESSION_CLOSED + 1];
	char reason[600];
	bool is_fault;
	struct session_event last; /* kind, hub, seq only */
};

__attribute__((unused)) static struct tally take(struct raw *r)
{
	struct tally t = {.reason = ""};
	struct session_event v;
	while (session_event(r->session, &v)) {
		t.of[v.kind]++;
		if (v.kind == SESSION_CLOSED) {
			snprintf(t.reason, sizeof t.reason, "%s", v.text);
			t.is_fault = v.is_fault;
		} else {
			t.last = v;
		}
	}
	return t;
}

__attribute__((unused)) static void assert_fault(struct raw *r, const char *why)
{
	struct tally t = take(r);
	assert_int_equal(t.of[SESSION_CLOSED], 1);
	if (!strstr(t.reason, why))
		fail_msg("the reason is \"%s\", expected \"%s\"", t.reason, why);
	assert_true(t.is_fault);
	assert_int_equal(session_deadline(r->session), INT64_MAX);
	raw_say(r, MESSAGE_PING, STR_EMPTY); /* nothing follows */
	assert_int_equal(take(r).of[SESSION_CLOSED], 0);
	buf_reset(&r->heard);
	raw_listen(r, &r->heard);
	struct str heard = buf_str(&r->heard), body;
	uint8_t type = 0;
	struct err err;
	while (message_take(&type, &body, &heard, &err) == TAKE_DONE)
		;
	assert_int_equal(type, MESSAGE_BYE); /* and the peer is told why */
	assert_memory_equal(body.ptr, t.reason, body.len);
	raw_free(r);
}

#endif
