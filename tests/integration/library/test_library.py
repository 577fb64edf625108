#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""libcitycard as others get it. Usage: with-readers test_library.py CITYCARD CITYCARD-VCARD [TEST…]

In the environment: SOURCE and BUILD folders, SHARED library, FLAGS of the build's sanitizers.
"""
import json
import os
import re
import shlex
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "readers"))
from harness import (READER_0, READER_1, Citycard, Pcsc, VirtualCards, await_slot, expect, expect_equal,  # noqa: E402
                     run_tests, work_folder)

SOURCE, BUILD, SHARED = os.environ["SOURCE"], os.environ["BUILD"], os.environ["SHARED"]
FLAGS = os.environ["FLAGS"].split()
CARDLIB = os.path.join(SOURCE, "cardlib")
HEADER = os.path.join(CARDLIB, "citycard.h")
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", HEADER]

PROGRAM = os.path.abspath(sys.argv[1])
folder = work_folder()
citycard = Citycard(PROGRAM, os.path.join(folder.name, "state"))
cards = VirtualCards(sys.argv[2], folder.name)


def run(*words, **more):
    """What it printed on stdout; it must end well."""
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False, **more)
    expect(done.returncode == 0, " ".join(words), "->", done.returncode, done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


def declared():
    """Every function and variable of the header, as the compiler sees it."""
    listing = os.path.join(folder.name, "declared")
    run("gcc", "-std=gnu17", "-x", "c", "-c", "-o", "/dev/null", "-aux-info", listing, HEADER)
    functions = {match.group(1) for match in re.finditer(r"citycard\.h:\d+:\w+ \*/ extern .*?\b(cc_\w+) \(", read(listing))}
    variables = set()
    for line in re.findall(r"^extern const (?:struct|char) [^;(]*;", read(HEADER), flags=re.MULTILINE):
        variables |= set(re.findall(r"\b(cc_\w+)\s*[,;\[]", line))
    return functions, variables


# ---- Names and header ------------------------------------------------------------------------------------------------


def test_exported_names():
    """What the header declares, the version script names and the library exports: the same, and nothing else."""
    functions, variables = declared()
    expect(len(functions) > 60 and "cc_card_read" in functions, "functions found:", len(functions))
    expect_equal(variables, {"cc_suite_3des", "cc_suite_sm4", "cc_pin_on_pad"})
    named = set(re.findall(r"^    (\w+);$", read(CARDLIB, "citycard.map"), flags=re.MULTILINE))
    exported = {line.split()[-1] for line in run("nm", "-D", "--defined-only", SHARED).splitlines()}
    expect("CITYCARD_0" in exported, "no version")
    wanted = functions | variables
    expect_equal(sorted(wanted - named), [], "missing from citycard.map:")
    expect_equal(sorted(named - wanted), [], "in citycard.map and not in the header:")
    expect_equal(exported, {f"{name}@@CITYCARD_0" for name in wanted} | {"CITYCARD_0"})
    soname = re.search(r"SONAME.*\[(.*)\]", run("readelf", "-d", SHARED)).group(1)
    expect_equal(soname, "libcitycard.so.0")
    return f"{len(functions)} functions, {len(variables)} variables"


def test_header_stands_alone():
    for words in (["gcc", "-std=c99", "-x", "c"], ["gcc", "-std=c17", "-x", "c"], ["clang", "-std=c17", "-x", "c"],
                  ["g++", "-std=c++11", "-x", "c++"], ["g++", "-std=c++20", "-x", "c++"]):
        run(*words, *STRICT)


# ---- Installed ---------------------------------------------------------------------------------------------------------


def install():
    """The installed tree: made once."""
    place = os.path.join(folder.name, "installed")
    if not os.path.isdir(place):
        run("meson", "install", "-C", BUILD, "--no-rebuild", "--tags", "runtime,devel,man,doc", "--destdir", place)
    prefix = next(os.path.join(path, "..") for path, _, files in os.walk(place)
                  if "citycard.h" in files)
    return os.path.realpath(prefix)


def find(prefix, name):
    for path, _, files in os.walk(prefix):
        if name in files:
            return os.path.join(path, name)
    raise FileNotFoundError(name)


def test_installed_tree():
    prefix = install()
    for name in ("bin/citycard", "include/citycard.h", "share/man/man1/citycard.1", "share/man/man3/citycard.3",
                 "share/bash-completion/completions/citycard", "share/doc/citycard/examples/read-card.c"):
        expect(os.path.isfile(os.path.join(prefix, name)), name, "is not installed")
    for name in ("libcitycard.so", "libcitycard.so.0", "libcitycard.a", "citycard.pc"):
        find(prefix, name)
    # What the header needs is itself.
    expect_equal(set(re.findall(r"#include <(\w+)\.h>", read(prefix, "include", "citycard.h"))),
                 {"stdbool", "stddef", "stdint", "stdio"})


def pkg_config(prefix, *words):
    found = find(prefix, "citycard.pc")
    environment = dict(os.environ, PKG_CONFIG_PATH=os.path.dirname(found))
    return run("pkg-config", f"--define-variable=prefix={prefix}", *words, "citycard", env=environment).split()


def test_example_against_installed():
    """Compiled with pkg-config alone, shared and static; both read a card through pcscd."""
    prefix = install()
    version = pkg_config(prefix, "--modversion")
    example = os.path.join(prefix, "share/doc/citycard/examples/read-card.c")
    libraries = os.path.dirname(find(prefix, "libcitycard.so"))
    cards.ask("insert adult")
    await_slot(READER_0, Pcsc.PRESENT)
    card = cards.card("adult")
    wanted = f"t-union {card['card_number']} 李** {card['balance_fen']} fen\n"
    warnings = ["-std=c17", "-Wall", "-Wextra", "-Werror"]
    shared = os.path.join(folder.name, "read-card-shared")
    run("gcc", *warnings, *FLAGS, example, *pkg_config(prefix, "--cflags", "--libs"), "-o", shared)
    expect("libcitycard.so.0" in run("readelf", "-d", shared), "not linked to the shared library")
    expect_equal(run(shared, env=dict(os.environ, LD_LIBRARY_PATH=libraries)), wanted)
    # Static: of libcitycard only, as Requires.private brings the rest.
    static = os.path.join(folder.name, "read-card-static")
    flags = [find(prefix, "libcitycard.a") if flag == "-lcitycard" else flag
             for flag in pkg_config(prefix, "--static", "--cflags", "--libs")]
    run("gcc", *warnings, *FLAGS, example, *flags, "-o", static)
    expect("libcitycard" not in run("readelf", "-d", static), "linked to the shared library")
    expect_equal(run(static), wanted)
    return "version " + version[0]


# ---- Manual, completion, reference ---------------------------------------------------------------------------------------


def test_manual_is_clean():
    for page in ("citycard.1", "citycard.3"):
        path = os.path.join(CARDLIB, "man", page)
        expect_equal(run("mandoc", "-Tlint", "-Wwarning", path), "", page)
        expect(len(run("mandoc", "-Tutf8", path).splitlines()) > 60, page, "is empty")


def option_names(text):
    return set(re.findall(r"--([a-z][a-z-]+)", text))


def test_manual_is_complete():
    """Commands and options: the same in the help, in the manual and in the completion."""
    told = citycard("--help", code=0).out
    manual = read(CARDLIB, "man", "citycard.1")
    completion = read(CARDLIB, "completion", "citycard")
    commands = set(re.findall(r"^  ([a-z]+)(?= )", told.split("Options:")[0], flags=re.MULTILINE))
    expect(len(commands) == 13, commands)
    expect_equal(set(re.search(r"commands='([^']*)'", completion).group(1).split()), commands, "completion")
    expect(commands <= set(re.findall(r"^\.(?:It|Nm)? ?Cm ([a-z]+)", manual, flags=re.MULTILINE)), "manual", commands)
    options = option_names(told)
    expect_equal(option_names(manual.replace("Fl -", "--").replace(", -version", " --version")) - {"cflags", "libs"},
                 options, "manual")
    expect_equal(option_names(completion) & options, options, "completion")
    for result in re.findall(r"^  ([0-5])  ", told, flags=re.MULTILINE):
        expect(f".It {result}\n" in manual, "exit code", result)


def test_manual_examples_run():
    """Every line of the EXAMPLES, in order, with a card and a PSAM."""
    cards.ask("remove")
    await_slot(READER_0, Pcsc.EMPTY)
    cards.ask("insert student")
    await_slot(READER_0, Pcsc.PRESENT)
    section = read(CARDLIB, "man", "citycard.1").split(".Sh EXAMPLES")[1].split(".Sh ")[0]
    lines = re.findall(r"^\.Dl (citycard .*)$", section, flags=re.MULTILINE)
    expect(len(lines) >= 11, lines)
    place = os.path.join(folder.name, "examples")
    os.mkdir(place)
    for line in lines:
        done = citycard(*shlex.split(line)[1:], cwd=place)
        expect_equal(done.code, 0, line + done.out + done.err)
        expect(done.out.strip() != "", line, "prints nothing")
    return f"{len(lines)} examples"


def complete(*words):
    """What bash would offer for the last word."""
    script = ("source " + shlex.quote(os.path.join(CARDLIB, "completion", "citycard")) +
              '; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _citycard; printf "%s\\n" "${COMPREPLY[@]}"')
    environment = dict(os.environ, PATH=os.path.dirname(PROGRAM) + ":" + os.environ["PATH"])
    return run("bash", "--norc", "-uc", script, "bash", "citycard", *words, env=environment).split("\n")[:-1]


def test_completion():
    expect_equal(complete("re"), ["readers", "resume", "record", "replay"])
    expect_equal(complete("pin", ""), ["verify", "change", "unblock"])
    expect_equal(complete("pin", "verify", "--p"), ["--pin-fd", "--pad"])
    expect_equal(complete("prove", "c"), ["compound"])
    expect_equal(complete("load", "--te"), ["--terminal"])
    expect_equal(complete("watch", "--co"), ["--count"])
    expect_equal(complete("readers", "--st"), [""])
    expect_equal(complete("replay", os.path.join(CARDLIB, "citycard.m")), [os.path.join(CARDLIB, "citycard.map")])
    expect_equal(complete("pay", "--state", os.path.join(SOURCE, "cardl")), [CARDLIB])
    expect_equal(complete("info", "--reader", ""), [name.replace(" ", "\\ ") for name in (READER_0, READER_1)])
    expect_equal(complete("info", "--reader", "Virtual\\ PCD\\ 00\\ 01"), [READER_1.replace(" ", "\\ ")])


def test_reference():
    """Doxygen finds every public function and structure documented."""
    place = os.path.join(folder.name, "api")
    build = os.path.join(CARDLIB, "doc", "build-api")
    run("/usr/bin/python3", build, SOURCE, "0", place)
    functions, _ = declared()
    pages = "".join(read(place, "html", name) for name in sorted(os.listdir(os.path.join(place, "html")))
                    if name.startswith("group__"))
    expect_equal([name for name in sorted(functions) if name not in pages], [], "not in the reference")


def test_alone():
    """Without the kiosk the build asks for nothing but pcsc-lite, libcrypto and jansson."""
    packages = os.path.join(folder.name, "packages")
    os.mkdir(packages)
    for name in ("libpcsclite", "libcrypto", "jansson"):
        where = run("pkg-config", "--variable=pcfiledir", name).strip()
        os.symlink(os.path.join(where, name + ".pc"), os.path.join(packages, name + ".pc"))
    place = os.path.join(folder.name, "alone")
    run("meson", "setup", place, SOURCE, "-Dkiosk=false",
        env=dict(os.environ, PKG_CONFIG_PATH="", PKG_CONFIG_LIBDIR=packages))
    targets = {target["name"] for target in json.loads(run("meson", "introspect", "--targets", place))}
    expect({"citycard"} <= targets <= {"citycard", "api", "api-reference"}, targets)


TESTS = [test_exported_names, test_header_stands_alone, test_installed_tree,
         test_example_against_installed, test_manual_is_clean, test_manual_is_complete, test_manual_examples_run,
         test_completion, test_reference, test_alone]

try:
    await_slot(READER_1, Pcsc.PRESENT)
    failures = run_tests(TESTS, tuple)
finally:
    cards.end()
    folder.cleanup()
sys.exit(1 if failures else 0)
