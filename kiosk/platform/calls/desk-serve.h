/* SPDX-License-Identifier: Apache-2.0 */
/** Calls of the desk: files, and what staff say of a card. */
#ifndef PLATFORM_DESK_SERVE_H
#define PLATFORM_DESK_SERVE_H

#include "platform/calls/handlers.h"

#define FILES_PATH      "/v1/files"
#define FILE_PATH       "/v1/files/"
#define CARDS_PATH      "/v1/cards/"
#define CARD_LOST_PATH  "/v1/cards/*/lost"
#define CARD_FOUND_PATH "/v1/cards/*/found"
#define CARD_REPLACED_PATH "/v1/cards/*/replaced"

/** POST /v1/files: a photo that belongs to a ticket. */
void call_file_take(struct platform *platform, const struct request *request, struct reply *out);
/** GET /v1/files/SHA256: a file for everybody, whole or from a byte on. */
void call_file(struct platform *platform, const struct request *request, struct reply *out);
/** GET /v1/cards/TOKEN: how a card is, without its number. */
void call_card(struct platform *platform, const struct request *request, struct reply *out);
/** POST /v1/cards/TOKEN/lost, /found and /replaced. */
void call_card_lost(struct platform *platform, const struct request *request, struct reply *out);
void call_card_found(struct platform *platform, const struct request *request, struct reply *out);
void call_card_replaced(struct platform *platform, const struct request *request, struct reply *out);

#endif
