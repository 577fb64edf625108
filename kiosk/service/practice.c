/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine to learn on, from its making to its end.
 *
 *   folder emptied ─► kiosk.conf of its own ─► kiosk_open(): journal, keys, no platform ─► what a platform would have told ─► worker
 *   close ─► worker joined, store closed ─► folder removed
 *
 * Invariant: everything here is derived from the folder and from what is drawn anew. Nothing of the real machine is asked for or known.
 */
#include "device/config.h"
#include "service/internal.h"
#include "service/practice-internal.h"
#include "store/store.h"

#include <errno.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <stdio.h>

#define FILES_OPEN 16

struct practice {
    char *folder;
    struct kiosk_config *config;
    struct kiosk *kiosk;
    kiosk_event_fn fn;
    void *data;
};

/* ---- The folder ---------------------------------------------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *at)
{
    return remove(path);
}

bool practice_wipe(const char *folder, GError **error)
{
    if (nftw(folder, remove_one, FILES_OPEN, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) == 0 || errno == ENOENT)
        return true;
    g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "%s cannot be removed: %s", folder, g_strerror(errno));
    return false;
}

static bool folder_make(const char *folder, GError **error)
{
    if (!practice_wipe(folder, error))
        return false;
    if (g_mkdir(folder, 0700) == 0)
        return true;
    g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "%s cannot be made: %s", folder, g_strerror(errno));
    return false;
}

/* ---- Making it ------------------------------------------------------------------------------------------------------ */

static void replace(char **field, const char *value)
{
    g_free(*field);
    *field = g_strdup(value);
}

/* Written down, too: where the machine's secret goes is read from the file. */
static bool config_make(struct practice *practice, GError **error)
{
    practice->config = kiosk_config_load(practice->folder, error);
    if (practice->config == NULL)
        return false;
    replace(&practice->config->kiosk_id, PRACTICE_KIOSK);
    replace(&practice->config->city, "9901");
    replace(&practice->config->tpm, "none");
    return kiosk_config_save(practice->config, error);
}

/* A lesson is about what happens commonly, so there is a line as far as the screen knows; nothing of this machine waits for it. */
static void on_event(void *data, const struct kiosk_event *event)
{
    struct practice *practice = data;
    struct kiosk_event told = *event;

    if (event->kind == KIOSK_EVENT_STATUS) {
        told.status.online = true;
        told.status.synced_ms = now_ms();
        told.status.waiting = 0;
        told.status.key_in_file = false;
    }
    practice->fn(practice->data, &told);
}

static bool town_make(struct kiosk *kiosk, GError **error)
{
    char token[33];

    card_token(kiosk->enrolment.index_key, practice_card_number, token);
    return practice_town(kiosk->store, token, health_now_ms(kiosk), error);
}

/* Neither upkeep nor a printer's thread: it lives for minutes, and what it prints is on no paper. */
static bool kiosk_make(struct practice *practice, GError **error)
{
    struct hall hall;

    if (!practice_hall(&hall)) {
        g_set_error_literal(error, STORE_ERROR, STORE_ERROR_OPEN, "the practice card cannot be made");
        return false;
    }
    practice->kiosk = kiosk_open(practice->config, &hall, NULL, on_event, practice, error);
    if (practice->kiosk == NULL || !town_make(practice->kiosk, error))
        return false;
    practice->kiosk->worker = g_thread_try_new("practice", worker_main, practice->kiosk, error);
    return practice->kiosk->worker != NULL;
}

struct practice *practice_open(const char *folder, kiosk_event_fn fn, void *data, GError **error)
{
    struct practice *practice = g_new0(struct practice, 1);

    practice->folder = g_strdup(folder);
    practice->fn = fn;
    practice->data = data;
    if (folder_make(folder, error) && config_make(practice, error) && kiosk_make(practice, error))
        return practice;
    practice_close(practice);
    return NULL;
}

struct kiosk *practice_kiosk(struct practice *practice)
{
    return practice->kiosk;
}

void practice_close(struct practice *practice)
{
    g_autoptr(GError) error = NULL;

    if (practice == NULL)
        return;
    kiosk_free(practice->kiosk);
    kiosk_config_free(practice->config);
    if (!practice_wipe(practice->folder, &error))
        g_warning("%s", error->message); /* the next lesson begins by this */
    g_free(practice->folder);
    g_free(practice);
}
