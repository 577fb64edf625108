/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Complaints and repairs (F12), in five pages from home:
 *
 *   TICKETS (what is it?) ─► TICKET_WHERE ─► (TICKET_STREET) ─► TICKET_MORE (what is asked; read back) ─► TICKET_FILED
 *     │  │  └─► TICKET_DANGER ─┘    └──► TICKET_SIMILAR ("me too") ──┘                        TICKET_JOINED, TICKET_REFUSED
 *     │  └─► TICKET_DANGER (whom to call)
 *     └─► TICKET_MINE ─► TICKET ─► TICKET_DENY, TICKET_WITHDRAW, rating
 */
#ifndef UI_SERVICES_TICKETS_H
#define UI_SERVICES_TICKETS_H

#include "../kinds/kinds.h"
#include "../ui.h"
#include "ticket_book.h"

#define TICKET_SIMILAR_MAX 20

/** Of the person; overwritten with the session. */
struct tickets {
    struct ticket_list list;
    char service[17];           /* chosen */
    bool warned;                /* they have read whom to call */
    struct kiosk_place place;   /* chosen; .id "": .name is what is written instead */
    struct ticket_street street;
    struct kiosk_case cases[TICKET_SIMILAR_MAX];
    size_t case_count;
    struct kind_answers answers;
    char asks[65];              /* of which questions they are */
    char ticket[37];            /* looked at, or just filed */
    bool asking;                /* an answer is waited for: */
    enum kiosk_ticket_ask asked;
    char refused[32], call[8];
    const struct page_class *untold; /* the answer that came while another service's page was read; NULL: none */
    char title[160];
};
struct tickets *tickets_of(struct ui *ui);
struct ticket_catalogue *tickets_catalogue(struct ui *ui);

/** What was just filed: outlives the card, without whose it is. */
struct ticket_filed {
    char id[37], local[41], what[64], where[201];
    int64_t no; /* 0: the community has not said */
    uint32_t due;
    bool provisional, anonymous, refused;
};
struct ticket_filed *tickets_filed(struct ui *ui);
/** All of its questions are answered, and it is looked over. */
bool tickets_read_back(struct ui *ui);

/** What is on the slip of a case; texts are borrowed, "" or 0 what is not known. */
struct ticket_slip {
    const char *id, *local, *what, *where;
    int64_t no, filed_ms;
    uint32_t due;
    bool provisional;
};
void ticket_slip_print(struct ui *ui, const struct ticket_slip *of);

void tickets_list_ask(struct ui *ui);
/** Ask for this about the case that is looked at; nothing while an answer is waited for. */
void tickets_ask(struct ui *ui, enum kiosk_ticket_ask ask, const char *words);
/** "I have it, too", of the similar one at `index`. */
void tickets_join(struct ui *ui, size_t index);
/** Send what was chosen. */
void tickets_file(struct ui *ui);
/** What this category asks, from the first question on. */
void tickets_choose(struct ui *ui, const char *service);
/** This place; what others told of it is asked for. */
void tickets_place(struct ui *ui, const struct kiosk_place *place);
/** The category that was chosen; NULL: it cannot be told of any more. */
const struct kiosk_category *tickets_category(struct ui *ui);
bool tickets_offline(const struct ui *ui);
/** Fill what is asked from the answers of the form. */
void tickets_answers(struct ui *ui, struct kiosk_ticket_request *request);

#endif
