/* SPDX-License-Identifier: Apache-2.0 */
/** Pages of the kinds that need more than one shipped service to be seen whole: an amount with a cap, a form with every sort of question … */
#ifndef TESTS_UI_KINDS_SERVICE_H
#define TESTS_UI_KINDS_SERVICE_H

#include "stage.h"

extern const struct page_class page_kind_amount, page_kind_form, page_kind_confirm, page_kind_progress, page_kind_result;

/** Touch an amount, then a step more. */
void kinds_press_amount(struct stage *stage);
/** The first `count` of the form's four questions are answered, the next one is asked. */
void kinds_answer(struct ui *ui, size_t count);
/** What the form was filled in with; done is how often its button was touched. */
struct kind_answers *kinds_answers(struct ui *ui);
unsigned kinds_done(struct ui *ui);

#endif
