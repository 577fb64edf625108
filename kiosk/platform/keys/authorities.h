/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The certificate authorities of kiosks and server, and how one follows another.
 *
 *   one: it issues, and the server's certificate is of it
 *     │ authorities_rotate()
 *   two: the new one issues to kiosks, whose certificates of both are taken; kiosks are told both, signed, and renew by themselves.
 *     │  The server's certificate stays of the old one
 *     │ authorities_serve(): every kiosk in service has told that it trusts the new one (or it is forced)
 *   two: each node's server has a certificate of the new one
 *     │ authorities_retire(): every kiosk in service uses a certificate of the new one (or it is forced)
 *   one: certificates of the old one are taken no more, its key is gone; kiosks are told the new one alone
 *
 * All of it is one document with a version that only goes up: sealed in the database, and as authorities.json in the data folder of each
 * node. The higher one counts, and is written over the lower one, whichever was put back to an earlier day; ca.key and ca.pem (the
 * issuing one first: what new kiosks are given) are made of it, and the server's certificate when it is of another authority of ours. So
 * nothing is copied between nodes, and a stop at any moment leaves what the next look finishes. Until the first change there is no document: ca.pem
 * and ca.key are version 1.
 *
 * The higher one may be of an earlier day all the same: put back, its version jumps. Kiosks may have gone over to an authority that only
 * the lower one has, and its key is nowhere else. When the lower one knows all that the higher one has in force, it is the later one: it is
 * taken over at the next version. When each has one that the other does not know, the lower one is kept aside in a file of its own, the log
 * and ca-status say so, and people decide.
 */
#ifndef PLATFORM_AUTHORITIES_H
#define PLATFORM_AUTHORITIES_H

#include <glib.h>
#include <jansson.h>
#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct platform;

#define AUTHORITIES_MAX    2
#define AUTHORITIES_JUMP INT64_C(1000000) /* what a version goes up by when the platform was put back */

struct authority {
    int64_t number, since; /* 1, 2, …; the version that brought it */
    int64_t made_ms;
    char *pem;
    X509 *certificate;
    EVP_PKEY *key;
};

/** Does not change once it is made. */
struct authorities {
    int64_t version;
    size_t count, serving; /* serving: whose certificate servers have */
    struct authority list[AUTHORITIES_MAX]; /* oldest first; the last one issues */
    GPtrArray *retired;    /* PEM of those before */
};

/** NULL: it is no such document. */
struct authorities *authorities_parse(const char *text, GError **error);
/** With keys: cleanse it, free(). */
char *authorities_text(const struct authorities *authorities);
/** Of a data folder: its document, or ca.pem and ca.key as version 1. */
struct authorities *authorities_of_files(const char *data_dir, GError **error);
struct authorities *authorities_ref(const struct authorities *authorities);
/** NULL is allowed. */
void authorities_unref(struct authorities *authorities);

const struct authority *authorities_issuer(const struct authorities *authorities);
const struct authority *authorities_server(const struct authorities *authorities);
/** Their certificates, the issuing one first; g_free. */
char *authorities_bundle(const struct authorities *authorities);

/* What comes next; the caller keeps what was. A new one each, NULL with PLATFORM_ERROR_STATE when it is not the time. */
struct authorities *authorities_with_next(const struct authorities *authorities, int64_t now_ms, GError **error);
struct authorities *authorities_with_server(const struct authorities *authorities, GError **error);
struct authorities *authorities_without_old(const struct authorities *authorities, GError **error);
/** The same ones, with a version beyond all that anybody can have been told. */
struct authorities *authorities_jumped(const struct authorities *authorities, GError **error);

/** Does it know all that are in force in the other one, as in force or retired? */
bool authorities_cover(const struct authorities *authorities, const struct authorities *other);
/** What `later` says at a version beyond `before`, which was put back to an earlier day; servers stay with the one they have if they can. */
struct authorities *authorities_taken_over(const struct authorities *before, const struct authorities *later, GError **error);

/** Is this certificate of the server one of an authority of ours, in force or before, that servers have none of now? */
bool authorities_server_outdated(const struct authorities *authorities, const char *server_pem);

/* ---- authorities-keep.c: of a platform ---- */

/** The higher one of database and data folder, or the later one at a version beyond it (above). Nothing is written. In no transaction. */
struct authorities *authorities_newest(struct platform *platform, GError **error);
/**
 * Go over to the newest, and write it wherever it is not: database, files, the server's certificate. Any thread, in no transaction;
 * at every start, and every few seconds while it serves.
 */
bool authorities_follow(struct platform *platform, GError **error);
/** Those that count for this program now; authorities_unref() it. Any thread. */
struct authorities *authorities_now(struct platform *platform);
/**
 * In a transaction that writes: put a document into the database that was made of the one of version `before`. PLATFORM_ERROR_STATE:
 * somebody else changed it since. authorities_follow() does the rest.
 */
bool authorities_put(struct platform *platform, int64_t before, const struct authorities *next, GError **error);
/** Names of the documents that were kept aside in a data folder; g_ptr_array_unref, never NULL. */
GPtrArray *authorities_aside(const char *data_dir);
/** The envelope for kiosks: {kind, version, issued_at, authorities: [PEM, oldest first]}, signed by the key of lists. New reference. */
json_t *authorities_envelope(struct platform *platform, GError **error);

/* ---- authorities-change.c: one step each; `force`: whatever kiosks say. In no transaction ---- */
bool authorities_rotate(struct platform *platform, int64_t now_ms, GError **error);
bool authorities_serve(struct platform *platform, bool force, int64_t now_ms, GError **error);
bool authorities_retire(struct platform *platform, bool force, int64_t now_ms, GError **error);

/** A kiosk in service (enrolled, with a certificate that has not ended) that the next step would leave out. */
struct authorities_left {
    char kiosk[32];
    int64_t seen_ms; /* 0: never */
    bool knows;      /* it told that it trusts the new one; else it does not use a certificate of it */
};
/** g_array_unref. */
GArray *authorities_left_out(struct platform *platform, const struct authorities *authorities, int64_t now_ms, GError **error);

#endif
