/* SPDX-License-Identifier: Apache-2.0 */
#include "model/codes.h"

#include <glib.h>
#include <string.h>

/* ---- GB 32100 ---------------------------------------------------------------------------------------------------- */

static int value_in(const char *alphabet, char c)
{
    const char *at = c != '\0' ? strchr(alphabet, c) : NULL;
    return at != NULL ? (int)(at - alphabet) : -1;
}

enum uscc_verdict uscc_check(const char *code18)
{
    static const char ALPHABET[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    unsigned sum = 0, weight = 1;

    if (code18 == NULL || strnlen(code18, 19) != 18)
        return USCC_BAD_FORM;
    for (int i = 0; i < 18; i++) {
        int value = value_in(ALPHABET, code18[i]);
        bool digits = i >= 2 && i < 8; /* the region */
        if (value < 0 || (digits && !g_ascii_isdigit(code18[i])))
            return USCC_BAD_FORM;
        if (i < 17)
            sum += (unsigned)value * weight;
        weight = weight * 3 % 31;
    }
    /* The outer remainder: a sum of 0 gives '0', not a 32nd character. */
    return code18[17] == ALPHABET[(31 - sum % 31) % 31] ? USCC_OK : USCC_BAD_CHECK;
}

/* ---- GB 11714 ---------------------------------------------------------------------------------------------------- */

static const char LETTERS[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

char organisation_check(const char *body8)
{
    static const uint8_t WEIGHTS[8] = {3, 7, 9, 10, 5, 8, 4, 2};
    unsigned sum = 0;

    if (body8 == NULL || strnlen(body8, 9) != 8)
        return 0;
    for (size_t i = 0; i < sizeof WEIGHTS; i++) {
        int value = value_in(LETTERS, body8[i]);
        if (value < 0)
            return 0;
        sum += (unsigned)value * WEIGHTS[i];
    }
    return "0X987654321"[sum % 11]; /* 11 − remainder; 10 is X, 11 is 0 */
}

/* ---- Regions ----------------------------------------------------------------------------------------------------- */

static unsigned digits_at(const char *text, size_t at, size_t count)
{
    unsigned value = 0;

    for (size_t i = at; i < at + count; i++)
        value = value * 10 + (unsigned)(text[i] - '0');
    return value;
}

static enum region_street street_kind(unsigned street)
{
    if (street >= 1 && street <= 99)
        return REGION_STREET;
    if (street >= 100 && street <= 199)
        return REGION_TOWN;
    if (street >= 200 && street <= 399)
        return REGION_TOWNSHIP;
    return street >= 400 && street <= 599 ? REGION_ENTERPRISE : REGION_STREET_UNKNOWN;
}

bool region_parse(const char *code, struct region *out)
{
    size_t len = code != NULL ? strnlen(code, 13) : 0;

    if (len != 6 && len != 9 && len != 12)
        return false;
    if (strspn(code, "0123456789") != len)
        return false;
    *out = (struct region){.province = digits_at(code, 0, 2), .city = digits_at(code, 2, 2),
                           .county = digits_at(code, 4, 2)};
    if (len >= 9)
        out->street = digits_at(code, 6, 3);
    if (len == 12)
        out->committee = digits_at(code, 9, 3);
    out->street_kind = street_kind(out->street);
    out->village = out->committee >= 200;
    return true;
}

/* ---- ISO/IEC 7064 MOD 37,36 -------------------------------------------------------------------------------------- */

/* The running product after these characters; 0 for a foreign one (the product itself is never 0). */
static unsigned hybrid(const char *text, size_t len)
{
    unsigned product = 36;

    for (size_t i = 0; i < len; i++) {
        int value = value_in(LETTERS, text[i]);
        if (value < 0)
            return 0;
        unsigned sum = (product + (unsigned)value) % 36;
        product = (sum == 0 ? 36 : sum) * 2 % 37;
    }
    return product;
}

char mod37_36(const char *text)
{
    unsigned product = text != NULL && *text != '\0' ? hybrid(text, strlen(text)) : 0;
    return product == 0 ? 0 : LETTERS[(37 - product) % 36];
}

bool mod37_36_ok(const char *text)
{
    size_t len = text != NULL ? strlen(text) : 0;

    if (len < 2)
        return false;
    g_autofree char *body = g_strndup(text, len - 1);
    return mod37_36(body) == text[len - 1];
}

#define ISSUER_MAX 8

bool certificate_number(unsigned year, const char *issuer, unsigned number, char *out, size_t out_size)
{
    size_t len = issuer != NULL ? strlen(issuer) : 0;

    if (year < 1000 || year > 9999 || len < 1 || len > ISSUER_MAX || strspn(issuer, LETTERS) != len ||
        number < 1 || number > 999999 || out_size < len + 13)
        return false;
    g_autofree char *body = g_strdup_printf("V%04u%s%06u", year, issuer, number);
    g_snprintf(out, (gulong)out_size, "%s%c", body, mod37_36(body));
    return true;
}

bool certificate_number_ok(const char *text)
{
    size_t len = text != NULL ? strlen(text) : 0;

    return len >= 13 && len <= 12 + ISSUER_MAX && text[0] == 'V' && strspn(text + 1, "0123456789") >= 4 &&
           strspn(text + len - 7, "0123456789") >= 6 && mod37_36_ok(text);
}
