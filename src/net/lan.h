/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Peers in one room find each other without anybody's internet: each announces itself by multicast
 * at start, every LAN_EVERY_MS and when asked, and dials who it hears (net/lan_word.h says which of
 * two). An address that was heard is a dial of its own with the usual pauses, never a setting, gone
 * after LAN_FORGET_MS of silence. The link is the usual one: any hub of the charter, or an edge, of
 * this network; keys decide what it may be.
 *
 * Only what comes from a network that this machine is on is heard, so that nobody far away can have
 * us dial an address.
 */
#ifndef BELFRY_NET_LAN_H
#define BELFRY_NET_LAN_H

#include "net/dial.h"

#define LAN_GROUP_4 "239.255.47.10" /* RFC 2365: local scope */
#define LAN_GROUP_6 "ff12::4710" /* RFC 4291: transient, link-local */
enum { LAN_PORT = 4710 };

struct lan;

/* Owns: lan_stop(). `port` is where we listen; 0: nowhere. A machine without a network is fine: it
 * is looked for again with each announcement. */
struct lan *lan_start(struct station *n, uint16_t port);
/* The last libuv callback frees it. NULL is fine. */
void lan_stop(struct lan *l);

#endif
