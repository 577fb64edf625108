/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people say of a service (F14): asked once behind it, of their own will, five grades and perhaps why. Whose card did it or ordered it may,
 * until thirty days later, also offline, and once more within a day of that; the platform hears a card token and no name. What was said cannot be looked at here by anybody.
 */
#include "service/internal.h"
#include "model/rating.h"
#include "store/ledger.h"

#include <string.h>

/* What was done here with this card, an order or a ticket of its. False: the store cannot be read. */
static bool look(struct kiosk *kiosk, struct rating *rating, struct rating_facts *facts, bool *order)
{
    g_autoptr(GError) error = NULL;

    *order = false;
    if (!store_rating_facts(kiosk->store, rating, facts, &error)) {
        g_warning("ratings: %s", error->message);
        return false;
    }
    if (facts->theirs)
        return true;
    bool done = orders_rating_facts(kiosk, rating, facts);
    *order = facts->theirs;
    return done && (facts->theirs || tickets_rating_facts(kiosk, rating, facts));
}

/* Of what the store knows by itself; the grade is one that may be given. */
static bool facts_of(struct kiosk *kiosk, const char *service, struct rating *rating, struct rating_facts *facts)
{
    g_autoptr(GError) error = NULL;

    *rating = (struct rating){.grade = RATING_GRADES};
    g_strlcpy(rating->service, service, sizeof rating->service);
    g_strlcpy(rating->rater, kiosk->session.token, sizeof rating->rater);
    if (store_rating_facts(kiosk->store, rating, facts, &error))
        return true;
    g_warning("ratings: %s", error->message);
    return false;
}

bool rating_may_again(struct kiosk *kiosk, const char *service)
{
    struct rating rating;
    struct rating_facts facts;

    return facts_of(kiosk, service, &rating, &facts) && facts.rated && !facts.changed &&
           rating_may_change(facts.rated_ms, health_now_ms(kiosk));
}

bool rating_may(struct kiosk *kiosk, const char *service, bool *rated)
{
    struct rating rating;
    struct rating_facts facts;
    bool known = facts_of(kiosk, service, &rating, &facts);

    *rated = known && facts.rated;
    return known && rating_refusal(&rating, &facts, health_now_ms(kiosk)) == NULL;
}

static void tell(struct kiosk *kiosk, const char *service, const char *reason)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_RATING, .rating = {.given = reason == NULL}};

    g_strlcpy(event.rating.service, service, sizeof event.rating.service);
    g_strlcpy(event.rating.reason, reason != NULL ? reason : "", sizeof event.rating.reason);
    kiosk_post(kiosk, &event, NULL);
}

/* NULL: it is on the disk. */
static const char *write_down(struct kiosk *kiosk, const struct rating *rating, bool change)
{
    g_autoptr(GError) error = NULL;
    json_t *data = rating_to_json(rating);
    bool done = data != NULL && store_append(kiosk->store, change ? RATING_CHANGED : RATING_GIVEN, data, NULL, &error);

    json_decref(data);
    if (done) {
        sync_kick(kiosk->sync);
        return NULL;
    }
    g_warning("a rating is not written: %s", error != NULL ? error->message : "no memory");
    return "STORE";
}

void rating_give(struct kiosk *kiosk, const struct kiosk_rating_request *request)
{
    struct rating rating = {.grade = (int)request->grade, .reasons = request->reasons};
    struct rating_facts facts;
    const char *reason = NULL;
    bool order = false;

    g_strlcpy(rating.service, request->service, sizeof rating.service);
    g_strlcpy(rating.rater, kiosk->session.token, sizeof rating.rater);
    if (!worker_card_there(kiosk))
        reason = "NO_CARD";
    else if (!look(kiosk, &rating, &facts, &order))
        reason = "STORE";
    else
        reason = rating_refusal(&rating, &facts, health_now_ms(kiosk));
    if (reason == NULL && order && !facts.rated)
        reason = orders_rate(kiosk, rating.service, rating.grade);
    if (reason == NULL)
        reason = write_down(kiosk, &rating, facts.rated);
    tell(kiosk, request->service, reason);
}
