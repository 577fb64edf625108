/* SPDX-License-Identifier: Apache-2.0 */
#include "model/volunteer.h"
#include "model/codes.h"

#include <string.h>

#define SERIAL_MAX 9999999
#define NUMBER_LEN 13

bool volunteer_number(unsigned year, unsigned serial, char out[VOLUNTEER_NO_SIZE])
{
    if (year < 1000 || year > 9999 || serial < 1 || serial > SERIAL_MAX)
        return false;
    g_autofree char *body = g_strdup_printf("Z%04u%07u", year, serial);
    g_snprintf(out, VOLUNTEER_NO_SIZE, "%s%c", body, mod37_36(body));
    return true;
}

bool volunteer_number_ok(const char *text)
{
    return text != NULL && strlen(text) == NUMBER_LEN && text[0] == 'Z' && strspn(text + 1, "0123456789") >= NUMBER_LEN - 2 &&
           mod37_36_ok(text);
}
