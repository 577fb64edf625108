/* SPDX-License-Identifier: Apache-2.0 */
/** Figures of a kiosk's health, as JSON and as OpenMetrics text. Nothing personal is among them. */
#ifndef SERVICE_METRICS_H
#define SERVICE_METRICS_H

#include <jansson.h>
#include "store/store.h"

/** {name: number or text}, new reference. */
json_t *metrics_collect(struct store *store, const char *data_dir);
/** The same as OpenMetrics (one gauge a line, texts as labels), ended by # EOF. g_free. */
char *metrics_text(json_t *figures);

#endif
