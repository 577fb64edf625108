/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The roll of volunteers (F03): registering, the next star, hours that are not right.
 *
 *   JOIN ─► gates ─► not on the roll, nothing waits ─► by the birthday
 *             ├─ 14 and over, or it is not on the card ─► on disk: JOINED, the number comes from the platform
 *             ├─ 6 to 13 ─► GUARDIAN: the child is remembered for CHILD_MS ─► another card, of age ─► CONSENT ─► on disk: JOINED
 *             └─ under 6 ─► refused
 *
 * Invariants: (1) What the screen is told as done is on disk, once; nothing waits twice. (2) A child's registration names the card of
 * who agreed, and that is another card than its own. (3) It works without a line; the platform judges all of it again.
 */
#include "service/internal.h"
#include "model/credit.h"
#include "store/ledger.h"
#include "store/volunteers.h"

#include <openssl/crypto.h>
#include <string.h>

#define CHILD_MS     240000 /* two minutes until the guardian's card comes, and as long to read and agree */
#define GUARDIAN_AGE 18
G_STATIC_ASSERT(KIOSK_SKILLS == VOLUNTEER_SKILLS);
G_STATIC_ASSERT(KIOSK_HOURS == VOLUNTEER_HOURS_MAX);

/* ---- Answers ------------------------------------------------------------------------------------------------------ */

static void tell(struct kiosk *kiosk, enum kiosk_volunteer_phase phase, const char *reason)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_VOLUNTEER, .volunteer = {.phase = phase, .ask = kiosk->answers.volunteer}};

    g_strlcpy(event.volunteer.reason, reason, sizeof event.volunteer.reason);
    kiosk_post(kiosk, &event, NULL);
}

/* A reason, or NULL: it is on disk. */
static void answer(struct kiosk *kiosk, const char *reason, enum kiosk_volunteer_phase phase)
{
    tell(kiosk, reason != NULL ? KIOSK_VOLUNTEER_REFUSED : phase, reason != NULL ? reason : "");
}

static const char *gates(struct kiosk *kiosk)
{
    const char *reason = gate_machine(kiosk);

    return reason != NULL ? reason : gate_card(kiosk);
}

static struct store_volunteer *load(struct kiosk *kiosk)
{
    struct store_volunteer *out = g_new0(struct store_volunteer, 1);
    g_autoptr(GError) error = NULL;

    if (store_volunteer(kiosk->store, kiosk->session.token, out, &error))
        return out;
    g_warning("volunteers: %s", error->message);
    g_free(out);
    return NULL;
}

static void unload(struct store_volunteer *volunteer)
{
    if (volunteer != NULL)
        OPENSSL_cleanse(volunteer, sizeof *volunteer);
    g_free(volunteer);
}

/* ---- Ages --------------------------------------------------------------------------------------------------------- */

static uint32_t birth_of(const struct kiosk *kiosk)
{
    return id_number_birth(kiosk->session.card.holder.id_number);
}

static enum kiosk_gate gate_of(const struct kiosk *kiosk, int64_t now_ms)
{
    static const enum kiosk_gate GATES[] = {
        [VOLUNTEER_REFUSED] = KIOSK_GATE_REFUSED,   [VOLUNTEER_ACCOMPANIED] = KIOSK_GATE_ACCOMPANIED, [VOLUNTEER_CONSENT] = KIOSK_GATE_CONSENT,
        [VOLUNTEER_ASSISTED] = KIOSK_GATE_ASSISTED, [VOLUNTEER_FREE] = KIOSK_GATE_FREE,
    };
    uint32_t birth = birth_of(kiosk);

    return birth != 0 ? GATES[volunteer_gate(birth, date_of_ms(now_ms))] : KIOSK_GATE_UNKNOWN;
}

static bool is_child(enum kiosk_gate gate)
{
    return gate == KIOSK_GATE_ACCOMPANIED || gate == KIOSK_GATE_CONSENT;
}

bool volunteers_may_serve(struct kiosk *kiosk, int64_t now_ms)
{
    if (!is_child(gate_of(kiosk, now_ms)))
        return true;
    struct store_volunteer *volunteer = load(kiosk);
    bool may = volunteer != NULL && volunteer->on_roll && volunteer->told.consent;
    unload(volunteer);
    return may;
}

/* ---- What is known ------------------------------------------------------------------------------------------------ */

static void hours_fill(const struct store_volunteer *volunteer, struct kiosk_volunteer_event *out)
{
    for (size_t i = 0; i < volunteer->told.hour_count; i++) {
        const struct volunteer_hours *from = &volunteer->told.hours[i];
        struct kiosk_hours *to = &out->hours[out->hour_count++];

        g_strlcpy(to->id, from->id, sizeof to->id);
        g_strlcpy(to->state, attendance_state_name(from->state), sizeof to->state);
        to->in_ms = from->in_ms;
        to->minutes = from->minutes;
        to->until = from->until;
        to->disputed = volunteer->disputes[i];
        to->may_dispute = from->state == ATTENDANCE_POSTED && !to->disputed;
    }
}

/* VR-6, by the rules and hours as told. */
static void star_fill(struct kiosk *kiosk, const struct store_volunteer *volunteer, struct kiosk_volunteer_event *out)
{
    g_autofree struct store_credit *credit = g_new0(struct store_credit, 1);
    g_autoptr(GError) error = NULL;
    struct credit_rules rules;
    bool known = false;

    out->star_asked = volunteer->told.star_asked != 0 ? volunteer->told.star_asked : volunteer->star.waits ? volunteer->star_level : 0;
    if (out->star_asked <= out->stars)
        out->star_asked = 0;
    out->star_until = volunteer->told.star_until;
    g_strlcpy(out->star_refused, volunteer->star.refused, sizeof out->star_refused);
    if (!store_credit_rules(kiosk->store, &rules, &known, &error) ||
        !store_credit(kiosk->store, kiosk->session.token, health_now_ms(kiosk), credit, &error)) {
        g_warning("stars: %s", error->message);
        return;
    }
    int64_t minutes = credit->balance.books[BOOK_HOURS].balance;
    if (!known || !credit->known || out->stars >= STAR_LEVELS || out->star_asked != 0)
        return;
    if (stars_grant(out->stars, minutes, rules.star_min, STAR_LEVELS) > out->stars)
        out->star_next = out->stars + 1;
    else
        out->star_missing = rules.star_min[out->stars] - minutes;
}

static void state_fill(struct kiosk *kiosk, const struct store_volunteer *volunteer, struct kiosk_volunteer_event *out)
{
    out->gate = gate_of(kiosk, health_now_ms(kiosk));
    out->known = volunteer->known;
    out->on_roll = volunteer->on_roll;
    out->waits = !volunteer->on_roll && volunteer->join.waits;
    if (!volunteer->on_roll) {
        g_strlcpy(out->refused, volunteer->join.refused, sizeof out->refused);
        return;
    }
    g_strlcpy(out->no, volunteer->told.no, sizeof out->no);
    out->registered_on = volunteer->told.registered_on;
    out->skills = volunteer->told.skills;
    out->stars = volunteer->told.stars;
    hours_fill(volunteer, out);
    star_fill(kiosk, volunteer, out);
}

static void look(struct kiosk *kiosk)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_VOLUNTEER, .volunteer = {.ask = kiosk->answers.volunteer, .phase = KIOSK_VOLUNTEER_STATE}};
    const char *reason = gate_card(kiosk);
    struct store_volunteer *volunteer = reason == NULL ? load(kiosk) : NULL;

    if (volunteer == NULL) {
        answer(kiosk, reason != NULL ? reason : "STORE", KIOSK_VOLUNTEER_STATE);
        return;
    }
    state_fill(kiosk, volunteer, &event.volunteer);
    unload(volunteer);
    kiosk_post(kiosk, &event, NULL);
    OPENSSL_cleanse(&event, sizeof event);
}

/* ---- Registering -------------------------------------------------------------------------------------------------- */

static const char *join_write(struct kiosk *kiosk, const char *card, const char *guardian, unsigned skills)
{
    struct volunteer_join join = {.skills = skills, .pledge = VOLUNTEER_PLEDGE};
    char id[37];

    g_strlcpy(join.token, card, sizeof join.token);
    g_strlcpy(join.guardian, guardian, sizeof join.guardian);
    return room_write(kiosk, VOLUNTEER_JOINED, volunteer_join_to_json(&join), id);
}

static const char *join_judge(const struct store_volunteer *volunteer, const struct kiosk_volunteer_request *request)
{
    if (volunteer == NULL)
        return "STORE";
    if (volunteer->on_roll)
        return volunteer_code_name(VOLUNTEER_ALREADY);
    if (volunteer->join.waits)
        return "REPEATED";
    return (request->skills & ~VOLUNTEER_SKILLS_ALL) != 0 ? "DATA" : NULL;
}

static void child_remember(struct kiosk *kiosk, unsigned skills)
{
    g_strlcpy(kiosk->child.token, kiosk->session.token, sizeof kiosk->child.token);
    kiosk->child.skills = skills;
    kiosk->child.boot_ms = clock_boot_ms();
    tell(kiosk, KIOSK_VOLUNTEER_GUARDIAN, "");
}

static void child_forget(struct kiosk *kiosk)
{
    OPENSSL_cleanse(&kiosk->child, sizeof kiosk->child);
}

static void join(struct kiosk *kiosk, const struct kiosk_volunteer_request *request)
{
    const char *reason = gates(kiosk);
    struct store_volunteer *volunteer = reason == NULL ? load(kiosk) : NULL;
    enum kiosk_gate gate = gate_of(kiosk, health_now_ms(kiosk));

    if (reason == NULL)
        reason = join_judge(volunteer, request);
    unload(volunteer);
    if (reason == NULL && gate == KIOSK_GATE_REFUSED)
        reason = volunteer_code_name(VOLUNTEER_AGE);
    if (reason == NULL && is_child(gate)) {
        child_remember(kiosk, request->skills);
        return;
    }
    if (reason == NULL)
        reason = join_write(kiosk, kiosk->session.token, "", request->skills);
    answer(kiosk, reason, KIOSK_VOLUNTEER_JOINED);
}

/* Whose birthday the card does not say the platform knows. */
static const char *guardian_judge(struct kiosk *kiosk)
{
    uint32_t birth = birth_of(kiosk);

    if (kiosk->child.token[0] == '\0' || clock_boot_ms() - kiosk->child.boot_ms > CHILD_MS)
        return volunteer_code_name(VOLUNTEER_NO_CONSENT);
    if (strcmp(kiosk->child.token, kiosk->session.token) == 0 ||
        (birth != 0 && age_on(birth, date_of_ms(health_now_ms(kiosk))) < GUARDIAN_AGE))
        return volunteer_code_name(VOLUNTEER_GUARDIAN);
    return NULL;
}

/* With the wrong card the right one may still come. */
static void consent(struct kiosk *kiosk)
{
    const char *reason = gates(kiosk);

    if (reason == NULL)
        reason = guardian_judge(kiosk);
    if (reason == NULL) {
        reason = join_write(kiosk, kiosk->child.token, kiosk->session.token, kiosk->child.skills);
        child_forget(kiosk);
    }
    answer(kiosk, reason, KIOSK_VOLUNTEER_JOINED);
}

/* ---- Stars, disputes ---------------------------------------------------------------------------------------------- */

static const char *star_write(struct kiosk *kiosk, unsigned level)
{
    struct volunteer_star star = {.level = level};
    g_autoptr(GError) error = NULL;
    struct credit_rules rules;
    bool known = false;
    char id[37];

    if (!store_credit_rules(kiosk->store, &rules, &known, &error) || !known) {
        if (error != NULL)
            g_warning("stars: %s", error->message);
        return "STORE";
    }
    g_strlcpy(star.token, kiosk->session.token, sizeof star.token);
    g_strlcpy(star.table, rules.version, sizeof star.table);
    return room_write(kiosk, VOLUNTEER_STAR_ASKED, volunteer_star_to_json(&star), id);
}

static void star(struct kiosk *kiosk)
{
    g_autofree struct kiosk_volunteer_event *state = g_new0(struct kiosk_volunteer_event, 1);
    const char *reason = gates(kiosk);
    struct store_volunteer *volunteer = reason == NULL ? load(kiosk) : NULL;

    if (reason == NULL && volunteer == NULL)
        reason = "STORE";
    if (volunteer != NULL)
        state_fill(kiosk, volunteer, state);
    unload(volunteer);
    if (reason == NULL)
        reason = state->star_next != 0 ? star_write(kiosk, state->star_next) : volunteer_code_name(VOLUNTEER_STAR);
    answer(kiosk, reason, KIOSK_VOLUNTEER_DONE);
}

static const char *dispute_judge(const struct store_volunteer *volunteer, const struct kiosk_volunteer_request *request)
{
    if (volunteer == NULL)
        return "STORE";
    for (size_t i = 0; i < volunteer->told.hour_count; i++)
        if (strcmp(volunteer->told.hours[i].id, request->hours) == 0)
            return volunteer->disputes[i]                                   ? "REPEATED"
                   : volunteer->told.hours[i].state != ATTENDANCE_POSTED ? volunteer_code_name(VOLUNTEER_STATE)
                   : request->what >= VOLUNTEER_DOUBTS                   ? "DATA"
                                                                         : NULL;
    return volunteer_code_name(VOLUNTEER_UNKNOWN);
}

static void dispute(struct kiosk *kiosk, const struct kiosk_volunteer_request *request)
{
    struct volunteer_dispute told = {.what = (enum volunteer_doubt)request->what};
    const char *reason = gates(kiosk);
    struct store_volunteer *volunteer = reason == NULL ? load(kiosk) : NULL;
    char id[37];

    if (reason == NULL)
        reason = dispute_judge(volunteer, request);
    unload(volunteer);
    g_strlcpy(told.token, kiosk->session.token, sizeof told.token);
    g_strlcpy(told.attendance, request->hours, sizeof told.attendance);
    if (reason == NULL)
        reason = room_write(kiosk, VOLUNTEER_DISPUTED, volunteer_dispute_to_json(&told), id);
    answer(kiosk, reason, KIOSK_VOLUNTEER_DONE);
}

void volunteers_do(struct kiosk *kiosk, const struct kiosk_volunteer_request *request)
{
    kiosk->answers.volunteer = request->ask;
    if (kiosk->child.token[0] != '\0' && clock_boot_ms() - kiosk->child.boot_ms > CHILD_MS)
        child_forget(kiosk);
    switch (request->ask) {
    case KIOSK_VOLUNTEER_ASK_LOOK:
        look(kiosk);
        break;
    case KIOSK_VOLUNTEER_ASK_JOIN:
        join(kiosk, request);
        break;
    case KIOSK_VOLUNTEER_ASK_CONSENT:
        consent(kiosk);
        break;
    case KIOSK_VOLUNTEER_ASK_STAR:
        star(kiosk);
        break;
    case KIOSK_VOLUNTEER_ASK_DISPUTE:
        dispute(kiosk, request);
        break;
    }
}
