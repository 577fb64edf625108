/* SPDX-License-Identifier: Apache-2.0 */
/* From bytes to fields. Each coding is one small function over a bounded reader; where a field goes is a table. */
#include "fields.h"

#include "text.h"

#include <openssl/crypto.h>
#include <string.h>

#define NUMBER_LEN_MAX 16
#define LOG_LEN        23
#define JOURNEY_LEN    48
#define AMOUNT_MASK    0x7FFFFFFF /* the top bit of amounts is noise on some cards */

enum kind { KIND_TEXT, KIND_BYTES, KIND_U8, KIND_U16, KIND_U32, KIND_BOOL, KIND_CHAR };

#define AT(member, kind) {offsetof(struct cc_card, member), sizeof(((struct cc_card *)0)->member), kind}
static const struct target {
    size_t offset, size;
    enum kind kind;
} targets[] = {
    [CC_FIELD_NUMBER] = AT(card_number, KIND_TEXT),
    [CC_FIELD_SERIAL] = AT(serial, KIND_BYTES),
    [CC_FIELD_ISSUER] = AT(issuer, KIND_BYTES),
    [CC_FIELD_CITY] = AT(city, KIND_U16),
    [CC_FIELD_APP_TYPE] = AT(app_type, KIND_U8),
    [CC_FIELD_APP_VERSION] = AT(app_version, KIND_U8),
    [CC_FIELD_VALID_FROM] = AT(valid_from, KIND_U32),
    [CC_FIELD_VALID_TO] = AT(valid_to, KIND_U32),
    [CC_FIELD_ISSUED] = AT(issued, KIND_U32),
    [CC_FIELD_INTEROPERABLE] = AT(interoperable, KIND_BOOL),
    [CC_FIELD_CLASS] = AT(card_class, KIND_U8),
    [CC_FIELD_ISSUED_BY] = AT(issued_by, KIND_TEXT),
    [CC_FIELD_CARD_ID] = AT(card_id, KIND_TEXT),
    [CC_FIELD_CARD_KIND] = AT(card_kind, KIND_TEXT),
    [CC_FIELD_SPEC_VERSION] = AT(spec_version, KIND_TEXT),
    [CC_FIELD_COMMUNITY] = AT(community, KIND_TEXT),
    [CC_FIELD_HOLDER_TYPE] = AT(holder.holder_type, KIND_U8),
    [CC_FIELD_STAFF] = AT(holder.staff, KIND_U8),
    [CC_FIELD_NAME] = AT(holder.name, KIND_TEXT),
    [CC_FIELD_NAME_MORE] = AT(holder.name, KIND_TEXT),
    [CC_FIELD_ID_NUMBER] = AT(holder.id_number, KIND_TEXT),
    [CC_FIELD_ID_TYPE] = AT(holder.id_type, KIND_U8),
    [CC_FIELD_SEX] = AT(holder.sex, KIND_CHAR),
    [CC_FIELD_NATION] = AT(holder.nation, KIND_U8),
    [CC_FIELD_BIRTH_DATE] = AT(holder.birth_date, KIND_U32),
    [CC_FIELD_BIRTH_PLACE] = AT(holder.birth_place, KIND_TEXT),
    [CC_FIELD_STUDENT_NUMBER] = AT(holder.student_number, KIND_TEXT),
    [CC_FIELD_VOLUNTEER_NUMBER] = AT(holder.volunteer_number, KIND_TEXT),
};
#undef AT

/* ---- Codings ------------------------------------------------------------------------------------------------- */

/* Every digit up to a padding of F; false when something else stands there. */
static bool digits_text(struct cc_bytes in, char *out, size_t out_size)
{
    struct cc_writer writer = cc_writer_on((uint8_t *)out, out_size - 1);
    bool padding = false;
    while (in.left > 0) {
        uint8_t byte = cc_take_u8(&in);
        for (unsigned half = 0; half < 2; half++) {
            unsigned digit = half == 0 ? byte >> 4 : byte & 0x0F;
            padding = padding || digit == 0x0F;
            if (padding ? digit != 0x0F : digit > 9)
                return false;
            if (!padding)
                cc_put_u8(&writer, (uint8_t)('0' + digit));
        }
    }
    return !writer.bad;
}

static void strip_zeros(char *text, size_t size)
{
    size_t zeros = strspn(text, "0"), len = strlen(text);
    memmove(text, text + zeros, len - zeros);
    memset(text + len - zeros, 0, size - (len - zeros));
}

static bool integer_text(struct cc_bytes in, bool little, char *out, size_t out_size)
{
    uint64_t value = 0;
    for (unsigned shift = 0; in.left > 0; shift += 8) {
        uint64_t byte = cc_take_u8(&in);
        value = little ? value | byte << shift : value << 8 | byte;
    }
    int len = snprintf(out, out_size, "%llu", (unsigned long long)value);
    return value > 0 && len > 0 && (size_t)len < out_size;
}

static bool written_text(enum cc_coding coding, struct cc_bytes in, char *out, size_t out_size)
{
    switch (coding) {
    case CC_CODING_DIGITS:
        return digits_text(in, out, out_size);
    case CC_CODING_NUMBER:
        if (!digits_text(in, out, out_size))
            return false;
        strip_zeros(out, out_size);
        return true;
    case CC_CODING_BE_NUMBER:
    case CC_CODING_LE_NUMBER:
        return in.left <= 8 && integer_text(in, coding == CC_CODING_LE_NUMBER, out, out_size);
    case CC_CODING_HEX:
        cc_hex(in.at, in.left, out, out_size);
        return true;
    case CC_CODING_CN:
        cc_hex(in.at, in.left, out, out_size);
        for (size_t len = strlen(out); len > 0 && out[len - 1] == 'F'; len--)
            out[len - 1] = '\0';
        return true;
    case CC_CODING_GB:
        cc_text_from_gb(in, out, out_size);
        return true;
    case CC_CODING_ASCII:
        cc_text_from_ascii(in, out, out_size);
        return true;
    default:
        return false;
    }
}

/* Whole or empty. */
static bool text_of(enum cc_coding coding, struct cc_bytes in, char *out, size_t out_size)
{
    memset(out, 0, out_size);
    bool whole = written_text(coding, in, out, out_size);
    if (!whole)
        memset(out, 0, out_size);
    return whole;
}

static uint32_t date_of(enum cc_coding coding, struct cc_bytes in)
{
    uint8_t bcd[4] = {0x20};
    if (coding == CC_CODING_DATE)
        cc_take(&in, bcd, 4);
    else
        cc_take(&in, bcd + 1, 3);
    return in.bad ? 0 : cc_bcd_date(bcd);
}

static uint32_t integer_of(enum cc_coding coding, struct cc_bytes in)
{
    uint32_t value = 0;
    if (coding == CC_CODING_DATE || coding == CC_CODING_DATE_SHORT)
        return date_of(coding, in);
    while (in.left > 0)
        value = value << 8 | cc_take_u8(&in);
    if (coding == CC_CODING_TRUE_1)
        return value == 1;
    if (coding == CC_CODING_BCD_U8)
        return (value >> 4) <= 9 && (value & 0x0F) <= 9 ? (value >> 4) * 10 + (value & 0x0F) : 0;
    return value;
}

static char sex_of(enum cc_coding coding, struct cc_bytes in)
{
    uint8_t byte = cc_take_u8(&in);
    if (coding == CC_CODING_SEX_ASCII)
        return byte == '1' ? 'M' : byte == '2' ? 'F' : 0;
    return byte == 0x01 ? 'M' : byte == 0x00 ? 'F' : 0;
}

/* ---- One field ------------------------------------------------------------------------------------------------ */

/* FF and FFFF are how cards leave an integer unwritten. */
static bool is_unwritten(const struct cc_field_desc *field, struct cc_bytes in)
{
    bool integer = field->coding == CC_CODING_U8 || field->coding == CC_CODING_U16;
    return integer && (cc_bytes_all(in, 0xFF) || (field->coding == CC_CODING_U16 && cc_bytes_all(in, 0x00)));
}

static void take_name(const struct cc_field_desc *field, struct cc_bytes in, struct cc_reading *reading)
{
    if (field->field == CC_FIELD_NAME)
        reading->name_len = 0;
    struct cc_writer out = cc_writer_on(reading->name + reading->name_len, sizeof reading->name - reading->name_len);
    while (in.left > 0 && *in.at != 0x00)
        cc_put_u8(&out, cc_take_u8(&in));
    reading->name_len += out.len;
    struct cc_bytes whole = cc_bytes_of(reading->name, reading->name_len);
    struct cc_holder *holder = &reading->card->holder;
    cc_text_from_gb(whole, holder->name, sizeof holder->name);
    if (strcmp(holder->name, "未发行") == 0) /* how some issuers fill the file of an anonymous card */
        memset(holder->name, 0, sizeof holder->name);
}

/* Whole, or left as it was: empty. */
static void take_field(const struct cc_field_desc *field, struct cc_bytes in, struct cc_reading *reading)
{
    const struct target *target = &targets[field->field];
    uint8_t *at = (uint8_t *)reading->card + target->offset;
    if (is_unwritten(field, in))
        return;
    switch (target->kind) {
    case KIND_TEXT:
        if (field->coding == CC_CODING_GB && (field->field == CC_FIELD_NAME || field->field == CC_FIELD_NAME_MORE))
            take_name(field, in, reading);
        else
            text_of(field->coding, in, (char *)at, target->size);
        break;
    case KIND_BYTES:
        cc_take(&in, at, target->size);
        break;
    case KIND_U8:
        *at = (uint8_t)integer_of(field->coding, in);
        break;
    case KIND_U16:
        *(uint16_t *)(void *)at = (uint16_t)integer_of(field->coding, in);
        break;
    case KIND_U32:
        *(uint32_t *)(void *)at = integer_of(field->coding, in);
        break;
    case KIND_BOOL:
        *(bool *)at = integer_of(field->coding, in) != 0;
        break;
    case KIND_CHAR:
        *(char *)at = sex_of(field->coding, in);
        break;
    }
}

/* The number must be one: it is the identity. All zero, or nothing but padding, is a card not issued. */
static int number_is_one(const struct cc_file_desc *file, struct cc_bytes in)
{
    for (size_t i = 0; i < file->field_count; i++) {
        const struct cc_field_desc *field = &file->fields[i];
        char text[CC_CARD_NUMBER_SIZE];
        if (field->field != CC_FIELD_NUMBER)
            continue;
        struct cc_bytes number = cc_bytes_slice(in, field->offset, field->len);
        if (cc_bytes_blank(number))
            return CC_NOT_FOUND;
        if (number.bad || !text_of(field->coding, number, text, sizeof text) || text[0] == '\0' ||
            strspn(text, "0") == strlen(text) || strpbrk(text, "?* "))
            return CC_ERR_PROTOCOL; /* '?' stands for bytes that are no text: cards would share such a number */
    }
    return CC_OK;
}

int cc_fields_take(const struct cc_file_desc *file, struct cc_bytes in, struct cc_reading *reading)
{
    if (in.bad || in.left < file->least)
        return CC_ERR_PROTOCOL;
    if (cc_bytes_blank(in))
        return CC_NOT_FOUND;
    int result = number_is_one(file, in);
    if (result != CC_OK)
        return result;
    for (size_t i = 0; i < file->field_count; i++) {
        const struct cc_field_desc *field = &file->fields[i];
        size_t left = in.left > field->offset ? in.left - field->offset : 0;
        /* Records give only what is written; files give all of a field or nothing. */
        size_t len = file->place == CC_PLACE_RECORD && left < field->len ? left : field->len;
        struct cc_bytes value = cc_bytes_slice(in, field->offset, len);
        if (!value.bad && value.left > 0)
            take_field(field, value, reading);
    }
    return CC_OK;
}

/* ---- Records of logs ------------------------------------------------------------------------------------------- */

int cc_log_parse(struct cc_bytes in, uint8_t factor, struct cc_log_entry *entry)
{
    memset(entry, 0, sizeof *entry);
    struct cc_bytes record = cc_take_sub(&in, LOG_LEN);
    if (record.bad)
        return CC_ERR_PROTOCOL;
    if (cc_bytes_blank(record))
        return CC_NOT_FOUND;
    entry->counter = cc_take_u16(&record);
    entry->overdraft_fen = cc_take_u24(&record);
    uint64_t amount = (uint64_t)(cc_take_u32(&record) & AMOUNT_MASK) * (factor ? factor : 1);
    entry->amount_fen = amount > UINT32_MAX ? UINT32_MAX : (uint32_t)amount;
    entry->type = cc_take_u8(&record);
    cc_take(&record, entry->terminal, sizeof entry->terminal);
    cc_take(&record, entry->date_bcd, sizeof entry->date_bcd);
    cc_take(&record, entry->time_bcd, sizeof entry->time_bcd);
    return CC_OK;
}

int cc_journey_parse(struct cc_bytes in, struct cc_journey *journey)
{
    memset(journey, 0, sizeof *journey);
    struct cc_bytes record = cc_take_sub(&in, JOURNEY_LEN);
    if (record.bad)
        return CC_ERR_PROTOCOL;
    if (cc_bytes_blank(record))
        return CC_NOT_FOUND;
    journey->event = cc_take_u8(&record);
    cc_take(&record, journey->terminal, sizeof journey->terminal);
    journey->industry = cc_take_u8(&record);
    cc_take(&record, journey->line_station, sizeof journey->line_station);
    journey->amount_fen = cc_take_u32(&record) & AMOUNT_MASK;
    journey->balance_fen = cc_take_u32(&record) & AMOUNT_MASK;
    cc_take(&record, journey->date_bcd, sizeof journey->date_bcd);
    cc_take(&record, journey->time_bcd, sizeof journey->time_bcd);
    journey->city = cc_take_u16(&record);
    cc_take(&record, journey->institution, sizeof journey->institution);
    return CC_OK;
}
