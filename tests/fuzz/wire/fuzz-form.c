/* SPDX-License-Identifier: Apache-2.0 */
/* A form as the public door gets it, in a query or a body. Input: its bytes. */
#include "../fuzz.h"
#include "platform/tickets/form.h"
#include <string.h>

static char *written(const struct form *form)
{
    GString *out = g_string_new(NULL);

    for (size_t i = 0; i < form->count; i++) {
        g_autofree char *name = g_uri_escape_string(form->fields[i].name, NULL, FALSE);
        g_autofree char *value = g_uri_escape_string(form->fields[i].value, NULL, FALSE);
        g_string_append_printf(out, "%s%s=%s", i > 0 ? "&" : "", name, value);
    }
    return g_string_free(out, FALSE);
}

/* Written again it says the same, unless escapes make it too long. */
static void check_again(const struct form *form)
{
    g_autofree char *text = written(form);
    const char *why = NULL;
    struct form *again = form_parse(text, strlen(text), &why);

    FUZZ_CHECK((again == NULL) == (strlen(text) > FORM_BYTES_MAX));
    if (again == NULL)
        return;
    FUZZ_CHECK(again->count == form->count);
    for (size_t i = 0; i < form->count; i++) {
        FUZZ_CHECK(strcmp(again->fields[i].name, form->fields[i].name) == 0);
        FUZZ_CHECK(strcmp(again->fields[i].value, form->fields[i].value) == 0);
    }
    form_free(again);
}

static void check_value(const char *value)
{
    int64_t number = 0;

    if (form_degrees(value, 90, &number))
        FUZZ_CHECK(number >= -90000000 && number <= 90000000);
    if (form_time(value, &number))
        FUZZ_CHECK(number > -86400000 * INT64_C(2) && number < INT64_C(253402473600000)); /* 1970 to 9999 in any zone */
}

static void check_taken(const struct form *form)
{
    FUZZ_CHECK(form->count <= FORM_FIELDS_MAX);
    for (size_t i = 0; i < form->count; i++) {
        const struct form_field *field = &form->fields[i];
        FUZZ_CHECK(*field->name != '\0' && strlen(field->name) <= FORM_NAME_MAX);
        FUZZ_CHECK(g_utf8_validate(field->name, -1, NULL) && g_utf8_validate(field->value, -1, NULL));
        FUZZ_CHECK(form_get(form, field->name) != NULL);
        if (!g_str_has_suffix(field->name, "[]"))
            FUZZ_CHECK(form_get(form, field->name) == field->value);
        check_value(field->value);
    }
    check_again(form);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *why = NULL;
    struct form *form = form_parse((const char *)data, size, &why);

    FUZZ_CHECK((form == NULL) == (why != NULL));
    if (form != NULL)
        check_taken(form);
    form_free(form);
    return 0;
}
