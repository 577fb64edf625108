/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdint.h>

bool example_open(int64_t wall_ms);
extern const struct service service_example;
extern const struct page_class page_example;
