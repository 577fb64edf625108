#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Trying to get out of the kiosk: the real program on a private X server with a window manager that would close, switch and open menus
(openbox), every key and button from the outside by xdotool. Says TAP.

The unit that restarts it in the hall (packaging/systemd) cannot run here without systemd: its own settings are read, and this script does
what they say."""
import configparser
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

PROGRAM, UNIT = sys.argv[1:3]
PATIENCE_S = 60
WIDTH, HEIGHT = 1080, 1920
TAPS, SEED = 2000, 20261123
IDLE = "Place your card"
HOSTILE = {"GTK_DEBUG": "interactive", "GTK_MODULES": "gail", "GTK_INSPECTOR_DISPLAY": ":0", "GTK_THEME": "Adwaita", "GTK_PATH": "/tmp",
           "GTK_IM_MODULE": "xim", "G_RESOURCE_OVERLAYS": "/org/citycard/kiosk=/nonexistent", "GDK_DEBUG": "events", "GSK_DEBUG": "renderer",
           "GIO_EXTRA_MODULES": "/nonexistent", "GSETTINGS_SCHEMA_DIR": "/nonexistent"}
# What a window manager might offer: closing and switching. Keys of its own beyond that are not the kiosk's matter: cage has none.
MANAGER = """<?xml version="1.0"?><openbox_config xmlns="http://openbox.org/3.4/rc"><keyboard>
<keybind key="A-F4"><action name="Close"/></keybind><keybind key="A-Tab"><action name="NextWindow"/></keybind></keyboard></openbox_config>"""
count, failed = 0, 0


def ok(good, what):
    global count, failed
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {what}", flush=True)


def await_true(what, test):
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if test():
            return True
        time.sleep(0.02)
    print(f"# waited in vain: {what}")
    return False


def xdotool(*words):
    return subprocess.run(["xdotool", *map(str, words)], capture_output=True, text=True).stdout.strip()


class Kiosk:
    def __init__(self, home):
        self.home = home
        self.start()

    def start(self):
        self.process = subprocess.Popen([PROGRAM, "--data", f"{self.home}/data", "--lang", "en", "--first-frame"], env=os.environ | HOSTILE,
                                        stdout=subprocess.PIPE, stderr=open(f"{self.home}/kiosk.log", "ab"), text=True)
        if self.process.stdout.readline() != "first-frame\n":
            sys.exit("Bail out! the kiosk does not start: " + open(f"{self.home}/kiosk.log").read())

    def windows(self):
        return xdotool("search", "--onlyvisible", "--pid", self.process.pid, "--name", ".").split()

    def title(self):
        windows = self.windows()
        return xdotool("getwindowname", windows[0]) if len(windows) == 1 else f"{len(windows)} windows"

    def is_whole(self):
        """Alive, alone on the screen, over all of it, in front."""
        windows = self.windows()
        if self.process.poll() is not None or len(windows) != 1 or xdotool("getactivewindow") != windows[0]:
            return False
        place = xdotool("getwindowgeometry", "--shell", windows[0])
        return f"WIDTH={WIDTH}" in place and f"HEIGHT={HEIGHT}" in place

    def is_idle(self):
        return self.is_whole() and self.title().startswith(IDLE)

    def memory_kib(self):
        return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{self.process.pid}/status").read()).group(1))


def try_keys(kiosk):
    keys = ["alt+F4", "ctrl+q", "ctrl+w", "ctrl+shift+i", "ctrl+shift+d", "F10", "shift+F10", "Menu", "Super_L", "super+d", "super+e", "alt+Tab",
            "alt+Escape", "alt+space", "Print", "alt+Print", "ctrl+alt+Delete", "ctrl+alt+BackSpace", "ctrl+alt+F2", "ctrl+alt+t", "ctrl+Escape",
            "F1", "F5", "F11", "F12", "ctrl+c", "ctrl+v", "ctrl+period", "ctrl+shift+u", "ctrl+p", "ctrl+o", "ctrl+n", "ctrl+Tab", "XF86PowerOff",
            "XF86Sleep", "XF86LogOff", "XF86Calculator", "Escape"]
    out = []
    for key in keys:
        xdotool("key", "--clearmodifiers", key)
        if not kiosk.is_idle():
            out.append(f"{key}: {kiosk.title()}")
    print("# " + "; ".join(out) if out else f"# {len(keys)} keys")
    ok(not out, "no key leads out, to a menu, or to another page")


def try_touches(kiosk):
    where = [(540, 300), (5, 5), (1075, 5), (5, 1915), (1075, 1915)]
    for x, y in where:
        xdotool("mousemove", x, y, "mousedown", 1, "sleep", 0.8, "mouseup", 1)                     # a long press
        xdotool("mousemove", x, y, "click", 3, "click", 2, "click", 4, "click", 5, "click", 8, "click", 9)
        xdotool("mousemove", x, y, "mousedown", 1, "mousedown", 3, "mousemove", 540, 900, "mousedown", 2, "mouseup", 3, "mouseup", 1, "mouseup", 2)
    for x, y in where:                                                                             # from each edge into the middle
        xdotool("mousemove", x, y, "mousedown", 1, "mousemove", 540, 960, "mouseup", 1)
    xdotool("mousemove", 540, 300, "click", "--repeat", 3, "--delay", 10, 1)
    ok(kiosk.is_whole(), "long presses, other buttons, several at once and strokes from the edges lead nowhere")


def written(home):
    """The types of all that the journal holds."""
    with sqlite3.connect(f"file:{home}/data/kiosk.db?mode=ro", uri=True) as db:
        return [name for (name,) in db.execute("SELECT type FROM journal")]


def tap_like_a_child(kiosk, home):
    chance = random.Random(SEED)
    await_true("the store", lambda: os.path.exists(f"{home}/data/kiosk.db"))
    spots = [(chance.randrange(WIDTH), chance.randrange(HEIGHT)) for _ in range(TAPS)]
    half, seen = None, set()
    for start in range(0, TAPS, 100):
        words = [word for x, y in spots[start:start + 100] for word in ("mousemove", x, y, "mousedown", 1, "mouseup", 1)]
        xdotool(*words)
        seen.add(kiosk.title())
        if start == TAPS // 2:
            half = kiosk.memory_kib()
    end = kiosk.memory_kib()
    print(f"# resident after {TAPS // 2} taps {half} KiB, after {TAPS} {end} KiB")
    print("# pages: " + ", ".join(sorted(seen)))
    ok(len(seen) > 1, "taps were felt")
    ok(kiosk.is_whole(), f"{TAPS} taps anywhere: alive, whole, in front")
    if "SANITIZED" in os.environ:  # it keeps what was freed, to know it again
        ok(True, "they cost no memory # SKIP a sanitizer keeps it")
    else:
        ok(end < half * 1.15, "they cost no memory")
    rows = written(home)
    print("# written: " + (", ".join(rows) or "nothing"))
    harmless = {"notice.read", "help.called", "help.ended"}  # who touches all the time may call for help: two touches of one button do
    ok(set(rows) <= harmless, "no payment, no order, nothing of a person was written")


def crash(kiosk, home):
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read(UNIT)
    service = unit["Service"]
    pause = re.fullmatch(r"(\d+)(ms|s)?", service["RestartSec"])
    pause_s = int(pause.group(1)) / (1000 if pause.group(2) == "ms" else 1)
    ok(service["Restart"] == "always" and unit["Unit"]["StartLimitIntervalSec"] == "0" and pause_s <= 1,
       "the unit starts it again, whatever it died of and however often, within a second")
    shown = []
    for _ in range(3):
        before = time.monotonic()
        os.kill(kiosk.process.pid, signal.SIGSEGV)
        kiosk.process.wait()
        time.sleep(pause_s)  # what the unit says
        kiosk.start()
        shown.append(time.monotonic() - before)
    print("# SIGSEGV to the first frame, s: " + " ".join(f"{seconds:.2f}" for seconds in shown))
    ok(await_true("idle", kiosk.is_idle), "after a crash it is on its idle page")
    ok(not [name for name in os.listdir(home) + os.listdir(f"{home}/data") if name.startswith("core")], "and leaves no core file")


def main():
    print("TAP version 13")
    with tempfile.TemporaryDirectory(prefix="lockdown-") as home:
        with open(f"{home}/rc.xml", "w", encoding="utf-8") as rc:
            rc.write(MANAGER)
        manager = subprocess.Popen(["openbox", "--config-file", f"{home}/rc.xml"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        await_true("the window manager", lambda: "_NET_SUPPORTING_WM_CHECK" in subprocess.run(["xprop", "-root"], capture_output=True, text=True).stdout)
        kiosk = Kiosk(home)
        try:
            ok(await_true("the idle page", kiosk.is_idle), "an environment that would open an inspector opens nothing")
            try_keys(kiosk)
            try_touches(kiosk)
            tap_like_a_child(kiosk, home)
            crash(kiosk, home)
        finally:
            kiosk.process.kill()
            kiosk.process.wait()
            manager.terminate()
            manager.wait()
        if failed:
            print("# " + open(f"{home}/kiosk.log").read().replace("\n", "\n# "))
    print(f"1..{count}")
    return 1 if failed else 0


sys.exit(main())
