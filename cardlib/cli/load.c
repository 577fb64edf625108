/* SPDX-License-Identifier: Apache-2.0 */
/*
 * citycard load: the card's MAC1 goes out as one line of JSON, the platform's answer comes in as one line of
 * JSON. Keys that can make money are the platform's; this program is a messenger, and holds the card's
 * transaction open meanwhile.
 */
#include "cli.h"

#include <string.h>
#include <unistd.h>

#define ANSWER_MS       30000
#define ANSWER_LINE_MAX 1024

static int prepare_load(struct till *till, const char *pin, struct transaction *out)
{
    uint32_t amount_fen = 0;
    if (!parse_amount(till->options, &amount_fen))
        return CC_ERR_ARGUMENT;
    const uint8_t *terminal = till->options->has_terminal ? till->options->terminal : till->sam.terminal;
    out->kind = TRANSACTION_LOAD;
    return cc_load_prepare(&till->card_seat.port, &till->card, terminal, till->options->key_index, amount_fen,
                           pin, &out->load);
}

static int credit(struct till *till, struct transaction *transaction)
{
    return cc_load_credit(&till->card_seat.port, &transaction->load);
}

/* ---- The platform ------------------------------------------------------------------------------------------------ */

static int send_request(const struct cc_load *load)
{
    json_t *request = json_object();
    json_object_set_new(request, "family", json_string(cc_family_name(load->family)));
    json_object_set_new(request, "card_number", json_text(load->card_number));
    json_object_set_new(request, "serial", json_hex(load->serial, sizeof load->serial));
    json_object_set_new(request, "issuer", json_hex(load->issuer, sizeof load->issuer));
    json_object_set_new(request, "terminal", json_hex(load->terminal, sizeof load->terminal));
    json_object_set_new(request, "type", json_hex(&load->type, 1));
    json_object_set_new(request, "amount_fen", json_integer(load->amount_fen));
    json_object_set_new(request, "balance_fen", json_integer(load->balance_before_fen));
    json_object_set_new(request, "counter", json_integer(load->counter));
    json_object_set_new(request, "key_index", json_integer(load->key_index));
    json_object_set_new(request, "key_version", json_integer(load->key_version));
    json_object_set_new(request, "algorithm", json_integer(load->algorithm));
    json_object_set_new(request, "random", json_hex(load->random, sizeof load->random));
    json_object_set_new(request, "mac1", json_hex(load->mac1, sizeof load->mac1));
    return print_json(json_pack("{s:o}", "request", request));
}

static bool get_hex(const json_t *object, const char *key, uint8_t *out, size_t len)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL && strlen(text) == 2 * len && cc_unhex(text, out, len) == (int)len;
}

static int refused(const struct options *options, const json_t *reason)
{
    char clean[96], message[160];
    clean_text(json_is_string(reason) ? json_string_value(reason) : "without a reason", clean, sizeof clean);
    snprintf(message, sizeof message, "The platform refused the load: %s", clean);
    return report(options, (struct problem){"LOAD_REFUSED", message, "nothing was changed; ask the platform",
                                            EXIT_REFUSED});
}

static int take_answer(const struct options *options, const char *line, struct cc_load *load)
{
    uint8_t date[4], time[3], mac2[4];
    json_t *answer = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
    int code = EXIT_OK;
    if (json_object_get(answer, "error") != NULL)
        code = refused(options, json_object_get(answer, "error"));
    else if (!get_hex(answer, "date", date, sizeof date) || !get_hex(answer, "time", time, sizeof time) ||
             !get_hex(answer, "mac2", mac2, sizeof mac2) ||
             cc_load_authorise(load, date, time, mac2) != CC_OK)
        code = report(options,
                      (struct problem){"ANSWER", "The platform's answer makes no sense, nothing was changed",
                                       "it is {\"date\":\"YYYYMMDD\",\"time\":\"HHMMSS\",\"mac2\":…}",
                                       EXIT_REFUSED});
    json_decref(answer);
    return code;
}

static int await_answer(const struct options *options, struct cc_load *load)
{
    char line[ANSWER_LINE_MAX];
    int result =
        read_line(STDIN_FILENO, options->timeout_ms > 0 ? options->timeout_ms : ANSWER_MS, line, sizeof line);
    if (result == CC_OK)
        return take_answer(options, line, load);
    return report(options, (struct problem){"NO_ANSWER",
                                            result == CC_TIMEOUT ? "The platform did not answer in time"
                                                                 : "The platform's answer did not come",
                                            "nothing was changed; try again", EXIT_ABSENT});
}

/* ---- The command ------------------------------------------------------------------------------------------------- */

/* The terminal number, as given or out of the PSAM. */
static int choose_terminal(struct till *till)
{
    if (till->options->has_terminal)
        return EXIT_OK;
    int result = open_sam(till->options, &till->sam_seat, &till->sam);
    if (result == CC_OK) {
        till->usable_sam = &till->sam;
        return EXIT_OK;
    }
    struct problem problem = problem_of(result);
    problem.next = "give --terminal, or put the PSAM in";
    if (result == CC_ERR_SAM)
        problem.exit = EXIT_ABSENT;
    return report(till->options, problem);
}

static int load(struct till *till)
{
    uint32_t amount_fen = 0;
    if (!parse_amount(till->options, &amount_fen))
        return wrong_usage(till->options, "load takes the amount in fen, 1 to 1000000, digits only");
    int code = choose_terminal(till);
    if (code == EXIT_OK)
        code = till_read_card(till);
    bool done = false;
    if (code == EXIT_OK)
        code = till_settle_before(till, TRANSACTION_LOAD, amount_fen, &done);
    if (code != EXIT_OK || done)
        return code;
    code = till_check_card(till);
    struct transaction transaction = {.kind = TRANSACTION_LOAD};
    if (code == EXIT_OK)
        code = till_prepare(till, prepare_load, &transaction);
    if (code == EXIT_OK)
        code = send_request(&transaction.load);
    if (code == EXIT_OK)
        code = await_answer(till->options, &transaction.load);
    return code == EXIT_OK ? till_commit(till, credit, &transaction) : code;
}

int command_load(const struct options *options)
{
    return till_run(options, load);
}
