/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates of volunteer service (F30, VR-7): the platform makes them for a card that proves itself, and knows them by their numbers; here
 * they are told and printed. Not offline: a certificate may rest on posted hours in a snapshot that was signed within a day, and what is kept
 * here of a person is signed by nobody.
 *
 *   list ─► offers (whose hours, from when until when), and those that have a number
 *   make ─► a number ─► printed under it ─► the printer has said so ─► certificate.printed: now it is issued
 *                            └─ no paper, jam: nothing was issued; printed again it has the same number
 */
#include "model/codes.h"
#include "service/internal.h"
#include "service/values.h"
#include "sync/wire.h"

#include <openssl/crypto.h>
#include <string.h>

#define MINUTES_MAX 100000000
#define DATE_MAX    99991231
#define TIMES_MAX   1000000

/* ---- What the platform says ------------------------------------------------------------------------------------------- */

static bool text_take(json_t *json, const char *key, char *out, size_t size)
{
    const char *text;
    bool good = wire_get_string(json, key, size - 1, &text);

    if (good)
        g_strlcpy(out, text, size);
    return good;
}

static bool date_take(json_t *json, const char *key, uint32_t *out)
{
    int64_t date;
    bool good = wire_get_int(json, key, 1, DATE_MAX, &date) && date_valid((uint32_t)date);

    if (good)
        *out = (uint32_t)date;
    return good;
}

static bool span_take(json_t *json, struct kiosk_certificate_offer *out)
{
    return date_take(json, "from", &out->from) && date_take(json, "to", &out->to) &&
           wire_get_int(json, "minutes", 1, MINUTES_MAX, &out->minutes);
}

static bool offer_take(json_t *json, struct kiosk_certificate_offer *out)
{
    return text_take(json, "issuer", out->issuer, sizeof out->issuer) && text_take(json, "name_zh", out->name_zh, sizeof out->name_zh) &&
           text_take(json, "name_en", out->name_en, sizeof out->name_en) && span_take(json, out);
}

static bool issuer_take(json_t *issuer, struct kiosk_certificate_offer *out)
{
    const char *uscc, *lead;

    return text_take(issuer, "code", out->issuer, sizeof out->issuer) && text_take(issuer, "name_zh", out->name_zh, sizeof out->name_zh) &&
           text_take(issuer, "name_en", out->name_en, sizeof out->name_en) && wire_get_string(issuer, "uscc", 18, &uscc) &&
           uscc_check(uscc) == USCC_OK && wire_get_string(issuer, "lead", 63, &lead);
}

/* Below the platform's own address, and nothing that ends a line or a code. */
static bool verify_fits(json_t *json)
{
    const char *verify;

    return wire_get_string(json, "verify", 128, &verify) && verify[0] == '/' && verify[1] != '/' && g_str_is_ascii(verify) &&
           strpbrk(verify, " \t\r\n\"<>\\") == NULL;
}

static bool content_fits(json_t *content)
{
    json_t *line;
    size_t i;

    json_array_foreach(content, i, line)
    {
        const char *text;
        int64_t minutes;
        if (!wire_get_string(line, "title_zh", 127, &text) || !wire_get_string(line, "title_en", 127, &text) ||
            !wire_get_int(line, "minutes", 1, MINUTES_MAX, &minutes))
            return false;
    }
    return json_is_array(content) && i <= KIOSK_SLIP_LINES;
}

/* All that is printed is there and fits, so that paper and screen say the same. */
static bool certificate_take(json_t *json, struct kiosk_certificate *out)
{
    const char *text;
    int64_t times;

    out->full_name = json_is_true(json_object_get(json, "full_name"));
    return text_take(json, "number", out->number, sizeof out->number) && certificate_number_ok(out->number) &&
           wire_get_string(json, "code", 16, &text) && verify_fits(json) && wire_get_string(json, "name", 127, &text) &&
           wire_get_string(json, "volunteer_no", 20, &text) && wire_get_int(json, "made_ms", 0, G_MAXINT64, &out->made_ms) &&
           wire_get_int(json, "prints", 0, G_MAXINT32, &out->prints) && wire_get_int(json, "times", 0, TIMES_MAX, &times) &&
           span_take(json, &out->of) && issuer_take(json_object_get(json, "issuer"), &out->of) && content_fits(json_object_get(json, "content"));
}

static bool offers_take(json_t *offers, struct kiosk_certificates *out)
{
    json_t *offer;
    size_t i;

    json_array_foreach(offers, i, offer)
    {
        if (out->offer_count == KIOSK_CERTIFICATE_OFFERS)
            break;
        if (!offer_take(offer, &out->offers[out->offer_count++]))
            return false;
    }
    return json_is_array(offers);
}

static bool list_take(json_t *json, struct kiosk_certificates *out)
{
    json_t *items = json_object_get(json, "certificates"), *item;
    size_t i;

    if (!text_take(json, "name_masked", out->name_masked, sizeof out->name_masked) ||
        !text_take(json, "volunteer_no", out->volunteer_no, sizeof out->volunteer_no) || !offers_take(json_object_get(json, "offers"), out) ||
        !json_is_array(items) || json_array_size(items) > KIOSK_CERTIFICATES)
        return false;
    json_array_foreach(items, i, item)
        if (!certificate_take(item, &out->items[out->count++]))
            return false;
    return true;
}

/* ---- Asked ---------------------------------------------------------------------------------------------------------------- */

struct making {
    const struct kiosk_certificate_request *request;
    char key[37]; /* of this touch: asked for again it is done once */
};

static json_t *ask_list(struct kiosk *kiosk, const void *question, char reason[PERSONS_CODE_SIZE])
{
    return persons_certificates(kiosk->sync, kiosk->session.secret, reason);
}

static json_t *ask_make(struct kiosk *kiosk, const void *question, char reason[PERSONS_CODE_SIZE])
{
    const struct making *making = question;
    const struct kiosk_certificate_request *request = making->request;

    return persons_certificate_make(kiosk->sync, kiosk->session.secret, making->key,
                                    json_pack("{s:s, s:I, s:I, s:b}", "issuer", request->issuer, "from", (json_int_t)request->from, "to",
                                              (json_int_t)request->to, "full_name", request->full_name),
                                    reason);
}

/* Whose name stands on the card is whose certificate it is; else people have to look. */
static bool name_fits(struct kiosk *kiosk, const char *name_masked)
{
    const char *on_card = kiosk->session.identity.name_masked;

    return on_card[0] == '\0' || name_masked[0] == '\0' || strcmp(on_card, name_masked) == 0;
}

static struct kiosk_certificates *list(struct kiosk *kiosk, char reason[PERSONS_CODE_SIZE])
{
    json_t *json = person_ask(kiosk, ask_list, NULL, reason);
    struct kiosk_certificates *out = json != NULL ? g_new0(struct kiosk_certificates, 1) : NULL;

    if (out != NULL && !list_take(json, out))
        g_strlcpy(reason, "NO_ANSWER", PERSONS_CODE_SIZE);
    else if (out != NULL && !name_fits(kiosk, out->name_masked))
        g_strlcpy(reason, "NAME", PERSONS_CODE_SIZE);
    if (out != NULL && reason[0] == '\0')
        kiosk->certificates = json_deep_copy(json_object_get(json, "certificates"));
    else
        g_clear_pointer(&out, g_free);
    json_decref(json);
    return out;
}

static void make(struct kiosk *kiosk, const struct kiosk_certificate_request *request, char reason[PERSONS_CODE_SIZE], char number[24])
{
    struct making making = {.request = request};
    struct kiosk_certificate made = {0};

    uuid7(health_now_ms(kiosk), making.key);
    json_t *json = person_ask(kiosk, ask_make, &making, reason);
    if (json == NULL)
        return;
    if (!certificate_take(json, &made)) {
        g_strlcpy(reason, "NO_ANSWER", PERSONS_CODE_SIZE);
    } else {
        if (kiosk->certificates == NULL)
            kiosk->certificates = json_array();
        json_array_insert(kiosk->certificates, 0, json);
        g_strlcpy(number, made.number, 24);
    }
    json_decref(json);
}

static const char *in_the_way(struct kiosk *kiosk)
{
    const char *card = gate_card(kiosk);

    if (card != NULL)
        return card;
    return kiosk->sync == NULL || !health_online(kiosk) ? "OFFLINE" : gate_machine(kiosk);
}

void certificates_do(struct kiosk *kiosk, const struct kiosk_certificate_request *request)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_CERTIFICATES, .certificates = {.ask = request->ask}};
    struct kiosk_certificates_event *out = &event.certificates;
    struct kiosk_certificates *told = NULL;
    const char *why = in_the_way(kiosk);

    if (request->ask == KIOSK_CERTIFICATE_ASK_LIST)
        certificates_forget(kiosk);
    if (why != NULL)
        g_strlcpy(out->reason, why, sizeof out->reason);
    else if (request->ask == KIOSK_CERTIFICATE_ASK_LIST)
        told = list(kiosk, out->reason);
    else
        make(kiosk, request, out->reason, out->number);
    if (!worker_card_there(kiosk)) { /* the platform may have taken its time: nothing of it to whoever stands there now */
        certificates_forget(kiosk);
        g_clear_pointer(&told, g_free);
        *out = (struct kiosk_certificates_event){.ask = request->ask, .reason = "NO_CARD"};
    }
    out->list = told;
    kiosk_post(kiosk, &event, told);
}

void certificates_forget(struct kiosk *kiosk)
{
    json_decref(kiosk->certificates);
    kiosk->certificates = NULL;
}

/* ---- Printed ----------------------------------------------------------------------------------------------------------------- */

static const char *either(json_t *json, const char *zh, const char *en, bool english)
{
    const char *text = json_string_value(json_object_get(json, english ? en : zh));

    return text != NULL && *text != '\0' ? text : json_string_value(json_object_get(json, zh));
}

static void line_put(json_t *lines, const char *label, const char *value)
{
    if (value != NULL && *value != '\0')
        json_array_append_new(lines, json_pack("[s,s]", label, value));
}

static char *day(json_t *json, const char *key)
{
    uint32_t date = (uint32_t)json_integer_value(json_object_get(json, key));

    return g_strdup_printf("%04u-%02u-%02u", date / 10000, date / 100 % 100, date % 100);
}

/* Hours as they are counted: whole ones, and the half. */
static char *hours(json_t *json, bool english)
{
    int64_t minutes = json_integer_value(json_object_get(json, "minutes"));

    if (minutes % 60 == 0)
        return g_strdup_printf(prints_word(english, "%d h"), (int)(minutes / 60));
    return g_strdup_printf(prints_word(english, "%d h %d min"), (int)(minutes / 60), (int)(minutes % 60));
}

static void content_put(json_t *lines, json_t *content, bool english)
{
    json_t *line;
    size_t i;

    json_array_foreach(content, i, line)
    {
        const char *title = either(line, "title_zh", "title_en", english);
        g_autofree char *time = hours(line, english);
        line_put(lines, title != NULL && *title != '\0' ? title : prints_word(english, "Other service"), time);
    }
}

static json_t *lines_of(json_t *json, bool english)
{
    json_t *issuer = json_object_get(json, "issuer"), *lines = json_array();
    g_autofree char *from = day(json, "from"), *to = day(json, "to"), *period = g_strdup_printf("%s – %s", from, to),
                    *times = g_strdup_printf("%d", (int)json_integer_value(json_object_get(json, "times")));

    line_put(lines, prints_word(english, "Name"), json_string_value(json_object_get(json, "name")));
    line_put(lines, prints_word(english, "Volunteer number"), json_string_value(json_object_get(json, "volunteer_no")));
    line_put(lines, prints_word(english, "In the time"), period);
    line_put(lines, prints_word(english, "How often"), times);
    content_put(lines, json_object_get(json, "content"), english);
    line_put(lines, prints_word(english, "Issued by"), either(issuer, "name_zh", "name_en", english));
    line_put(lines, prints_word(english, "Unified social credit code"), json_string_value(json_object_get(issuer, "uscc")));
    line_put(lines, prints_word(english, "Person in charge"), json_string_value(json_object_get(issuer, "lead")));
    line_put(lines, prints_word(english, "Phone"), json_string_value(json_object_get(issuer, "phone")));
    line_put(lines, prints_word(english, "Check code"), json_string_value(json_object_get(json, "code")));
    return lines;
}

static json_t *told_find(struct kiosk *kiosk, const char *number)
{
    json_t *one;
    size_t i;

    json_array_foreach(kiosk->certificates, i, one)
        if (g_strcmp0(json_string_value(json_object_get(one, "number")), number) == 0)
            return one;
    return NULL;
}

json_t *certificates_paper(struct kiosk *kiosk, const char *number, bool english)
{
    json_t *json = told_find(kiosk, number);

    if (json == NULL || kiosk->config->platform_url == NULL)
        return NULL;
    g_autofree char *total = hours(json, english),
                    *qr = g_strconcat(kiosk->config->platform_url, json_string_value(json_object_get(json, "verify")), NULL);
    return json_pack("{s:s, s:s, s:s, s:o, s:s, s:s, s:s, s:s, s:b}", "title", prints_word(english, "Certificate of volunteer service"), "number",
                     number, "text", prints_word(english, "This person has done the volunteer service that is written here."), "lines",
                     lines_of(json, english), "total_label", prints_word(english, "Hours of volunteer service"), "total", total, "footer",
                     prints_word(english, "Free of charge. Scan the code, or type number and check code at the same address, to see whether it is right."),
                     "qr", qr, "again", json_integer_value(json_object_get(json, "prints")) > 0);
}

/* In the thread of the printer. */
void certificates_printed(struct kiosk *kiosk, const char *number)
{
    g_autoptr(GError) error = NULL;
    json_t *data = json_pack("{s:s}", "number", number);

    if (data == NULL || !store_append(kiosk->store, "certificate.printed", data, NULL, &error))
        g_warning("certificate %s is printed but not recorded: %s", number, error != NULL ? error->message : "memory");
    json_decref(data);
    sync_kick(kiosk->sync);
}
