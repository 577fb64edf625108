/* SPDX-License-Identifier: Apache-2.0 */
/** Certificates on the stage: what the machine says of them. */
#ifndef TESTS_UI_STAGE_PRINTS_H
#define TESTS_UI_STAGE_PRINTS_H

#include "stage.h"

#define FIRST_CERTIFICATE "V2026YT01000001Q"

/** So many receipts of this machine. */
void stage_receipts(struct stage *stage, size_t count);
/** So many times that can be certified, and so many that were; `hostile`: names as long and as wild as an answer lets through. */
void stage_certificates(struct stage *stage, size_t offers, size_t made, bool hostile);
/** None, for this reason; or of one that was asked for. */
void stage_certificates_not(struct stage *stage, enum kiosk_certificate_ask ask, const char *reason);
/** One was made: its number. */
void stage_certificate_made(struct stage *stage);

#endif
