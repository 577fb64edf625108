/* SPDX-License-Identifier: Apache-2.0 */
/** A file of the platform's, fetched over as many rounds and connections as it takes. Whether it is the right one is for the caller to check. */
#ifndef SYNC_FETCH_H
#define SYNC_FETCH_H

#include "sync/round.h"

struct fetch_order {
    const char *what; /* for messages */
    const char *url;  /* path and query */
    const char *etag; /* with its quotes */
    const char *part; /* where it grows on our disk */
    int64_t length;   /* how long it has to be */
    int64_t end_ms;   /* by the boot clock: then the round goes on with something else */
};
/** True with *done false: more of it in the next round. What came stays in the part. */
bool fetch_file(struct round *round, const struct fetch_order *order, bool *done, GError **error);

#endif
