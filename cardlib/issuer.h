/* SPDX-License-Identifier: Apache-2.0 */
/** Secure messaging, as the issuer's commands and those for the PIN share it. */
#ifndef CITYCARD_ISSUER_H
#define CITYCARD_ISSUER_H

#include "apdu.h"
#include "citycard.h"

#define CC_MAC_LEN        4
#define CC_SECURE_DATA_MAX (255 - CC_MAC_LEN)

/**
 * Send `command` (its data without MAC) under secure messaging, JR/T 0025.2: a fresh challenge as the initial value, MAC over
 * CLA INS P1 P2 Lc ‖ data, where Lc counts the MAC. Sent once. CC_OK on 9000; CC_ERR_MAC when the card finds the MAC wrong:
 * never repeat it then, three of them lock some cards. The signer's own error when it makes none; nothing is sent then.
 */
int cc_secure_command(struct cc_port *port, const struct cc_command *command, const struct cc_signer *signer);

#endif
