/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recognition. One question is one SELECT (or one READ BINARY for cards without a name):
 *
 *   by name    T-Union, community, CityUnion and its four variants, social security, Suzhou; city cards that refused the next
 *   by EF      Beijing: file 04 of the master file
 *   by file    1001 of the master file: the answer shows the name of Shenzhen's, Wuhan's, Lingnan's, Macau's or Beijing's card
 *
 * The order of asking is in order.c.
 *
 * Nothing here changes a counter or a try. A name refused costs one command; what SELECT's answer tells is not read again.
 */
#include "recognise.h"

#include "tlv.h"

#include <openssl/crypto.h>
#include <string.h>

#define MASTER_FILE     0x3F00
#define TAG_DF_NAME     0x84
#define TAG_ISSUER_DATA 0x9F0C /* discretionary data of the FCI: EF15 as it is */

/* ---- Files ------------------------------------------------------------------------------------------------------ */

static bool is_fatal(const struct cc_port *port, int result)
{
    return result < 0 && port->broken;
}

/* EF15 within the answer of SELECT, else an empty reader. */
static struct cc_bytes issuer_data(const struct cc_answer *fci)
{
    struct cc_bytes data;
    return cc_tlv_find(cc_answer_bytes(fci), TAG_ISSUER_DATA, &data) ? data : cc_bytes_of(NULL, 0);
}

static int read_one_file(struct cc_port *port, const struct cc_file_desc *file, struct cc_reading *reading)
{
    struct cc_answer answer;
    port->personal = file->personal;
    int result = cc_file_read_either(port, (uint8_t)file->id, file->want, &answer);
    port->personal = false;
    if (result == CC_OK)
        result = cc_fields_take(file, cc_answer_bytes(&answer), reading);
    OPENSSL_cleanse(&answer, sizeof answer);
    return result;
}

static bool number_known(const struct cc_reading *reading)
{
    return reading->card->card_number[0] != '\0';
}

/* CC_OK, CC_ERR_UNSUPPORTED when a needed file is not what it must be, or the connection's error. */
static int verdict_of(struct cc_port *port, const struct cc_file_desc *file, int result)
{
    if (is_fatal(port, result))
        return result;
    return result != CC_OK && file->needed ? CC_ERR_UNSUPPORTED : CC_OK;
}

/* The files of the application that are always read; what the FCI tells is not asked again. */
static int read_identity(struct cc_port *port, const struct cc_family_desc *desc, const struct cc_answer *fci,
                         struct cc_reading *reading)
{
    bool instead = false, settled = false; /* the number was known before the first file that is read instead */
    for (size_t i = 0; i < desc->file_count; i++) {
        const struct cc_file_desc *file = &desc->files[i];
        if (file->place != CC_PLACE_APPLICATION || file->when != 0)
            continue;
        settled = instead ? settled : number_known(reading);
        instead = instead || file->instead;
        if (file->instead && settled)
            continue;
        if (file->in_fci && cc_fields_take(file, issuer_data(fci), reading) == CC_OK)
            continue;
        int result = verdict_of(port, file, read_one_file(port, file, reading));
        if (result != CC_OK)
            return result;
    }
    return cc_records_read(port, desc, 0, reading);
}

int cc_files_read(struct cc_port *port, const struct cc_family_desc *desc, unsigned what, struct cc_reading *reading)
{
    for (size_t i = 0; i < desc->file_count; i++) {
        const struct cc_file_desc *file = &desc->files[i];
        if (file->place != CC_PLACE_APPLICATION || (file->when & what) == 0)
            continue;
        int result = read_one_file(port, file, reading);
        if (is_fatal(port, result))
            return result;
    }
    return (what & (CC_READ_HOLDER | CC_READ_CLASS)) != 0 ? cc_records_read(port, desc, what, reading) : CC_OK;
}

bool cc_has_master_files(const struct cc_family_desc *desc)
{
    for (size_t i = 0; i < desc->file_count; i++) {
        if (desc->files[i].place == CC_PLACE_MASTER)
            return true;
    }
    return false;
}

int cc_master_files_read(struct cc_port *port, const struct cc_family_desc *desc, struct cc_reading *reading)
{
    struct cc_answer answer;
    int result = cc_select_file(port, MASTER_FILE, &answer);
    if (result != CC_OK)
        return result;
    for (size_t i = 0; i < desc->file_count; i++) {
        const struct cc_file_desc *file = &desc->files[i];
        if (file->place != CC_PLACE_MASTER)
            continue;
        result = verdict_of(port, file, read_one_file(port, file, reading));
        if (result != CC_OK)
            return result;
    }
    return CC_OK;
}

/* ---- Selection ---------------------------------------------------------------------------------------------------- */

/* A blocked application still gives its FCI, with 6A81 or 6283: the status counts, not the data. */
static bool is_blocked(uint16_t sw)
{
    return sw == 0x6A81 || sw == 0x6283 || sw == 0x9303;
}

/* CC_ERR_REFUSED: there is no such application, or nothing of use in a blocked one. */
static int selection_result(int result, const struct cc_answer *fci)
{
    if (result != CC_OK)
        return result;
    if (is_blocked(fci->sw))
        return CC_CARD_BLOCKED;
    return fci->sw == 0x9000 ? CC_OK : CC_ERR_REFUSED;
}

static int enter_by_name(struct cc_port *port, const struct cc_family_desc *desc, struct cc_answer *fci)
{
    return selection_result(cc_select_name(port, desc->select.name, desc->select.name_len, fci), fci);
}

static bool shows_name(const struct cc_family_desc *desc, struct cc_bytes name)
{
    for (size_t i = 0; i < sizeof desc->select.df_name_len; i++) {
        size_t len = desc->select.df_name_len[i];
        if (len > 0 && len == name.left && memcmp(name.at, desc->select.df_names[i], len) == 0)
            return true;
    }
    return false;
}

/* The same file identifier leads to any card's own application: the name must be the family's. */
static int select_numbered(struct cc_port *port, const struct cc_family_desc *desc, struct cc_answer *fci)
{
    struct cc_bytes name;
    int result = selection_result(cc_select_file(port, desc->select.file, fci), fci);
    if (result < 0)
        return result;
    bool shown = cc_tlv_find(cc_answer_bytes(fci), TAG_DF_NAME, &name) && shows_name(desc, name);
    return shown ? result : CC_ERR_REFUSED;
}

static int enter_by_file(struct cc_port *port, const struct cc_family_desc *desc, struct cc_answer *fci)
{
    int result = select_numbered(port, desc, fci);
    if (result != CC_ERR_REFUSED)
        return result;
    /* Another application may be selected: from the master file it can be seen. */
    result = cc_select_file(port, MASTER_FILE, fci);
    if (result != CC_OK || fci->sw != 0x9000)
        return result != CC_OK ? result : CC_ERR_REFUSED;
    return select_numbered(port, desc, fci);
}

int cc_family_enter(struct cc_port *port, const struct cc_family_desc *desc, struct cc_answer *fci)
{
    int result = CC_ERR_REFUSED;
    port->elsewhere = false;
    if (desc->select.name_len > 0)
        result = enter_by_name(port, desc, fci);
    if (result == CC_ERR_REFUSED && desc->select.file != 0)
        result = enter_by_file(port, desc, fci);
    return result == CC_ERR_REFUSED ? CC_ERR_UNSUPPORTED : result;
}

static bool has_variants(const struct cc_family_desc *named)
{
    for (size_t i = 0; i < cc_family_desc_count; i++) {
        const struct cc_select_desc *select = &cc_family_descs[i]->select;
        if (select->variant.len > 0 && cc_same_name(select, &named->select))
            return true;
    }
    return false;
}

/* EF15 of a name that several families share: from the FCI, else read once and put where the FCI was. */
static int fetch_issuer_data(struct cc_port *port, const struct cc_family_desc *desc, struct cc_answer *fci)
{
    if (issuer_data(fci).left > 0 || !has_variants(desc))
        return CC_OK;
    struct cc_answer answer;
    int result = cc_file_read_either(port, (uint8_t)desc->files[0].id, desc->files[0].want, &answer);
    if (result == CC_OK && answer.len <= 0x7F) {
        struct cc_writer out = cc_writer_on(fci->data, sizeof fci->data);
        cc_put_u16(&out, TAG_ISSUER_DATA);
        cc_put_u8(&out, (uint8_t)answer.len);
        cc_put(&out, answer.data, answer.len);
        fci->len = out.len;
    }
    return is_fatal(port, result) ? result : CC_OK;
}

static bool is_variant(const struct cc_family_desc *desc, struct cc_bytes data)
{
    const struct cc_match *variant = &desc->select.variant;
    struct cc_bytes part = cc_bytes_slice(data, variant->offset, variant->len);
    return variant->len == 0 || (!part.bad && memcmp(part.at, variant->bytes, variant->len) == 0);
}

static const struct cc_family_desc *pick_variant(const struct cc_family_desc *named, const struct cc_answer *fci)
{
    for (size_t i = 0; i < cc_family_desc_count; i++) {
        const struct cc_family_desc *desc = cc_family_descs[i];
        if (desc->select.name_len > 0 && cc_same_name(&desc->select, &named->select) &&
            is_variant(desc, issuer_data(fci)))
            return desc;
    }
    return NULL;
}

/* ---- One question ----------------------------------------------------------------------------------------------- */

/* Fills the reading only when the card is of the family. */
static int accept(struct cc_port *port, const struct cc_family_desc *desc, bool blocked, const struct cc_answer *fci,
                  struct cc_reading *reading)
{
    struct cc_card card = {0};
    struct cc_reading attempt = {.card = &card};
    int result = read_identity(port, desc, fci, &attempt);
    if (result == CC_OK && card.card_number[0] == '\0' && !cc_has_master_files(desc))
        result = CC_ERR_UNSUPPORTED;
    if (result == CC_OK) {
        card.family = desc->family;
        card.blocked = blocked;
        *reading->card = card;
    }
    OPENSSL_cleanse(&card, sizeof card);
    if (result == CC_ERR_UNSUPPORTED && blocked)
        return CC_ERR_REFUSED; /* 6A81 then meant "function not supported" */
    if (result != CC_OK)
        return result;
    return blocked ? CC_CARD_BLOCKED : CC_OK;
}

static int ask_name(struct cc_port *port, const struct cc_family_desc **desc, struct cc_reading *reading)
{
    struct cc_answer fci;
    int selected = enter_by_name(port, *desc, &fci);
    if (selected < 0)
        return selected;
    int result = fetch_issuer_data(port, *desc, &fci);
    if (result != CC_OK)
        return result;
    const struct cc_family_desc *variant = pick_variant(*desc, &fci);
    if (!variant)
        return CC_ERR_UNSUPPORTED;
    *desc = variant;
    return accept(port, variant, selected == CC_CARD_BLOCKED, &fci, reading);
}

/* The file that a card without a name is known by; its fields are taken, for it is the identity. */
static int read_master_mark(struct cc_port *port, const struct cc_family_desc *desc, struct cc_reading *reading)
{
    struct cc_answer answer;
    int result = cc_file_read(port, desc->select.master_sfi, desc->select.master_want, &answer);
    if (is_fatal(port, result))
        return result;
    const struct cc_match *mark = &desc->select.master;
    struct cc_bytes in = cc_answer_bytes(&answer), part = cc_bytes_slice(in, mark->offset, mark->len);
    if (result != CC_OK || part.bad || memcmp(part.at, mark->bytes, mark->len) != 0)
        return CC_ERR_REFUSED;
    struct cc_card card = {.family = desc->family};
    struct cc_reading attempt = {.card = &card};
    if (cc_fields_take(&desc->files[0], in, &attempt) != CC_OK)
        return CC_ERR_UNSUPPORTED;
    *reading->card = card;
    return CC_OK;
}

static int ask_master(struct cc_port *port, const struct cc_family_desc *desc, struct cc_reading *reading)
{
    struct cc_answer fci;
    int result = read_master_mark(port, desc, reading);
    if (result == CC_OK)
        result = selection_result(cc_select_file(port, desc->select.file, &fci), &fci);
    reading->card->blocked = result == CC_CARD_BLOCKED;
    if (result < 0)
        *reading->card = (struct cc_card){0};
    return result;
}

static int ask_file(struct cc_port *port, const struct cc_family_desc **desc, struct cc_reading *reading)
{
    struct cc_answer fci, ignored;
    struct cc_bytes name;
    int selected = selection_result(cc_select_file(port, (*desc)->select.file, &fci), &fci);
    if (selected < 0)
        return selected;
    if (!cc_tlv_find(cc_answer_bytes(&fci), TAG_DF_NAME, &name))
        return CC_ERR_REFUSED;
    uint16_t file = (*desc)->select.file;
    for (size_t i = 0; i < cc_family_desc_count; i++) {
        const struct cc_family_desc *found = cc_family_descs[i];
        if (found->select.file != file || !shows_name(found, name))
            continue;
        *desc = found;
        if (found->select.master_sfi == 0)
            return accept(port, found, selected == CC_CARD_BLOCKED, &fci, reading);
        int result = cc_select_file(port, MASTER_FILE, &ignored);
        return result == CC_OK ? ask_master(port, found, reading) : result;
    }
    return CC_ERR_REFUSED;
}

static int ask(struct cc_port *port, const struct cc_probe *probe, const struct cc_family_desc **desc,
               struct cc_reading *reading)
{
    *desc = probe->desc;
    switch (probe->kind) {
    case CC_PROBE_NAME:
        return ask_name(port, desc, reading);
    case CC_PROBE_MASTER:
        return ask_master(port, *desc, reading);
    case CC_PROBE_FILE:
        return ask_file(port, desc, reading);
    }
    return CC_ERR_UNSUPPORTED;
}

/* ---- Cards without an identity ------------------------------------------------------------------------------------- */

/* PC/SC part 3: 3B 8F 80 01 80 4F 0C A0 00 00 03 06 … is a storage card. */
static bool is_storage_atr(const struct cc_port *port)
{
    static const uint8_t head[] = {0x3B, 0x8F, 0x80, 0x01, 0x80, 0x4F, 0x0C, 0xA0, 0x00, 0x00, 0x03, 0x06};
    return port->atr_len > sizeof head && memcmp(port->atr, head, sizeof head) == 0;
}

/* GET DATA of the reader (PC/SC part 3, 3.2.2.1.3): 4, 7 or 10 bytes; a contact reader refuses. */
static int read_uid(struct cc_port *port, struct cc_card *card)
{
    struct cc_command command = {.cla = 0xFF, .ins = 0xCA, .le = 0};
    struct cc_answer answer;
    int result = cc_apdu(port, &command, &answer);
    if (result != CC_OK)
        return result;
    bool lawful = answer.len == 4 || answer.len == 7 || answer.len == 10;
    if (answer.sw == 0x9000 && lawful) {
        struct cc_bytes in = cc_answer_bytes(&answer);
        card->uid_len = in.left;
        cc_take(&in, card->uid, card->uid_len);
    }
    return CC_OK;
}

static int name_the_unknown(struct cc_port *port, bool speaks_iso, struct cc_card *card)
{
    static const uint8_t payment_directory[] = "2PAY.SYS.DDF01";
    const size_t len = sizeof payment_directory - 1;
    struct cc_answer answer;
    struct cc_bytes name;
    int result = CC_OK;
    card->family = CC_FAMILY_STORAGE;
    if (speaks_iso) {
        result = cc_select_name(port, payment_directory, len, &answer);
        if (result != CC_OK)
            return result;
        bool shown = cc_tlv_find(cc_answer_bytes(&answer), TAG_DF_NAME, &name) && name.left == len &&
                     memcmp(name.at, payment_directory, len) == 0;
        card->family = answer.sw == 0x9000 && shown ? CC_FAMILY_BANK : CC_FAMILY_ISO7816;
    }
    if (card->family != CC_FAMILY_BANK)
        result = read_uid(port, card);
    return is_fatal(port, result) ? result : CC_NO_IDENTITY;
}

/* ---- All questions --------------------------------------------------------------------------------------------------- */

int cc_recognise(struct cc_port *port, struct cc_reading *reading, const struct cc_family_desc **desc)
{
    struct cc_probe probes[CC_PROBES_MAX];
    bool speaks_iso = false, is_wrong = false;
    if (is_storage_atr(port))
        return name_the_unknown(port, false, reading->card);
    size_t count = cc_probe_order(port->history, probes);
    for (size_t i = 0; i < count; i++) {
        int result = ask(port, &probes[i], desc, reading);
        if (result >= 0)
            cc_history_note(port->history, (*desc)->family, probes[i].kind != CC_PROBE_NAME);
        if (result >= 0 || port->broken)
            return result;
        is_wrong = is_wrong || result != CC_ERR_REFUSED;
        /* 6D00, 6E00, 6F00 and 6A81 come from the reader, for cards that know no commands. */
        speaks_iso = speaks_iso || (port->last_sw != 0x6D00 && port->last_sw != 0x6E00 && port->last_sw != 0x6A81 &&
                                    port->last_sw != 0x6F00);
    }
    if (is_wrong) /* it has an application known here, whose files are not what they must be */
        return CC_ERR_UNSUPPORTED;
    return name_the_unknown(port, speaks_iso, reading->card);
}

int cc_recognise_beside(struct cc_port *port, size_t *at, struct cc_reading *reading, const struct cc_family_desc **desc)
{
    struct cc_probe probes[CC_PROBES_MAX];
    size_t count = cc_probe_order(NULL, probes);
    while (*at < count) {
        const struct cc_probe *probe = &probes[(*at)++];
        if (!cc_probe_finds_beside(probe))
            continue;
        int result = ask(port, probe, desc, reading);
        if (result >= 0 || port->broken)
            return result;
    }
    return CC_NOT_FOUND;
}

int cc_family_select(struct cc_port *port, const struct cc_family_desc *desc, struct cc_card *card)
{
    struct cc_reading reading = {.card = card};
    struct cc_answer fci;
    if (desc->select.master_sfi != 0) {
        int result = cc_select_file(port, MASTER_FILE, &fci);
        port->elsewhere = false;
        if (result == CC_OK)
            result = ask_master(port, desc, &reading);
        return result == CC_ERR_REFUSED ? CC_ERR_UNSUPPORTED : result;
    }
    int selected = cc_family_enter(port, desc, &fci);
    if (selected < 0)
        return selected;
    int result = fetch_issuer_data(port, desc, &fci);
    if (result == CC_OK && !is_variant(desc, issuer_data(&fci)))
        result = CC_ERR_UNSUPPORTED;
    if (result == CC_OK)
        result = accept(port, desc, selected == CC_CARD_BLOCKED, &fci, &reading);
    if (result == CC_ERR_REFUSED)
        result = CC_ERR_UNSUPPORTED;
    if (result < 0 || !cc_has_master_files(desc))
        return result;
    int in_master = cc_master_files_read(port, desc, &reading);
    if (in_master != CC_OK)
        return in_master;
    int again = cc_family_enter(port, desc, &fci);
    return again < 0 ? again : result;
}
