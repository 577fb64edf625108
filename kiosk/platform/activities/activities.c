/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/activities/activities.h"
#include "model/model.h"
#include "platform/data/db-rows.h"
#include "platform/keys/pki.h"
#include "platform/staff.h"
#include "sync/signed.h"
#include <stdlib.h>
#include <string.h>

/* Printable ASCII without blanks: it stands in events and keys of the feed. */
static bool id_fits(const char *id)
{
    size_t len = strlen(id);

    for (size_t i = 0; i < len; i++)
        if (id[i] <= ' ' || id[i] >= 0x7F)
            return false;
    return len > 0 && len < ACTIVITY_ID_SIZE;
}

static bool word_fits(const char *word)
{
    return *word != '\0' && strspn(word, "abcdefghijklmnopqrstuvwxyz_") == strlen(word);
}

bool activities_add(struct db *db, const struct activity_row *row, GError **error)
{
    if (!id_fits(row->id) || !word_fits(row->kind) || *row->title_zh == '\0' || *row->title_en == '\0' || row->fee_fen < 0)
        return platform_refuse(error, "an activity has an id without blanks, a kind of small letters, and titles");
    return db_activity_add(db, row, error) && db_change_add(db, "activity", row->id, error);
}

bool activities_date_add(struct db *db, const struct date_row *row, GError **error)
{
    json_t *json = seat_session_to_json(&row->session);
    struct seat_session session;
    bool fits = id_fits(row->id) && seat_session_from_json(json, &session) && !session.called_off;

    json_decref(json);
    if (!fits)
        return platform_refuse(error, "a date has an id without blanks, ends after it begins, has 1 to 10000 seats and ages that can be");
    return db_date_add(db, row, error) && db_change_add(db, "activity", row->activity, error);
}

/* ---- Kiosks' own seats ---- */

static bool issue(struct platform *platform, const char *kiosk, int64_t now_ms, GError **error)
{
    g_autofree struct allotment *allotment = g_new0(struct allotment, 1);
    int64_t newest = 0;

    if (!db_seat_issue_version(platform->db, kiosk, &newest, error) || !db_allotments(platform->db, kiosk, now_ms, allotment, error))
        return false;
    allotment->version = MAX(newest + 1, now_ms);
    allotment->issued_ms = now_ms;
    g_strlcpy(allotment->kiosk, kiosk, sizeof allotment->kiosk);
    json_t *json = allotment_to_json(allotment);
    char *payload = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
    g_autofree char *signature = payload != NULL ? pki_sign(platform->sign_key, payload, strlen(payload), error) : NULL;
    char key_id[SIGNED_KEY_ID_SIZE];
    bool ok = signature != NULL && signed_key_id(platform->sign_public, key_id) &&
              db_seat_issue_add(platform->db, allotment, payload, signature, key_id, error) &&
              db_change_add(platform->db, "allotment", kiosk, error);

    free(payload);
    json_decref(json);
    return ok;
}

/* Only what nobody has, is promised or waits for. */
static bool may_allot(struct db *db, const char *kiosk, const struct date_row *session, int places, int64_t now_ms, GError **error)
{
    g_autofree struct allotment *now = g_new0(struct allotment, 1);
    struct date_count count;
    int64_t had = 0, told = 0;

    if (!db_date_count(db, session->id, &count, error) || !db_allotment(db, kiosk, session->id, &had, &told, error) ||
        !db_allotments(db, kiosk, now_ms, now, error))
        return false;
    if (had == 0 && now->count >= ALLOTS_MAX)
        return platform_refuse(error, "a kiosk has seats of so many dates already as can be told");
    if (session->session.called_off || now_ms >= session->session.start_ms)
        return platform_refuse(error, "the date is called off or has begun");
    if (places <= had)
        return platform_refuse(error, "a kiosk keeps the seats that it was given: only more of them");
    if (count.waiting > 0 || places - had > session->session.seats - count.taken - count.held)
        return platform_refuse(error, "so many are not free");
    return true;
}

bool activities_allot(struct platform *platform, const char *kiosk, const char *session, int places, int64_t now_ms, GError **error)
{
    struct date_row row;
    struct kiosk_row known;
    bool found;

    if (!db_date_find(platform->db, session, &row, &found, error))
        return false;
    if (!found)
        return platform_refuse(error, "no such date");
    if (!db_kiosk_find(platform->db, kiosk, &known, &found, error))
        return false;
    if (!found)
        return platform_refuse(error, "no such kiosk");
    return may_allot(platform->db, kiosk, &row, places, now_ms, error) && db_allotment_set(platform->db, kiosk, session, places, error) &&
           issue(platform, kiosk, now_ms, error) && db_change_add(platform->db, "activity", row.activity, error);
}

bool activities_close(struct platform *platform, const char *kiosk, int64_t now_ms, GError **error)
{
    bool any;

    return db_allotments_close(platform->db, kiosk, &any, error) && (!any || issue(platform, kiosk, now_ms, error));
}

/* ---- Calling off ---- */

static bool reissue_all(struct platform *platform, const char *session, int64_t now_ms, GError **error)
{
    g_autoptr(GPtrArray) kiosks = db_allotment_kiosks(platform->db, session, error);
    bool ok = kiosks != NULL;

    for (guint i = 0; ok && i < kiosks->len; i++)
        ok = issue(platform, g_ptr_array_index(kiosks, i), now_ms, error);
    return ok;
}

static bool staff_says_yes(struct db *db, const char *staff, enum staff_act act, const char *about, int64_t now_ms, GError **error)
{
    struct staff_question question = {.names = {staff}, .needed = 1, .act = act, .about = about, .at_ms = now_ms, .now_ms = now_ms};

    return staff_allows(db, &question, error);
}

static bool call_off_in(struct platform *platform, const char *session, const char *staff, const char *reason, int64_t now_ms,
                        GError **error)
{
    struct date_row row;
    bool found;

    if (!db_date_find(platform->db, session, &row, &found, error))
        return false;
    if (!found || row.session.called_off || now_ms >= row.session.end_ms)
        return platform_refuse(error, !found ? "no such date" : "it is called off already, or over");
    if (!staff_says_yes(platform->db, staff, STAFF_PUBLISH, NULL, now_ms, error) || !db_date_off(platform->db, session, now_ms, reason, error))
        return false;
    row.session.called_off = true;
    return seats_call_off(platform->db, &row, staff, now_ms, error) && reissue_all(platform, session, now_ms, error) &&
           db_change_add(platform->db, "activity", row.activity, error);
}

bool activities_call_off(struct platform *platform, const char *session, const char *staff, const char *reason, int64_t now_ms,
                         GError **error)
{
    if (!db_begin(platform->db, true, error))
        return false;
    if (call_off_in(platform, session, staff, reason, now_ms, error))
        return db_commit(platform->db, error);
    db_rollback(platform->db);
    return false;
}

/* ---- Staff, for somebody ---- */

static bool seat_in(struct platform *platform, const struct seat_order *order, int64_t now_ms, enum seat_state *out, GError **error)
{
    const char *code = "SEAT_UNKNOWN";
    struct seat_row row;
    bool found;

    if (!db_seat_find(platform->db, order->seat, &row, &found, error) ||
        (found && (!staff_says_yes(platform->db, order->staff, STAFF_DESK, row.card, now_ms, error) ||
                   !seats_step(platform->db, order, now_ms, &code, error) ||
                   !db_seat_find(platform->db, order->seat, &row, &found, error))))
        return false;
    if (code != NULL)
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "the seat is not moved: %s", code);
    *out = row.seat.state;
    return code == NULL;
}

bool activities_seat(struct platform *platform, const struct seat_order *order, int64_t now_ms, enum seat_state *out, GError **error)
{
    if (!db_begin(platform->db, true, error))
        return false;
    if (seat_in(platform, order, now_ms, out, error))
        return db_commit(platform->db, error);
    db_rollback(platform->db);
    return false;
}
