/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Asking the platform one thing and waiting for its answer: what cannot be an event, because it is needed before anything
 * happens. The sync worker carries it, between its rounds, as it owns HTTP; the asker holds no lock and waits a bounded time.
 */
#ifndef SYNC_ASK_H
#define SYNC_ASK_H

#include <glib.h>
#include <stdbool.h>

struct sync;

struct sync_question {
    const char *path;    /* with query; a POST when there is a body, else a GET */
    const char *key;     /* Idempotency-Key, a UUID: made once, the same whenever this is asked again; NULL: none */
    const char *body;    /* JSON, or NULL */
    const char *session; /* secret of a tap that proved its card, NULL: none */
};
struct sync_answer {
    unsigned status;
    char *body; /* JSON, or a problem's; never NULL when there is an answer */
};

/**
 * From any thread but the sync worker's. False: no answer within timeout_ms, whatever the reason; whether the platform has heard the
 * question is not known then. It is not sent any more after that. sync_answer_clear() in both cases.
 */
bool sync_ask(struct sync *sync, const struct sync_question *question, unsigned timeout_ms, struct sync_answer *out,
              GError **error);
void sync_answer_clear(struct sync_answer *answer);
/** The same for what needs no answer: it is sent within timeout_ms or not at all. */
void sync_tell(struct sync *sync, const struct sync_question *question, unsigned timeout_ms);

/* ---- For sync.c ---- */

struct transport;
struct asks;
struct asks *asks_new(void);
void asks_free(struct asks *asks);
/** In the sync worker's thread: carry what waits. True: the platform answered one of them, and not that it has too much to do. */
bool asks_carry(struct asks *asks, const struct transport *transport);
/** Leave it for the worker. */
void asks_leave(struct asks *asks, const struct sync_question *question, unsigned timeout_ms);
/** Ask through `asks`; `wake` makes its worker call asks_carry(), NULL: carry it in this thread, by `transport`. */
bool asks_put(struct asks *asks, const struct transport *transport, void (*wake)(struct sync *sync), struct sync *sync,
              const struct sync_question *question, unsigned timeout_ms, struct sync_answer *out, GError **error);

#endif
