/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-stats.h"
#include <stdatomic.h>

static _Atomic int64_t reads, writes, failed, reconnects, wait_ms, held_ms, statements;

static void add(_Atomic int64_t *counter, int64_t much)
{
    atomic_fetch_add_explicit(counter, much, memory_order_relaxed);
}

void db_stats_begun(bool writing, int64_t waited_ms)
{
    add(writing ? &writes : &reads, 1);
    add(&wait_ms, waited_ms);
}

void db_stats_ended(int64_t much_ms)
{
    add(&held_ms, much_ms);
}

void db_stats_failed(void)
{
    add(&failed, 1);
}

void db_stats_answered(int64_t much)
{
    add(&statements, -much);
}

void db_stats_statement(void)
{
    add(&statements, 1);
}

void db_stats_reconnected(void)
{
    add(&reconnects, 1);
}

void db_stats_get(struct db_stats *out)
{
    *out = (struct db_stats){atomic_load(&reads), atomic_load(&writes), atomic_load(&failed), atomic_load(&reconnects),
                             atomic_load(&wait_ms), atomic_load(&held_ms), atomic_load(&statements)};
}
