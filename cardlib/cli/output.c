/* SPDX-License-Identifier: Apache-2.0 */
/* What people and programs read: sentences, JSON, dates and amounts. Foreign text never reaches a terminal
 * unchecked. */
#include "cli.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- Problems ---------------------------------------------------------------------------------------------------- */

static const struct {
    int result;
    enum exit_code exit;
    const char *message, *next;
} problems[] = {
    {CC_NOT_FOUND, EXIT_REFUSED, "The card has no such file", "use a card of this city's network"},
    {CC_PIN_NEEDED, EXIT_REFUSED, "The card wants its PIN",
     "run the command on a terminal, or give --pin-fd"},
    {CC_PIN_WRONG, EXIT_REFUSED, "The PIN is wrong", "ask the holder again before trying once more"},
    {CC_PIN_BLOCKED, EXIT_REFUSED, "The PIN is blocked", "send the holder to the issuer's service desk"},
    {CC_BALANCE_LOW, EXIT_REFUSED, "The balance on the card is too low",
     "load the card or take a smaller amount"},
    {CC_CARD_BLOCKED, EXIT_REFUSED, "The card is blocked", "send the holder to the issuer's service desk"},
    {CC_DECLINED, EXIT_REFUSED, "The card declined, nothing was charged", "try again or use another card"},
    {CC_IN_DOUBT, EXIT_IN_DOUBT, "It is not known yet whether the card was charged",
     "put the same card back and run \"citycard resume\""},
    {CC_NO_PROOF, EXIT_REFUSED, "The card keeps no proof of that payment", "let the platform decide"},
    {CC_OTHER_CARD, EXIT_REFUSED, "This is another card, nothing was charged", "put the first card back"},
    {CC_TIMEOUT, EXIT_ABSENT, "Nothing happened in time", "try again"},
    {CC_TWO_CARDS, EXIT_REFUSED, "There is more than one card, nothing was done",
     "take all but one away, or say which with --reader"},
    {CC_ERR_ARGUMENT, EXIT_USAGE, "The arguments make no sense", "see citycard --help"},
    {CC_ERR_NO_SERVICE, EXIT_ABSENT, "The smart card service does not answer",
     "start it with \"systemctl start pcscd.socket\""},
    {CC_ERR_NO_READER, EXIT_ABSENT, "There is no such reader", "plug it in, or see \"citycard readers\""},
    {CC_ERR_IN_USE, EXIT_ABSENT, "Another program is using the reader", "close that program and try again"},
    {CC_ERR_NO_CARD, EXIT_ABSENT, "There is no card on the reader",
     "put the card on the reader and try again"},
    {CC_ERR_REMOVED, EXIT_CARD, "The card was taken away too early",
     "hold it still until the end and try again"},
    {CC_ERR_UNRESPONSIVE, EXIT_CARD, "The card does not answer",
     "turn it over or clean it, and put it in again"},
    {CC_ERR_RESET, EXIT_CARD, "Another program reset the card", "close that program and try again"},
    {CC_ERR_PROTOCOL, EXIT_CARD, "The card gave an answer that no card may give",
     "try again, and replace the card if it stays so"},
    {CC_ERR_UNSUPPORTED, EXIT_CARD, "This is no card that citycard knows", "use a T-Union card"},
    {CC_ERR_REFUSED, EXIT_CARD, "The card refused", "try again with --trace and show the result to staff"},
    {CC_ERR_SAM, EXIT_CARD, "The operator's security module (PSAM) is missing, expired or unfit",
     "check the PSAM slot with \"citycard readers\""},
    {CC_ERR_MAC, EXIT_CARD, "An authentication code is wrong", "check that PSAM and card belong together"},
    {CC_ERR_CRYPTO, EXIT_CARD, "The cryptographic library failed", "check the installation of OpenSSL 3"},
    {CC_ERR_MEMORY, EXIT_CARD, "There is no memory left", "close other programs and try again"},
    {CC_ERR_SYSTEM, EXIT_CARD, "The system or the reader's driver failed",
     "look at \"journalctl -u pcscd\" and plug the reader in anew"},
    {CC_ERR_FROZEN, EXIT_CARD, "The reader has stopped answering",
     "unplug the reader and plug it in again, or restart pcscd"},
};

struct problem problem_of(int result)
{
    for (size_t i = 0; i < sizeof problems / sizeof problems[0]; i++)
        if (problems[i].result == result)
            return (struct problem){cc_result_name(result), problems[i].message, problems[i].next,
                                    problems[i].exit};
    return (struct problem){cc_result_name(result), cc_result_text(result), "try again", EXIT_CARD};
}

int report(const struct options *options, struct problem problem)
{
    fprintf(stderr, "citycard: %s: %s.\n", problem.message, problem.next);
    if (options->json) {
        int code = print_json(json_pack("{s:{s:s,s:s,s:s}}", "error", "code", problem.code, "message",
                                        problem.message, "next", problem.next));
        if (code != EXIT_OK)
            return code;
    }
    return problem.exit;
}

int report_result(const struct options *options, int result)
{
    return report(options, problem_of(result));
}

/* ---- Foreign text ------------------------------------------------------------------------------------------------ */

/* Length of the UTF-8 sequence at `s` and its code point, or 0 when it is none (RFC 3629: no overlong, no
 * surrogate). */
static size_t utf8_length(const unsigned char *s, uint32_t *point)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t len = s[0] < 0x80             ? 1
                 : (s[0] & 0xE0) == 0xC0 ? 2
                 : (s[0] & 0xF0) == 0xE0 ? 3
                 : (s[0] & 0xF8) == 0xF0 ? 4
                                         : 0;
    if (len == 0)
        return 0;
    *point = len == 1 ? s[0] : s[0] & (0x7Fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((s[i] & 0xC0) != 0x80)
            return 0;
        *point = *point << 6 | (s[i] & 0x3F);
    }
    if (*point < least[len] || *point > 0x10FFFF || (*point >= 0xD800 && *point <= 0xDFFF))
        return 0;
    return len;
}

/* Control characters, and those that turn or hide the text around them. */
static bool is_harmful(uint32_t point)
{
    return point < 0x20 || (point >= 0x7F && point < 0xA0) || (point >= 0x200B && point <= 0x200F) ||
           (point >= 0x2028 && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069) || point == 0xFEFF;
}

void clean_text(const char *text, char *out, size_t out_size)
{
    size_t used = 0;
    const unsigned char *s = (const unsigned char *)text;
    while (*s != '\0' && used + 1 < out_size) {
        uint32_t point = 0;
        size_t len = utf8_length(s, &point);
        if (len == 0 || is_harmful(point)) {
            out[used++] = '?';
            s += len == 0 ? 1 : len;
            continue;
        }
        if (used + len >= out_size)
            break;
        memcpy(out + used, s, len);
        used += len;
        s += len;
    }
    out[used] = '\0';
}

json_t *json_text(const char *text)
{
    char clean[256];
    clean_text(text, clean, sizeof clean);
    return json_string(clean);
}

json_t *json_hex(const uint8_t *bytes, size_t len)
{
    char hex[2 * CC_ATR_MAX + 1];
    return json_string(cc_hex(bytes, len, hex, sizeof hex));
}

/* ---- Dates and amounts ------------------------------------------------------------------------------------------- */

bool date_text(uint32_t date, char out[DATE_SIZE])
{
    unsigned year = date / 10000, month = date / 100 % 100, day = date % 100;
    out[0] = '\0';
    if (year < 1900 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    snprintf(out, DATE_SIZE, "%04u-%02u-%02u", year, month, day);
    return true;
}

static bool bcd_number(const uint8_t *bcd, size_t len, uint32_t *number)
{
    *number = 0;
    for (size_t i = 0; i < len; i++) {
        if (bcd[i] >> 4 > 9 || (bcd[i] & 15) > 9)
            return false;
        *number = *number * 100 + (bcd[i] >> 4) * 10u + (bcd[i] & 15);
    }
    return true;
}

bool date_bcd_text(const uint8_t bcd[4], char out[DATE_SIZE])
{
    uint32_t date = 0;
    out[0] = '\0';
    return bcd_number(bcd, 4, &date) && date_text(date, out);
}

bool time_bcd_text(const uint8_t bcd[3], char out[TIME_SIZE])
{
    uint32_t time = 0;
    out[0] = '\0';
    if (!bcd_number(bcd, 3, &time))
        return false;
    unsigned hour = time / 10000, minute = time / 100 % 100, second = time % 100;
    if (hour > 23 || minute > 59 || second > 59)
        return false;
    snprintf(out, TIME_SIZE, "%02u:%02u:%02u", hour, minute, second);
    return true;
}

void yuan_text(uint32_t fen, char *out, size_t out_size)
{
    snprintf(out, out_size, "%u.%02u", fen / 100, fen % 100);
}

uint32_t today(void)
{
    time_t now = time(NULL);
    struct tm local;
    if (localtime_r(&now, &local) == NULL)
        return 0;
    return (uint32_t)((local.tm_year + 1900) * 10000 + (local.tm_mon + 1) * 100 + local.tm_mday);
}

/* ---- Writing ----------------------------------------------------------------------------------------------------- */

bool output_written(void)
{
    return fflush(stdout) == 0 && !ferror(stdout);
}

int finish_output(void)
{
    if (output_written())
        return EXIT_OK;
    if (errno == EPIPE) {
        /* main() ignores SIGPIPE so that a payment is never cut short; here it may do what it always does. */
        signal(SIGPIPE, SIG_DFL);
        raise(SIGPIPE);
    }
    fprintf(stderr, "citycard: The output could not be written (%s): free some space and try again.\n",
            strerror(errno));
    return EXIT_CARD;
}

int print_json(json_t *object)
{
    char *text = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    if (text == NULL) {
        fprintf(stderr, "citycard: There is no memory left: close other programs and try again.\n");
        return EXIT_CARD;
    }
    puts(text);
    free(text);
    return finish_output();
}
