/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/keys/hsm-uri.h"
#include "platform/data/error.h"
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    const char *name, *label_attribute, *label, *check_attribute;
} known[HSM_KEYS] = {{"load", "load-label", "citycard-load", "load-check"},
                     {"tac", "tac-label", "citycard-tac", "tac-check"},
                     {"proof", "proof-label", "citycard-proof", "proof-check"}};

const char *hsm_key_name(enum hsm_key key)
{
    return known[key].name;
}

static bool wrong(GError **error, const char *what)
{
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT, "the token's URI: %s", what);
    return false;
}

/* Printable ASCII, and no zero byte behind an escape: what is read as a C string is then all that was written. */
static bool text_fits(const char *text)
{
    size_t len = text != NULL ? strlen(text) : 0;

    for (size_t i = 0; i < len; i++)
        if (!g_ascii_isgraph(text[i]))
            return false;
    return len > 0 && len <= HSM_URI_BYTES_MAX && strstr(text, "%00") == NULL && g_str_has_prefix(text, "pkcs11:");
}

static const char *const names_known[] = {"token", "serial", "manufacturer", "model", "module-path", "pin-source", "load-label",
                                          "tac-label", "load-check", "tac-check", "proof-label", "proof-check", NULL};
static const char *const names_of_objects[] = {"object", "id", "type", NULL};

static bool name_fits(const char *name, GError **error)
{
    if (strcmp(name, "pin-value") == 0)
        return wrong(error, "a PIN does not belong into it (pin-value); lay it into a file and name that: pin-source=file:/…");
    if (g_strv_contains(names_of_objects, name))
        return wrong(error, "it names a token; keys are named by load-label and tac-label, not by object, id or type");
    return g_strv_contains(names_known, name) || wrong(error, "it has an attribute that is not known");
}

/* The parser takes the last of two, or the first, and whatever it does not know for some maker's own. */
static bool names_fit(const char *text, GError **error)
{
    g_auto(GStrv) parts = g_strsplit_set(text + strlen("pkcs11:"), ";?&", -1);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    for (char **part = parts; *part != NULL; part++) {
        char *end = strchr(*part, '=');

        if (end != NULL)
            *end = '\0';
        if (**part == '\0')
            continue;
        if (!name_fits(*part, error))
            return false;
        if (!g_hash_table_add(seen, *part))
            return wrong(error, "it names something twice");
    }
    return true;
}

static bool names_a_token(P11KitUri *uri)
{
    const CK_TOKEN_INFO *token = p11_kit_uri_get_token_info(uri);

    return token->label[0] != '\0' || token->serialNumber[0] != '\0';
}

/* file:/PATH, /PATH, or credential:NAME, which is a file that systemd lays down for this service alone. */
static bool read_pin_source(struct hsm_uri *out, GError **error)
{
    const char *source = p11_kit_uri_get_pin_source(out->uri), *folder = g_getenv("CREDENTIALS_DIRECTORY");

    if (source == NULL)
        return wrong(error, "pin-source=file:/… or pin-source=credential:NAME is needed");
    if (g_str_has_prefix(source, "credential:")) {
        const char *name = source + strlen("credential:");

        if (*name == '\0' || *name == '.' || strchr(name, '/') != NULL)
            return wrong(error, "pin-source=credential:NAME takes a name");
        if (folder == NULL || *folder != '/')
            return wrong(error, "pin-source=credential:… needs CREDENTIALS_DIRECTORY, which LoadCredential= of systemd sets");
        out->pin_file = g_build_filename(folder, name, NULL);
        return true;
    }
    if (g_str_has_prefix(source, "file://"))
        source += strlen("file://");
    else if (g_str_has_prefix(source, "file:"))
        source += strlen("file:");
    if (*source != '/')
        return wrong(error, "pin-source takes file:/… with an absolute path, or credential:NAME; commands are not run");
    out->pin_file = g_strdup(source);
    return true;
}

static bool read_key(struct hsm_uri *out, enum hsm_key key, GError **error)
{
    const char *label = p11_kit_uri_get_vendor_query(out->uri, known[key].label_attribute);
    const char *check = p11_kit_uri_get_vendor_query(out->uri, known[key].check_attribute);

    out->wanted[key] = key != HSM_PROOF || label != NULL || check != NULL;
    out->labels[key] = g_strdup(label != NULL ? label : known[key].label);
    if (strlen(out->labels[key]) == 0 || strlen(out->labels[key]) > HSM_LABEL_BYTES_MAX)
        return wrong(error, "load-label, tac-label and proof-label take 1 to 64 bytes");
    out->checked[key] = check != NULL;
    if (check != NULL && (strlen(check) != 2 * PURSE_CHECK_SIZE ||
                          cc_unhex(check, out->checks[key], PURSE_CHECK_SIZE) != PURSE_CHECK_SIZE))
        return wrong(error, "load-check, tac-check and proof-check take six hex digits");
    return true;
}

bool hsm_uri_parse(struct hsm_uri *out, const char *text, GError **error)
{
    memset(out, 0, sizeof *out);
    if (!text_fits(text))
        return wrong(error, "it begins with pkcs11: and has at most 1024 printable characters");
    if (!names_fit(text, error))
        return false;
    out->uri = p11_kit_uri_new();
    if (p11_kit_uri_parse(text, P11_KIT_URI_FOR_ANY, out->uri) != P11_KIT_URI_OK)
        return wrong(error, "it is not one of RFC 7512");
    out->text = g_strdup(text);
    if (!names_a_token(out->uri))
        return wrong(error, "token=… or serial=… is needed");
    out->module_path = p11_kit_uri_get_module_path(out->uri);
    if (out->module_path == NULL || *out->module_path != '/')
        return wrong(error, "module-path=/… is needed, the library of the token's maker");
    return read_pin_source(out, error) && read_key(out, HSM_LOAD, error) &&
           read_key(out, HSM_TAC, error) && read_key(out, HSM_PROOF, error);
}

void hsm_uri_clear(struct hsm_uri *uri)
{
    g_clear_pointer(&uri->uri, p11_kit_uri_free);
    g_clear_pointer(&uri->text, g_free);
    g_clear_pointer(&uri->pin_file, g_free);
    for (int key = 0; key < HSM_KEYS; key++)
        g_clear_pointer(&uri->labels[key], g_free);
    uri->module_path = NULL;
}

char *hsm_uri_with_checks(const struct hsm_uri *uri, const uint8_t checks[HSM_KEYS][PURSE_CHECK_SIZE])
{
    char check[2 * PURSE_CHECK_SIZE + 1], *made = NULL, *out;

    for (int key = 0; key < HSM_KEYS; key++)
        if (uri->wanted[key])
            p11_kit_uri_set_vendor_query(uri->uri, known[key].check_attribute,
                                         cc_hex(checks[key], PURSE_CHECK_SIZE, check, sizeof check));
    if (p11_kit_uri_format(uri->uri, P11_KIT_URI_FOR_ANY, &made) != P11_KIT_URI_OK)
        return NULL;
    out = g_strdup(made);
    free(made);
    return out;
}

/* ---- The PIN ---- */

static bool pin_wrong(GError **error, const struct hsm_uri *uri, const char *what)
{
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_FILE, "the token's PIN, %s: %s", uri->pin_file, what);
    return false;
}

static ssize_t read_all(int fd, char *out, size_t size)
{
    size_t len = 0;

    while (len < size) {
        ssize_t got = read(fd, out + len, size - len);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        len += (size_t)got;
    }
    return (ssize_t)len;
}

static bool pin_take(int fd, char pin[HSM_PIN_BYTES_MAX + 1], size_t *len)
{
    char text[HSM_PIN_BYTES_MAX + 2];
    ssize_t got = read_all(fd, text, sizeof text);
    bool ok;

    if (got > 0 && text[got - 1] == '\n')
        got--;
    ok = got > 0 && got <= HSM_PIN_BYTES_MAX && memchr(text, '\n', (size_t)got) == NULL &&
         memchr(text, '\0', (size_t)got) == NULL;
    if (ok) {
        memcpy(pin, text, (size_t)got);
        pin[got] = '\0';
        *len = (size_t)got;
    }
    OPENSSL_cleanse(text, sizeof text);
    return ok;
}

bool hsm_pin_read(const struct hsm_uri *uri, char pin[HSM_PIN_BYTES_MAX + 1], size_t *len, int64_t *mark, GError **error)
{
    int fd = open(uri->pin_file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat info;
    bool ok = fd >= 0 && fstat(fd, &info) == 0;

    if (!ok)
        pin_wrong(error, uri, g_strerror(errno));
    else if (!S_ISREG(info.st_mode))
        ok = pin_wrong(error, uri, "this is no file");
    else if ((info.st_mode & (S_IWGRP | S_IRWXO)) != 0)
        ok = pin_wrong(error, uri, "others may read or change it: chmod 0600");
    else if (!pin_take(fd, pin, len))
        ok = pin_wrong(error, uri, "one line of 1 to 255 bytes is needed");
    if (ok)
        *mark = (int64_t)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec + (int64_t)info.st_ino;
    if (fd >= 0)
        close(fd);
    return ok;
}
