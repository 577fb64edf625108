/* SPDX-License-Identifier: Apache-2.0 */
#include "model/content.h"
#include "model/model-internal.h"
#include "model/model.h"
#include "model/strict.h"

#include <openssl/evp.h>
#include <string.h>

/* ---- Files ---- */

static const char *const TYPE_NAMES[] = {"image/png", "image/jpeg", "application/pdf", "audio/ogg", "audio/wav"};
G_STATIC_ASSERT(G_N_ELEMENTS(TYPE_NAMES) == FILE_TYPES);

const char *file_type_name(enum file_type type)
{
    return names_at(TYPE_NAMES, FILE_TYPES, type);
}

bool file_type_parse(const char *name, enum file_type *out)
{
    unsigned at = 0;
    bool found = name != NULL && names_find(TYPE_NAMES, FILE_TYPES, name, &at);

    if (found)
        *out = (enum file_type)at;
    return found;
}

/* PNG: ISO/IEC 15948 5.2, and IHDR first. JPEG: ISO/IEC 10918-1 B.1. PDF: ISO 32000-1 7.5.2. Ogg: RFC 3533 6. WAVE: in RIFF. */
bool file_type_of(const void *bytes, size_t len, enum file_type *out)
{
    static const struct {
        enum file_type type;
        size_t at;
        const char *magic;
        size_t len;
        size_t at_too;
        const char *magic_too; /* of four bytes; NULL: no more is asked */
    } MAGIC[] = {
        {FILE_PNG, 0, "\x89PNG\r\n\x1a\n", 8, 12, "IHDR"}, {FILE_JPEG, 0, "\xff\xd8\xff", 3, 0, NULL},
        {FILE_PDF, 0, "%PDF-", 5, 0, NULL},                {FILE_OGG, 0, "OggS\0", 5, 0, NULL},
        {FILE_WAV, 0, "RIFF", 4, 8, "WAVE"},
    };
    const char *start = bytes;

    for (size_t i = 0; i < G_N_ELEMENTS(MAGIC); i++) {
        if (len < 16 || memcmp(start, MAGIC[i].magic, MAGIC[i].len) != 0 ||
            (MAGIC[i].magic_too != NULL && memcmp(start + MAGIC[i].at_too, MAGIC[i].magic_too, 4) != 0))
            continue;
        *out = MAGIC[i].type;
        return true;
    }
    return false;
}

bool file_id_valid(const char *text)
{
    return text != NULL && strlen(text) == FILE_ID_SIZE - 1 && strspn(text, "0123456789abcdef") == FILE_ID_SIZE - 1;
}

void file_id_of(const void *bytes, size_t len, char out[FILE_ID_SIZE])
{
    uint8_t hash[32];

    if (EVP_Digest(bytes, len, hash, NULL, model_sha256(), NULL) != 1)
        g_error("SHA-256 fails");
    for (size_t i = 0; i < sizeof hash; i++)
        g_snprintf(out + 2 * i, 3, "%02x", hash[i]);
}

json_t *file_told_to_json(const struct file_told *file)
{
    return json_pack("{s:s, s:s, s:I, s:s}", "sha256", file->id, "type", file_type_name(file->type), "length",
                     (json_int_t)file->length, "name", file->name);
}

/* A line of people: no control characters, not longer than `bytes_max`. */
static bool line_fits(json_t *value, size_t min, size_t bytes_max, bool lines)
{
    const char *text = json_string_value(value);

    if (text == NULL || json_string_length(value) != strlen(text) || strlen(text) < min || strlen(text) > bytes_max)
        return false;
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p))
        if (g_unichar_iscntrl(g_utf8_get_char(p)) && !(lines && *p == '\n'))
            return false;
    return true;
}

bool file_told_from_json(json_t *json, struct file_told *out)
{
    json_t *length = json_object_get(json, "length"), *name = json_object_get(json, "name");
    const char *id = json_string_value(json_object_get(json, "sha256"));
    struct file_told file = {.length = json_integer_value(length)};

    if (!file_id_valid(id) || !file_type_parse(json_string_value(json_object_get(json, "type")), &file.type) || file.length < 1 ||
        file.length > FILE_BYTES_MAX || !line_fits(name, 0, FILE_NAME_MAX, false))
        return false;
    g_strlcpy(file.id, id, sizeof file.id);
    g_strlcpy(file.name, json_string_value(name), sizeof file.name);
    *out = file;
    return true;
}

/* ---- Notices ---- */

static const char *const KINDS[] = {"news",   "activity", "government", "education", "canteen",   "life",    "water",   "power",
                                    "gas",    "health",   "safety",     "fraud",     "service",   "volunteer", "library",
                                    NOTICE_QUESTION, NULL};
static const char *const SYMBOLS[] = {"bills", "wallet", "card", "lock", "print", "text", "people", "orders", "activity", "report", "phone", "help", NULL};
static const char *const AUDIENCES[] = {"all", "elder", "child", "volunteer", "disabled", NULL};

static bool listed(const char *const *names, json_t *value)
{
    return json_is_string(value) && g_strv_contains(names, json_string_value(value));
}

static bool id_fits(json_t *value, size_t bytes_max)
{
    const char *text = json_string_value(value);

    return text != NULL && json_string_length(value) == strlen(text) && *text != '\0' && strlen(text) <= bytes_max &&
           strspn(text, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-._") == strlen(text);
}

static uint32_t date_in(json_t *value, const char *key)
{
    json_int_t date = json_integer_value(json_object_get(value, key));

    return date > 0 && date <= 99991231 && date_valid((uint32_t)date) ? (uint32_t)date : 0;
}

static const char *files_wrong(json_t *files)
{
    struct file_told file;
    json_t *one;
    size_t i;

    if (files != NULL && (!json_is_array(files) || json_array_size(files) > NOTICE_FILES_MAX))
        return "at most four files";
    json_array_foreach(files, i, one)
        if (!file_told_from_json(one, &file))
            return "a file is not what it should be";
    return NULL;
}

static bool texts_fit(json_t *value)
{
    return line_fits(json_object_get(value, "title_zh"), 1, 127, false) &&
           line_fits(json_object_get(value, "title_en"), 1, 127, false) &&
           line_fits(json_object_get(value, "body_zh"), 1, 1023, true) && line_fits(json_object_get(value, "body_en"), 1, 1023, true);
}

static bool place_fits(json_t *place)
{
    return place == NULL || id_fits(place, 31) || g_strcmp0(json_string_value(place), NOTICE_EVERYWHERE) == 0;
}

/* Only questions have one. */
static bool symbol_fits(json_t *value)
{
    json_t *symbol = json_object_get(value, "symbol");

    return symbol == NULL ||
           (g_strcmp0(json_string_value(json_object_get(value, "kind")), NOTICE_QUESTION) == 0 && listed(SYMBOLS, symbol));
}

const char *notice_wrong(json_t *value)
{
    json_t *audience = json_object_get(value, "audience"), *place = json_object_get(value, "place"),
           *files = json_object_get(value, "files");
    size_t members = 9 + (audience != NULL) + (place != NULL) + (files != NULL) + (json_object_get(value, "symbol") != NULL);

    if (!id_fits(json_object_get(value, "id"), 63) || g_str_has_prefix(json_string_value(json_object_get(value, "id")), NOTICE_OWN))
        return "the id is up to 63 letters, digits, . _ - and does not begin with " NOTICE_OWN;
    if (!symbol_fits(value))
        return "a question has one of the symbols of the list, others have none";
    if (!listed(KINDS, json_object_get(value, "kind")))
        return "there is no such kind of notice";
    if (!texts_fit(value))
        return "titles have up to 127 bytes in one line, texts up to 1023, in both languages";
    if (date_in(value, "from") == 0 || date_in(value, "to") < date_in(value, "from"))
        return "from and to are days as YYYYMMDD, in this order";
    if (!json_is_boolean(json_object_get(value, "urgent")))
        return "urgent is true or false";
    if (audience != NULL && !listed(AUDIENCES, audience))
        return "there is no such audience";
    if (!place_fits(place))
        return "the place is a kiosk's id, or *";
    if (files_wrong(files) != NULL)
        return files_wrong(files);
    return json_object_size(value) == members ? NULL : "there is a member that no notice has";
}

bool notice_is_for(json_t *value, const char *kiosk)
{
    const char *place = json_string_value(json_object_get(value, "place"));

    return place == NULL || strcmp(place, NOTICE_EVERYWHERE) == 0 || g_strcmp0(place, kiosk) == 0;
}

const char *notice_file(json_t *value, size_t n)
{
    return json_string_value(json_object_get(json_array_get(json_object_get(value, "files"), n), "sha256"));
}

bool notice_is_own(const char *name)
{
    const char *rest = g_str_has_prefix(name, NOTICE_OWN) ? name + strlen(NOTICE_OWN) : "";

    return *rest != '\0' && strspn(rest, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-._") == strlen(rest);
}

json_t *notice_read_to_json(const struct notice_read *read)
{
    json_t *json = json_pack("{s:s, s:I}", "notice", read->notice, "n", (json_int_t)read->n);

    if (json != NULL && read->card_token[0] != '\0')
        json_object_set_new(json, "card_token", json_string(read->card_token));
    return json;
}

bool notice_read_from_json(json_t *json, struct notice_read *out)
{
    struct notice_read read = {.notice = ""};
    struct strict r = strict_open(json);

    strict_text(&r, "notice", 1, read.notice, sizeof read.notice);
    read.n = strict_int(&r, "n", 1, NOTICE_READ_MAX);
    if (strict_has(&r, "card_token"))
        strict_text(&r, "card_token", 32, read.card_token, sizeof read.card_token);
    if (!strict_done(&r) || strspn(read.card_token, "0123456789abcdef") != strlen(read.card_token) ||
        (read.card_token[0] != '\0' && read.n != 1))
        return false;
    *out = read;
    return true;
}
