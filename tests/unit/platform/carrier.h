/* SPDX-License-Identifier: Apache-2.0 */
/** What a kiosk's wire does, without one: its requests are brought to the handlers of a platform in this process. */
#ifndef TEST_CARRIER_H
#define TEST_CARRIER_H

struct platform;
struct reply;

struct carried {
    const char *method;                       /* NULL: POST with a body, GET without */
    const char *path;                         /* with its query, whose values need no unescaping */
    const char *key, *range, *if_range, *body; /* NULL: none */
    const char *session;                      /* secret of a tap, for Authorization; NULL: none */
    const char *kiosk, *certificate;          /* its id and number; the number NULL or "": shows none */
};

/** reply_clear() it; a file is read into its body, or the answer is the 503 of one that cannot be read. */
void carrier_run(struct platform *platform, const struct carried *carried, struct reply *out);
/** The number of the certificate that this platform's table has of a kiosk. */
void carrier_certificate(struct platform *platform, const char *kiosk, char serial[64]);

#endif
