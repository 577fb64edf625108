#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""load.py BUILD, behind tests/with-postgres: a sample community with its year into a server and into a file, in turns.

Processor time of the program, and of the server with all that it started; not the clock, since others work here too.
"""
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

RESIDENTS = "1000"
ROUNDS = 3
BAR = 3
SERVER = os.environ["CITYCARD_TEST_PG"]
TICKS = os.sysconf("SC_CLK_TCK")


def children(of):
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as stat:
                fields = stat.read().rsplit(")", 1)[1].split()
            with open(f"/proc/{name}/cmdline", encoding="utf-8", errors="replace") as line:
                title = line.read()
        except OSError:
            continue
        if fields[1] == str(of):
            yield title, sum(map(int, fields[11:13]))


def server_s():
    """Once nobody is connected any more: the time of who has left is its parent's then."""
    with open(re.search(r"host=(\S+)", SERVER).group(1) + "/data/postmaster.pid", encoding="ascii") as file:
        postmaster = int(file.readline())
    while any("citycard" in title or title == "" for title, _ in children(postmaster)):
        time.sleep(0.05)
    with open(f"/proc/{postmaster}/stat", encoding="utf-8") as stat:
        own = sum(map(int, stat.read().rsplit(")", 1)[1].split()[11:15]))
    return (own + sum(ticks for _, ticks in children(postmaster))) / TICKS


def program_s():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def init(build, more):
    top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    data = tempfile.mkdtemp(prefix="citycard-bench-")
    began = program_s()
    subprocess.run([f"{build}/kiosk/platform/citycard-platform", "init", "--data", f"{data}/p", "--residents", RESIDENTS, "--year", "--today", "20260601",
                    "--personas", f"{top}/assets/community/personas.json", "--keys", f"{top}/assets/community/demo-keys.json", *more],
                   check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(data)
    return program_s() - began


def into_server(build, name):
    subprocess.run(["psql", "-qX", "-d", SERVER, "-c", f"CREATE DATABASE {name}"], check=True)
    began = server_s()
    client = init(build, ["--database", f"{SERVER} dbname={name}"])
    return client, server_s() - began


def main():
    build, ratios, files, clients, servers = sys.argv[1], [], [], [], []
    for turn in range(ROUNDS):
        if turn % 2 == 0:
            files.append(init(build, []))
        client, server = into_server(build, f"load{turn}")
        if turn % 2 == 1:
            files.append(init(build, []))
        clients.append(client)
        servers.append(server)
        ratios.append((client + server) / files[-1])
    print(json.dumps({"bench": "load", "residents": int(RESIDENTS), "rounds": ROUNDS, "file_cpu_s": round(statistics.median(files), 2),
                      "client_cpu_s": round(statistics.median(clients), 2), "server_cpu_s": round(statistics.median(servers), 2),
                      "ratio": round(statistics.median(ratios), 3), "bar": BAR}))


main()
