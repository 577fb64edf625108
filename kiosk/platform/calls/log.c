/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/calls/log.h"
#include "model/clock.h"
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX 1024 /* of an incident */

/* syslog(3) */
enum priority { PRIORITY_ERROR = 3, PRIORITY_WARNING = 4, PRIORITY_INFO = 6, PRIORITY_DEBUG = 7 };

static const struct {
    const char *name;
    enum priority priority;
} levels[] = {{"error", PRIORITY_ERROR}, {"warning", PRIORITY_WARNING}, {"info", PRIORITY_INFO}, {"debug", PRIORITY_DEBUG}};

static struct {
    enum priority most; /* 0: nothing is told before log_start() */
    bool prefix;
    char *node;
} settings;

static const char *name_of(enum priority priority)
{
    for (size_t i = 0; i < G_N_ELEMENTS(levels); i++)
        if (levels[i].priority == priority)
            return levels[i].name;
    return "error";
}

/* One write() a line: lines of threads do not mix (up to PIPE_BUF, and a line is shorter). Steals `line`. */
static void put(enum priority priority, json_t *line)
{
    g_autoptr(GDateTime) now = g_date_time_new_from_unix_utc(now_ms() / 1000);
    g_autofree char *second = g_date_time_format(now, "%Y-%m-%dT%H:%M:%S"), *at = NULL, *whole = NULL;
    char *text;

    at = g_strdup_printf("%s.%03dZ", second, (int)(now_ms() % 1000));
    json_object_set_new(line, "time", json_string(at));
    json_object_set_new(line, "level", json_string(name_of(priority)));
    json_object_set_new(line, "node", json_string(settings.node));
    text = json_dumps(line, JSON_COMPACT | JSON_ENSURE_ASCII);
    json_decref(line);
    if (text == NULL)
        return;
    whole = settings.prefix ? g_strdup_printf("<%d>%s\n", priority, text) : g_strconcat(text, "\n", NULL);
    free(text);
    while (write(STDERR_FILENO, whole, strlen(whole)) < 0 && errno == EINTR)
        ; /* a log that takes nothing more stops nobody */
}

static enum priority priority_of(GLogLevelFlags level)
{
    if (level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL))
        return PRIORITY_ERROR;
    if (level & G_LOG_LEVEL_WARNING)
        return PRIORITY_WARNING;
    return level & (G_LOG_LEVEL_MESSAGE | G_LOG_LEVEL_INFO) ? PRIORITY_INFO : PRIORITY_DEBUG;
}

static void on_glib(const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
    enum priority priority = priority_of(level);
    g_autofree char *valid = NULL;

    if (priority > settings.most)
        return;
    valid = g_utf8_make_valid(message != NULL ? message : "", -1);
    if (strlen(valid) > TEXT_MAX)
        *g_utf8_find_prev_char(valid, valid + TEXT_MAX) = '\0';
    put(priority, json_pack("{s:s}", "incident", valid));
}

bool log_start(const char *level, const char *node)
{
    for (size_t i = 0; i < G_N_ELEMENTS(levels); i++)
        if (strcmp(levels[i].name, level) == 0)
            settings.most = levels[i].priority;
    if (settings.most == 0)
        return false;
    g_free(settings.node);
    settings.node = g_strdup(node);
    settings.prefix = g_getenv("JOURNAL_STREAM") != NULL;
    g_log_set_default_handler(on_glib, NULL);
    return true;
}

void log_request(const struct log_request *request)
{
    /* A node that drains says so to every look of the load balancer: that is no incident. */
    bool trouble = request->status >= 500 && g_strcmp0(request->problem, "DRAINING") != 0;
    enum priority priority = trouble ? PRIORITY_WARNING : PRIORITY_INFO;
    json_t *line;

    if (priority > settings.most)
        return;
    line = json_pack("{s:s, s:s, s:i, s:I}", "request", request->id, "call", request->call, "status", (int)request->status, "ms",
                     (json_int_t)request->ms);
    if (request->kiosk != NULL && *request->kiosk != '\0')
        json_object_set_new(line, "kiosk", json_string(request->kiosk));
    if (request->problem != NULL)
        json_object_set_new(line, "problem", json_string(request->problem));
    put(priority, line);
}
