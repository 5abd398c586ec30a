/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the daemon does for each request of net/control.h.
 */
#ifndef BELFRY_NET_REQUESTS_H
#define BELFRY_NET_REQUESTS_H

#include "net/control_server.h"

/* `daemon` is the struct daemon; see control_server.run. */
void requests_run(void *daemon, struct control_client *client, json_t *request);

#endif
