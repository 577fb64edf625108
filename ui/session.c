/* SPDX-License-Identifier: Apache-2.0 */
#include "session.h"

#include <openssl/crypto.h>

bool session_pin_add(struct session *session, char digit)
{
    size_t len = strlen(session->pin);

    if (!g_ascii_isdigit(digit) || len >= SESSION_PIN_MAX)
        return false;
    session->pin[len] = digit;
    return true;
}

void session_pin_erase(struct session *session)
{
    size_t len = strlen(session->pin);

    if (len > 0)
        session->pin[len - 1] = '\0';
}

void session_pin_wipe(struct session *session)
{
    OPENSSL_cleanse(session->pin, sizeof session->pin);
}

void session_wipe(struct session *session)
{
    rooms_clear(&session->rooms);
    OPENSSL_cleanse(session, sizeof *session);
}
