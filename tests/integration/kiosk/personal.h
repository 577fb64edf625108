/* SPDX-License-Identifier: Apache-2.0 */
/** Searches what a kiosk leaves behind for anything that names a person or a card: every file of its folder, and its log. */
#ifndef TESTS_PERSONAL_H
#define TESTS_PERSONAL_H

/** Remember from now on, for personal_assert_log(), what is logged in this process. Before any thread. */
void personal_listen(void);
/** Numbers, names, phones and addresses of all personas, and private keys: in no file below `dir`. */
void personal_assert_files(const char *dir);
/** The same of people and cards for the platform's database in `dir`; its keys lie beside it. */
void personal_assert_database(const char *dir);
void personal_assert_log(void);

#endif
