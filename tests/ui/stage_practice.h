/* SPDX-License-Identifier: Apache-2.0 */
/** Lessons on the stage: the machine to learn on is the stage, too; what is played while one is on is said by it (stage.beside). */
#ifndef TESTS_UI_STAGE_PRACTICE_H
#define TESTS_UI_STAGE_PRACTICE_H

#include "stage.h"

extern const struct practice_ways stage_practice;
extern const struct ui_backend stage_backend;

/** An elder at home begins this lesson, and the practice card lies there; up to the lesson's home. */
void stage_lesson(struct stage *stage, enum lesson lesson);
/** The card of the lesson is read. */
void stage_practice_card(struct stage *stage);

#endif
