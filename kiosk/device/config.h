/* SPDX-License-Identifier: Apache-2.0 */
/** What one machine is told about itself: kiosk.conf, a GKeyFile in the data folder. */
#ifndef DEVICE_CONFIG_H
#define DEVICE_CONFIG_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct kiosk_config {
    char *data_dir;      /* database, keys, certificates, receipts: mode 0700 */
    char *kiosk_id;      /* "K0001"; empty before enrolment */
    char *city;          /* four digits as on the card: other cards are visitors */
    char *place;         /* shown on receipts */
    char *language;      /* "zh_CN" or "en" */
    double panel_inches; /* diagonal; decides the base size of the text */
    char *reader;        /* name, or NULL: the first with a known card. The first of the two numbers at its end does not count */
    char *sam;           /* likewise, or NULL: the first slot with a PSAM */
    char *sam_terminal;  /* twelve digits: the terminal number that the PSAM must have; NULL: any */
    char *platform_url;  /* https://…, or NULL: never online */
    char *printer;       /* where prints go, as printer_print() says */
    bool voice;
    int idle_seconds;    /* how long the idle screen shows one notice; 0: it shows none by itself */
    char *headset;       /* where the plug of a headset is seen, or NULL: see headset.h */
    char *clips;         /* folder of recorded speech, or NULL: see clips.h */
    char *tpm;           /* how to reach the TPM, "none", or NULL: see keys.h */
    int64_t offline_payment_fen_max; /* per payment while offline */
    int64_t offline_card_day_fen_max;
    int64_t offline_total_fen_max;   /* stored on this kiosk and not acknowledged */
    int offline_count_max;
    int journal_days;       /* acknowledged rows older than this leave the journal for an archive */
    int cached_persons_max; /* of whom bills and credit are kept */
};

/** Read DIR/kiosk.conf; every key has a default. NULL and error when the file is there and cannot be read. */
struct kiosk_config *kiosk_config_load(const char *data_dir, GError **error);
bool kiosk_config_save(const struct kiosk_config *config, GError **error);
void kiosk_config_free(struct kiosk_config *config);

#endif
