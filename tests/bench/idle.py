# SPDX-License-Identifier: Apache-2.0
"""The kiosk with its information screen still, nobody there: processor time and wake-ups of a while, and of which threads.

ratio = the worse of processor time / 0.3 % of one core and wake-ups / 5 a second; the clock on the screen is drawn once a minute, and
nothing else may be; the readers, the platform's news and the journal are looked after every ten seconds or more."""
import json
import os
import subprocess
import sys
import tempfile
import time

SETTLE_S, LOOK_S, PATIENCE_S = 4, 30, 120
CPU_MAX, WAKES_MAX = 0.003, 5


def threads(pid):
    """Processor ticks, and how often it went to sleep and came back, by (number, name)."""
    found = {}
    for tid in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{tid}/stat", encoding="utf-8") as stat:
            text = stat.read()
        name, fields = text[text.index("(") + 1:text.rindex(")")], text[text.rindex(")") + 2:].split()
        with open(f"/proc/{pid}/task/{tid}/status", encoding="utf-8") as status:
            wakes = next(int(line.split()[1]) for line in status if line.startswith("voluntary_ctxt"))
        found[int(tid), name] = int(fields[11]) + int(fields[12]), wakes
    return found


def spent(pid, seconds):
    before = threads(pid)
    time.sleep(seconds)
    after = threads(pid)
    return {key: tuple(now - then for now, then in zip(after[key], before.get(key, (0, 0)))) for key in after}


def main():
    kiosk, data = sys.argv[1], sys.argv[2]
    child = subprocess.Popen([kiosk, "--data", data, "--lang", "zh_CN", "--first-frame"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    child.stdout.readline()
    for _ in range(PATIENCE_S // SETTLE_S):  # what a start has to do, it has done
        if sum(ticks for ticks, _ in spent(child.pid, SETTLE_S).values()) == 0:
            break
    found = spent(child.pid, LOOK_S)
    child.terminate()
    child.wait(20)
    ticks = sum(ticks for ticks, _ in found.values())
    wakes = {}
    for (_, name), (_, count) in found.items():
        wakes[name] = wakes.get(name, 0) + count
    print(json.dumps({"bench": "idle", "seconds": LOOK_S, "cpu_ms": round(ticks * 1000 / os.sysconf("SC_CLK_TCK")),
                      "wakeups": {name: count for name, count in sorted(wakes.items()) if count > 0},
                      "ratio": round(max(ticks / os.sysconf("SC_CLK_TCK") / LOOK_S / CPU_MAX,
                                         sum(wakes.values()) / LOOK_S / WAKES_MAX), 3), "bar": 1.0}))


os.environ["GTK_A11Y"] = "none"
main()
