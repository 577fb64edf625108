/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/persons.h"
#include "sync/ask.h"
#include "sync/wire.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#define END_MS       5000
#define CERTIFICATES "/v1/certificates"

static void wipe_answer(struct sync_answer *answer)
{
    if (answer->body != NULL)
        OPENSSL_cleanse(answer->body, strlen(answer->body));
    sync_answer_clear(answer);
}

/* New reference to what was answered with 200; else why not. */
static json_t *asked(struct sync *sync, const struct sync_question *question, char code[PERSONS_CODE_SIZE])
{
    g_autoptr(GError) error = NULL;
    struct sync_answer answer = {0};
    const char *told;
    json_t *json = NULL;

    g_strlcpy(code, "NO_ANSWER", PERSONS_CODE_SIZE);
    if (!sync_ask(sync, question, PERSONS_ASK_MS, &answer, &error)) {
        g_message("%s: %s", question->path, error->message);
        return NULL;
    }
    json = wire_parse(answer.body, strlen(answer.body), NULL);
    if (answer.status == 200 && json != NULL) {
        code[0] = '\0';
        wipe_answer(&answer);
        return json;
    }
    if (json != NULL && wire_get_string(json, "code", PERSONS_CODE_SIZE - 1, &told))
        g_strlcpy(code, told, PERSONS_CODE_SIZE);
    json_decref(json);
    wipe_answer(&answer);
    return NULL;
}

/* Steals `body`, which is sent with what else the question says. */
static json_t *posted(struct sync *sync, const struct sync_question *question, json_t *body, char code[PERSONS_CODE_SIZE])
{
    struct sync_question full = *question;
    char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;

    full.body = text;
    json_t *answer = text != NULL ? asked(sync, &full, code) : NULL;

    free(text);
    json_decref(body);
    return answer;
}

static bool unusable(char code[PERSONS_CODE_SIZE])
{
    g_strlcpy(code, "NO_ANSWER", PERSONS_CODE_SIZE);
    return false;
}

bool persons_challenge(struct sync *sync, const char *card_token, struct persons_challenge *out, char code[PERSONS_CODE_SIZE])
{
    json_t *answer = posted(sync, &(struct sync_question){.path = "/v1/taps"}, json_pack("{s:s}", "card_token", card_token), code);
    const char *id;

    if (answer == NULL)
        return false;
    bool good = wire_get_string(answer, "id", sizeof out->id - 1, &id) &&
                wire_get_hex(answer, "challenge", out->bytes, sizeof out->bytes);
    if (good)
        g_strlcpy(out->id, id, sizeof out->id);
    json_decref(answer);
    return good || unusable(code);
}

bool persons_open(struct sync *sync, const struct persons_challenge *challenge, const uint8_t answer[8],
                  char secret[PERSONS_SECRET_SIZE], char code[PERSONS_CODE_SIZE])
{
    char text[17];
    const char *told;
    json_t *opened = posted(sync, &(struct sync_question){.path = "/v1/sessions"},
                            json_pack("{s:s, s:s}", "id", challenge->id, "answer", wire_hex(answer, 8, text)), code);

    if (opened == NULL)
        return false;
    bool good = wire_get_string(opened, "session", PERSONS_SECRET_SIZE - 1, &told) &&
                strlen(told) == PERSONS_SECRET_SIZE - 1 && strspn(told, "0123456789abcdef") == PERSONS_SECRET_SIZE - 1;
    if (good)
        memcpy(secret, told, PERSONS_SECRET_SIZE);
    json_decref(opened);
    return good || unusable(code);
}

json_t *persons_me(struct sync *sync, const char *secret, const char *purpose, char code[PERSONS_CODE_SIZE])
{
    bool log = strcmp(purpose, "access") == 0; /* the person's own readings would bury those of others: they are only counted */
    g_autofree char *path = log ? g_strdup("/v1/me/access-log?who=others") : g_strconcat("/v1/me?purpose=", purpose, NULL);

    return asked(sync, &(struct sync_question){.path = path, .session = secret}, code);
}

json_t *persons_certificates(struct sync *sync, const char *secret, char code[PERSONS_CODE_SIZE])
{
    return asked(sync, &(struct sync_question){.path = CERTIFICATES, .session = secret}, code);
}

json_t *persons_certificate_make(struct sync *sync, const char *secret, const char *key, json_t *body, char code[PERSONS_CODE_SIZE])
{
    return posted(sync, &(struct sync_question){.path = CERTIFICATES, .key = key, .session = secret}, body, code);
}

void persons_end(struct sync *sync, const char *secret)
{
    sync_tell(sync, &(struct sync_question){.path = "/v1/sessions/end", .body = "{}", .session = secret}, END_MS);
}
