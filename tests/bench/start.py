# SPDX-License-Identifier: Apache-2.0
"""Kiosk start beside the bare GTK window: time from exec to the first frame and resident memory then, in turns."""
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = 31


def start(command):
    """Seconds to the line "first-frame" and the peak resident kB of that process."""
    began = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    for line in child.stdout:
        if line.startswith("first-frame"):
            break
    else:
        raise SystemExit(f"{command[0]} ended without a frame")
    seconds = time.monotonic() - began
    with open(f"/proc/{child.pid}/status", encoding="ascii") as status:
        found = re.search(r"VmHWM:\s+(\d+)", status.read())
    child.stdout.close()
    child.wait(20)
    return seconds, int(found.group(1)) if found else 0


def main():
    build, data = sys.argv[1], tempfile.mkdtemp(prefix="citycard-bench-")
    commands = {
        "kiosk": [f"{build}/ui/citycard-kiosk", "--data", data, "--first-frame", "--quit-after-first-frame"],
        "bare": [f"{build}/tests/bench/bench-window"],
    }
    times = {name: [] for name in commands}
    memory = {name: [] for name in commands}
    for name, command in commands.items():
        start(command)  # warm the caches of both
    for turn in range(ROUNDS):
        for name in sorted(commands, reverse=turn % 2 == 1):
            seconds, kilobytes = start(commands[name])
            times[name].append(seconds)
            memory[name].append(kilobytes)
    mid = {name: statistics.median(times[name]) for name in commands}
    rss = {name: statistics.median(memory[name]) for name in commands}
    print(json.dumps({
        "bench": "start", "rounds": ROUNDS, "kiosk_ms": round(mid["kiosk"] * 1000), "bare_ms": round(mid["bare"] * 1000),
        "ratio": round(statistics.median(k / b for k, b in zip(times["kiosk"], times["bare"])), 3), "bar": 1.4}))
    print(json.dumps({
        "bench": "start-memory", "kiosk_rss_kb": rss["kiosk"], "bare_rss_kb": rss["bare"],
        "ratio": round(rss["kiosk"] / rss["bare"], 3), "bar": 1.6}))


os.environ["GTK_A11Y"] = "none"
main()
