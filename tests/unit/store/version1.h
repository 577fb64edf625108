/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_STORE_VERSION1_H
#define TEST_STORE_VERSION1_H

#include "store/store.h"

/** Make PATH as version 1 of the store would have left it, with these payments as its rows 1 … count. */
void version1_make(const char *path, const struct store_identity *identity, struct payment *const payments[],
                   const char *const types[], int count);

#endif
