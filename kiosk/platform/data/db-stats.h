/* SPDX-License-Identifier: Apache-2.0 */
/** What this process asked of its databases, all connections together: for the operator's metrics. Thread safe. */
#ifndef PLATFORM_DB_STATS_H
#define PLATFORM_DB_STATS_H

#include <stdbool.h>
#include <stdint.h>

struct db_stats {
    int64_t reads, writes;   /* transactions that began */
    int64_t failed;          /* that did not begin, or whose COMMIT failed */
    int64_t reconnects;      /* connections that broke and were made anew */
    int64_t wait_ms;         /* for this process's own lock and for the writers of other nodes */
    int64_t held_ms;         /* from begin to end */
    int64_t statements;      /* with values, of whatever kind */
};

void db_stats_begun(bool writing, int64_t waited_ms);
void db_stats_ended(int64_t held_ms);
void db_stats_failed(void);
void db_stats_statement(void);
/** So many of them were none: their answers were here already, or they went as one with another. */
void db_stats_answered(int64_t much);
void db_stats_reconnected(void);
void db_stats_get(struct db_stats *out);

#endif
