/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a database engine does for db.c and db-run.c: a connection, transactions, statements with values, rows. Two of them: db-sqlite.c and
 * db-pg.c. Nothing else knows which one it is.
 *
 * A statement's text is a literal of the db-*.c files, ?1 … ?N its values. An engine keeps what it prepared by the literal's
 * address, as long as the connection lives.
 */
#ifndef PLATFORM_DB_ENGINE_H
#define PLATFORM_DB_ENGINE_H

#include "platform/data/db.h"

struct db_value {
    char kind; /* 's' text (NULL is NULL), 'i' number, 'b' bytes (NULL is NULL) */
    const char *text;
    int64_t number;
    const void *bytes;
    size_t len;
};

struct db_engine {
    const char *name;
    bool far; /* what begins waits for a server, and not for programs of this machine alone */
    /** Connect, with every setting that durability rests on seen to hold, and bring the tables to this program's version, each step
     *  once however many programs start. `create`: there must be nothing of this community yet, else it must be there. */
    bool (*open)(struct db *db, const char *place, bool create, GError **error);
    /** One more connection to what open() has opened, for reading transactions alone. `reader->owner` is that one. */
    bool (*open_reader)(struct db *reader, const char *place, GError **error);
    void (*close)(struct db *db); /* also of what open() or open_reader() did not end */
    /** `writing`: alone among all writers of this community, on whatever machine, until the end. */
    bool (*begin)(struct db *db, bool writing, GError **error);
    /** False: rolled back, as far as is known. */
    bool (*commit)(struct db *db, GError **error);
    void (*rollback)(struct db *db);
    /** Statements without values. */
    bool (*script)(struct db *db, const char *sql, GError **error);

    struct db_rows *(*query)(struct db *db, const char *sql, const struct db_value *values, int count, GError **error);
    int (*next)(struct db *db, struct db_rows *rows, GError **error);
    void (*done)(struct db_rows *rows);
    /** Much at once begins or ends: what an engine wants to have ready for it. Off: everything posted is waited for. */
    bool (*bulk)(struct db *db, bool on, GError **error);
    /** A statement of a writing transaction whose answer is not waited for; what fails is told by whatever comes next and waits,
     *  at the latest by settle() or the commit. An engine that has no other way does it at once. The values live for the call only. */
    bool (*post)(struct db *db, const char *sql, const struct db_value *values, int count, GError **error);
    /** The same for rows of one table, "INSERT INTO …(…) VALUES(?1,…,?N)": those that come one after the other may go as one. NULL: by post(). */
    bool (*gather)(struct db *db, const char *sql, const struct db_value *values, int count, GError **error);
    /** db_run_later(). NULL: by post(). */
    bool (*later)(struct db *db, const struct db_later *what, const struct db_value *values, int count, GError **error);
    /** db_asking(), db_rests(), db_touches(), db_forget() of db.h, in a transaction that writes. All NULL: a question is no way there and back. */
    bool (*asking)(struct db *db, bool on, GError **error);
    void (*rests)(struct db *db, const char *topic, const char *key);
    void (*touches)(struct db *db, const char *topic, const char *key);
    void (*forget)(struct db *db, const char *topic, const char *key);
    /** Everything posted was done well. NULL as above. */
    bool (*settle)(struct db *db, GError **error);
    int (*changes)(struct db *db);
    bool (*version)(struct db *db, int64_t *out, GError **error);

    int (*count)(struct db_rows *rows);
    const char *(*name_of)(struct db_rows *rows, int column);
    bool (*is_null)(struct db_rows *rows, int column);
    bool (*is_int)(struct db_rows *rows, int column);
    int64_t (*number)(struct db_rows *rows, int column);
    const char *(*text)(struct db_rows *rows, int column);
    const void *(*bytes)(struct db_rows *rows, int column, size_t *len);
};

/** Each engine's rows begin with this. */
struct db_rows {
    const struct db_engine *engine;
};

struct db {
    const struct db_engine *engine;
    void *link; /* the engine's connection */
    char *community;
    struct db_keys *keys; /* NULL: none */
    bool posts;           /* a transaction that writes is under way, and its engine posts */
    uint64_t runs;        /* statements without rows that it was given, ever */
    struct db *owner; /* of a reader: whose community and keys it borrows; else NULL */
    /* Of an owner only. */
    char *place;
    GMutex lock;
    int64_t begun_ms; /* boot time; of the transaction under way */
    GCond turn_over;
    uint64_t turn, turn_next; /* whose it is to write, and the next one's that comes */
    int64_t turn_ms;          /* boot time since when one of them has the writer; 0: none has */
    GMutex readers_lock;
    GCond readers_back;
    GPtrArray *readers; /* those that nobody reads with now */
    unsigned reader_count;
    GHashTable *accounts; /* of the ledger that are there for sure; all forgotten when something is undone */
};

/** Where this thread's statements go: its reader while it reads, else the connection that writes. */
struct db *db_here(struct db *db);

extern const struct db_engine db_engine_sqlite; /* place: the data folder */
extern const struct db_engine db_engine_pg;     /* place: libpq's connection string */

/** schema-pg.c: the tables as of version db_migration_count. */
extern const char db_pg_schema[];

/** schema-steps.c: what makes version db_migration_count + n + 1 of n; the last one has nothing of `both`. */
struct db_step {
    const char *both;        /* tables and indexes in SQLite's words */
    const char *sqlite, *pg; /* what only one of them takes, behind it; may be NULL */
};
extern const struct db_step db_steps[];
/* ---- What several steps say ---- */
/** Did NEWER take the place of OLDER? Of a row NEW, on both engines. */
#define DB_CARD_FOLLOWS(OLDER, NEWER) \
    "EXISTS (SELECT 1 FROM card_replacement r WHERE r.community=NEW.community AND r.card=" OLDER " AND r.successor=" NEWER ")"
/** A trigger of PostgreSQL whose condition asks other rows, which WHEN cannot. Refuses INSERT and UPDATE. */
#define DB_PG_ASK(NAME, WHEN, TABLE, CONDITION, WHY)                                                                           \
    "CREATE FUNCTION " NAME "() RETURNS trigger LANGUAGE plpgsql SET search_path=citycard AS $$ BEGIN IF (" CONDITION ") THEN" \
    " RAISE EXCEPTION '" WHY "'; END IF; RETURN NEW; END $$;"                                                                  \
    "CREATE TRIGGER " NAME " BEFORE " WHEN " ON " TABLE " FOR EACH ROW EXECUTE FUNCTION " NAME "();"

extern const char db_schema_persons[], db_schema_persons_sqlite[], db_schema_persons_pg[]; /* schema-persons.c */
extern const char db_schema_tickets[], db_triggers_tickets_sqlite[], db_triggers_tickets_pg[]; /* schema-tickets.c */
extern const char db_schema_service_orders[], db_triggers_service_orders_sqlite[], db_triggers_service_orders_pg[]; /* schema-service-orders.c */
extern const char db_schema_counted_day[]; /* schema-changes.c: others */
extern const char db_schema_places[], db_schema_tickets_told[]; /* schema-tickets.c: others */
extern const char db_schema_reporter[], db_triggers_reporter_sqlite[], db_triggers_reporter_pg[]; /* schema-reporter.c */
extern const char db_schema_stats[], db_schema_operator_authority[], db_schema_operator_digest[]; /* schema-stats.c: three of them */
extern const char db_schema_activities[], db_triggers_activities_sqlite[], db_triggers_activities_pg[]; /* schema-activities.c */
extern const char db_schema_authorities[]; /* schema-authorities.c */
extern const char db_schema_changes[], db_schema_changes_sqlite[], db_schema_changes_pg[]; /* schema-changes.c */
extern const char db_schema_also[];        /* schema-also.c */
extern const char db_schema_help[]; /* schema-help.c */
extern const char db_schema_preferences[]; /* schema-preferences.c */
extern const char db_schema_canteen[], db_triggers_canteen_sqlite[], db_triggers_canteen_pg[]; /* schema-canteen.c */
extern const char db_schema_certificates[], db_triggers_certificates_sqlite[], db_triggers_certificates_pg[]; /* schema-certificates.c */
extern const char db_schema_payouts[], db_schema_payouts_sqlite[], db_schema_payouts_pg[], db_schema_accepted[], db_schema_accepted_sqlite[],
    db_schema_accepted_pg[], db_schema_accepted_had[]; /* schema-payouts.c */
extern const char db_schema_seats_closed[]; /* schema-seats.c */
extern const char db_schema_posting[], db_schema_posting_sqlite[], db_schema_posting_pg[]; /* schema-posting.c */
extern const char db_schema_postings[], db_schema_postings_pg[]; /* schema-postings.c */
extern const char db_schema_cards[], db_triggers_cards_sqlite[], db_triggers_cards_pg[]; /* schema-cards.c */
extern const char db_schema_care[], db_triggers_care_sqlite[], db_triggers_care_pg[]; /* schema-care.c */
extern const char db_schema_volunteers[], db_triggers_volunteers_sqlite[], db_triggers_volunteers_pg[]; /* schema-volunteers.c */
extern const char db_schema_posts[], db_triggers_posts_sqlite[], db_triggers_posts_pg[]; /* schema-staff.c */
extern const char db_schema_content[], db_triggers_content_sqlite[], db_triggers_content_pg[]; /* schema-content.c */
extern const char db_schema_topics[], db_triggers_topics_sqlite[], db_triggers_topics_pg[]; /* schema-topics.c */
extern const char db_schema_queue[], db_triggers_queue_sqlite[], db_triggers_queue_pg[], db_schema_queue_runs[],
    db_triggers_queue_runs_sqlite[], db_triggers_queue_runs_pg[], db_schema_appointments[], db_triggers_appointments_sqlite[],
    db_triggers_appointments_pg[]; /* schema-queue.c: three of them */
/** The version that all steps lead to. */
int db_schema_version(void);
/** `sql` in PostgreSQL's words. g_free. */
char *db_pg_words(const char *sql);

#endif
