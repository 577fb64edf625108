/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The issuer at the other end of `citycard load` and `citycard pin unblock`: reads a line of JSON, answers a
 * line of JSON, with the demonstration keys and the virtual cards' own arithmetic. Usage: issuer PERSONAS
 * KEYS [wrong]; `wrong` answers with codes that no card takes.
 */
#include "community.h"
#include "crypto.h"
#include "hex.h"
#include "model.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

struct issuer {
    struct vc_community community;
    bool wrong;
};

static bool get_hex(const json_t *object, const char *name, uint8_t *out, size_t room, size_t *len)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL && vc_unhex(text, out, room, len);
}

static bool get_exact(const json_t *object, const char *name, uint8_t *out, size_t want)
{
    size_t len = 0;
    return get_hex(object, name, out, want, &len) && len == want;
}

static json_t *hex_json(const uint8_t *bytes, size_t len)
{
    char text[2 * 256 + 1];
    return json_string(vc_hex(bytes, len, text, sizeof text));
}

/* Issuer code first, then the card: as the community's keys are derived. */
static bool card_key(const json_t *request, const uint8_t master[16], uint8_t key[16])
{
    uint8_t issuer[8], serial[8];
    return get_exact(request, "issuer", issuer, 8) && get_exact(request, "serial", serial, 8) &&
           vc_diversify(master, issuer, key) && vc_diversify(key, serial, key);
}

static void put_be(uint8_t *out, size_t len, uint64_t value)
{
    for (size_t i = len; i-- > 0; value >>= 8)
        out[i] = (uint8_t)value;
}

/* MAC1 over old balance, amount, type, terminal; MAC2 over amount, type, terminal, date, time (JR/T 0025.2).
 */
static json_t *authorise_load(const struct issuer *issuer, const json_t *request)
{
    static const uint8_t tail[2] = {0x80, 0x00}, date[4] = {0x20, 0x26, 0x01, 0x15},
                         time[3] = {0x09, 0x30, 0x45};
    uint8_t key[16], session[8], random[4], told[4], mac[4], data[18];
    uint32_t amount_fen = (uint32_t)json_integer_value(json_object_get(request, "amount_fen"));
    uint16_t counter = (uint16_t)json_integer_value(json_object_get(request, "counter"));
    if (!card_key(request, issuer->community.keys.load, key) || !get_exact(request, "random", random, 4) ||
        !get_exact(request, "mac1", told, 4) || !vc_session_key(key, random, counter, tail, session))
        return NULL;
    put_be(data, 4, (uint64_t)json_integer_value(json_object_get(request, "balance_fen")));
    put_be(data + 4, 4, amount_fen);
    if (!get_exact(request, "type", data + 8, 1) || !get_exact(request, "terminal", data + 9, 6) ||
        !vc_mac(session, data, 15, mac))
        return NULL;
    if (memcmp(mac, told, 4) != 0)
        return json_pack("{s:s}", "error", "MAC1 is wrong");
    memmove(data, data + 4, 11);
    memcpy(data + 11, date, 4);
    memcpy(data + 15, time, 3);
    if (!vc_mac(session, data, 18, mac))
        return NULL;
    mac[0] ^= issuer->wrong;
    return json_pack("{s:o,s:o,s:o}", "date", hex_json(date, 4), "time", hex_json(time, 3), "mac2",
                     hex_json(mac, 4));
}

static json_t *make_mac(const struct issuer *issuer, const json_t *request)
{
    uint8_t key[16], iv[8], data[256], mac[4];
    size_t len = 0;
    if (!card_key(request, issuer->community.keys.pin_unblock, key) || !get_exact(request, "iv", iv, 8) ||
        !get_hex(request, "data", data, sizeof data, &len) || !vc_retail_mac(key, iv, data, len, mac))
        return NULL;
    mac[0] ^= issuer->wrong;
    return json_pack("{s:o}", "mac", hex_json(mac, 4));
}

/* Length byte, data, 80 and zeros to whole blocks. */
static json_t *encrypt(const struct issuer *issuer, const json_t *request)
{
    uint8_t key[16], block[256] = {0};
    size_t len = 0;
    if (!card_key(request, issuer->community.keys.pin_unblock, key) ||
        !get_hex(request, "data", block + 1, sizeof block - 9, &len) || len == 0)
        return NULL;
    block[0] = (uint8_t)len++;
    if (len % 8 != 0) {
        block[len] = 0x80;
        len += 8 - len % 8;
    }
    for (size_t at = 0; at < len; at += 8)
        if (!vc_des3_encrypt(key, block + at, block + at))
            return NULL;
    return json_pack("{s:o}", "data", hex_json(block, len));
}

static json_t *answer(const struct issuer *issuer, const char *line)
{
    json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, NULL), *out = NULL;
    const json_t *request;
    if ((request = json_object_get(object, "request")) != NULL)
        out = authorise_load(issuer, request);
    else if ((request = json_object_get(object, "mac")) != NULL)
        out = make_mac(issuer, request);
    else if ((request = json_object_get(object, "encrypt")) != NULL)
        out = encrypt(issuer, request);
    json_decref(object);
    return out != NULL ? out : json_pack("{s:s}", "error", "no such request");
}

int main(int argc, char **argv)
{
    static struct issuer issuer;
    char error[256] = "usage: issuer PERSONAS KEYS [wrong]", line[4096];
    if (argc < 3 || !vc_community_load(&issuer.community, argv[1], argv[2], error, sizeof error)) {
        fprintf(stderr, "issuer: %s\n", error);
        return 1;
    }
    issuer.wrong = argc > 3 && strcmp(argv[3], "wrong") == 0;
    setvbuf(stdout, NULL, _IOLBF, 0);
    while (fgets(line, sizeof line, stdin) != NULL) {
        json_t *out = answer(&issuer, line);
        json_dumpf(out, stdout, JSON_COMPACT);
        putchar('\n');
        json_decref(out);
    }
    return 0;
}
