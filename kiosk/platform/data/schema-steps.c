/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the tables change after version 16, for both engines. A step is only ever added at the end, never edited, and takes nothing
 * away. What both engines take is written once, in SQLite's words: for PostgreSQL the words of types are exchanged
 * (db_pg_words()), with "community" kept as TEXT. Triggers, which the two write in different ways, come behind it.
 */
#include "platform/data/db-engine.h"

const struct db_step db_steps[] = {
    {db_schema_books_hold, db_schema_books_hold_sqlite, db_schema_books_hold_pg},
    {db_schema_scans, NULL, NULL},
    {db_schema_persons, db_schema_persons_sqlite, db_schema_persons_pg},
    {db_schema_settle, db_schema_settle_sqlite, db_schema_settle_pg},
    {db_schema_tickets, db_triggers_tickets_sqlite, db_triggers_tickets_pg},
    {db_schema_scans_holds, NULL, NULL},
    {db_schema_stats, NULL, NULL},
    {db_schema_reconcile, db_schema_reconcile_sqlite, db_schema_reconcile_pg},
    {db_schema_scans_balance, NULL, NULL},
    {db_schema_posts, db_triggers_posts_sqlite, db_triggers_posts_pg},
    {db_schema_places, NULL, NULL},
    {db_schema_reporter, db_triggers_reporter_sqlite, db_triggers_reporter_pg},
    {db_schema_content, db_triggers_content_sqlite, db_triggers_content_pg},
    {db_schema_service_orders, db_triggers_service_orders_sqlite, db_triggers_service_orders_pg},
    {db_schema_activities, db_triggers_activities_sqlite, db_triggers_activities_pg},
    {db_schema_quota, db_schema_quota_sqlite, db_schema_quota_pg},
    {db_schema_ratings, db_schema_ratings_sqlite, db_schema_ratings_pg},
    {db_schema_seats_closed, NULL, NULL},
    {db_schema_posting, db_schema_posting_sqlite, db_schema_posting_pg},
    {db_schema_cards, db_triggers_cards_sqlite, db_triggers_cards_pg},
    {db_schema_authorities, NULL, NULL},
    {db_schema_payouts, db_schema_payouts_sqlite, db_schema_payouts_pg},
    {db_schema_also, NULL, NULL},
    {db_schema_changes, db_schema_changes_sqlite, db_schema_changes_pg},
    {db_schema_care, db_triggers_care_sqlite, db_triggers_care_pg},
    {db_schema_tickets_told, NULL, NULL},
    {db_schema_help, NULL, NULL},
    {db_schema_counted_day, NULL, NULL},
    {db_schema_accepted, db_schema_accepted_sqlite, db_schema_accepted_pg},
    {db_schema_volunteers, db_triggers_volunteers_sqlite, db_triggers_volunteers_pg},
    {db_schema_preferences, NULL, NULL},
    {db_schema_postings, NULL, db_schema_postings_pg},
    {db_schema_certificates, db_triggers_certificates_sqlite, db_triggers_certificates_pg},
    {db_schema_accepted_had, NULL, NULL},
    {db_schema_change_first, NULL, NULL},
    {db_schema_canteen, db_triggers_canteen_sqlite, db_triggers_canteen_pg},
    {db_schema_steps_of_loads, NULL, NULL},
    {db_schema_operator_authority, NULL, NULL},
    {db_schema_queue, db_triggers_queue_sqlite, db_triggers_queue_pg},
    {db_schema_operator_digest, NULL, NULL},
    {db_schema_queue_runs, db_triggers_queue_runs_sqlite, db_triggers_queue_runs_pg},
    {db_schema_topics, db_triggers_topics_sqlite, db_triggers_topics_pg},
    {db_schema_appointments, db_triggers_appointments_sqlite, db_triggers_appointments_pg},
    {NULL, NULL, NULL},
};

int db_schema_version(void)
{
    int version = db_migration_count;

    for (const struct db_step *step = db_steps; step->both != NULL; step++)
        version++;
    return version;
}
