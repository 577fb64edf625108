/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_COMMANDS_H
#define PLATFORM_COMMANDS_H

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

/** One subcommand: its arguments without the program's name. The exit status is 0 when true; else the error is told. */
typedef bool (*command_fn)(int argc, char **argv, GError **error);

struct command {
    const char *name, *arguments, *about;
    command_fn run;
};
extern const struct command commands[]; /* ends with a NULL name */

/** commands-serve.c */
bool command_serve(int argc, char **argv, GError **error);
bool command_server_renew(int argc, char **argv, GError **error);
bool command_restored(int argc, char **argv, GError **error);
/** commands-hotlist.c */
bool command_card_lost(int argc, char **argv, GError **error);
bool command_card_found(int argc, char **argv, GError **error);
bool command_hotlist_import(int argc, char **argv, GError **error);

/** Most commands: --data DIR, perhaps --json, perhaps one argument. platform_close() it. */
struct platform;
struct platform *command_open(int argc, char **argv, const char *name, gboolean *json, char **rest, GError **error);
/** What --data named; NULL: it was left out, or does not open. platform_close() it. */
struct platform *command_data_open(const char *data_dir, GError **error);

/** "2026-12-01T18:00:00+08:00" → ms UTC; NULL is 0. False: it is no time. */
bool command_moment(const char *text, int64_t *out);

/** Takes the reference; false: NULL, or it cannot be written. */
bool command_print_json(json_t *json);

/** commands-doubts.c */
bool command_doubts(int argc, char **argv, GError **error);
bool command_doubt_settle(int argc, char **argv, GError **error);

/** commands-keys.c */
bool command_keys(int argc, char **argv, GError **error);
bool command_keys_to_hsm(int argc, char **argv, GError **error);
bool command_rotate_signing(int argc, char **argv, GError **error);
bool command_keys_add(int argc, char **argv, GError **error);

/** commands-sample.c */
bool command_check_sample(int argc, char **argv, GError **error);
/** commands-persons.c */
bool command_access_log(int argc, char **argv, GError **error);

/** commands-cards.c */
bool command_card_stock(int argc, char **argv, GError **error);
bool command_card_replace(int argc, char **argv, GError **error);
bool command_card_claims(int argc, char **argv, GError **error);
bool command_claim_pay(int argc, char **argv, GError **error);
bool command_claim_short(int argc, char **argv, GError **error);
bool command_claim_accept(int argc, char **argv, GError **error);

/** commands-pending.c */
bool command_pending(int argc, char **argv, GError **error);
bool command_person_left(int argc, char **argv, GError **error);
bool command_retention(int argc, char **argv, GError **error);

/** commands-reconcile.c */
bool command_reconcile(int argc, char **argv, GError **error);

/** commands-settle.c */
bool command_settle(int argc, char **argv, GError **error);
bool command_settlements(int argc, char **argv, GError **error);
bool command_settlement_paid(int argc, char **argv, GError **error);

/** commands-content.c */
bool command_notice(int argc, char **argv, GError **error);
bool command_file(int argc, char **argv, GError **error);

/** commands-staff.c */
bool command_staff(int argc, char **argv, GError **error);

/** commands-orders.c */
bool command_order(int argc, char **argv, GError **error);
/** commands-care.c */
bool command_care(int argc, char **argv, GError **error);
/** commands-activities.c */
bool command_activity(int argc, char **argv, GError **error);
bool command_queue(int argc, char **argv, GError **error);
/** commands-appointments.c */
bool command_appointment(int argc, char **argv, GError **error);
/** commands-topics.c */
bool command_topic(int argc, char **argv, GError **error);
bool command_opinion(int argc, char **argv, GError **error);

/** commands-tickets.c */
bool command_ticket(int argc, char **argv, GError **error);
bool command_open311_key(int argc, char **argv, GError **error);

/** commands-ratings.c */
bool command_rating(int argc, char **argv, GError **error);
bool command_help_call(int argc, char **argv, GError **error);
/** commands-certificates.c */
bool command_certificate(int argc, char **argv, GError **error);

/** commands-credit.c */
bool command_credit(int argc, char **argv, GError **error);
bool command_quota(int argc, char **argv, GError **error);
bool command_quota_withdraw(int argc, char **argv, GError **error);
bool command_quota_left(int argc, char **argv, GError **error);
bool command_expire(int argc, char **argv, GError **error);
bool command_hold_release(int argc, char **argv, GError **error);
bool command_credit_move(int argc, char **argv, GError **error);
bool command_volunteer(int argc, char **argv, GError **error);
bool command_hours(int argc, char **argv, GError **error);
bool command_credit_rules(int argc, char **argv, GError **error);
bool command_rewards(int argc, char **argv, GError **error);

/** One of the things that a command does. Each file of commands has its own `struct entry`: what its options said. */
struct entry;
struct command_action {
    const char *name;
    bool (*run)(struct platform *platform, struct entry *entry, GError **error);
};
typedef bool (*command_ready_fn)(struct platform *platform, GError **error);
/** The one of this name, on the platform in `data_dir` after `ready` (NULL: nothing is asked). `actions` end with a NULL name; when it is none of
 *  them, or no folder was named, the error says which there are. */
bool command_act(const struct command_action *actions, const char *what, const char *data_dir, command_ready_fn ready, struct entry *entry,
                 GError **error);
/** Parse options of a command; `rest` (NULL: none allowed) gets the one argument that is not an option. */
bool command_options(int *argc, char ***argv, const char *name, const GOptionEntry *entries, char **rest,
                     GError **error);

#endif
