/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The machine's own secret, 32 bytes, and what hangs from it. It lies in the TPM (DIR/device.tpm holds what only that chip
 * opens) or, where there is none, in DIR/device.key. Every other key is derived from it for one purpose, or lies in a file
 * that is sealed with such a key.
 */
#ifndef DEVICE_KEYS_H
#define DEVICE_KEYS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define KEYS_ROOT_SIZE 32
#define KEYS_FILE      "device.key"
#define KEYS_TPM_FILE  "device.tpm"
#define KEYS_FILE_MAX  (32 * 1024) /* of a sealed file */

#define KEYS_ERROR keys_error_quark()
GQuark keys_error_quark(void);
enum keys_error {
    KEYS_ERROR_FILE,    /* a file cannot be read or written, or is not what we wrote */
    KEYS_ERROR_MODE,    /* device.key is somebody else's, or readable by others */
    KEYS_ERROR_TPM,     /* the TPM does not answer */
    KEYS_ERROR_FOREIGN, /* sealed by another TPM, or this one was cleared: enrol anew */
    KEYS_ERROR_SEAL,    /* a file is sealed with another key, or was changed */
};

struct device_keys;
/**
 * Open the machine's secret, making it at the first time. With a TPM it is kept there, and a key file from before moves
 * into it; the file goes only after the TPM has given the same secret back. Which TPM: kiosk.conf, [keys] tpm, else the
 * environment's CITYCARD_TPM, else device:/dev/tpmrm0; "none": never.
 */
struct device_keys *device_keys_open(const char *data_dir, GError **error);
/** The same for an enrolment: a secret that cannot be opened any more is set aside (NAME.lost) and a new one is made. */
struct device_keys *device_keys_renew(const char *data_dir, GError **error);
/** Wipes it. NULL is allowed. */
void device_keys_free(struct device_keys *keys);

/** It lies in a file: whoever has the disk has it. The status page says so. */
bool device_keys_in_file(const struct device_keys *keys);
void device_keys_derive(const struct device_keys *keys, const char *purpose, uint8_t out[KEYS_ROOT_SIZE]);

/** What DIR/NAME shall hold so that only this machine reads `text`; g_free. */
char *device_keys_wrap(const struct device_keys *keys, const char *name, const char *text, GError **error);
/**
 * The text of DIR/NAME, at most KEYS_FILE_MAX; wipe it, g_free. A file in clear, of an older version, is read and sealed in
 * place on the way.
 */
char *device_keys_read(const struct device_keys *keys, const char *data_dir, const char *name, GError **error);
/** The text of DIR/FILE, which was sealed to be DIR/NAME and has not got that name yet. */
char *device_keys_read_next(const struct device_keys *keys, const char *data_dir, const char *file, const char *name,
                            GError **error);

#endif
