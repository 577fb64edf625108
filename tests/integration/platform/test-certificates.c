/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Client certificates that are none: a kiosk's own, with each of its bytes changed, cut short, made longer, wrapped in a chain that does
 * not end, and plain noise, sent in the handshake by somebody who has the right key. Nobody gets in, nothing is stored, the kiosk beside
 * them is answered. The seed is printed, and CITYCARD_TEST_SEED sets it.
 *
 * libssl asks libcrypto for the bytes of a certificate by i2d_X509(); this program's own one gives it others.
 */
#include "rig.h"
#include <openssl/ssl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <netinet/in.h>
#include <unistd.h>

#define NOISE_MAX   60000
#define CHAIN_MAX   40
#define BESIDE_EACH 64

struct fixture {
    char *data;
    struct server_process server;
    struct kiosk_rig kiosk;
    X509 *certificate;
    EVP_PKEY *key;
    uint8_t *der;
    size_t der_len;
    GRand *rand;
    int64_t rows;
};

/* What is sent instead of the certificate; NULL: itself. */
static const uint8_t *sent;
static size_t sent_len;

int i2d_X509(const X509 *certificate, unsigned char **out)
{
    uint8_t *bytes = NULL;
    int len = 0;

    if (sent == NULL)
        return ASN1_item_i2d((const ASN1_VALUE *)certificate, out, ASN1_ITEM_rptr(X509));
    len = (int)sent_len;
    if (out == NULL)
        return len;
    bytes = *out != NULL ? *out : OPENSSL_malloc(sent_len + 1);
    memcpy(bytes, sent, sent_len);
    *out = *out != NULL ? *out + len : bytes;
    return len;
}

/* ---- One connection ---- */

/* From one address after the other: of each only so many are answered. */
static int connected(unsigned port)
{
    static uint8_t turn;
    const struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + turn++ % 16)};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct timeval wait = {.tv_sec = 20};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait), ==, 0);
    g_assert_cmpint(bind(fd, (const struct sockaddr *)&from, sizeof from), ==, 0);
    g_assert_cmpint(connect(fd, (const struct sockaddr *)&address, sizeof address), ==, 0);
    return fd;
}

static SSL_CTX *context_of(struct fixture *f, unsigned chain)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

    g_assert_nonnull(ctx);
    SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION);
    g_assert_cmpint(SSL_CTX_use_certificate(ctx, f->certificate), ==, 1);
    g_assert_cmpint(SSL_CTX_use_PrivateKey(ctx, f->key), ==, 1);
    for (unsigned i = 0; i < chain; i++)
        g_assert_cmpint(SSL_CTX_add1_chain_cert(ctx, f->certificate), ==, 1);
    return ctx;
}

/* The status of a push that only a kiosk may make; 0: the door was shut. */
static int status_of(struct fixture *f, unsigned chain)
{
    static const char request[] = "POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 23\r\n"
                                  "Connection: close\r\n\r\n{\"epoch\":1,\"events\":[]}";
    SSL_CTX *ctx = context_of(f, chain);
    SSL *ssl = SSL_new(ctx);
    int fd = connected(f->server.port), status = 0;
    char answer[16] = "";

    g_assert_cmpint(SSL_set_fd(ssl, fd), ==, 1);
    if (SSL_connect(ssl) == 1 && SSL_write(ssl, request, sizeof request - 1) > 0 && SSL_read(ssl, answer, sizeof answer - 1) > 12)
        status = (int)g_ascii_strtoll(answer + strlen("HTTP/1.1 "), NULL, 10);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
    close(fd);
    return status;
}

static void beside(struct fixture *f)
{
    sent = NULL;
    g_assert_cmpint(status_of(f, 0), ==, 200);
}

/* False: the door was shut at once. */
static bool refused(struct fixture *f, const uint8_t *bytes, size_t len, unsigned chain)
{
    int status;

    for (int tries = 0; tries < 200; tries++) { /* so many of one address are too many for a while */
        sent = bytes;
        sent_len = len;
        status = status_of(f, chain);
        sent = NULL;
        if (status != 429)
            break;
        g_usleep(50000);
    }
    if (status != 0)
        g_assert_cmpint(status, ==, 403);
    return status != 0;
}

/* ---- The tests ---- */

static int64_t rows(struct fixture *f)
{
    return platform_sql_int(f->data, "SELECT (SELECT count(*) FROM event)+(SELECT count(*) FROM refusal)+(SELECT count(*) FROM certificate)+"
                                     "(SELECT count(*) FROM deadletter)");
}

static X509 *certificate_of(const char *dir)
{
    g_autofree char *path = g_build_filename(dir, "client.pem", NULL), *pem = NULL;
    gsize len = 0;

    g_assert_true(g_file_get_contents(path, &pem, &len, NULL));
    BIO *bio = BIO_new_mem_buf(pem, (int)len);
    X509 *out = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    BIO_free(bio);
    g_assert_nonnull(out);
    return out;
}

static void up(struct fixture *f, const void *data)
{
    const char *set = g_getenv("CITYCARD_TEST_SEED");
    guint32 seed = set != NULL ? (guint32)g_ascii_strtoull(set, NULL, 10) : g_random_int();

    g_test_message("seed %u", seed);
    f->rand = g_rand_new_with_seed(seed);
    f->data = kit_dir();
    kit_init(f->data, 60);
    server_up(&f->server, f->data, 0);
    kiosk_enrol(&f->kiosk, f->data, f->server.port, "K0001");
    g_autofree char *key = kiosk_client_key(f->kiosk.dir);
    BIO *bio = BIO_new_mem_buf(key, -1);
    f->key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    BIO_free(bio);
    f->certificate = certificate_of(f->kiosk.dir);
    f->der_len = (size_t)i2d_X509(f->certificate, &f->der);
    f->rows = rows(f);
    beside(f);
}

static void down(struct fixture *f, const void *data)
{
    beside(f);
    g_assert_cmpint(rows(f), ==, f->rows);
    server_down(&f->server);
    kiosk_done(&f->kiosk);
    X509_free(f->certificate);
    EVP_PKEY_free(f->key);
    OPENSSL_free(f->der);
    g_rand_free(f->rand);
    kit_dir_done(f->data);
}

/* Each byte, by another one; those that are understood and those that are not are both seen. */
static void test_bytes(struct fixture *f, const void *data)
{
    g_autofree uint8_t *bytes = g_memdup2(f->der, f->der_len);
    unsigned shut = 0, answered = 0;

    for (size_t i = 0; i < f->der_len; i++) {
        bytes[i] ^= (uint8_t)g_rand_int_range(f->rand, 1, 256);
        if (refused(f, bytes, f->der_len, 0))
            answered++;
        else
            shut++;
        bytes[i] = f->der[i];
        if (i % BESIDE_EACH == 0)
            beside(f);
    }
    g_test_message("%u answered 403, %u shut out", answered, shut);
    g_assert_cmpuint(answered, >, 0);
    g_assert_cmpuint(shut, >, 0);
}

static void test_lengths(struct fixture *f, const void *data)
{
    g_autofree uint8_t *longer = g_malloc0(f->der_len + 64);

    memcpy(longer, f->der, f->der_len);
    for (size_t len = 1; len < f->der_len; len += (size_t)g_rand_int_range(f->rand, 1, 12))
        (void)refused(f, f->der, len, 0);
    for (size_t more = 1; more <= 64; more *= 2)
        (void)refused(f, longer, f->der_len + more, 0);
}

static void test_noise(struct fixture *f, const void *data)
{
    g_autofree uint8_t *bytes = g_malloc(NOISE_MAX);

    for (unsigned turn = 0; turn < 40; turn++) {
        size_t len = (size_t)g_rand_int_range(f->rand, 1, turn % 4 == 0 ? NOISE_MAX : 600);
        for (size_t i = 0; i < len; i++)
            bytes[i] = (uint8_t)g_rand_int(f->rand);
        if (turn % 2 == 0 && len > 4)
            memcpy(bytes, f->der, MIN(len, 4)); /* it begins as one does */
        (void)refused(f, bytes, len, 0);
    }
}

/* Behind the right one, forty more of it: what is too long is shut out, what is not is no better than the first. */
static void test_chain(struct fixture *f, const void *data)
{
    g_autofree uint8_t *big = g_malloc0(NOISE_MAX);

    memcpy(big, f->der, f->der_len);
    for (unsigned chain = 1; chain <= CHAIN_MAX; chain *= 2) {
        int status = status_of(f, chain);
        if (status != 0 && status != 403)
            g_assert_cmpint(status, ==, 200);
        (void)refused(f, big, NOISE_MAX, chain);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    signal(SIGPIPE, SIG_IGN); /* doors are shut while something is still said */
    g_test_add("/certificates/bytes", struct fixture, NULL, up, test_bytes, down);
    g_test_add("/certificates/lengths", struct fixture, NULL, up, test_lengths, down);
    g_test_add("/certificates/noise", struct fixture, NULL, up, test_noise, down);
    g_test_add("/certificates/chain", struct fixture, NULL, up, test_chain, down);
    return g_test_run();
}
