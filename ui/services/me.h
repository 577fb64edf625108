/* SPDX-License-Identifier: Apache-2.0 */
/**
 * My page (F02), in at most five pages from home:
 *
 *   ME (the three numbers; what else there is) ─► ME_HAPPENED (what happened, or what is open) ─► ME_ITEM
 *     │                                         ─► ME_READINGS (who looked) ─► ME_READING ─► ME_ASK ─► ME_ASKED
 *     │                                         ─► ME_RIGHTS, SETTINGS_KEEP, the wallet
 *     └─► ME_FORGET (what this machine keeps) ─► ME_FORGOTTEN
 */
#ifndef UI_SERVICES_ME_H
#define UI_SERVICES_ME_H

#include "../kinds/kinds.h"
#include "../ui.h"

#define MINE_READINGS 50
#define MINE_LINES    200

extern const struct page_class page_me_happened, page_me_item, page_me_readings, page_me_reading, page_me_ask, page_me_asked, page_me_rights,
    page_me_forget, page_me_forgotten, page_settings_keep;

struct mine_told {
    bool told, known, live;
    int64_t asof_ms;
};

/** Of the person; overwritten with the session. */
struct mine {
    bool told;
    struct kiosk_person_event person;

    struct mine_told happened;
    struct kiosk_happening lines[MINE_LINES];
    size_t line_count, line_at;
    bool open_only; /* of the lines: those that have not ended */

    struct mine_told looked;
    struct kiosk_reading readings[MINE_READINGS];
    size_t reading_count, reading_at;
    int64_t own_times, own_ms;

    bool asking;      /* a question about one of them is on its way to the disk */
    char refused[32]; /* why it is not there, "" it is */
    char local[41];   /* its number here */

    char not_gone[32]; /* why what is kept here is not gone, "" it is */
};
struct mine *mine_of(struct ui *ui);
void mine_ask(struct ui *ui, enum kiosk_mine_ask ask);
/** "As of …", a label; g_free'd text. */
GtkWidget *mine_asof(int64_t asof_ms, bool live);
/** Why there is nothing to show. */
const char *mine_away(const char *reason);
/** It is done, or not; `number` "" none. */
GtkWidget *mine_end(struct page *page, bool good, const char *answer, const char *number);
/** Ask for it, and show it. */
void happened_enter(struct ui *ui, bool open_only);
void readings_enter(struct ui *ui);
/** Answers of tickets, to a question that was asked here. */
void readings_event(struct ui *ui, const struct kiosk_event *event);

/* ---- Words: g_free'd, unless borrowed is said ---- */

/** "A clerk of the service desk"; borrowed. */
const char *reading_who(const struct kiosk_reading *reading);
/** "on 4 November, 09:15, at the desk"; who, when, where, why and what, as one sentence. */
char *reading_sentence(const struct kiosk_reading *reading);
char *reading_fields(const struct kiosk_reading *reading);
const char *reading_why(const struct kiosk_reading *reading);
/** "Today, 09:15", "Wednesday, 4 November" … */
char *mine_day(int64_t at_ms);

const char *happening_icon(const struct kiosk_happening *line);
/** What it was, and how much. */
char *happening_text(const struct kiosk_happening *line);
/** How it stands; borrowed; "" nothing to say. */
const char *happening_state(const struct kiosk_happening *line);
/** An order, a ticket or a seat that has not ended. */
bool happening_open(const struct kiosk_happening *line);

#endif
