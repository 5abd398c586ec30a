/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which program this is: what another one made is not taken for its own.
 */
#ifndef BELFRY_SITE_PROGRAM_H
#define BELFRY_SITE_PROGRAM_H

#include "base/hash.h"

/* Of this program as it was linked, with templates and words, and of what it uses to render. */
struct digest program_digest(void);

#endif
