/* SPDX-License-Identifier: Apache-2.0 */
#include "page.h"

const struct page_class *page_class_of(enum page_id id)
{
    static const struct page_class *const classes[PAGE_COUNT] = {
        [PAGE_IDLE] = &page_idle,       [PAGE_GREETING] = &page_greeting, [PAGE_HOME] = &page_home,
        [PAGE_BILLS] = &page_bills,     [PAGE_CONFIRM] = &page_confirm,   [PAGE_PIN] = &page_pin,
        [PAGE_WORKING] = &page_working, [PAGE_RESULT] = &page_result,     [PAGE_DOUBT] = &page_doubt,
        [PAGE_MESSAGE] = &page_message, [PAGE_WALLET] = &page_wallet,     [PAGE_NOTICES] = &page_notices,
        [PAGE_NOTICE] = &page_notice,   [PAGE_HELP] = &page_help,         [PAGE_GOODBYE] = &page_goodbye,
    };

    g_assert(id < PAGE_COUNT);
    return classes[id];
}
