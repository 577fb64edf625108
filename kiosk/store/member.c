/* SPDX-License-Identifier: Apache-2.0 */
#include "store/member.h"
#include "model/model.h"
#include "model/order-event.h"
#include "model/strict.h"

#include <string.h>

#define AMOUNT_FEN_MAX 100000000

static bool state_known(enum form form, const char *text)
{
    static const char *const BILL_STATES[] = {"UNPAID", "PAID", "PAID_ELSEWHERE", "CLOSED", NULL};
    static const char *const DOUBT_STATES[] = {"OPEN", "PAID", "VOID", NULL};
    return g_strv_contains(form == FORM_STATE ? BILL_STATES : DOUBT_STATES, text);
}

static bool character_fits(enum form form, gunichar c)
{
    switch (form) {
    case FORM_ID:
        return c > ' ' && c < 0x7F;
    case FORM_TOKEN:
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    case FORM_WORD:
        return (c >= 'a' && c <= 'z') || c == '_';
    case FORM_TEXT:
        return c == '\n' || !g_unichar_iscntrl(c);
    case FORM_LINE:
        return !g_unichar_iscntrl(c);
    default:
        return c < 0x80;
    }
}

/* jansson has made sure that it is UTF-8; a NUL within is a control character. */
bool member_string_fits(const struct member *member, json_t *value)
{
    const char *text = json_string_value(value);
    size_t len = json_string_length(value);

    if (text == NULL || len > member->bytes_max || (member->form == FORM_TOKEN && len != 32) ||
        (len == 0 && (member->form == FORM_ID || member->form == FORM_WORD)))
        return false;
    if (strlen(text) != len)
        return false;
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p))
        if (!character_fits(member->form, g_utf8_get_char(p)))
            return false;
    enum order_pay pay;
    if (member->form == FORM_PAY)
        return order_pay_parse(text, &pay);
    return (member->form != FORM_STATE && member->form != FORM_DOUBT_STATE) || state_known(member->form, text);
}

static int64_t date_of(json_t *value)
{
    guint64 number = 0;

    if (json_is_string(value) && json_string_length(value) == 8 &&
        g_ascii_string_to_unsigned(json_string_value(value), 10, 0, 99991231, &number, NULL))
        return date_valid((uint32_t)number) ? (int64_t)number : -1;
    json_int_t plain = json_integer_value(value);
    return plain > 0 && plain <= 99991231 && date_valid((uint32_t)plain) ? plain : -1;
}

/* The member as it will be kept, new reference; NULL when it does not fit. */
static json_t *member_read(const struct member *member, json_t *value)
{
    if (!member->needed && (value == NULL || json_is_null(value)))
        return member->form == FORM_BOOL ? json_false() : json_string("");
    switch (member->form) {
    case FORM_DATE:
        return date_of(value) > 0 ? json_integer(date_of(value)) : NULL;
    case FORM_AMOUNT: {
        json_int_t fen = json_is_integer(value) ? json_integer_value(value) : -1;
        return fen >= 0 && fen <= AMOUNT_FEN_MAX ? json_integer(fen) : NULL;
    }
    case FORM_BOOL:
        return json_is_boolean(value) ? json_incref(value) : NULL;
    case FORM_NUMBER:
        return json_is_integer(value) && json_integer_value(value) >= 0 && json_integer_value(value) <= STRICT_MS_MAX ? json_incref(value)
                                                                                                                     : NULL;
    default:
        return member_string_fits(member, value) ? json_incref(value) : NULL;
    }
}

json_t *members_read(const struct member *members, size_t count, json_t *value, const char **wrong)
{
    json_t *out = json_object();

    *wrong = "value";
    for (size_t i = 0; out != NULL && i < count; i++) {
        json_t *kept = member_read(&members[i], json_object_get(value, members[i].name));
        if (json_object_set_new(out, members[i].name, kept) == 0)
            continue;
        *wrong = members[i].name;
        json_decref(out);
        return NULL;
    }
    return out;
}
