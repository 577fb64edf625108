/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of tagged records (LD/T 32): READ RECORD by tag (00 B2 tag 00), each answer tag, length, value. Cards of the first
 * version know record numbers only, and number their records otherwise than later ones: when the first record of a file does
 * not come by its tag, all are read by number and told apart by the tag they carry.
 */
#include "recognise.h"

#include <openssl/crypto.h>

#define RECORDS_MAX 16

/* One file's way of being read. */
struct record_file {
    uint16_t id; /* 0: none selected */
    bool usable, by_number, asked;
};

static bool is_wanted(const struct cc_file_desc *file, unsigned what)
{
    return file->place == CC_PLACE_RECORD && (what == 0 ? file->when == 0 : (file->when & what) != 0);
}

/* Both ways of selecting an EF are in use: by identifier, and by identifier below the present DF. */
static int select_file(struct cc_port *port, struct record_file *current, uint16_t id)
{
    struct cc_answer answer;
    *current = (struct record_file){.id = id};
    int result = cc_select_file(port, id, &answer);
    if (result == CC_OK && answer.sw != 0x9000)
        result = cc_select_child(port, id, &answer);
    if (result == CC_OK)
        current->usable = answer.sw == 0x9000;
    return result;
}

/* Any refusal is CC_NOT_FOUND; below zero the card is gone. */
static int read_record(struct cc_port *port, uint8_t p1, uint8_t p2, uint8_t want, bool personal,
                       struct cc_answer *answer)
{
    struct cc_command command = {.ins = 0xB2, .p1 = p1, .p2 = p2, .le = want};
    port->personal = port->tagged = personal;
    int result = cc_apdu(port, &command, answer);
    port->personal = port->tagged = false;
    if (result != CC_OK)
        return port->broken ? result : CC_NOT_FOUND;
    return answer->sw == 0x9000 || answer->sw == 0x6282 ? CC_OK : CC_NOT_FOUND;
}

/* The value of a record; an empty, bad reader when its length is not what it says. */
static struct cc_bytes value_of(const struct cc_answer *answer, uint8_t *tag)
{
    struct cc_bytes in = cc_answer_bytes(answer);
    *tag = cc_take_u8(&in);
    size_t len = cc_take_u8(&in);
    return cc_take_sub(&in, len);
}

static int by_tag(struct cc_port *port, const struct cc_file_desc *file, struct cc_reading *reading)
{
    struct cc_answer answer;
    uint8_t tag = 0;
    int result = read_record(port, file->tag, 0x00, file->want, file->personal, &answer);
    if (result == CC_OK) {
        struct cc_bytes value = value_of(&answer, &tag);
        result = tag == file->tag && !value.bad ? cc_fields_take(file, value, reading) : CC_NOT_FOUND;
    }
    OPENSSL_cleanse(&answer, sizeof answer);
    return result;
}

static bool is_personal(const struct cc_family_desc *desc, uint16_t id)
{
    for (size_t i = 0; i < desc->file_count; i++) {
        if (desc->files[i].place == CC_PLACE_RECORD && desc->files[i].id == id && desc->files[i].personal)
            return true;
    }
    return false;
}

/* The description of the record that has come; one that nobody wants is passed over. */
static void take_by_tag(const struct cc_family_desc *desc, uint16_t id, unsigned what, const struct cc_answer *answer,
                        struct cc_reading *reading)
{
    uint8_t tag;
    struct cc_bytes value = value_of(answer, &tag);
    for (size_t i = 0; i < desc->file_count && !value.bad; i++) {
        const struct cc_file_desc *file = &desc->files[i];
        if (is_wanted(file, what) && file->id == id && file->tag == tag)
            cc_fields_take(file, value, reading);
    }
}

static int all_by_number(struct cc_port *port, const struct cc_family_desc *desc, uint16_t id, unsigned what,
                         struct cc_reading *reading)
{
    bool personal = is_personal(desc, id);
    for (uint8_t number = 1; number <= RECORDS_MAX; number++) {
        struct cc_answer answer;
        int result = read_record(port, number, 0x04, 0, personal, &answer);
        if (result == CC_OK)
            take_by_tag(desc, id, what, &answer, reading);
        OPENSSL_cleanse(&answer, sizeof answer);
        if (result != CC_OK)
            return result < 0 ? result : CC_OK;
    }
    return CC_OK;
}

static int read_one(struct cc_port *port, const struct cc_family_desc *desc, const struct cc_file_desc *file,
                    unsigned what, struct record_file *current, struct cc_reading *reading)
{
    int result = CC_OK;
    if (current->id != file->id)
        result = select_file(port, current, file->id);
    if (result != CC_OK || !current->usable || current->by_number)
        return result;
    result = by_tag(port, file, reading);
    if (result != CC_OK && !port->broken && !current->asked) {
        current->by_number = true;
        return all_by_number(port, desc, file->id, what, reading);
    }
    current->asked = true;
    return port->broken ? result : CC_OK;
}

int cc_records_read(struct cc_port *port, const struct cc_family_desc *desc, unsigned what, struct cc_reading *reading)
{
    struct record_file current = {0};
    bool needed = false;
    for (size_t i = 0; i < desc->file_count; i++) {
        const struct cc_file_desc *file = &desc->files[i];
        if (!is_wanted(file, what))
            continue;
        int result = read_one(port, desc, file, what, &current, reading);
        if (result != CC_OK)
            return result;
        needed = needed || file->needed;
    }
    return needed && reading->card->card_number[0] == '\0' ? CC_ERR_UNSUPPORTED : CC_OK;
}
