/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The platform's certificate authorities follow each other while kiosks are away, wrong about the time, out of power in the middle. What
 * TLS would say is asked of both ends at each request: of a kiosk that was enrolled it never says no, as nobody is left out by force.
 */
#include "books-internal.h"
#include "model/clock.h"
#include "platform/keys/authorities.h"
#include "service/internal.h"
#include "sync/credentials.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

/* ---- At the operator's: the next of the three steps, when it is time ------------------------------------------------- */

static bool step(struct platform *platform)
{
    struct authorities *now = authorities_now(platform);
    size_t count = now->count, serving = now->serving;

    authorities_unref(now);
    if (count == 1)
        return authorities_rotate(platform, now_ms(), NULL);
    return serving == 0 ? authorities_serve(platform, false, now_ms(), NULL) : authorities_retire(platform, false, now_ms(), NULL);
}

void authority_play(struct world *world, struct sim_kiosk *kiosk, const struct action *action)
{
    struct sim_platform *platform = &world->platform;

    if (platform->platform == NULL)
        return;
    int was = world_become(world, SIM_PLATFORM);
    bool done = step(platform->platform);
    world_become(world, was);
    world->stats.authorities += done;
    world->authorities_changed |= done;
    note(world, "authorities: %d", done);
    if (platform->machine.dead)
        platform_down(world);
}

/* ---- A kiosk's transport ---------------------------------------------------------------------------------------------- */

/* As the platform's table has it: lower-case hex. g_free, NULL: it is no certificate. */
static char *serial_of(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    BIGNUM *number = certificate != NULL ? ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL) : NULL;
    char *hex = number != NULL ? BN_bn2hex(number) : NULL;
    char *out = hex != NULL ? g_ascii_strdown(hex, -1) : NULL;

    OPENSSL_free(hex);
    BN_free(number);
    X509_free(certificate);
    BIO_free(bio);
    return out;
}

bool authority_identity(void *ctx, const char *cert_pem, const char *key_pem)
{
    struct sim_kiosk *kiosk = ctx;
    g_autofree char *serial = serial_of(cert_pem);

    if (serial == NULL)
        return false;
    g_free(kiosk->certificate_pem);
    kiosk->certificate_pem = g_strdup(cert_pem);
    g_strlcpy(kiosk->certificate, serial, sizeof kiosk->certificate);
    return true;
}

bool authority_trust(void *ctx, const char *pems)
{
    struct sim_kiosk *kiosk = ctx;

    g_free(kiosk->trusted);
    kiosk->trusted = g_strdup(pems);
    return true;
}

static bool issued_by_one(const struct authorities *now, const char *pem)
{
    for (size_t i = 0; i < now->count; i++)
        if (credentials_issued_by(pem, now->list[i].pem))
            return true;
    return false;
}

/* Both ends of the handshake, as far as it depends on whose certificates they are. */
void authority_handshake(struct world *world, const struct sim_kiosk *kiosk)
{
    if (!world->authorities_changed)
        return;
    int was = world_become(world, SIM_NOBODY);
    struct authorities *now = authorities_now(world->platform.platform);
    bool trusts = credentials_share(kiosk->trusted, authorities_server(now)->pem), trusted = issued_by_one(now, kiosk->certificate_pem);

    authorities_unref(now);
    world_become(world, was);
    if (!trusts || !trusted)
        break_invariant(world, "nobody-left-out", "%s %s", kiosk->id,
                        trusts ? "has a certificate of no authority in force" : "does not trust the platform's server");
}

/* ---- When all is settled ---------------------------------------------------------------------------------------------- */

void authority_check_end(struct world *world)
{
    int was = world_become(world, SIM_NOBODY);
    struct authorities *now = authorities_now(world->platform.platform);

    for (unsigned i = 0; world->authorities_changed && i < world->kiosk_count; i++) {
        const struct sim_kiosk *kiosk = &world->kiosks[i];
        if (!credentials_share(kiosk->trusted, authorities_issuer(now)->pem))
            break_invariant(world, "authority-is-current", "%s does not trust the authority that issues", kiosk->id);
        if (!credentials_issued_by(kiosk->certificate_pem, authorities_issuer(now)->pem))
            break_invariant(world, "authority-is-current", "%s has a certificate of an authority that does not issue any more", kiosk->id);
        for (guint gone = 0; gone < now->retired->len; gone++)
            if (credentials_share(kiosk->trusted, now->retired->pdata[gone]))
                break_invariant(world, "authority-is-current", "%s trusts an authority that is gone", kiosk->id);
    }
    authorities_unref(now);
    world_become(world, was);
}
