/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A balance is the sum of an account's entries. SQLite takes an index that has the amounts in it; one without looked no better to it
 * than the key, which begins with the community: each balance read all entries that there are.
 */
#include "platform/data/db.h"

const char db_schema_sums[] = "CREATE INDEX credit_entry_sum ON credit_entry(community, account, book, amount);";
