/* SPDX-License-Identifier: Apache-2.0 */
/** The gate in front of a file's readers: closed for as long as its WAL is made short (db-sqlite.c). Any thread. */
#ifndef PLATFORM_DB_SQLITE_GATE_H
#define PLATFORM_DB_SQLITE_GATE_H

#include <glib.h>
#include <stdbool.h>

struct gate {
    GMutex lock;
    GCond opened;
    unsigned inside;
    bool closed;
};

void gate_init(struct gate *gate);
void gate_clear(struct gate *gate);
/** Waits while it is closed. */
void gate_enter(struct gate *gate);
void gate_leave(struct gate *gate);
/** Nobody comes in until gate_open(). True: nobody is inside any more either; false: somebody still was after a short while. */
bool gate_close(struct gate *gate);
void gate_open(struct gate *gate);

#endif
