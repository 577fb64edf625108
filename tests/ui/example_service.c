/* SPDX-License-Identifier: Apache-2.0 */
/* The example's second room: its tile, and its page made by a kind. */
#include "example.h"
#include "flow.h"
#include "kinds/kinds.h"
#include "model/model.h"
#include "service.h"

static const char *title(struct ui *ui)
{
    return example_open(now_ms()) ? _("The canteen is open") : _("The canteen is closed now");
}

static char *speech(struct ui *ui)
{
    return g_strdup(title(ui));
}

static GtkWidget *build(struct page *page)
{
    return kind_poster(page, &(struct kind_poster){.drawing = kit_badge("clock", "kx-badge-large"),
                                                   .answer = _("Lunch is from 10:30 to 13:00."),
                                                   .buttons = {{NULL, _("Home"), "kx-primary", kind_go_home}}});
}

const struct page_class page_example = {.name = "example", .title = title, .speech = speech, .build = build};

static const char *word(void)
{
    return _("Canteen");
}

static void enter(struct ui *ui)
{
    flow_go(ui, &page_example);
}

const struct service service_example = {.name = "example", .icon = "clock", .who = SERVICE_FOR_ALL, .word = word, .spoken = word, .enter = enter};
