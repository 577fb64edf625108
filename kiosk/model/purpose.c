/* SPDX-License-Identifier: Apache-2.0 */
#include "model/purpose.h"
#include "model/strict.h"

#include <string.h>

static const char *const NAMES[] = {"home",       "credit", "bills",  "accounts", "access", "desk-help", "complaint",
                                    "correction", "care",   "export", "audit",  "register"};
G_STATIC_ASSERT(G_N_ELEMENTS(NAMES) == PURPOSES);

static const unsigned FIELDS[] = {
    [PURPOSE_HOME] = PERSON_NAME | PERSON_CARD | PERSON_BALANCES | PERSON_HOLDS | PERSON_BILLS,
    [PURPOSE_CREDIT] = PERSON_NAME | PERSON_BALANCES | PERSON_HOLDS | PERSON_ENTRIES | PERSON_ATTENDANCE,
    [PURPOSE_BILLS] = PERSON_NAME | PERSON_CARD | PERSON_BILLS,
    [PURPOSE_ACCOUNTS] = PERSON_NAME | PERSON_CARD | PERSON_BALANCES | PERSON_ACCOUNTS,
    [PURPOSE_ACCESS] = PERSON_ACCESS_LOG,
    [PURPOSE_DESK_HELP] = PERSON_NAME | PERSON_CARD | PERSON_BALANCES | PERSON_BILLS,
    [PURPOSE_COMPLAINT] = PERSON_NAME | PERSON_BILLS | PERSON_ENTRIES | PERSON_ATTENDANCE,
    [PURPOSE_CORRECTION] =
        PERSON_NAME | PERSON_CARD | PERSON_BALANCES | PERSON_HOLDS | PERSON_ENTRIES | PERSON_ATTENDANCE,
    [PURPOSE_CARE] = PERSON_NAME | PERSON_ATTENDANCE,
    [PURPOSE_EXPORT] = PERSON_CARD | PERSON_BALANCES | PERSON_BILLS | PERSON_ENTRIES,
    [PURPOSE_AUDIT] = PERSON_ACCESS_LOG,
    [PURPOSE_REGISTER] = PERSON_NAME | PERSON_CARD,
};
G_STATIC_ASSERT(G_N_ELEMENTS(FIELDS) == PURPOSES);

const char *purpose_name(enum purpose purpose)
{
    return names_at(NAMES, PURPOSES, purpose);
}

bool purpose_parse(const char *name, enum purpose *out)
{
    unsigned at = 0;
    bool found = name != NULL && names_find(NAMES, PURPOSES, name, &at);

    if (found)
        *out = (enum purpose)at;
    return found;
}

enum purpose_for purpose_for(enum purpose purpose)
{
    if (purpose <= PURPOSE_ACCESS)
        return PURPOSE_FOR_PERSON;
    return purpose <= PURPOSE_CARE ? PURPOSE_FOR_STAFF : PURPOSE_FOR_PLATFORM;
}

unsigned purpose_fields(enum purpose purpose)
{
    return purpose < PURPOSES ? FIELDS[purpose] : 0;
}

static const char *const WORDS[] = {"name", "card", "balances", "holds", "bills", "entries", "attendance", "access-log", "accounts", "care"};

unsigned person_fields_parse(const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, ",", -1);
    unsigned fields = 0, at = 0;

    for (char **word = words; *word != NULL; word++)
        if (names_find(WORDS, G_N_ELEMENTS(WORDS), *word, &at))
            fields |= 1u << at;
    return fields;
}

const char *person_fields_text(unsigned fields, char out[PERSON_FIELDS_TEXT_SIZE])
{
    out[0] = '\0';
    for (size_t i = 0; i < G_N_ELEMENTS(WORDS); i++) {
        if ((fields & 1u << i) == 0)
            continue;
        if (out[0] != '\0')
            g_strlcat(out, ",", PERSON_FIELDS_TEXT_SIZE);
        g_strlcat(out, WORDS[i], PERSON_FIELDS_TEXT_SIZE);
    }
    return out;
}
