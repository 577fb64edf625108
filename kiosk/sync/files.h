/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYNC_FILES_H
#define SYNC_FILES_H

#include "sync/round.h"

/** Fetch what the feed told of and is not here, for at most ten seconds (round->fetching: there is more); remove what nothing tells of. */
bool files_pull(struct round *round, GError **error);

#endif
