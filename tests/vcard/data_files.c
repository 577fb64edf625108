/* SPDX-License-Identifier: Apache-2.0 */
#include "data_internal.h"
#include "hex.h"

#include <iconv.h>
#include <stdio.h>
#include <string.h>

/* ---- Bytes ------------------------------------------------------------------------------------------------------------ */

/* Hex with blanks between its bytes. */
static bool hex_with_blanks(const char *text, uint8_t *out, size_t room, size_t *len)
{
    char pair[3] = "";
    size_t one = 0, half = 0;
    *len = 0;
    for (; *text; text++) {
        if (*text == ' ' && half == 0)
            continue;
        pair[half++] = *text;
        if (half < 2)
            continue;
        if (*len == room || !vc_unhex(pair, out + *len, 1, &one))
            return false;
        (*len)++;
        half = 0;
    }
    return half == 0;
}

static size_t gbk(const char *utf8, uint8_t *out, size_t room, bool *good)
{
    iconv_t converter = iconv_open("GB18030", "UTF-8");
    char *from = (char *)utf8, *to = (char *)out;
    size_t from_left = strlen(utf8), to_left = room;
    *good = converter != (iconv_t)-1;
    if (!*good)
        return 0;
    *good = iconv(converter, &from, &from_left, &to, &to_left) != (size_t)-1 && from_left == 0;
    *good = iconv_close(converter) == 0 && *good;
    return room - to_left;
}

/* {"gbk": text} or {"ascii": text}, filled up with "fill" (00) to "size". */
static size_t text_part(struct vc_reader *part, uint8_t *out, size_t room)
{
    bool is_gbk = vc_read_has(part, "gbk"), good = true;
    const char *text = vc_read_text(part, is_gbk ? "gbk" : "ascii");
    size_t len = strlen(text);
    uint8_t fill = 0;
    if (is_gbk)
        len = gbk(text, out, room, &good);
    else if (len <= room)
        memcpy(out, text, len);
    if (!good || len > room) {
        vc_read_fail(part, is_gbk ? "gbk" : "ascii", "cannot be written");
        return 0;
    }
    size_t size = (size_t)vc_read_number_or(part, "size", (long long)room, (long long)len);
    if (vc_read_has(part, "fill"))
        vc_read_hex(part, "fill", &fill, 1);
    if (size < len)
        vc_read_fail(part, "size", "is too small for the text");
    else
        memset(out + len, fill, size - len);
    return size < len ? len : size;
}

static size_t part_bytes(struct vc_reader *reader, const char *field, const json_t *value, uint8_t *out,
                         size_t room)
{
    size_t len = 0;
    if (json_is_string(value)) {
        if (!hex_with_blanks(json_string_value(value), out, room, &len))
            vc_read_fail(reader, field, "holds no hex, or too much");
        return len;
    }
    struct vc_reader part = vc_read_inner(reader, value, field);
    len = text_part(&part, out, room);
    vc_read_join(reader, &part);
    return len;
}

size_t vc_data_bytes(struct vc_reader *reader, const char *field, const json_t *value, uint8_t *out,
                     size_t room)
{
    const json_t *part;
    size_t index, len = 0;
    if (!json_is_array(value))
        return part_bytes(reader, field, value, out, room);
    json_array_foreach(value, index, part)
    {
        len += part_bytes(reader, field, part, out + len, room - len);
    }
    return len;
}

/* ---- Files ------------------------------------------------------------------------------------------------------------ */

static enum vc_access access_of(struct vc_reader *reader, const char *field, enum vc_access otherwise)
{
    static const char *const names[] = {"free", "pin", "external", "mac", "never"};
    return (enum vc_access)vc_read_choice(reader, field, names, 5, otherwise);
}

/* "by_tag": true, false, or the status that refuses it. */
static void read_by_tag(struct vc_reader *reader, struct vc_file *file)
{
    uint8_t sw[2] = {0x6A, 0x86};
    if (json_is_string(json_object_get(reader->object, "by_tag")))
        vc_read_hex(reader, "by_tag", sw, 2);
    else
        file->by_tag = vc_read_truth(reader, "by_tag", false);
    file->tag_sw = (uint16_t)(sw[0] << 8 | sw[1]);
}

static void read_head(struct vc_reader *reader, const char *app, struct vc_file *file)
{
    static const char *const kinds[] = {"binary", "linear", "variable", "cyclic"};
    uint8_t fid[2] = {0};
    vc_read_hex(reader, "fid", fid, 2);
    file->fid = (uint16_t)(fid[0] << 8 | fid[1]);
    bool has_sfi = fid[1] >= 1 && fid[1] <= 30;
    file->sfi = (uint8_t)vc_read_number_or(reader, "sfi", 30, has_sfi ? fid[1] : 0);
    file->kind = (enum vc_file_kind)vc_read_choice(reader, "kind", kinds, 4, VC_BINARY);
    file->read = access_of(reader, "read", VC_FREE);
    file->update = access_of(reader, "update", VC_NEVER);
    file->compound = vc_read_truth(reader, "compound", false);
    read_by_tag(reader, file);
    if (vc_read_has(reader, "name"))
        vc_read_copy(reader, "name", file->name, sizeof(file->name));
    else
        snprintf(file->name, sizeof(file->name), "%s.ef%02x", app, fid[1]);
}

static uint8_t add(struct vc_reader *reader, struct vc_data_card *card, size_t app,
                   const struct vc_file *file)
{
    if (vc_profile_file(&card->profile, file->name) != VC_NONE)
        vc_read_fail(reader, file->name, "occurs twice");
    uint8_t index = reader->failed ? VC_NONE : vc_profile_add_file(&card->profile, app, file);
    if (index == VC_NONE)
        vc_read_fail(reader, file->name, "is empty, or more than the card has room for");
    return index;
}

/* "data", filled up with 00 to "size" where that is told. */
static void read_binary(struct vc_reader *reader, struct vc_data_card *card, size_t app, struct vc_file *file)
{
    uint8_t bytes[VC_IMAGE_MAX];
    size_t len =
        vc_read_has(reader, "data")
            ? vc_data_bytes(reader, "data", json_object_get(reader->object, "data"), bytes, sizeof(bytes))
            : 0;
    file->size = (uint16_t)vc_read_number_or(reader, "size", VC_IMAGE_MAX, (long long)len);
    if (len > file->size)
        vc_read_fail(reader, "data", "is longer than the file");
    uint8_t index = add(reader, card, app, file);
    if (index != VC_NONE)
        memcpy(card->fresh.image + card->profile.files[index].at, bytes, len);
}

/* "records", the first is number 1; "slots" for more of them; "full": the rest is there and zero. */
static void read_records(struct vc_reader *reader, struct vc_data_card *card, size_t app,
                         struct vc_file *file)
{
    uint8_t bytes[255];
    const json_t *list = vc_read_list(reader, "records"), *record;
    size_t count = json_array_size(list), i;
    file->size = (uint16_t)vc_read_number(reader, "size", 255);
    file->slots = (uint8_t)vc_read_number_or(reader, "slots", 255, (long long)(count < 255 ? count : 255));
    bool full = vc_read_truth(reader, "full", false);
    uint8_t index = add(reader, card, app, file);
    if (index == VC_NONE)
        return;
    json_array_foreach(list, i, record)
    {
        size_t len = vc_data_bytes(reader, "records", record, bytes, sizeof(bytes));
        bool whole = file->kind == VC_VARIABLE || len == file->size;
        if (!whole || !vc_state_put(&card->profile, &card->fresh, index, i + 1, bytes, len))
            vc_read_fail(reader, file->name, "has a record that does not fit");
    }
    while (full && !reader->failed && card->fresh.counts[index] < file->slots)
        vc_state_put(&card->profile, &card->fresh, index, card->fresh.counts[index] + 1u, NULL, 0);
}

void vc_data_file(struct vc_reader *reader, struct vc_data_card *card, size_t app)
{
    struct vc_file file = {.name = ""};
    read_head(reader, card->profile.apps[app].name, &file);
    if (file.kind == VC_BINARY)
        read_binary(reader, card, app, &file);
    else
        read_records(reader, card, app, &file);
}
