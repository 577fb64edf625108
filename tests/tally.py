# SPDX-License-Identifier: Apache-2.0
"""Print "PASSED FAILED" of a JUnit file of meson: one count a test case; a program that died counts as a failure."""
import sys
import xml.etree.ElementTree as tree

passed = failed = 0
try:
    suites = tree.parse(sys.argv[1]).getroot()
except (OSError, tree.ParseError):
    print("0 1")  # no result at all is a failure
    sys.exit()
for suite in suites.iter("testsuite"):
    for case in suite.iter("testcase"):
        if case.find("skipped") is not None:
            continue
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        else:
            passed += 1
if passed + failed == 0:
    failed = 1  # all skipped, or none there: a suite that ran nothing has not passed
print(passed, failed)
