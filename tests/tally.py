# SPDX-License-Identifier: Apache-2.0
"""Count the cases of a test run of meson and tell which failed.

usage: tally.py FOLDER/meson-logs LABEL [TIMES]

First line: "PASSED FAILED", one count a test case; a program that died, timed out or stopped early without a failed case is
a failure of its own. Then a line for each failure, LABEL: SUITE / PROGRAM: CASE, and below it, indented, what it said first.
To the file TIMES it adds a line for each program: its seconds, LABEL: SUITE / PROGRAM.
"""
import json
import os
import re
import sys
import xml.etree.ElementTree as tree

LINES_MAX, WIDTH_MAX = 8, 200
TELLING = re.compile(r"ERROR|Error|error:|assert|Sanitizer|Bail out|CRITICAL|WARNING|Traceback|FAIL")
GOOD = ("OK", "SKIP", "EXPECTEDFAIL")


def shorten(lines):
    kept = [line.rstrip()[:WIDTH_MAX] for line in lines if line.strip()]
    return kept[:LINES_MAX]


def said(out, err, number):
    """What a case said: the comments below its line in TAP, else the first telling lines, else the last ones."""
    lines = out.splitlines()
    for at, line in enumerate(lines):
        if number and re.match(rf"not ok {number}\b", line):
            comments = []
            for below in lines[at + 1:]:
                if not below.startswith("#"):
                    break
                comments.append(below[1:])
            if comments:
                return shorten(comments[-LINES_MAX:])
    every = err.splitlines() + lines
    for at, line in enumerate(every):
        if TELLING.search(line) and not re.match(r"(not )?ok ", line):
            return shorten(every[at:at + LINES_MAX])
    return shorten(every[-LINES_MAX:])


def read_cases(path):
    """By program: how many passed, the names of those that failed. JUnit's name of a program is PROJECT.NAME."""
    programs = {}
    for suite in tree.parse(path).getroot().iter("testsuite"):
        for case in suite.iter("testcase"):
            if case.find("skipped") is not None:
                continue
            of = case.get("classname", suite.get("name", ""))
            # A program without TAP is one case of its project's suite.
            name = case.get("name", "?")
            program = programs.setdefault(name if of == suite.get("name") and "." not in of else of.split(".", 1)[1], [0, []])
            if case.find("failure") is not None or case.find("error") is not None:
                program[1].append(name)
            else:
                program[0] += 1
    return programs


def read_programs(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return [json.loads(line) for line in file if line.strip()]


def ending(program):
    """Why a program without a failed case counts as failed."""
    code, result = program.get("returncode", 0), program.get("result", "?")
    if result in ("TIMEOUT", "INTERRUPT"):
        how = f"{result.lower()} after {program.get('duration', 0):.0f} s"
    elif code < 0:
        how = f"ended by signal {-code}"
    else:
        how = f"{result.lower()}, exit code {code}"
    done = re.findall(r"^ok \d+.*$", program.get("stdout", ""), re.M)
    return how + (f", after '{done[-1][:WIDTH_MAX]}'" if done else "")


def tally(folder, label):
    cases = read_cases(os.path.join(folder, "testlog.junit.xml"))
    passed = sum(good for good, _ in cases.values())
    failed, told = 0, []
    for program in read_programs(os.path.join(folder, "testlog.json")):
        name, out, err = program["name"], program.get("stdout", ""), program.get("stderr", "")
        bad = cases.pop(name, (0, []))[1]
        if not bad and program.get("result") not in GOOD:
            bad = [ending(program)]
        for case in bad:
            number = re.match(r"\d+\b", case)
            told.append(f"{label}: {name.split(':')[-1]}: {case}")
            told += ["    " + line for line in said(out, err, number and number.group())]
        failed += len(bad)
    for name, (_, bad) in cases.items():  # known to JUnit only
        failed += len(bad)
        told += [f"{label}: {name}: {case}" for case in bad]
    if passed + failed == 0:
        return 0, 1, [f"{label}: nothing ran: a suite that ran nothing has not passed"]
    return passed, failed, told


def note_times(folder, label, path):
    with open(path, "a", encoding="utf-8") as file:
        for program in read_programs(os.path.join(folder, "testlog.json")):
            print(f"{program.get('duration', 0):8.1f} {label}: {program['name'].split(':')[-1]}", file=file)


if __name__ == "__main__":
    try:
        if len(sys.argv) > 3:
            note_times(*sys.argv[1:4])
        good, bad, lines = tally(sys.argv[1], sys.argv[2])
    except (OSError, ValueError, KeyError, tree.ParseError) as problem:
        good, bad, lines = 0, 1, [f"{sys.argv[2]}: no result: {problem}"]  # no result at all is a failure
    print("\n".join([f"{good} {bad}", *lines]))
