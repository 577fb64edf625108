/* SPDX-License-Identifier: Apache-2.0 */
/** The control socket: one line in, one line out, "ok …" or "error …". README.md lists the lines. */
#ifndef VCARD_CONTROL_H
#define VCARD_CONTROL_H

#include "bench.h"

#define VC_CLIENTS_MAX 8
#define VC_LINE_MAX    1024

struct vc_client {
    int fd; /* -1: free */
    char line[VC_LINE_MAX];
    size_t len;
};

struct vc_control {
    int listener;
    char path[108];
    struct vc_client clients[VC_CLIENTS_MAX];
    bool quit;
};

/** Listen at `path`; a socket left by a process that is gone is replaced. */
bool vc_control_open(struct vc_control *control, const char *path, char *error, size_t error_size);
void vc_control_close(struct vc_control *control);
void vc_control_prepare(const struct vc_control *control, struct pollfd pollfds[1 + VC_CLIENTS_MAX]);
void vc_control_step(struct vc_control *control, const struct pollfd pollfds[1 + VC_CLIENTS_MAX],
                     struct vc_bench *bench);

/** Answer one line: malloc'ed, without a newline. *quit is set by "quit". */
char *vc_control_answer(struct vc_bench *bench, const char *line, bool *quit);

/** The other end: send one line, print the answer. Exit code. */
int vc_control_ask(const char *path, char *const words[], size_t count);

#endif
