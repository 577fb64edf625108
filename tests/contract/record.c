/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record-contract FILE: a kiosk's day (life.h) against a platform in this process; each exchange becomes a line of FILE. Built among an
 * older version's sources it records that version: see README.md.
 */
#include "carrier.h"
#include "life.h"
#include "model/clock.h"
#include "platform/calls/enrolment.h"
#include "platform/calls/handlers.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct record {
    struct platform *platform;
    FILE *file;
    char serial[64];
};

static void write_line(struct record *record, const struct carried *call, const struct reply *reply)
{
    bool file = strcmp(reply->content_type, "application/octet-stream") == 0;
    g_autofree char *base64 = file ? g_base64_encode((const guchar *)reply->body, reply->body_len) : NULL;
    json_t *line = json_pack("{s:s, s:s, s:I, s:s*, s:s*, s:s*, s:s*, s:i, s:s, s:s%}", "method", call->method, "path", call->path,
                             "at_ms", (json_int_t)now_ms(), "key", call->key, "range", call->range, "session", call->session, "request", call->body,
                             "status", (int)reply->status, "type", reply->content_type, file ? "answer_base64" : "answer",
                             file ? base64 : reply->body, file ? strlen(base64) : reply->body_len);

    g_assert_nonnull(line);
    g_assert_cmpint(json_dumpf(line, record->file, JSON_COMPACT), ==, 0);
    fputc('\n', record->file);
    json_decref(line);
}

static unsigned carry(struct life *life, const struct carried *call, GString *answer, char type[64])
{
    struct record *record = life->ctx;
    struct carried whole = *call;
    struct reply reply;
    unsigned status;

    whole.kiosk = LIFE_KIOSK;
    whole.certificate = record->serial;
    carrier_run(record->platform, &whole, &reply);
    write_line(record, call, &reply);
    g_string_append_len(answer, reply.body, (gssize)reply.body_len);
    g_strlcpy(type, reply.content_type, 64);
    status = reply.status;
    reply_clear(&reply);
    return status;
}

static void enrol(struct life *life)
{
    struct record *record = life->ctx;
    g_autofree char *code = enrolment_code_new(record->platform, LIFE_KIOSK, now_ms(), NULL);
    g_autoptr(GString) answer = g_string_new(NULL);
    g_autofree char *body = life_enrolment(code);
    char type[64];

    g_assert_cmpuint(carry(life, &(struct carried){.path = "/v1/enrol", .body = body, .method = "POST"}, answer, type), ==, 200);
    carrier_certificate(record->platform, LIFE_KIOSK, record->serial);
    life_clock_again(LIFE_BEGIN_MS + 60000);
    life_open(life, answer->str);
}

int main(int argc, char **argv)
{
    struct record record = {0};
    struct life life = {.carry = carry, .ctx = &record};
    char *dir;

    if (argc != 2 || (record.file = fopen(argv[1], "w")) == NULL) {
        fprintf(stderr, "record-contract FILE\n");
        return 2;
    }
    dir = kit_dir();
    life_clock(LIFE_BEGIN_MS);
    record.platform = kit_platform(dir);
    life_desk(record.platform);
    enrol(&life);
    life_day(&life);
    life_news(&life);
    life_seldom(&life);
    life_close(&life);
    platform_close(record.platform);
    kit_dir_done(dir);
    life_clock_end();
    return fclose(record.file) == 0 ? 0 : 1;
}
