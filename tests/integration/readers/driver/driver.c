/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reader driver of the tests: the packaged vpcd driver with a keypad, and with whatever failure a test asks for.
 *
 * pcscd loads it like any other. Each entry point of ifdhandler.h goes to the packaged driver; what a test wrote into ORDERS
 * is done instead, in slot 0 only. One order a line, the last of a kind counts:
 *
 *      transmit CODE | power CODE | pts CODE | presence CODE | control CODE    return this code of ifdhandler.h
 *      hang MS              a transmit takes so long
 *      keypad on            offer VERIFY_PIN_DIRECT and MODIFY_PIN_DIRECT (PC/SC part 10)
 *      keypad verify        offer only the first
 *      features HEX         answer these bytes when asked for features
 *      type DIGITS          what the resident types at the first question, for VERIFY or as the old PIN
 *      new DIGITS, again DIGITS    the new PIN, twice
 *      press cancel         the red key
 */
#include <PCSC/ifdhandler.h>
#include <PCSC/reader.h>
#include <arpa/inet.h>
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ORDERS "/run/pcscd/with-readers/orders"

#define CODE_VERIFY SCARD_CTL_CODE(0x706)
#define CODE_MODIFY SCARD_CTL_CODE(0x707)
#define PIN_MAX     16

/* ---- Orders ------------------------------------------------------------------------------------------------------ */

/* The rest of the last line that begins with that word. */
static bool order(DWORD lun, const char *word, char *rest, size_t size)
{
    char line[256];
    bool found = false;
    FILE *file = (lun & 0xFFFF) == 0 ? fopen(ORDERS, "re") : NULL;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        size_t len = strlen(word);
        if (strncmp(line, word, len) != 0 || line[len] != ' ')
            continue;
        line[strcspn(line, "\n")] = '\0';
        snprintf(rest, size, "%s", line + len + 1);
        found = true;
    }
    if (file != NULL)
        fclose(file);
    return found;
}

static bool ordered_code(DWORD lun, const char *word, RESPONSECODE *code)
{
    char rest[16];
    if (!order(lun, word, rest, sizeof rest))
        return false;
    *code = strtol(rest, NULL, 10);
    return true;
}

static void pause_ms(long ms)
{
    struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&pause, NULL);
}

/* ---- The packaged driver behind ---------------------------------------------------------------------------------- */

static void *behind(const char *name)
{
    static void *driver;
    if (driver == NULL)
        driver = dlopen(VPCD_DRIVER, RTLD_NOW | RTLD_LOCAL);
    void *entry = driver != NULL ? dlsym(driver, name) : NULL;
    if (entry == NULL) {
        fprintf(stderr, "test driver: %s\n", dlerror());
        abort();
    }
    return entry;
}

RESPONSECODE IFDHCreateChannelByName(DWORD lun, LPSTR name)
{
    return ((RESPONSECODE(*)(DWORD, LPSTR))behind(__func__))(lun, name);
}

RESPONSECODE IFDHCreateChannel(DWORD lun, DWORD channel)
{
    return ((RESPONSECODE(*)(DWORD, DWORD))behind(__func__))(lun, channel);
}

RESPONSECODE IFDHCloseChannel(DWORD lun)
{
    return ((RESPONSECODE(*)(DWORD))behind(__func__))(lun);
}

RESPONSECODE IFDHGetCapabilities(DWORD lun, DWORD tag, PDWORD len, PUCHAR value)
{
    return ((RESPONSECODE(*)(DWORD, DWORD, PDWORD, PUCHAR))behind(__func__))(lun, tag, len, value);
}

RESPONSECODE IFDHSetCapabilities(DWORD lun, DWORD tag, DWORD len, PUCHAR value)
{
    return ((RESPONSECODE(*)(DWORD, DWORD, DWORD, PUCHAR))behind(__func__))(lun, tag, len, value);
}

RESPONSECODE IFDHSetProtocolParameters(DWORD lun, DWORD protocol, UCHAR flags, UCHAR pts1, UCHAR pts2, UCHAR pts3)
{
    RESPONSECODE code;
    if (ordered_code(lun, "pts", &code))
        return code;
    return ((RESPONSECODE(*)(DWORD, DWORD, UCHAR, UCHAR, UCHAR, UCHAR))behind(__func__))(lun, protocol, flags, pts1,
                                                                                       pts2, pts3);
}

RESPONSECODE IFDHPowerICC(DWORD lun, DWORD action, PUCHAR atr, PDWORD len)
{
    RESPONSECODE code;
    if (action != IFD_POWER_DOWN && ordered_code(lun, "power", &code)) {
        *len = 0;
        return code;
    }
    return ((RESPONSECODE(*)(DWORD, DWORD, PUCHAR, PDWORD))behind(__func__))(lun, action, atr, len);
}

RESPONSECODE IFDHICCPresence(DWORD lun)
{
    RESPONSECODE code;
    if (ordered_code(lun, "presence", &code))
        return code;
    return ((RESPONSECODE(*)(DWORD))behind(__func__))(lun);
}

static RESPONSECODE to_card(DWORD lun, const uint8_t *command, DWORD command_len, PUCHAR answer, PDWORD answer_len)
{
    SCARD_IO_HEADER header = {0}, back = {0};
    uint8_t bytes[64];
    memcpy(bytes, command, command_len);
    return ((RESPONSECODE(*)(DWORD, SCARD_IO_HEADER, PUCHAR, DWORD, PUCHAR, PDWORD, PSCARD_IO_HEADER))behind(
        "IFDHTransmitToICC"))(lun, header, bytes, command_len, answer, answer_len, &back);
}

RESPONSECODE IFDHTransmitToICC(DWORD lun, SCARD_IO_HEADER send, PUCHAR command, DWORD command_len, PUCHAR answer,
                               PDWORD answer_len, PSCARD_IO_HEADER receive)
{
    RESPONSECODE code;
    char ms[16];
    if (order(lun, "hang", ms, sizeof ms))
        pause_ms(strtol(ms, NULL, 10));
    if (ordered_code(lun, "transmit", &code)) {
        *answer_len = 0;
        return code;
    }
    return ((RESPONSECODE(*)(DWORD, SCARD_IO_HEADER, PUCHAR, DWORD, PUCHAR, PDWORD, PSCARD_IO_HEADER))behind(__func__))(
        lun, send, command, command_len, answer, answer_len, receive);
}

/* ---- The keypad -------------------------------------------------------------------------------------------------- */

static RESPONSECODE say(uint16_t sw, PUCHAR out, DWORD room, LPDWORD len)
{
    if (room < 2)
        return IFD_ERROR_INSUFFICIENT_BUFFER;
    out[0] = (uint8_t)(sw >> 8);
    out[1] = (uint8_t)sw;
    *len = 2;
    return IFD_SUCCESS;
}

static size_t put_feature(uint8_t *out, uint8_t tag, uint32_t code)
{
    uint32_t big = htonl(code);
    out[0] = tag;
    out[1] = sizeof big;
    memcpy(out + 2, &big, sizeof big);
    return 2 + sizeof big;
}

static RESPONSECODE features(DWORD lun, PUCHAR out, DWORD room, LPDWORD len)
{
    char text[256];
    *len = 0;
    if (order(lun, "features", text, sizeof text)) {
        for (const char *at = text; at[0] != '\0' && at[1] != '\0' && *len < room; at += 2) {
            char pair[3] = {at[0], at[1], '\0'};
            out[(*len)++] = (uint8_t)strtoul(pair, NULL, 16);
        }
        return IFD_SUCCESS;
    }
    if (room < 12)
        return IFD_ERROR_INSUFFICIENT_BUFFER;
    *len += put_feature(out, FEATURE_VERIFY_PIN_DIRECT, CODE_VERIFY);
    if (!order(lun, "keypad", text, sizeof text) || strcmp(text, "on") == 0)
        *len += put_feature(out + *len, FEATURE_MODIFY_PIN_DIRECT, CODE_MODIFY);
    return IFD_SUCCESS;
}

/* Wait for keys. 0, or the status word of a reader that gives up. */
static uint16_t keys(DWORD lun, const char *question, unsigned timeout_s, uint16_t digits, char pin[PIN_MAX + 1])
{
    char key[16];
    for (unsigned waited_ms = 0;; waited_ms += 50) {
        if (order(lun, "press", key, sizeof key) && strcmp(key, "cancel") == 0)
            return 0x6401;
        if (order(lun, question, pin, PIN_MAX + 1))
            break;
        if (waited_ms >= timeout_s * 1000)
            return 0x6400;
        pause_ms(50);
    }
    return strlen(pin) < digits >> 8 || strlen(pin) > (digits & 0xFF) ? 0x6403 : 0;
}

/* BCD pairs, left-justified, over what the template has there. Bytes taken. */
static size_t put_pin(uint8_t *at, const char *pin)
{
    size_t len = strlen(pin);
    for (size_t i = 0; i < len; i++) {
        uint8_t digit = (uint8_t)(pin[i] - '0');
        at[i / 2] = (uint8_t)(i % 2 == 0 ? digit << 4 | 0x0F : (at[i / 2] & 0xF0) | digit);
    }
    return (len + 1) / 2;
}

/* Send the finished command and give back its status word, as a reader with a keypad does. */
static RESPONSECODE send_pin(DWORD lun, uint8_t *apdu, size_t len, PUCHAR out, DWORD room, LPDWORD out_len)
{
    uint8_t answer[258];
    DWORD answer_len = sizeof answer;
    RESPONSECODE code = to_card(lun, apdu, len, answer, &answer_len);
    memset(apdu, 0, len);
    if (code != IFD_SUCCESS || answer_len < 2)
        return IFD_COMMUNICATION_ERROR;
    return say((uint16_t)(answer[answer_len - 2] << 8 | answer[answer_len - 1]), out, room, out_len);
}

static RESPONSECODE verify_pin(DWORD lun, const uint8_t *in, DWORD in_len, PUCHAR out, DWORD room, LPDWORD out_len)
{
    PIN_VERIFY_STRUCTURE told;
    uint8_t apdu[64];
    char pin[PIN_MAX + 1];
    if (in_len < sizeof told || in_len > sizeof told + sizeof apdu - PIN_MAX)
        return IFD_NOT_SUPPORTED;
    memcpy(&told, in, sizeof told);
    size_t len = in_len - sizeof told;
    if (told.ulDataLength != len || len < 5 || told.bmFormatString != 0x81 || told.bmPINBlockString >> 4 != 0 ||
        told.bEntryValidationCondition != 2)
        return IFD_NOT_SUPPORTED;
    memcpy(apdu, in + sizeof told, len);
    uint16_t sw = keys(lun, "type", told.bTimerOut, told.wPINMaxExtraDigit, pin);
    if (sw != 0)
        return say(sw, out, room, out_len);
    size_t put = put_pin(apdu + 5, pin);
    if ((told.bmPINBlockString & 0x0F) == 0) {
        apdu[4] = (uint8_t)put;
        len = 5 + put;
    }
    return send_pin(lun, apdu, len, out, room, out_len);
}

static RESPONSECODE modify_pin(DWORD lun, const uint8_t *in, DWORD in_len, PUCHAR out, DWORD room, LPDWORD out_len)
{
    PIN_MODIFY_STRUCTURE told;
    uint8_t apdu[64];
    char old[PIN_MAX + 1], new[PIN_MAX + 1], again[PIN_MAX + 1];
    if (in_len < sizeof told || in_len > sizeof told + sizeof apdu)
        return IFD_NOT_SUPPORTED;
    memcpy(&told, in, sizeof told);
    size_t len = in_len - sizeof told, block = told.bmPINBlockString & 0x0F;
    if (told.ulDataLength != len || told.bmFormatString != 0x81 || told.bConfirmPIN != 3 || block == 0 ||
        5 + told.bInsertionOffsetNew + block > len || 5 + told.bInsertionOffsetOld + block > len)
        return IFD_NOT_SUPPORTED;
    memcpy(apdu, in + sizeof told, len);
    uint16_t sw = keys(lun, "type", told.bTimerOut, told.wPINMaxExtraDigit, old);
    if (sw == 0)
        sw = keys(lun, "new", told.bTimerOut, told.wPINMaxExtraDigit, new);
    if (sw == 0)
        sw = keys(lun, "again", told.bTimerOut, told.wPINMaxExtraDigit, again);
    if (sw == 0 && strcmp(new, again) != 0)
        sw = 0x6402;
    if (sw != 0)
        return say(sw, out, room, out_len);
    put_pin(apdu + 5 + told.bInsertionOffsetOld, old);
    put_pin(apdu + 5 + told.bInsertionOffsetNew, new);
    return send_pin(lun, apdu, len, out, room, out_len);
}

RESPONSECODE IFDHControl(DWORD lun, DWORD control, PUCHAR in, DWORD in_len, PUCHAR out, DWORD room, LPDWORD out_len)
{
    RESPONSECODE code;
    char text[256];
    *out_len = 0;
    if (ordered_code(lun, "control", &code))
        return code;
    bool keypad = order(lun, "keypad", text, sizeof text);
    if (control == CM_IOCTL_GET_FEATURE_REQUEST && (keypad || order(lun, "features", text, sizeof text)))
        return features(lun, out, room, out_len);
    if (keypad && control == CODE_VERIFY)
        return verify_pin(lun, in, in_len, out, room, out_len);
    if (keypad && control == CODE_MODIFY)
        return modify_pin(lun, in, in_len, out, room, out_len);
    return ((RESPONSECODE(*)(DWORD, DWORD, PUCHAR, DWORD, PUCHAR, DWORD, LPDWORD))behind(__func__))(
        lun, control, in, in_len, out, room, out_len);
}
