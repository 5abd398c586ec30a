/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "HOST:PORT" as people write it: a name, an IPv4 address or an IPv6 address in brackets, and a
 * decimal port.
 */
#ifndef BELFRY_NET_ADDRESS_H
#define BELFRY_NET_ADDRESS_H

#include "base/err.h"
#include "base/str.h"

#include <netdb.h>
#include <sys/socket.h>

enum {
	ADDRESS_HOST_BYTES = 254, /* a DNS name has at most 253 */
	ADDRESS_TEXT_BYTES = 300,
	DEFAULT_PORT = 4710, /* where a hub listens unless told otherwise */
};

struct address {
	char host[ADDRESS_HOST_BYTES];
	uint16_t port; /* 0: whichever is free, only to listen on */
};

/* Errors: ERR_SYNTAX. */
int address_parse(struct address *out, struct str text, struct err *err);
/* One to be dialled at: its port is not 0. */
int address_parse_peer(struct address *out, struct str text, struct err *err);
/* As address_parse() reads it. */
void address_text(char out[static ADDRESS_TEXT_BYTES], const struct address *a);
/* "192.0.2.1:4710" or "[2001:db8::1]:4710", and the same without the port. */
void address_write(char out[static ADDRESS_TEXT_BYTES], const struct sockaddr *a);
void address_write_host(char out[static ADDRESS_TEXT_BYTES], const struct sockaddr *a);
/* Where `from` is reached, at another port. An IPv6 address that needs it has its scope:
 * "fe80::1%2". */
void address_from(struct address *out, const struct sockaddr *from, uint16_t port);
/* Would a listener at `at`, of this computer, be dialled by that address? Names are not looked up,
 * but localhost. */
bool address_leads_to(const struct address *a, const struct address *at);
/* Look the name up, and wait for it. Owns: the caller; freeaddrinfo(). Errors: ERR_IO. */
int address_resolve(
    struct addrinfo **out, const struct address *a, bool is_passive, struct err *err);

#endif
