/* SPDX-License-Identifier: Apache-2.0 */
#include "script.h"

#include <string.h>

size_t unhex(const char *text, uint8_t *out, size_t room)
{
    g_autoptr(GString) packed = g_string_new(NULL);
    for (; *text; text++) {
        if (*text != ' ')
            g_string_append_c(packed, *text);
    }
    int count = cc_unhex(packed->str, out, room);
    g_assert_cmpint(count, >=, 0);
    return (size_t)count;
}

void assert_hex(const uint8_t *bytes, size_t len, const char *expected)
{
    g_autofree char *text = g_malloc0(2 * len + 1);
    cc_hex(bytes, len, text, 2 * len + 1);
    g_assert_cmpstr(text, ==, expected);
}

void script_init(struct script *script, const struct exchange *steps)
{
    *script = (struct script){.steps = steps, .seen = g_string_new(" ")};
}

void table_init(struct script *script, const struct exchange *rows)
{
    script_init(script, rows);
    script->is_table = true;
}

static bool matches(const char *pattern, const char *command)
{
    g_autoptr(GString) packed = g_string_new(NULL);
    for (; *pattern; pattern++) {
        if (*pattern != ' ')
            g_string_append_c(packed, *pattern);
    }
    if (packed->len > 0 && packed->str[packed->len - 1] == '*')
        return strncmp(packed->str, command, packed->len - 1) == 0;
    return strcmp(packed->str, command) == 0;
}

static const char *find_answer(struct script *script, const char *command)
{
    if (script->is_table) {
        for (const struct exchange *row = script->steps; row->command; row++) {
            if (matches(row->command, command))
                return row->answer;
        }
        return "6A82";
    }
    const struct exchange *step = &script->steps[script->at];
    if (!step->command)
        g_error("command after the script's end: %s", command);
    if (!matches(step->command, command))
        g_error("step %zu: expected %s, got %s", script->at, step->command, command);
    script->at += 1;
    return step->answer;
}

static int transmit(void *ctx, const uint8_t *command, size_t len, uint8_t *answer, size_t *answer_len)
{
    struct script *script = ctx;
    char text[2 * 261 + 1];
    g_assert_false(script->lost);
    g_assert_cmpuint(len, <=, 261);
    g_assert_cmpuint(*answer_len, >=, 258);
    cc_hex(command, len, text, sizeof text);
    g_string_append_printf(script->seen, "%s ", text);
    const char *found = find_answer(script, text);
    script->answered += 1;
    script->lost = strcmp(found, "lost") == 0;
    if (script->lost)
        return CC_ERR_REMOVED; /* *answer_len stays as it was: it means nothing now */
    if (strcmp(found, "empty") == 0)
        found = "";
    if (strcmp(found, "one") == 0)
        found = "90";
    *answer_len = unhex(found, answer, *answer_len);
    if (script->cut_at == script->answered)
        *answer_len = MIN(*answer_len, script->cut_to);
    script->lost = *answer_len < 2;
    return CC_OK;
}

struct cc_channel script_channel(struct script *script)
{
    return (struct cc_channel){.ctx = script, .transmit = transmit};
}

void script_port(struct script *script, struct cc_port *port)
{
    struct cc_channel channel = script_channel(script);
    cc_port_init(port, &channel);
}

void script_done(struct script *script)
{
    if (!script->is_table && script->steps[script->at].command)
        g_error("never sent: %s", script->steps[script->at].command);
    g_string_free(script->seen, TRUE);
}

unsigned script_count(const struct script *script, const char *prefix)
{
    g_autofree char *wanted = g_strconcat(" ", prefix, NULL);
    unsigned count = 0;
    for (const char *at = script->seen->str; (at = strstr(at, wanted)); at++)
        count++;
    return count;
}
