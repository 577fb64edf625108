/* SPDX-License-Identifier: Apache-2.0 */
/* What bounds a kiosk that lies, and people who mean well: hours on paper, quotas of before, holds, what a gift lives. */
#include "credit-kit.h"
#include "model/clock.h"
#include "model/model.h"
#include <string.h>

static void test_empty(struct credit_kit *f, const void *data)
{
    g_assert_cmpint(credit_kit_person(f, f->adult, BOOK_POINTS), ==, 30);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    CREDIT_KIT_ADD("/limits/empty", test_empty);
    return g_test_run();
}
