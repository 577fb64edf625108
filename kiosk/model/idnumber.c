/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers with a check digit: resident ID (GB 11643, ISO 7064 MOD 11-2) and card number (Luhn, ISO/IEC
 * 7812-1). Region codes are not looked up: their lists change, and an unknown one is no reason to turn a
 * resident away. Whether a birth date lies in the future is for age_on() to say; there is no clock here.
 */
#include "model/model.h"

#include <string.h>

static const uint8_t WEIGHTS[17] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};

static bool digits_only(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!g_ascii_isdigit(text[i]))
            return false;
    return true;
}

static uint32_t number_of(const char *digits, size_t len)
{
    uint32_t value = 0;

    for (size_t i = 0; i < len; i++)
        value = value * 10 + (uint32_t)(digits[i] - '0');
    return value;
}

static char id_check_character(const char *digits17)
{
    unsigned sum = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(WEIGHTS); i++)
        sum += (unsigned)(digits17[i] - '0') * WEIGHTS[i];
    return "10X98765432"[sum % 11];
}

enum id_verdict id_number_check(const char *id18)
{
    if (id18 == NULL || strnlen(id18, 19) != 18 || !digits_only(id18, 17))
        return ID_BAD_FORM;
    char check = g_ascii_toupper(id18[17]);
    if (!g_ascii_isdigit(check) && check != 'X')
        return ID_BAD_FORM;
    if (!date_valid(number_of(id18 + 6, 8)))
        return ID_BAD_DATE;
    return id_check_character(id18) == check ? ID_OK : ID_BAD_CHECK;
}

bool id_number_upgrade(const char *id15, char out[19])
{
    char id[19] = "";

    if (id15 == NULL || strnlen(id15, 16) != 15 || !digits_only(id15, 15))
        return false;
    memcpy(id, id15, 6);
    memcpy(id + 6, "19", 2); /* numbers of 15 digits were given to people born in the 20th century only */
    memcpy(id + 8, id15 + 6, 9);
    if (!date_valid(number_of(id + 6, 8)))
        return false;
    id[17] = id_check_character(id);
    memcpy(out, id, sizeof id);
    return true;
}

uint32_t id_number_birth(const char *id18)
{
    return id_number_check(id18) == ID_OK ? number_of(id18 + 6, 8) : 0;
}

char id_number_sex(const char *id18)
{
    if (id_number_check(id18) != ID_OK)
        return 0;
    return (id18[16] - '0') % 2 == 1 ? 'M' : 'F';
}

/* Sum of the digits, every second one from the right doubled and its own digits added. */
static unsigned luhn_sum(const char *digits, size_t len, bool double_last)
{
    unsigned sum = 0;

    for (size_t i = 0; i < len; i++) {
        unsigned digit = (unsigned)(digits[len - 1 - i] - '0');
        if ((i % 2 == 1) != double_last)
            digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
        sum += digit;
    }
    return sum;
}

bool luhn_ok(const char *digits)
{
    size_t len = digits != NULL ? strlen(digits) : 0;

    return len >= 2 && digits_only(digits, len) && luhn_sum(digits, len, false) % 10 == 0;
}

char luhn_digit(const char *digits)
{
    size_t len = digits != NULL ? strlen(digits) : 0;

    if (len == 0 || !digits_only(digits, len))
        return 0;
    return (char)('0' + (10 - luhn_sum(digits, len, true) % 10) % 10);
}
