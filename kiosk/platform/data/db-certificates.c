/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-certificates.h"
#include "platform/data/db-rows.h"
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#define LEAD "certificate_issuer.lead"
#define TOLD "service_certificate.told"

/* ---- Who issues them ---- */

bool db_issuer_put(struct db *db, const struct certificate_issuer *issuer, int64_t now_ms, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO certificate_issuer VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9) ON CONFLICT(community, code) DO UPDATE SET"
                  " uscc=excluded.uscc, name_zh=excluded.name_zh, name_en=excluded.name_en, lead=excluded.lead, phone=excluded.phone,"
                  " own=excluded.own, changed_ms=excluded.changed_ms",
                  "sssspsii", issuer->code, issuer->uscc, issuer->name_zh, issuer->name_en, LEAD, issuer->code, issuer->lead, issuer->phone,
                  (int64_t)issuer->own, now_ms);
}

static bool issuer_read(struct db *db, struct db_rows *rows, struct certificate_issuer *out, GError **error)
{
    *out = (struct certificate_issuer){.own = db_col_int(rows, 6) != 0};
    db_copy_text(rows, 0, out->code, sizeof out->code);
    db_copy_text(rows, 1, out->uscc, sizeof out->uscc);
    db_copy_text(rows, 2, out->name_zh, sizeof out->name_zh);
    db_copy_text(rows, 3, out->name_en, sizeof out->name_en);
    db_copy_text(rows, 5, out->phone, sizeof out->phone);
    return db_copy_unsealed(db, rows, 4, LEAD, out->code, out->lead, sizeof out->lead, error);
}

/* `rows` is ended. */
static GArray *issuers_read(struct db *db, struct db_rows *rows, GError **error)
{
    g_autoptr(GArray) out = g_array_new(FALSE, FALSE, sizeof(struct certificate_issuer));
    int step = rows == NULL ? -1 : 1;

    while (step > 0 && (step = db_next(db, rows, error)) > 0) {
        struct certificate_issuer issuer;
        if (!issuer_read(db, rows, &issuer, error)) {
            db_done(rows);
            step = -1;
        } else {
            g_array_append_val(out, issuer);
        }
    }
    return step == 0 ? g_steal_pointer(&out) : NULL;
}

GArray *db_issuers(struct db *db, GError **error)
{
    return issuers_read(db,
                        db_query(db, error,
                                 "SELECT code, uscc, name_zh, name_en, lead, phone, own FROM certificate_issuer WHERE community=?1"
                                 " ORDER BY own DESC, code",
                                 ""),
                        error);
}

bool db_issuer_find(struct db *db, const char *code, struct certificate_issuer *out, bool *found, GError **error)
{
    g_autoptr(GArray) rows =
        issuers_read(db,
                     db_query(db, error,
                              "SELECT code, uscc, name_zh, name_en, lead, phone, own FROM certificate_issuer WHERE community=?1 AND"
                              " (code=?2 OR (?2='' AND own=1))",
                              "s", code),
                     error);

    *found = rows != NULL && rows->len > 0;
    if (*found)
        *out = g_array_index(rows, struct certificate_issuer, 0);
    return rows != NULL;
}

bool db_activity_issuer_set(struct db *db, const char *activity, const char *issuer, GError **error)
{
    if (*issuer == '\0')
        return db_run(db, error, "DELETE FROM activity_issuer WHERE community=?1 AND activity=?2", "s", activity);
    return db_run(db, error,
                  "INSERT INTO activity_issuer VALUES(?1,?2,?3) ON CONFLICT(community, activity) DO UPDATE SET issuer=excluded.issuer", "ss",
                  activity, issuer);
}

/* ---- What was served ---- */

static bool service_read(struct db_rows *rows, void *into)
{
    struct certificate_service *out = into;

    db_copy_text(rows, 0, out->issuer, sizeof out->issuer);
    db_copy_text(rows, 1, out->title_zh, sizeof out->title_zh);
    db_copy_text(rows, 2, out->title_en, sizeof out->title_en);
    out->minutes = db_col_int(rows, 3);
    out->times = db_col_int(rows, 4);
    out->first_ms = db_col_int(rows, 5);
    return out->minutes > 0;
}

/* What was earned for service, and is neither undone, nor in dispute, nor was put right by hand: who organised it, recorded it. */
GArray *db_certificate_services(struct db *db, int64_t person, int64_t from_ms, int64_t to_ms, GError **error)
{
    static const struct db_reader SERVICE = {service_read, sizeof(struct certificate_service), "hours of service"};

    return db_array(db,
                    db_query(db, error,
                             "SELECT coalesce(i.issuer,''), coalesce(v.title_zh,''), coalesce(v.title_en,''), sum(e.amount), count(*),"
                             " min(coalesce(a.in_ms,t.at_ms)) FROM card c"
                             " JOIN credit_entry e ON e.community=c.community AND e.account='person:'||c.token AND e.book='HOURS'"
                             " JOIN credit_txn t ON t.community=e.community AND t.id=e.txn"
                             " LEFT JOIN attendance a ON a.community=t.community AND a.id=t.ref"
                             " LEFT JOIN activity_session s ON s.community=a.community AND s.id=a.slot"
                             " LEFT JOIN activity v ON v.community=s.community AND v.id=s.activity"
                             " LEFT JOIN activity_issuer i ON i.community=v.community AND i.activity=v.id"
                             " WHERE c.community=?1 AND c.person=?2 AND t.type='EARN' AND e.amount>0 AND NOT EXISTS (SELECT 1 FROM"
                             " credit_txn r WHERE r.community=t.community AND r.reverses=t.id) AND coalesce(a.state,'')<>'DISPUTED' AND"
                             " coalesce(a.in_ms,t.at_ms)>=?3 AND"
                             " coalesce(a.in_ms,t.at_ms)<?4 GROUP BY coalesce(i.issuer,''), coalesce(v.title_zh,''),"
                             " coalesce(v.title_en,'') ORDER BY 4 DESC, 2",
                             "iii", person, from_ms, to_ms),
                    &SERVICE, error);
}

/* ---- The register ---- */

void certificate_row_clear(struct certificate_row *row)
{
    json_decref(row->told);
    *row = (struct certificate_row){0};
}

bool db_certificate_enter(struct db *db, const struct certificate_row *row, GError **error)
{
    char *told = json_dumps(row->told, JSON_COMPACT | JSON_SORT_KEYS);
    bool ok = told != NULL &&
              db_run(db, error, "INSERT INTO service_certificate VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,'MADE',0,?14,0,0)",
                     "ssiisisiiiipi", row->number, row->issuer, row->year, row->seq, row->request, row->person, row->kiosk,
                     (int64_t)row->from, (int64_t)row->to, row->minutes, (int64_t)row->full_name, TOLD, row->number, told, row->made_ms);

    if (told != NULL)
        OPENSSL_cleanse(told, strlen(told));
    free(told);
    return ok;
}

#define COLUMNS                                                                                                                \
    "number, issuer, request, kiosk, state, person, minutes, prints, made_ms, issued_ms, withdrawn_ms, from_date, to_date, full_name, told"

static bool told_read(struct db *db, struct db_rows *rows, struct certificate_row *out, GError **error)
{
    char *told = NULL;

    if (!db_col_unsealed(db, rows, 14, TOLD, out->number, &told, error))
        return false;
    out->told = told != NULL && *told != '\0' ? json_loads(told, 0, NULL) : NULL;
    db_secret_free(told);
    return true;
}

static bool row_read(struct db *db, struct db_rows *rows, struct certificate_row *out, GError **error)
{
    struct { char *text; size_t size; } texts[] = {{out->number, sizeof out->number}, {out->issuer, sizeof out->issuer},
                                                   {out->request, sizeof out->request}, {out->kiosk, sizeof out->kiosk},
                                                   {out->state, sizeof out->state}};

    for (int i = 0; i < (int)G_N_ELEMENTS(texts); i++)
        db_copy_text(rows, i, texts[i].text, texts[i].size);
    out->person = db_col_int(rows, 5);
    out->minutes = db_col_int(rows, 6);
    out->prints = db_col_int(rows, 7);
    out->made_ms = db_col_int(rows, 8);
    out->issued_ms = db_col_int(rows, 9);
    out->withdrawn_ms = db_col_int(rows, 10);
    out->from = (uint32_t)db_col_int(rows, 11);
    out->to = (uint32_t)db_col_int(rows, 12);
    out->full_name = db_col_int(rows, 13) != 0;
    return told_read(db, rows, out, error);
}

/* The first row; `rows` is ended. */
static bool first(struct db *db, struct db_rows *rows, struct certificate_row *out, bool *found, GError **error)
{
    int step = rows == NULL ? -1 : db_next(db, rows, error);

    *out = (struct certificate_row){0};
    *found = step == 1;
    if (step != 1)
        return step == 0;
    bool good = row_read(db, rows, out, error);
    db_done(rows);
    return good;
}

bool db_certificate_find(struct db *db, const char *number, struct certificate_row *out, bool *found, GError **error)
{
    return first(db, db_query(db, error, "SELECT " COLUMNS " FROM service_certificate WHERE community=?1 AND number=?2", "s", number), out, found,
                 error);
}

bool db_certificate_of_request(struct db *db, const char *request, struct certificate_row *out, bool *found, GError **error)
{
    return first(db, db_query(db, error, "SELECT " COLUMNS " FROM service_certificate WHERE community=?1 AND request=?2", "s", request), out, found,
                 error);
}

bool db_certificate_same(struct db *db, const struct certificate_row *like, struct certificate_row *out, bool *found, GError **error)
{
    return first(db,
                 db_query(db, error,
                          "SELECT " COLUMNS " FROM service_certificate WHERE community=?1 AND person=?2 AND issuer=?3 AND from_date=?4 AND"
                          " to_date=?5 AND minutes=?6 AND full_name=?7 AND state<>'WITHDRAWN' ORDER BY made_ms DESC, number DESC LIMIT 1",
                          "isiiii", like->person, like->issuer, (int64_t)like->from, (int64_t)like->to, like->minutes,
                          (int64_t)like->full_name),
                 out, found, error);
}

bool db_certificate_or_other(struct db *db, const char *number, struct certificate_row *out, bool *found, GError **error)
{
    return first(db,
                 db_query(db, error,
                          "SELECT " COLUMNS " FROM service_certificate WHERE community=?1 AND number=(SELECT coalesce((SELECT c.number FROM"
                          " service_certificate c WHERE c.community=?1 AND c.number=?2), (SELECT min(m.number) FROM service_certificate m WHERE"
                          " m.community=?1)))",
                          "s", number),
                 out, found, error);
}

GPtrArray *db_certificate_numbers(struct db *db, int64_t person, int64_t limit, GError **error)
{
    return db_texts(db,
                    db_query(db, error,
                             "SELECT number FROM service_certificate WHERE community=?1 AND (person=?2 OR ?2<0) ORDER BY made_ms DESC, number DESC"
                             " LIMIT ?3",
                             "ii", person, limit),
                    error);
}

bool db_certificate_count(struct db *db, int64_t person, int64_t since_ms, int64_t *count, GError **error)
{
    return db_int(db, error, 0, count, "SELECT count(*) FROM service_certificate WHERE community=?1 AND person=?2 AND made_ms>=?3", "ii", person,
                  since_ms);
}

bool db_certificate_next(struct db *db, const char *issuer, int64_t year, int64_t *seq, GError **error)
{
    return db_int(db, error, 1, seq, "SELECT max(seq)+1 FROM service_certificate WHERE community=?1 AND issuer=?2 AND year=?3", "si", issuer, year);
}

bool db_certificate_printed(struct db *db, const char *number, int64_t at_ms, GError **error)
{
    return db_run(db, error,
                  "UPDATE service_certificate SET prints=prints+1, issued_ms=CASE WHEN issued_ms=0 THEN ?3 ELSE issued_ms END, state=CASE WHEN"
                  " state='MADE' THEN 'ISSUED' ELSE state END WHERE community=?1 AND number=?2",
                  "si", number, at_ms);
}

bool db_certificate_withdraw(struct db *db, const char *number, int64_t at_ms, GError **error)
{
    return db_run(db, error,
                  "UPDATE service_certificate SET state='WITHDRAWN', withdrawn_ms=?3 WHERE community=?1 AND number=?2 AND state<>'WITHDRAWN'", "si",
                  number, at_ms);
}

bool db_certificate_step_add(struct db *db, const struct certificate_step *step, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO service_certificate_step SELECT ?1, ?2, coalesce(max(n),0)+1, ?3, ?4, ?5, ?6, ?7, ?8 FROM service_certificate_step WHERE"
                  " community=?1 AND number=?2",
                  "sisssss", step->number, step->at_ms, step->step, step->kiosk, step->staff[0], step->staff[1], step->reason);
}

json_t *db_certificate_steps(struct db *db, const char *number, GError **error)
{
    json_t *rows = json_array();

    if (!db_rows_json(db,
                      db_query(db, error,
                               "SELECT n, at_ms, step, kiosk, staff_a, staff_b, reason FROM service_certificate_step WHERE community=?1 AND"
                               " number=?2 ORDER BY n",
                               "s", number),
                      NULL, rows, error))
        g_clear_pointer(&rows, json_decref);
    return rows;
}

bool db_certificates_erase(struct db *db, int64_t person, GError **error)
{
    g_autoptr(GPtrArray) numbers =
        db_texts(db, db_query(db, error, "SELECT number FROM service_certificate WHERE community=?1 AND person=?2", "i", person), error);
    bool ok = numbers != NULL;

    for (guint i = 0; ok && i < numbers->len; i++) {
        const char *number = g_ptr_array_index(numbers, i);
        ok = db_run(db, error, "UPDATE service_certificate SET told=?3 WHERE community=?1 AND number=?2", "sp", number, TOLD, number, "");
    }
    return ok;
}

/* Fifty bits of a keyed digest, in letters and digits that nobody takes for each other. */
bool db_certificate_code(struct db *db, const char *number, char out[CERTIFICATE_CODE_SIZE], GError **error)
{
    static const char LETTERS[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    g_autofree char *text = g_strconcat("certificate|", number, NULL);
    uint8_t digest[DB_KEYED_SIZE];

    if (!db_digest(db, text, strlen(text), digest, error))
        return false;
    for (size_t i = 0; i + 1 < CERTIFICATE_CODE_SIZE; i++)
        out[i] = LETTERS[digest[i] & 31];
    out[CERTIFICATE_CODE_SIZE - 1] = '\0';
    OPENSSL_cleanse(digest, sizeof digest);
    return true;
}
