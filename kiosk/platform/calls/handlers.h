/* SPDX-License-Identifier: Apache-2.0 */
/** What each call of the contract does; no HTTP library here. */
#ifndef PLATFORM_HANDLERS_H
#define PLATFORM_HANDLERS_H

#include <jansson.h>
#include "platform/platform.h"

struct request {
    const char *method, *path;
    const char *content_type;   /* NULL: none */
    const char *cursor, *limit; /* query, NULL: not given */
    const char *idempotency_key; /* header, NULL: none */
    const char *wait, *nonce;   /* likewise */
    const char *epoch, *after;  /* likewise */
    const char *since;          /* likewise */
    const char *range, *if_range; /* headers, NULL: not given */
    const char *user_agent;       /* likewise */
    const char *authorization;    /* likewise */
    const char *purpose, *case_id; /* query, NULL: not given */
    const char *accept;           /* likewise */
    const char *host;             /* header, NULL: not given */
    const char *query;            /* all of it, form-urlencoded: of the public door only; NULL: none */
    const char *behind;           /* query, NULL: not given */
    const char *known, *who;      /* likewise */
    const char *lang, *days, *of; /* likewise, of the page for operators */
    const char *accept_language;  /* header, NULL: not given */
    const char *operator_id, *operator_role; /* CN and OU of a verified certificate of the operators' authority, NULL: none */
    const char *kiosk;          /* CN of a verified client certificate, NULL: none */
    const char *certificate_pem; /* all of it; NULL: not known */
    const char *certificate;    /* the serial number of either, lower-case hex */
    const char *certificate_digest; /* SHA-256 of an operator's, lower-case hex; NULL: of none */
    const char *body;
    size_t body_len;
};

struct reply {
    unsigned status;
    const char *content_type;
    char *body; /* free() */
    size_t body_len;
    unsigned retry_after_s;
    const char *allow; /* with 405 */
    bool raw;          /* the body goes out as it is: a part of something has no other coding */
    bool is_file;      /* the body is body_len bytes of `fd` from `offset` on */
    int fd;
    int64_t offset;
    char etag[72], content_range[72]; /* "": none */
    const char *problem; /* its code, for the log; NULL: none */
    const char *page_language; /* a page for people: goes out with what keeps a browser strict. NULL: it is none */
    int64_t wait_ms;   /* there is no news: this answer may be put off for so long, then ask again. 0: now */
};

/** Never fails: trouble is a problem document (RFC 9457). */
void handlers_run(struct platform *platform, const struct request *request, struct reply *out);
void handlers_problem(struct reply *out, unsigned status, const char *code, const char *detail);
/** The same before or instead of the handler, in the words that this path speaks: a problem, an error of GeoReport, a page. */
void handlers_refuse(const struct request *request, struct reply *out, unsigned status, const char *code);
/** For calls.c. Both steal their JSON and error; `answer` NULL: a problem by what `error` says. */
void reply_json(struct reply *out, unsigned status, const char *type, json_t *json);
void reply_or_error(struct reply *out, json_t *answer, GError *error, unsigned state_status, const char *state_code);
/** New reference; NULL: `out` says 400. */
json_t *request_json(const struct request *request, struct reply *out);
/** Is this the certificate of an enrolled kiosk? False: `out` says why not. */
bool kiosk_may(struct platform *platform, const struct request *request, struct reply *out);
/** May this path take a body with this method? What to answer before any of it is read: 0, or 404, 405, 415. */
unsigned handlers_precheck(const struct request *request, const char **allow);
/** Which of the calls this is, for counts and the log; −1: none of ours. */
int handlers_call(const struct request *request);
/** "POST /v1/events", "other" for −1; g_free. */
char *handlers_call_name(int call);
/** How many calls there are. */
size_t handlers_count(void);
/** Is this path for everybody: its query comes as it is, and strangers wait for each other only? */
bool handlers_public(const char *path);
/** Bytes that are kept elsewhere, copied. */
void reply_bytes(struct reply *out, const char *type, const void *bytes, size_t len);
/**
 * Which bytes of `length` are asked for (RFC 9110 14): *from until before *to, with status, etag and content_range of the answer.
 * False: `out` says 416. "bytes=N-" or "bytes=N-M"; anything else, or an If-Range of another one, is all of it.
 */
bool reply_range(const struct request *request, int64_t length, const char *etag, struct reply *out, int64_t *from, int64_t *to);
/** For carriers that know no files: read it into `body`. False: it cannot be read, `out` says 503. */
bool reply_read_file(struct reply *reply);
void reply_clear(struct reply *reply);

#endif
