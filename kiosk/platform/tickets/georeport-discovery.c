/* SPDX-License-Identifier: Apache-2.0 */
/* What a client asks before anything else, as the page of the specification has it: no key, no database. */
#include "platform/tickets/georeport.h"
#include <string.h>

#define SPECIFICATION "http://wiki.open311.org/GeoReport_v2"
#define CHANGED       "2026-11-22 00:00" /* of this file and the door's calls: clients read again what they kept */
#define HOST_MAX      255

/* The name by which we were asked for: it comes from a stranger and goes back to the same one, so only what a name may have. */
static bool host_fits(const char *host)
{
    return host != NULL && *host != '\0' && strlen(host) <= HOST_MAX &&
           strspn(host, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-:[]") == strlen(host);
}

void georeport_discovery(struct georeport *door)
{
    const char *host = door->request->host;
    g_autofree char *url = host_fits(host) ? g_strconcat("https://", host, GEOREPORT_HOUSE "v2", NULL) : NULL;

    if (url == NULL) {
        georeport_refuse(door, 400, "Host is needed: the address of this service is told by it");
        return;
    }
    georeport_reply(door->out, door->format, 200, "discovery", NULL,
                    json_pack("{s:s, s:s, s:s, s:[{s:s, s:s, s:s, s:s, s:[s,s]}]}", "changeset", CHANGED, "contact",
                              "Ask at the desk of the community service centre", "key_service",
                              "The community service centre gives keys to those who offer an app to residents", "endpoints",
                              "specification", SPECIFICATION, "url", url, "changeset", CHANGED, "type", "production", "formats",
                              "text/xml", "application/json"));
}
