/* SPDX-License-Identifier: Apache-2.0 */
/** The sample community into an empty database. */
#ifndef PLATFORM_FILL_H
#define PLATFORM_FILL_H

#include "model/credit.h"
#include "platform/sample/community.h"
#include "platform/sample/init.h"
#include <jansson.h>

/** Of a file; NULL with error. json_decref(). */
json_t *sample_json(const char *path, GError **error);
/** Of volunteer credit: those that the options name, or the sample's. */
bool sample_rules(const struct init_options *options, struct credit_rules *rules, GError **error);
/** Transactions of its own, many: one that is broken off leaves a part. */
bool sample_fill(struct platform *platform, const struct community_options *community, const struct init_options *options, GError **error);

#endif
