/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-retention.h"
#include "platform/data/db-activities.h"
#include "platform/data/db-appointments.h"
#include "platform/data/db-queue.h"
#include "platform/data/db-care.h"
#include "platform/data/db-certificates.h"
#include "platform/data/db-preferences.h"
#include "platform/data/db-rows.h"
#include "platform/data/db-service-orders.h"
#include "platform/data/db-topics.h"
#include <string.h>

/* Files, whose parts go before them. */
#define UNUSED       "NOT EXISTS (SELECT 1 FROM file_use u WHERE u.community=?1 AND u.file=f.id)"
#define UNUSED_FILES "(SELECT f.id FROM file f WHERE f.community=?1 AND f.personal=0 AND f.made_ms<?2 AND " UNUSED " ORDER BY f.id LIMIT ?3)"
#define OLD_PHOTOS   "(SELECT id FROM file WHERE community=?1 AND personal=1 AND made_ms<?2 ORDER BY id LIMIT ?3)"

static const struct {
    const char *count, *delete;
} STATEMENTS[KEPTS] = {
    [KEPT_CHALLENGE] = {"SELECT count(*) FROM tap_challenge WHERE community=?1 AND made_ms<?2",
                        "DELETE FROM tap_challenge WHERE community=?1 AND id IN (SELECT id FROM tap_challenge WHERE"
                        " community=?1 AND made_ms<?2 ORDER BY id LIMIT ?3)"},
    [KEPT_FAILURE] = {"SELECT count(*) FROM tap_failure WHERE community=?1 AND since_ms<?2",
                      "DELETE FROM tap_failure WHERE community=?1 AND scope IN (SELECT scope FROM tap_failure WHERE"
                      " community=?1 AND since_ms<?2 ORDER BY scope LIMIT ?3)"},
    [KEPT_SESSION] = {"SELECT count(*) FROM tap_session WHERE community=?1 AND expires_ms<?2",
                      "DELETE FROM tap_session WHERE community=?1 AND digest IN (SELECT digest FROM tap_session WHERE"
                      " community=?1 AND expires_ms<?2 ORDER BY digest LIMIT ?3)"},
    [KEPT_ANSWER] = {"SELECT count(*) FROM idempotency WHERE community=?1 AND at_ms<?2",
                     "DELETE FROM idempotency WHERE community=?1 AND (kiosk, key) IN (SELECT kiosk, key FROM idempotency WHERE"
                     " community=?1 AND at_ms<?2 ORDER BY kiosk, key LIMIT ?3)"},
    [KEPT_LETTER] = {"SELECT count(*) FROM deadletter WHERE community=?1 AND received_ms<?2",
                     "DELETE FROM deadletter WHERE community=?1 AND (kiosk, epoch, seq, hash) IN (SELECT kiosk, epoch, seq, hash"
                     " FROM deadletter WHERE community=?1 AND received_ms<?2 ORDER BY kiosk, epoch, seq, hash LIMIT ?3)"},
    [KEPT_CODE] = {"SELECT count(*) FROM enrol_code WHERE community=?1 AND expires_ms<?2",
                   "DELETE FROM enrol_code WHERE community=?1 AND kiosk IN (SELECT kiosk FROM enrol_code WHERE"
                   " community=?1 AND expires_ms<?2 ORDER BY kiosk LIMIT ?3)"},
    /* The newest stays: rows are numbered behind it. */
    [KEPT_ACCESS] = {"SELECT count(*) FROM access_log WHERE community=?1 AND at_ms<?2 AND n<(SELECT max(n) FROM access_log WHERE"
                     " community=?1)",
                     "DELETE FROM access_log WHERE community=?1 AND n IN (SELECT n FROM access_log WHERE community=?1 AND at_ms<?2"
                     " AND n<(SELECT max(n) FROM access_log WHERE community=?1) ORDER BY n LIMIT ?3)"},
    [KEPT_READER] = {"SELECT count(*) FROM notice_read WHERE community=?1 AND at_ms<?2",
                     "DELETE FROM notice_read WHERE community=?1 AND (notice, reader) IN (SELECT notice, reader FROM notice_read WHERE"
                     " community=?1 AND at_ms<?2 ORDER BY notice, reader LIMIT ?3)"},
    [KEPT_FILE] = {"SELECT count(*) FROM file f WHERE f.community=?1 AND f.personal=0 AND f.made_ms<?2 AND " UNUSED,
                   "DELETE FROM file WHERE community=?1 AND id IN " UNUSED_FILES},
    [KEPT_PHOTO] = {"SELECT count(*) FROM file WHERE community=?1 AND personal=1 AND made_ms<?2",
                    "DELETE FROM file WHERE community=?1 AND id IN " OLD_PHOTOS},
    [KEPT_PERSON] = {"SELECT count(*) FROM person_left WHERE community=?1 AND left_ms<?2 AND erased_ms=0", NULL},
};

bool db_kept_count(struct db *db, enum kept kept, int64_t before_ms, int64_t *count, GError **error)
{
    return db_int(db, error, 0, count, STATEMENTS[kept].count, "i", before_ms);
}

bool db_floor_rise(struct db *db, const char *kind, int64_t before_ms, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO retention_floor VALUES(?1,?2,?3) ON CONFLICT(community, kind) DO UPDATE SET"
                  " before_ms=excluded.before_ms WHERE excluded.before_ms>retention_floor.before_ms",
                  "si", kind, before_ms);
}

bool db_kept_delete(struct db *db, enum kept kept, int64_t before_ms, int64_t limit, int64_t *gone, GError **error)
{
    if (kept == KEPT_ACCESS && !db_floor_rise(db, "access_log", before_ms, error))
        return false;
    if (kept == KEPT_FILE &&
        !db_run(db, error, "DELETE FROM file_part WHERE community=?1 AND file IN " UNUSED_FILES, "ii", before_ms, limit))
        return false;
    if (kept == KEPT_PHOTO &&
        (!db_run(db, error, "DELETE FROM file_part WHERE community=?1 AND file IN " OLD_PHOTOS, "ii", before_ms, limit) ||
         !db_run(db, error, "DELETE FROM file_use WHERE community=?1 AND file IN " OLD_PHOTOS, "ii", before_ms, limit)))
        return false;
    if (!db_run(db, error, STATEMENTS[kept].delete, "ii", before_ms, limit))
        return false;
    *gone = db_changes(db);
    return true;
}

/* ---- Who left ---- */

bool db_person_left_next(struct db *db, int64_t before_ms, int64_t *person, GError **error)
{
    return db_int(db, error, -1, person,
                  "SELECT person FROM person_left WHERE community=?1 AND left_ms<?2 AND erased_ms=0 ORDER BY left_ms, person LIMIT 1",
                  "i", before_ms);
}

bool db_person_left_add(struct db *db, int64_t person, const char *const by[2], const char *reason, int64_t now_ms, GError **error)
{
    return db_run(db, error, "INSERT INTO person_left VALUES(?1,?2,?3,?4,?5,?6,0)", "iisss", person, now_ms, by[0], by[1], reason);
}

static bool open_payments(struct db *db, int64_t person, int64_t *count, GError **error)
{
    return db_int(db, error, 0, count,
                  "SELECT count(*) FROM payment p JOIN card c ON c.community=p.community AND c.token=p.card WHERE p.community=?1 AND"
                  " c.person=?2 AND p.state IN ('COMMITTING','IN_DOUBT')",
                  "i", person);
}

bool db_person_left(struct db *db, int64_t person, bool *left, GError **error)
{
    int64_t count = 0;
    bool ok = db_int(db, error, 0, &count, "SELECT count(*) FROM person_left WHERE community=?1 AND person=?2", "i", person);

    *left = count > 0;
    return ok;
}

bool db_person_may_leave(struct db *db, int64_t person, const char **why, GError **error)
{
    int64_t cards = 0, payments = 0;
    bool left = false;
    g_autoptr(GPtrArray) orders = db_service_orders_open(db, person, error);
    bool ok = orders != NULL &&
              db_int(db, error, 0, &cards, "SELECT count(*) FROM card WHERE community=?1 AND person=?2 AND state='active'", "i", person) &&
              db_person_left(db, person, &left, error) &&
              open_payments(db, person, &payments, error);

    *why = left           ? "this person has left already"
           : cards > 0    ? "a card of this person is in use: report it first"
           : payments > 0 ? "a payment of this person is not settled"
           : ok && orders->len > 0 ? "an order of this person has not ended"
                          : NULL;
    return ok;
}

/* Each text is sealed for its own place, as it was. */
static bool erase_person(struct db *db, int64_t person, GError **error)
{
    char key[24];

    db_key(person, key);
    return db_run(db, error,
                  "UPDATE person SET name=?3, id_number=?4, phone=?5, born=?6, birth=0, id_index=NULL WHERE community=?1 AND id=?2",
                  "ipppp", person, "person.name", key, "", "person.id_number", key, "", "person.phone", key, "", "person.birth", key,
                  "0");
}

static bool erase_address(struct db *db, int64_t person, GError **error)
{
    int64_t household = -1, others = 0;
    char key[24];

    if (!db_int(db, error, -1, &household, "SELECT household FROM person WHERE community=?1 AND id=?2", "i", person) ||
        !db_int(db, error, 0, &others,
                "SELECT count(*) FROM person p WHERE p.community=?1 AND p.household=?2 AND p.id<>?3 AND NOT EXISTS (SELECT 1 FROM"
                " person_left l WHERE l.community=?1 AND l.person=p.id)",
                "ii", household, person))
        return false;
    return others > 0 || db_run(db, error, "UPDATE household SET address=?3 WHERE community=?1 AND id=?2", "ip", household,
                                "household.address", db_key(household, key), "");
}

/* Whose tickets they were, what they wrote in them and what staff noted among themselves; what staff did and released stays. */
static bool erase_tickets(struct db *db, const char *card, GError **error)
{
    g_autoptr(GPtrArray) tickets =
        db_texts(db, db_query(db, error, "SELECT token FROM ticket WHERE community=?1 AND reporter=?2 AND reporter<>''", "s", card), error);
    bool ok = tickets != NULL;

    for (guint i = 0; ok && i < tickets->len; i++) {
        const char *token = g_ptr_array_index(tickets, i);
        ok = db_run(db, error,
                    "UPDATE ticket SET description=?3, contact=?4, attributes=?5, address=?6, reporter='', told=0 WHERE community=?1 AND token=?2",
                    "spppp", token, "ticket.description", token, "", "ticket.contact", token, "{}", "ticket.attributes", token, "{}",
                    "ticket.address", token, "") &&
             db_run(db, error, "UPDATE ticket_event SET private_note='' WHERE community=?1 AND ticket=?2", "s", token) &&
             db_change_add(db, "ticket", token, error);
    }
    return ok;
}

static bool erase_accounts(struct db *db, const char *token, GError **error)
{
    g_autoptr(GPtrArray) bills =
        db_texts(db, db_query(db, error, "SELECT id FROM bill WHERE community=?1 AND card=?2", "s", token), error);
    g_autoptr(GPtrArray) statements =
        db_texts(db, db_query(db, error, "SELECT id FROM statement WHERE community=?1 AND card=?2", "s", token), error);
    bool ok = bills != NULL && statements != NULL;

    for (guint i = 0; ok && i < bills->len; i++) {
        const char *id = g_ptr_array_index(bills, i);
        ok = db_run(db, error, "UPDATE bill SET account_no=?3, account_index=?2 WHERE community=?1 AND id=?2", "sp", id, "bill.account_no",
                    id, "");
    }
    for (guint i = 0; ok && i < statements->len; i++) {
        const char *id = g_ptr_array_index(statements, i);
        ok = db_run(db, error, "UPDATE statement SET account_no=?3 WHERE community=?1 AND id=?2", "sp", id, "statement.account_no", id, "");
    }
    return ok;
}

/* Numbers of the card, wherever they lie; what was paid with it stays under its token. */
static bool erase_card(struct db *db, const char *token, GError **error)
{
    return db_run(db, error, "UPDATE card SET number=?3 WHERE community=?1 AND token=?2", "sp", token, "card.number", token, "") &&
           db_run(db, error, "UPDATE payment SET number=NULL, body=NULL WHERE community=?1 AND card=?2", "s", token) &&
           db_run(db, error, "UPDATE load_order SET body=NULL WHERE community=?1 AND card=?2", "s", token) &&
           erase_accounts(db, token, error) && db_preference_erase(db, token, error) && erase_tickets(db, token, error) && db_service_orders_erase(db, token, error) && db_seats_erase(db, token, error) && db_queue_erase(db, token, error) &&
           db_appointments_erase(db, token, error) && db_opinions_erase(db, token, error);
}

bool db_person_erase(struct db *db, int64_t person, int64_t now_ms, bool *open, GError **error)
{
    int64_t payments = 0;

    if (!open_payments(db, person, &payments, error))
        return false;
    *open = payments > 0;
    if (*open)
        return true;
    g_autoptr(GPtrArray) cards =
        db_texts(db, db_query(db, error, "SELECT token FROM card WHERE community=?1 AND person=?2", "i", person), error);
    bool ok = cards != NULL && erase_person(db, person, error) && erase_address(db, person, error) && db_care_erase(db, person, error) &&
              db_certificates_erase(db, person, error) && db_topics_erase(db, person, error);
    for (guint i = 0; ok && i < cards->len; i++)
        ok = erase_card(db, g_ptr_array_index(cards, i), error);
    return ok && db_run(db, error, "UPDATE person_left SET erased_ms=?3 WHERE community=?1 AND person=?2", "ii", person, now_ms);
}
