/* SPDX-License-Identifier: Apache-2.0 */
/** Members of the platform's objects: how each must look, read into an object of the known ones. Pure: knows JSON and nothing of SQL. */
#ifndef STORE_MEMBER_H
#define STORE_MEMBER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* How a member must look. */
enum form {
    FORM_ID,    /* printable ASCII without blanks */
    FORM_TOKEN, /* 32 lower-case hex digits */
    FORM_WORD,  /* lower-case letters and _ */
    FORM_LINE,  /* text of one line */
    FORM_TEXT,  /* text, with line ends */
    FORM_DATE,  /* YYYYMMDD, as a number or as eight digits; kept as a number */
    FORM_AMOUNT,
    FORM_BOOL,
    FORM_STATE,
    FORM_DOUBT_STATE,
    FORM_NUMBER, /* from 0 on: times, counts, numbers of orders */
    FORM_PAY,
};

struct member {
    const char *name;
    enum form form;
    size_t bytes_max; /* of strings */
    bool needed;      /* else an absent or null member becomes "" or false */
};

/** Does this text, as JSON, look so? */
bool member_string_fits(const struct member *member, json_t *value);
/** All members of one object, new reference; NULL and the name of the first that does not fit. */
json_t *members_read(const struct member *members, size_t count, json_t *value, const char **wrong);

#endif
