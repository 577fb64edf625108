/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The public door: GeoReport v2 (Open311), https://wiki.open311.org/GeoReport_v2/, below /open311/v2/. No client certificate; an
 * API key to file. Answers and errors are the specification's, in XML or JSON.
 */
#ifndef PLATFORM_GEOREPORT_H
#define PLATFORM_GEOREPORT_H

#include "platform/calls/handlers.h"

#define GEOREPORT_HOUSE "/open311/"
#define GEOREPORT_ROOT  GEOREPORT_HOUSE "v2/"
#define GEOREPORT_CALLS 7 /* operations, as handlers_count() counts them */

bool georeport_path(const char *path);
/** Which of the GEOREPORT_CALLS it is, −1 none; and its name, a literal: "GET /open311/v2/services" … */
int georeport_call(const struct request *request);
const char *georeport_call_name(int call);
/** As handlers_precheck(). */
unsigned georeport_precheck(const struct request *request, const char **allow);
void georeport_run(struct platform *platform, const struct request *request, struct reply *out);
/** An error of the specification in the format that was asked for. */
void georeport_error(struct reply *out, const struct request *request, unsigned status, const char *description);

/* ---- georeport-write.c ---- */
enum georeport_format { GEOREPORT_XML, GEOREPORT_JSON };
/** Steals `value`. `root` and `item`: the elements of XML; `item` NULL when it is one object. */
void georeport_reply(struct reply *out, enum georeport_format format, unsigned status, const char *root, const char *item, json_t *value);
/** "2026-11-22T18:15:30+08:00" as a JSON text. */
json_t *georeport_time(int64_t ms);

/* ---- georeport-file.c ---- */
struct georeport {
    struct platform *platform;
    const struct request *request;
    enum georeport_format format;
    struct reply *out;
    int64_t now_ms;
};
/** Each answers; false never. */
void georeport_refuse(struct georeport *door, unsigned status, const char *description);
void georeport_trouble(struct georeport *door, GError *error);
struct form;
/** Is `jurisdiction_id` ours, where it is given? Else it is refused. */
bool georeport_jurisdiction(struct georeport *door, const struct form *form);
void georeport_file(struct georeport *door);

/* ---- georeport-discovery.c ---- */
/** Where this door is and what it speaks: https://wiki.open311.org/Service_Discovery. */
void georeport_discovery(struct georeport *door);

#endif
