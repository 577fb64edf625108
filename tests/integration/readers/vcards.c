/* SPDX-License-Identifier: Apache-2.0 */
#include "vcards.h"

#include <jansson.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

struct vcards {
    GPid process;
    char *socket;
};

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpuint(g_strlcpy(address.sun_path, path, sizeof address.sun_path), <, sizeof address.sun_path);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

static void die_with_parent(gpointer data)
{
    (void)data;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

struct vcards *vcards_new(const char *program, const char *folder, uint16_t card_port, uint16_t sam_port)
{
    struct vcards *cards = g_new0(struct vcards, 1);
    g_autofree char *state = g_build_filename(folder, "cards", NULL);
    g_autofree char *card = g_strdup_printf("%u", card_port), *sam = g_strdup_printf("%u", sam_port);
    cards->socket = g_build_filename(folder, "control", NULL);
    const char *argv[] = {program,        "--personas", COMMUNITY_DIR "/personas.json",
                          "--keys",       COMMUNITY_DIR "/demo-keys.json",
                          "--state",      state,        "--control",
                          cards->socket,  "--card-port", card,
                          "--sam-port",   sam,          "--card",
                          "none",         NULL};
    g_autoptr(GError) error = NULL;
    g_spawn_async(NULL, (gchar **)argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL, die_with_parent,
                  NULL, &cards->process, &error);
    g_assert_no_error(error);
    for (int tries = 0; tries < 200; tries++) {
        int fd = connect_to(cards->socket);
        if (fd >= 0) {
            close(fd);
            return cards;
        }
        g_usleep(25000);
    }
    g_error("citycard-vcard does not listen at %s", cards->socket);
}

static char *exchange(struct vcards *cards, const char *line)
{
    int fd = connect_to(cards->socket);
    g_autoptr(GString) answer = g_string_new(NULL);
    char part[4096];
    ssize_t got;
    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(send(fd, line, strlen(line), MSG_NOSIGNAL), ==, (ssize_t)strlen(line));
    do {
        got = read(fd, part, sizeof part);
        if (got > 0)
            g_string_append_len(answer, part, got);
    } while (got > 0 && strchr(answer->str, '\n') == NULL);
    close(fd);
    g_strchomp(answer->str);
    if (!g_str_has_prefix(answer->str, "ok"))
        g_error("%s -> %s", line, answer->str);
    return g_strdup(answer->str + (answer->str[2] == ' ' ? 3 : 2));
}

char *vcards_ask(struct vcards *cards, const char *format, ...)
{
    va_list more;
    va_start(more, format);
    g_autofree char *words = g_strdup_vprintf(format, more);
    va_end(more);
    g_autofree char *line = g_strconcat(words, "\n", NULL);
    return exchange(cards, line);
}

void vcards_do(struct vcards *cards, const char *format, ...)
{
    va_list more;
    va_start(more, format);
    g_autofree char *words = g_strdup_vprintf(format, more);
    va_end(more);
    g_autofree char *line = g_strconcat(words, "\n", NULL);
    g_free(exchange(cards, line));
}

static json_t *card_field(struct vcards *cards, const char *key, const char *field)
{
    g_autofree char *text = vcards_ask(cards, "card %s", key);
    json_t *card = json_loads(text, 0, NULL);
    json_t *value = json_incref(json_object_get(card, field));
    json_decref(card);
    g_assert_nonnull(value);
    return value;
}

gint64 vcards_number(struct vcards *cards, const char *key, const char *field)
{
    json_t *value = card_field(cards, key, field);
    g_assert_true(json_is_integer(value));
    gint64 number = json_integer_value(value);
    json_decref(value);
    return number;
}

char *vcards_card_number(struct vcards *cards, const char *key)
{
    json_t *value = card_field(cards, key, "card_number");
    char *text = g_strdup(json_string_value(value));
    json_decref(value);
    return text;
}

void vcards_free(struct vcards *cards)
{
    kill(cards->process, SIGTERM);
    waitpid(cards->process, NULL, 0);
    g_free(cards->socket);
    g_free(cards);
}
