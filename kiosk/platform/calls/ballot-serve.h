/* SPDX-License-Identifier: Apache-2.0 */
/** A vote in a ballot. */
#ifndef PLATFORM_BALLOT_SERVE_H
#define PLATFORM_BALLOT_SERVE_H

#include "platform/calls/handlers.h"

#define BALLOT_PAPERS_PATH "/v1/ballots/*/papers"

/** POST /v1/ballots/TOPIC/papers: a paper of whoever's session it is. */
void call_ballot_paper(struct platform *platform, const struct request *request, struct reply *out);

#endif
