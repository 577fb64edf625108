/* SPDX-License-Identifier: Apache-2.0 */
/* The token's sessions: opened when needed, shared by threads, given up all together. hsm.h has it drawn. */
#include "platform/keys/hsm.h"
#include "platform/data/error.h"
#include "platform/keys/hsm-visit.h"
#include "model/clock.h"
#include <openssl/crypto.h>
#include <string.h>

#define SESSIONS_MAX   4
#define SLOTS_MAX      64
#define TRIES          2
#define RETRY_AFTER_MS 1000

struct hsm {
    struct hsm_uri uri;
    GMutex lock; /* guards all below */
    GCond changed;
    CK_FUNCTION_LIST *f; /* NULL: the library is not loaded */
    bool started;        /* C_Initialize was */
    bool open, broken;
    CK_SLOT_ID slot;
    struct hsm_visit visit; /* keys and shape for every session */
    struct hsm_about about;
    CK_SESSION_HANDLE idle[SESSIONS_MAX];
    unsigned idle_count, session_count, session_max, busy;
    bool pin_refused;
    int64_t pin_mark;          /* of the PIN that was refused */
    int64_t retry_at_boot_ms;  /* closed until then; 0: not */
};

struct hsm *hsm_new(const char *uri, GError **error)
{
    struct hsm *hsm = g_new0(struct hsm, 1);

    g_mutex_init(&hsm->lock);
    g_cond_init(&hsm->changed);
    hsm->session_max = SESSIONS_MAX;
    if (hsm_uri_parse(&hsm->uri, uri, error))
        return hsm;
    hsm_free(hsm);
    return NULL;
}

const char *hsm_uri_text(const struct hsm *hsm)
{
    return hsm->uri.text;
}

/* ---- The library ---- */

static void library_stop(struct hsm *hsm)
{
    if (hsm->started)
        p11_kit_module_finalize(hsm->f);
    hsm->started = false;
}

static void library_unload(struct hsm *hsm)
{
    library_stop(hsm);
    if (hsm->f != NULL)
        p11_kit_module_release(hsm->f);
    hsm->f = NULL;
}

static enum hsm_opened library_start(struct hsm *hsm, GError **error)
{
    CK_RV rv;

    if (hsm->f == NULL)
        hsm->f = p11_kit_module_load(hsm->uri.module_path, P11_KIT_MODULE_CRITICAL);
    if (hsm->f == NULL) {
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_FILE, "the token's library %s: %s", hsm->uri.module_path,
                    p11_kit_message() != NULL ? p11_kit_message() : "it cannot be loaded");
        return HSM_LOST;
    }
    if (hsm->started)
        return HSM_OPENED;
    rv = p11_kit_module_initialize(hsm->f);
    hsm->started = rv == CKR_OK;
    return hsm->started ? HSM_OPENED : hsm_lost(error, "its library does not start", rv);
}

/* ---- The token ---- */

static enum hsm_opened refuse(GError **error, const char *what)
{
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_CRYPTO, "the token: %s", what);
    return HSM_REFUSED;
}

/* Blank-filled, as the norm has it. */
static void padded_text(const unsigned char *bytes, size_t len, char *out)
{
    while (len > 0 && (bytes[len - 1] == ' ' || bytes[len - 1] == '\0'))
        len--;
    for (size_t i = 0; i < len; i++)
        out[i] = g_ascii_isprint(bytes[i]) ? (char)bytes[i] : '?';
    out[len] = '\0';
}

static enum hsm_opened find_slot(struct hsm *hsm, CK_TOKEN_INFO *token, GError **error)
{
    CK_SLOT_ID slots[SLOTS_MAX];
    CK_ULONG count = SLOTS_MAX;
    CK_TOKEN_INFO info;
    unsigned found = 0;
    CK_RV rv = hsm->f->C_GetSlotList(CK_TRUE, slots, &count);

    if (rv != CKR_OK)
        return hsm_lost(error, "slots cannot be listed", rv);
    for (CK_ULONG i = 0; i < count && i < SLOTS_MAX; i++) {
        if (hsm->f->C_GetTokenInfo(slots[i], &info) != CKR_OK || (info.flags & CKF_TOKEN_INITIALIZED) == 0 ||
            !p11_kit_uri_match_token_info(hsm->uri.uri, &info))
            continue;
        hsm->slot = slots[i];
        *token = info;
        found++;
    }
    if (found > 1)
        return refuse(error, "its URI fits more than one; add serial=…");
    if (found == 0)
        return hsm_lost(error, "none that its URI fits is there", CKR_TOKEN_NOT_PRESENT);
    padded_text(token->label, sizeof token->label, hsm->about.token);
    padded_text(token->serialNumber, sizeof token->serialNumber, hsm->about.serial);
    return HSM_OPENED;
}

static bool is_pin_trouble(CK_RV rv)
{
    return rv == CKR_PIN_INCORRECT || rv == CKR_PIN_LEN_RANGE || rv == CKR_PIN_INVALID || rv == CKR_PIN_EXPIRED ||
           rv == CKR_PIN_LOCKED || rv == CKR_USER_PIN_NOT_INITIALIZED;
}

/* A token locks itself after some wrong PINs: a program that starts again and again must not bring it there. */
static enum hsm_opened log_in(struct hsm *hsm, CK_SESSION_HANDLE session, CK_FLAGS flags, GError **error)
{
    char pin[HSM_PIN_BYTES_MAX + 1];
    size_t len = 0;
    int64_t mark = 0;
    CK_RV rv;

    if ((flags & CKF_USER_PIN_LOCKED) != 0)
        return refuse(error, "its PIN is locked");
    if ((flags & CKF_USER_PIN_FINAL_TRY) != 0)
        return refuse(error, "one try of its PIN is left, which is for people: log in with the maker's tool first");
    if (!hsm_pin_read(&hsm->uri, pin, &len, &mark, error))
        return HSM_REFUSED;
    if (hsm->pin_refused && mark == hsm->pin_mark) {
        OPENSSL_cleanse(pin, sizeof pin);
        return refuse(error, "the PIN of pin-source was refused before, and its file is still the same");
    }
    rv = hsm->f->C_Login(session, CKU_USER, (unsigned char *)pin, len);
    OPENSSL_cleanse(pin, sizeof pin);
    hsm->pin_refused = is_pin_trouble(rv);
    hsm->pin_mark = mark;
    if (hsm->pin_refused) {
        hsm_lost(error, "the PIN of pin-source is refused", rv);
        return HSM_REFUSED;
    }
    return rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN ? HSM_OPENED : hsm_lost(error, "nobody can log in", rv);
}

/* The first session, logged in. */
static enum hsm_opened open_session(struct hsm *hsm, CK_FLAGS flags, GError **error)
{
    CK_TOKEN_INFO token = {0};
    CK_SESSION_HANDLE session;
    enum hsm_opened opened = library_start(hsm, error);
    CK_RV rv;

    if (opened == HSM_OPENED)
        opened = find_slot(hsm, &token, error);
    if (opened != HSM_OPENED)
        return opened;
    rv = hsm->f->C_OpenSession(hsm->slot, CKF_SERIAL_SESSION | flags, NULL, NULL, &session);
    if (rv != CKR_OK)
        return hsm_lost(error, "no session can be opened", rv);
    hsm->session_count = 1;
    hsm->visit = (struct hsm_visit){.f = hsm->f, .session = session};
    return log_in(hsm, session, token.flags, error);
}

static enum hsm_opened open_token(struct hsm *hsm, GError **error)
{
    enum hsm_opened opened = open_session(hsm, 0, error);

    if (opened == HSM_OPENED)
        opened = hsm_visit_check(&hsm->visit, hsm->slot, &hsm->uri, &hsm->about, error);
    if (opened == HSM_OPENED)
        hsm->idle[hsm->idle_count++] = hsm->visit.session;
    return opened;
}

/* What the token says to this does not matter: it may be gone, and its sessions with it. */
static void close_token(struct hsm *hsm)
{
    if (hsm->session_count > 0)
        hsm->f->C_CloseAllSessions(hsm->slot);
    hsm->idle_count = hsm->session_count = 0;
    hsm->session_max = SESSIONS_MAX;
    hsm->open = false;
}

/* Nobody has a session. Libraries that have lost their token, or the way to it, often find it again only from a new start. */
static bool open_anew(struct hsm *hsm, GError **error)
{
    g_autoptr(GError) first = NULL;
    bool fresh = !hsm->started;
    enum hsm_opened opened;

    close_token(hsm);
    opened = open_token(hsm, &first);
    if (opened == HSM_LOST && !fresh) {
        g_clear_error(&first);
        close_token(hsm);
        library_stop(hsm);
        opened = open_token(hsm, &first);
    }
    if (opened != HSM_OPENED) {
        close_token(hsm);
        library_stop(hsm);
        g_propagate_error(error, g_steal_pointer(&first));
    }
    hsm->open = opened == HSM_OPENED;
    hsm->broken = false;
    return hsm->open;
}

/* ---- Sessions, under the lock ---- */

/* False without an error: asked a moment ago, and told then. */
static bool ready(struct hsm *hsm, GError **error)
{
    if (hsm->open && !hsm->broken)
        return true;
    if (hsm->retry_at_boot_ms != 0 && clock_boot_ms() < hsm->retry_at_boot_ms)
        return false;
    bool again = hsm->retry_at_boot_ms != 0 || hsm->broken;
    hsm->retry_at_boot_ms = open_anew(hsm, error) ? 0 : clock_boot_ms() + RETRY_AFTER_MS;
    g_cond_broadcast(&hsm->changed);
    if (hsm->open && again)
        g_message("the token of the purse keys answers again");
    return hsm->open;
}

static void one_more(struct hsm *hsm)
{
    CK_RV rv = hsm->f->C_OpenSession(hsm->slot, CKF_SERIAL_SESSION, NULL, NULL, &hsm->idle[hsm->idle_count]);

    if (rv == CKR_OK) {
        hsm->idle_count++;
        hsm->session_count++;
    } else if (rv == CKR_SESSION_COUNT) {
        hsm->session_max = hsm->session_count;
    } else {
        hsm->broken = true;
    }
}

static bool acquire(struct hsm *hsm, struct hsm_visit *visit, GError **error)
{
    bool got = false;

    g_mutex_lock(&hsm->lock);
    while (!got) {
        while (hsm->broken && hsm->busy > 0)
            g_cond_wait(&hsm->changed, &hsm->lock);
        if (!ready(hsm, error))
            break;
        if (hsm->idle_count == 0 && hsm->session_count < hsm->session_max)
            one_more(hsm);
        else if (hsm->idle_count == 0)
            g_cond_wait(&hsm->changed, &hsm->lock);
        if (hsm->broken || hsm->idle_count == 0)
            continue;
        *visit = hsm->visit;
        visit->session = hsm->idle[--hsm->idle_count];
        hsm->busy++;
        got = true;
    }
    g_mutex_unlock(&hsm->lock);
    return got;
}

/* After trouble nothing of what was opened is believed any more. */
static void give_back(struct hsm *hsm, const struct hsm_visit *visit, CK_RV rv, bool last)
{
    g_mutex_lock(&hsm->lock);
    hsm->busy--;
    if (rv == CKR_OK && !hsm->broken)
        hsm->idle[hsm->idle_count++] = visit->session;
    if (rv != CKR_OK) {
        hsm->broken = true;
        if (last)
            hsm->retry_at_boot_ms = clock_boot_ms() + RETRY_AFTER_MS;
        g_warning("the token of the purse keys: %s (0x%lx)", p11_kit_strerror(rv), rv);
    }
    g_cond_broadcast(&hsm->changed);
    g_mutex_unlock(&hsm->lock);
}

/* ---- What it is for ---- */

typedef CK_RV (*work_fn)(struct hsm_visit *visit, void *data);

static bool run(struct hsm *hsm, work_fn work, void *data)
{
    struct hsm_visit visit;

    for (unsigned i = 1; i <= TRIES; i++) {
        g_autoptr(GError) error = NULL;
        CK_RV rv;

        if (!acquire(hsm, &visit, &error)) {
            if (error != NULL)
                g_warning("purse keys: %s", error->message);
            return false;
        }
        rv = work(&visit, data);
        give_back(hsm, &visit, rv, i == TRIES);
        if (rv == CKR_OK)
            return true;
    }
    return false;
}

struct load_work {
    const struct cc_load *load;
    const uint8_t *date_bcd, *time_bcd;
    uint8_t *mac2;
    enum purse_keys_verdict verdict;
};

static CK_RV load_work(struct hsm_visit *visit, void *data)
{
    struct load_work *work = data;

    return hsm_visit_authorise(visit, work->load, work->date_bcd, work->time_bcd, work->mac2, &work->verdict);
}

static enum purse_keys_verdict authorise(void *ctx, const struct cc_load *load, const uint8_t date_bcd[4],
                                         const uint8_t time_bcd[3], uint8_t mac2[4])
{
    struct load_work work = {load, date_bcd, time_bcd, mac2, PURSE_KEYS_FAILED};

    if (cc_suite_for(load->algorithm) != &cc_suite_3des)
        return PURSE_KEYS_UNKNOWN;
    return run(ctx, load_work, &work) ? work.verdict : PURSE_KEYS_AWAY;
}

struct tac_work {
    const uint8_t *issuer, *serial;
    uint8_t key[16];
};

static CK_RV tac_work(struct hsm_visit *visit, void *data)
{
    struct tac_work *work = data;

    return hsm_visit_tac_key(visit, work->issuer, work->serial, work->key);
}

static enum purse_keys_verdict tac_of(void *ctx, const uint8_t issuer[8], const uint8_t serial[8],
                                      int (*code)(const uint8_t key[16], const void *what, uint8_t tac[4]),
                                      const void *what, uint8_t tac[4])
{
    struct tac_work work = {.issuer = issuer, .serial = serial};
    enum purse_keys_verdict verdict = PURSE_KEYS_AWAY;

    if (run(ctx, tac_work, &work))
        verdict = code(work.key, what, tac) == CC_OK ? PURSE_KEYS_OK : PURSE_KEYS_FAILED;
    OPENSSL_cleanse(&work, sizeof work);
    return verdict;
}

struct proof_work {
    const uint8_t *issuer, *serial, *challenge;
    uint8_t *answer;
    bool known;
};

static CK_RV proof_work(struct hsm_visit *visit, void *data)
{
    struct proof_work *work = data;

    work->known = visit->proves;
    return work->known ? hsm_visit_prove(visit, work->issuer, work->serial, work->challenge, work->answer) : CKR_OK;
}

static enum purse_keys_verdict prove(void *ctx, const uint8_t issuer[8], const uint8_t serial[8], const uint8_t challenge[8],
                                     uint8_t answer[8])
{
    struct proof_work work = {issuer, serial, challenge, answer, false};

    if (!run(ctx, proof_work, &work))
        return PURSE_KEYS_AWAY;
    return work.known ? PURSE_KEYS_OK : PURSE_KEYS_UNKNOWN;
}

struct purse_keys purse_keys_of_hsm(struct hsm *hsm)
{
    return (struct purse_keys){.ctx = hsm, .authorise = authorise, .tac = tac_of, .prove = prove};
}

bool hsm_check(struct hsm *hsm, GError **error)
{
    bool ok;

    g_mutex_lock(&hsm->lock);
    while (hsm->broken && hsm->busy > 0)
        g_cond_wait(&hsm->changed, &hsm->lock);
    hsm->retry_at_boot_ms = 0;
    ok = ready(hsm, error);
    g_mutex_unlock(&hsm->lock);
    return ok;
}

void hsm_about(struct hsm *hsm, struct hsm_about *out)
{
    g_mutex_lock(&hsm->lock);
    *out = hsm->about;
    g_mutex_unlock(&hsm->lock);
}

/* ---- Laying keys into it ---- */

static CK_RV lay(const struct hsm_visit *visit, const char *label, const uint8_t master[16], CK_OBJECT_HANDLE *out)
{
    uint8_t three[24];
    CK_RV rv = hsm_key_create(visit, CKK_DES2, label, master, 16, out);

    if (rv == CKR_OK)
        return rv;
    memcpy(three, master, 16);
    memcpy(three + 16, master, 8);
    rv = hsm_key_create(visit, CKK_DES3, label, three, sizeof three, out);
    OPENSSL_cleanse(three, sizeof three);
    return rv;
}

static const uint8_t *master_of(const struct purse_masters *masters, enum hsm_key key)
{
    return key == HSM_LOAD ? masters->load : key == HSM_TAC ? masters->tac : masters->proof;
}

/* What was laid before the one that failed goes again. */
static enum hsm_opened take_back(struct hsm *hsm, int laid, GError **error)
{
    struct hsm_visit *visit = &hsm->visit;

    for (int key = 0; key < laid; key++)
        if (hsm->uri.wanted[key] && visit->f->C_DestroyObject(visit->session, visit->keys[key]) != CKR_OK)
            g_prefix_error(error, "the %s key stays in it; ", hsm_key_name(key));
    return HSM_LOST;
}

/* All or none. */
static enum hsm_opened lay_all(struct hsm *hsm, const struct purse_masters *masters, GError **error)
{
    struct hsm_visit *visit = &hsm->visit;
    unsigned there = 0, all = 0;
    CK_RV rv = CKR_OK;

    if (hsm->uri.wanted[HSM_PROOF] && !masters->has_proof)
        return refuse(error, "there is no master for proofs to be laid into it");
    for (int key = 0; rv == CKR_OK && key < HSM_KEYS; key++, all += there) {
        there = 0;
        if (hsm->uri.wanted[key])
            rv = hsm_key_find(visit, hsm->uri.labels[key], &visit->keys[key], &there);
    }
    if (rv != CKR_OK)
        return hsm_lost(error, "keys cannot be looked for", rv);
    if (all > 0)
        return refuse(error, "a key of this label is there already");
    for (int key = 0; key < HSM_KEYS; key++) {
        if (hsm->uri.wanted[key])
            rv = lay(visit, hsm->uri.labels[key], master_of(masters, key), &visit->keys[key]);
        if (rv != CKR_OK) {
            hsm_lost(error, key == 0 ? "it does not take a key; use its maker's tool" : "it does not take every key", rv);
            return take_back(hsm, key, error);
        }
    }
    return HSM_OPENED;
}

bool hsm_import(const char *uri, const struct purse_masters *masters, GError **error)
{
    struct hsm *hsm = hsm_new(uri, error);
    bool ok = hsm != NULL && open_session(hsm, CKF_RW_SESSION, error) == HSM_OPENED &&
              lay_all(hsm, masters, error) == HSM_OPENED;

    hsm_free(hsm);
    return ok;
}

void hsm_free(struct hsm *hsm)
{
    if (hsm == NULL)
        return;
    if (hsm->f != NULL)
        close_token(hsm);
    library_unload(hsm);
    hsm_uri_clear(&hsm->uri);
    g_mutex_clear(&hsm->lock);
    g_cond_clear(&hsm->changed);
    g_free(hsm);
}
