/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inputs of a TAC begin with the card's number, and the digest of an intent is over it: from either a card could be read, or
 * guessed. Their keyed digests stand in their place (db-seal.h), which is all that they are compared by.
 */
#include "platform/data/db.h"

const char db_schema_keyed[] = "UPDATE payment SET proof=keyed(proof), intent=keyed(intent);"
                               "UPDATE load_order SET intent=keyed(intent);";
