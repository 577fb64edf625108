/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-sqlite-gate.h"
#include "model/clock.h"

#define GATE_WAIT_MS   50    /* for readers that are inside; a long one is not waited for */

void gate_init(struct gate *gate)
{
    g_mutex_init(&gate->lock);
    g_cond_init(&gate->opened);
}

void gate_clear(struct gate *gate)
{
    g_mutex_clear(&gate->lock);
    g_cond_clear(&gate->opened);
}

void gate_enter(struct gate *gate)
{
    g_mutex_lock(&gate->lock);
    while (gate->closed)
        g_cond_wait(&gate->opened, &gate->lock);
    gate->inside++;
    g_mutex_unlock(&gate->lock);
}

void gate_leave(struct gate *gate)
{
    g_mutex_lock(&gate->lock);
    gate->inside--;
    g_mutex_unlock(&gate->lock);
}

static bool gate_empty(struct gate *gate)
{
    g_mutex_lock(&gate->lock);
    gate->closed = true;
    bool empty = gate->inside == 0;
    g_mutex_unlock(&gate->lock);
    return empty;
}

bool gate_close(struct gate *gate)
{
    bool empty = gate_empty(gate);

    for (int waited_ms = 0; !empty && waited_ms < GATE_WAIT_MS; waited_ms++) {
        clock_sleep_ms(1);
        empty = gate_empty(gate);
    }
    return empty;
}

void gate_open(struct gate *gate)
{
    g_mutex_lock(&gate->lock);
    gate->closed = false;
    g_cond_broadcast(&gate->opened);
    g_mutex_unlock(&gate->lock);
}
