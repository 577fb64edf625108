/* SPDX-License-Identifier: Apache-2.0 */
/*
 * citycard pin verify, change and unblock. Unblocking takes the issuer's keys: whoever holds them stands at
 * the other end of standard output and input, one line of JSON each way for each code.
 */
#include "cli.h"

#include <openssl/crypto.h>
#include <string.h>
#include <unistd.h>

#define ANSWER_MS       30000
#define ANSWER_LINE_MAX 1024

struct desk {
    const struct options *options;
    struct seat seat;
    struct cc_card card;
};

static int pin_usage(const struct options *options)
{
    return wrong_usage(options, "pin takes one of verify, change and unblock");
}

static int done(const struct options *options, const char *what)
{
    if (options->json)
        return print_json(json_pack("{s:s}", "result", what));
    printf("PIN %s\n", what);
    return finish_output();
}

/* ---- Verify and change ------------------------------------------------------------------------------------------- */

static int verify(struct desk *desk)
{
    char pin[PIN_SIZE] = "";
    unsigned tries_left = 0;
    int result = desk->options->pad ? CC_OK : pin_read(desk->options, "PIN of the card", pin);
    if (result != CC_OK)
        return report_no_pin(desk->options, result);
    result = cc_pin_verify(&desk->seat.port, &desk->card, desk->options->pad ? NULL : pin, &tries_left);
    pin_cleanse(pin);
    return result == CC_OK ? done(desk->options, "verified") : report_pin(desk->options, result, tries_left);
}

/* The new PIN, from a person twice. */
static int read_new_pin(const struct options *options, char pin[PIN_SIZE])
{
    char again[PIN_SIZE] = "";
    int result = pin_read(options, "New PIN", pin);
    if (result != CC_OK || options->pin_fd >= 0)
        return result;
    result = pin_read(options, "New PIN again", again);
    if (result == CC_OK && CRYPTO_memcmp(pin, again, PIN_SIZE) != 0)
        result = CC_NOT_FOUND;
    pin_cleanse(again);
    return result;
}

static int change(struct desk *desk)
{
    char old_pin[PIN_SIZE] = "", new_pin[PIN_SIZE] = "";
    unsigned tries_left = 0;
    bool pad = desk->options->pad;
    int result = pad ? CC_OK : pin_read(desk->options, "PIN of the card", old_pin);
    if (result == CC_OK && !pad)
        result = read_new_pin(desk->options, new_pin);
    int code = result == CC_OK ? EXIT_OK
               : result == CC_NOT_FOUND
                   ? report(desk->options, (struct problem){"PIN_DIFFERS", "The new PINs differ",
                                                            "run the command again", EXIT_REFUSED})
                   : report_no_pin(desk->options, result);
    if (code == EXIT_OK) {
        result = cc_pin_change(&desk->seat.port, &desk->card, pad ? NULL : old_pin, pad ? NULL : new_pin,
                               &tries_left);
        code =
            result == CC_OK ? done(desk->options, "changed") : report_pin(desk->options, result, tries_left);
    }
    pin_cleanse(old_pin);
    pin_cleanse(new_pin);
    return code;
}

/* ---- Unblock ----------------------------------------------------------------------------------------------------- */

/* Ask the holder of the keys; `member` of its answer is hex. *len: the room of `out`, then what came. */
static int ask_signer(struct desk *desk, const char *what, const uint8_t iv[8], const uint8_t *data,
                      size_t data_len, const char *member, uint8_t *out, size_t *len)
{
    char hex[2 * 256 + 1], line[ANSWER_LINE_MAX];
    if (data_len > 256)
        return CC_ERR_ARGUMENT;
    json_t *request = json_object();
    json_object_set_new(request, "card_number", json_text(desk->card.card_number));
    json_object_set_new(request, "serial", json_hex(desk->card.serial, sizeof desk->card.serial));
    json_object_set_new(request, "issuer", json_hex(desk->card.issuer, sizeof desk->card.issuer));
    if (iv != NULL)
        json_object_set_new(request, "iv", json_hex(iv, 8));
    json_object_set_new(request, "data", json_string(cc_hex(data, data_len, hex, sizeof hex)));
    OPENSSL_cleanse(hex, sizeof hex);
    if (print_json(json_pack("{s:o}", what, request)) != EXIT_OK)
        return CC_ERR_SYSTEM;
    unsigned long timeout_ms = desk->options->timeout_ms > 0 ? desk->options->timeout_ms : ANSWER_MS;
    int result = read_line(STDIN_FILENO, timeout_ms, line, sizeof line);
    if (result != CC_OK)
        return result == CC_TIMEOUT ? CC_TIMEOUT : CC_ERR_SYSTEM;
    json_t *answer = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
    const char *text = json_string_value(json_object_get(answer, member));
    int got = text != NULL ? cc_unhex(text, out, *len) : -1;
    json_decref(answer);
    *len = got > 0 ? (size_t)got : 0;
    return got > 0 ? CC_OK : CC_ERR_MAC;
}

static int signer_mac(void *ctx, const uint8_t iv[8], const uint8_t *data, size_t len, uint8_t mac[4])
{
    size_t got = 4;
    int result = ask_signer(ctx, "mac", iv, data, len, "mac", mac, &got);
    return result == CC_OK && got != 4 ? CC_ERR_MAC : result;
}

static int signer_encrypt(void *ctx, const uint8_t *data, size_t len, uint8_t *out, size_t *out_len)
{
    return ask_signer(ctx, "encrypt", NULL, data, len, "data", out, out_len);
}

static int unblock(struct desk *desk)
{
    char pin[PIN_SIZE] = "";
    struct cc_signer signer = {.ctx = desk, .mac = signer_mac, .encrypt = signer_encrypt};
    int result = pin_read(desk->options, "PIN of the card, as it was", pin);
    if (result != CC_OK)
        return report_no_pin(desk->options, result);
    result = cc_pin_unblock(&desk->seat.port, &desk->card, pin, &signer);
    pin_cleanse(pin);
    return result == CC_OK ? done(desk->options, "unblocked") : report_asked(desk->options, result);
}

/* ---- The command ------------------------------------------------------------------------------------------------- */

int command_pin(const struct options *options)
{
    const char *verb = options->words[0];
    int (*run)(struct desk *) = strcmp(verb, "verify") == 0    ? verify
                                : strcmp(verb, "change") == 0  ? change
                                : strcmp(verb, "unblock") == 0 ? unblock
                                                               : NULL;
    if (run == NULL)
        return pin_usage(options);
    if (run == unblock && options->pad)
        return wrong_usage(options, "pin unblock needs the PIN itself, not --pad");
    /* The block to encrypt holds the PIN. */
    if (run == unblock && isatty(STDOUT_FILENO))
        return wrong_usage(
            options, "pin unblock talks to the holder of the keys on standard output, not to a terminal");
    struct desk desk = {.options = options};
    int result = open_and_read(options, WANT_CARD, &desk.seat, 0, &desk.card);
    int code = result != CC_OK                                      ? report_seat(options, result, &desk.seat)
               : options->pad && !cc_pin_pad(&desk.seat.port) ? report_no_pad(options)
                                                              : run(&desk);
    /* A verified PIN must not outlive the holder's visit. */
    close_seat(&desk.seat, result == CC_OK);
    return code;
}
