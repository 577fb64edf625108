/* SPDX-License-Identifier: Apache-2.0 */
#include "kinds.h"

static GtkWidget *facts_new(const struct kind_fact *facts)
{
    GtkWidget *card;

    if (facts[0].name == NULL)
        return NULL;
    card = kit_column("kx-card kx-place");
    for (size_t i = 0; i < KIND_FACTS && facts[i].name != NULL; i++)
        kit_add(card, kit_fact(facts[i].name, facts[i].value));
    return card;
}

GtkWidget *kind_slip(const char *text, bool failed)
{
    GtkWidget *line;

    if (text == NULL)
        return NULL;
    line = kit_line(failed ? "kx-slip kx-warn" : "kx-slip");
    kit_add(line, kx_icon_new("print"));
    kit_add(line, kit_label(text, "kx-body"));
    return line;
}

GtkWidget *kind_result(struct page *page, const struct kind_result *it)
{
    struct kind_poster poster = {
        .drawing = kit_badge("tick", "kx-badge-large kx-ok"),
        .headline = it->headline,
        .under = it->sum_fen != 0 ? kit_amount(it->sum_fen, "kx-sum") : NULL,
        .answer = it->answer,
        .soft = {it->soft},
        .upright_when_largest = true,
    };
    GtkWidget *facts = facts_new(it->facts);
    size_t count = 0;

    if (facts != NULL)
        poster.blocks[count++] = facts;
    if (it->slip != NULL)
        poster.blocks[count++] = it->slip;
    for (size_t i = 0; i < KIND_BUTTONS; i++)
        poster.buttons[i] = it->buttons[i];
    return kind_poster(page, &poster);
}
