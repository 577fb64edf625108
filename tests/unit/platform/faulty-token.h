/* SPDX-License-Identifier: Apache-2.0 */
/** SoftHSM with faults: a library of PKCS#11 that passes every call on, and fails those that a test names. */
#ifndef TEST_FAULTY_TOKEN_H
#define TEST_FAULTY_TOKEN_H

#include <p11-kit/pkcs11.h>

enum faults_last { FAULTS_ONCE, FAULTS_UNTIL_RESTART, FAULTS_UNTIL_HEALED };

struct faults {
    unsigned long calls, logins, restarts; /* so far */
    unsigned long at;                      /* calls from now to the one that fails, 1 the next; 0: none */
    CK_RV rv;
    enum faults_last last;
    CK_MECHANISM_TYPE hidden; /* a mechanism that is not offered; 0: none */
    CK_KEY_TYPE no_key;       /* a type that is not made, unless it is kept; 0: none */
    CK_FLAGS flags;           /* of the token, besides its own */
    unsigned sessions, sessions_max; /* open; at most so many at once, 0: any */
};
/** Looked up in the library after it was loaded. */
typedef struct faults *(*faults_fn)(void);

#endif
