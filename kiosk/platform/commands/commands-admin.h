/* SPDX-License-Identifier: Apache-2.0 */
/** The operators' group of commands: citycard-platform admin … */
#ifndef PLATFORM_COMMANDS_ADMIN_H
#define PLATFORM_COMMANDS_ADMIN_H

#include "platform/commands/commands-two.h"
#include "platform/commands/commands.h"
#include "platform/platform.h"

bool command_admin(int argc, char **argv, GError **error);

/** The first line of a file, or of stdin ("-"): at least 8 bytes. command_passphrase_free() it. */
char *command_passphrase(const char *path, GError **error);
void command_passphrase_free(char *passphrase);

/** commands-check.c */
/** commands-backup.c */
bool command_backup(int argc, char **argv, GError **error);
bool command_restore(int argc, char **argv, GError **error);
bool command_check(int argc, char **argv, GError **error);

/** commands-authorities.c */
bool command_ca_rotate(int argc, char **argv, GError **error);
bool command_ca_retire(int argc, char **argv, GError **error);
bool command_ca_status(int argc, char **argv, GError **error);

/** commands-operator.c */
bool command_operator_add(int argc, char **argv, GError **error);
bool command_operator_revoke(int argc, char **argv, GError **error);
bool command_operator_list(int argc, char **argv, GError **error);
bool command_operator_ca_rotate(int argc, char **argv, GError **error);
bool command_operator_ca_retire(int argc, char **argv, GError **error);

#endif
