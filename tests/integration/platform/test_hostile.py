#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Strangers and broken kiosks at a real platform's door, over TLS: certificates that are nobody's, headers and bodies that are none, bytes that
come one by one, connections without end. Each gets a clear answer or none, nothing is stored, and a kiosk beside them is answered as before.

test_hostile.py PLATFORM COMMUNITY_DIR [SEED]"""
import collections
import fcntl
import http.client
import json
import os
import random
import re
import select
import shutil
import socket
import sqlite3
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse

PROGRAM, COMMUNITY = sys.argv[1:3]
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 32)
RATIO_MAX = 6  # of a kiosk's latency beside an attack; a machine that is busy has twice by itself
FAKETIME = f"/usr/lib/{os.uname().machine}-linux-gnu/faketime/libfaketime.so.1"
OTHER_ADDRESS = "127.0.0.2"
STRANGER_ADDRESS = "127.0.0.9"
THROTTLE_TRIES = 5000  # more than the burst and what is filled up while they are sent
ADDRESS_CONNECTIONS = 512
READERS = 8  # threads of the platform that read


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, env=dict(os.environ, CITYCARD_TPM="none")).stdout


class Hostile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.mkdtemp(prefix="citycard-hostile-")
        cls.data = os.path.join(cls.dir, "data")
        run(PROGRAM, "init", "--data", cls.data, "--residents", "60", "--personas", f"{COMMUNITY}/personas.json", "--keys", f"{COMMUNITY}/demo-keys.json")
        cls.server = subprocess.Popen([PROGRAM, "serve", "--data", cls.data, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
        cls.port = int(re.search(r":(\d+)\s*$", cls.server.stdout.readline()).group(1))
        cls.ca = f"{cls.data}/ca.pem"
        cls.key = f"{cls.dir}/kiosk.key"
        run("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", cls.key, "-out", f"{cls.dir}/kiosk.csr",
            "-subj", "/CN=K0001")
        cls.certificate = cls.enrol()

    @classmethod
    def tearDownClass(cls):
        cls.server.terminate()
        assert cls.server.wait(20) == 0
        cls.server.stdout.close()
        shutil.rmtree(cls.dir)

    @classmethod
    def enrol(cls):
        code = re.search(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){2}", run(PROGRAM, "enrol-code", "--data", cls.data, "K0001")).group(0)
        with open(f"{cls.dir}/kiosk.csr", encoding="ascii") as file:
            body = json.dumps({"kiosk": "K0001", "code": code, "csr": file.read()})
        status, answer = cls.ask_once(None, "POST", "/v1/enrol", body)
        assert status == 200, answer
        path = f"{cls.dir}/kiosk.pem"
        with open(path, "w", encoding="ascii") as file:
            file.write(answer["certificate"])
        return path

    @classmethod
    def context(cls, certificate=None):
        context = ssl.create_default_context(cafile=cls.ca)
        context.check_hostname = False
        if certificate:
            context.load_cert_chain(certificate, cls.key)
        return context

    @classmethod
    def connect(cls, certificate=None):
        return http.client.HTTPSConnection("127.0.0.1", cls.port, context=cls.context(certificate), timeout=30)

    @staticmethod
    def ask(client, method, path, body=None, headers=None):
        client.request(method, path, body=body, headers={"Content-Type": "application/json", **(headers or {})})
        response = client.getresponse()
        text = response.read()
        return response.status, json.loads(text)

    @classmethod
    def ask_once(cls, certificate, *what):
        client = cls.connect(certificate)
        try:
            return cls.ask(client, *what)
        finally:
            client.close()

    def raw(self, certificate=None, source=None):
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=20, source_address=(source, 0) if source else None)
        return self.context(certificate).wrap_socket(plain)

    def raw_answer(self, data):
        """The status; 0: the door was shut; −1: it waits for more, until the line has been idle for too long."""
        with self.raw(self.certificate) as line:
            line.settimeout(3)
            try:
                line.sendall(data)
                answer = line.recv(65536)
            except TimeoutError:
                return -1
            except (ssl.SSLError, ConnectionError):
                return 0
        found = re.match(rb"HTTP/1\.[01] (\d+)", answer)
        return int(found.group(1)) if found else 0

    def rows(self):
        with sqlite3.connect(f"file:{self.data}/platform.db?mode=ro", uri=True) as db:
            return [db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                    for table in ("event", "refusal", "payment", "txn", "entry", "deadletter", "anchor", "load_order", "certificate")]

    def latency(self, count=40):
        """Of a kiosk that looks for news, in the middle."""
        client, times = self.connect(self.certificate), []
        for _ in range(count):
            start = time.monotonic()
            status, _ = self.ask(client, "GET", "/v1/feed?limit=1")
            times.append(time.monotonic() - start)
            self.assertEqual(status, 200)
            time.sleep(0.03)  # a kiosk's own bucket is for fifty a second
        client.close()
        return statistics.median(times)

    def sign(self, name, ca=None, ca_key=None, extra=(), subject="/CN=K0001", usage="clientAuth"):
        path = f"{self.dir}/{name}.pem"
        run("openssl", "req", "-new", "-key", self.key, "-out", f"{self.dir}/{name}.csr", "-subj", subject)
        with open(f"{self.dir}/{name}.cnf", "w", encoding="ascii") as file:
            file.write(f"extendedKeyUsage={usage}\n" + "".join(extra))
        return path, ["openssl", "x509", "-req", "-in", f"{self.dir}/{name}.csr", "-CA", ca or self.ca, "-CAkey", ca_key or f"{self.data}/ca.key",
                      "-CAcreateserial", "-CAserial", f"{self.dir}/serial", "-extfile", f"{self.dir}/{name}.cnf", "-out", path]

    def refused(self, certificate, code="CERTIFICATE_NEEDED"):
        """403 by name, or no handshake."""
        try:
            status, answer = self.ask_once(certificate, "POST", "/v1/events", '{"epoch":1,"events":[]}')
        except (ssl.SSLError, ConnectionError, http.client.RemoteDisconnected):
            return
        self.assertEqual((status, answer["code"]), (403, code))

    def test_certificates(self):
        before = self.rows()
        other, other_key = f"{self.dir}/other.pem", f"{self.dir}/other.key"
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", other_key, "-out", other,
            "-subj", "/CN=another community", "-days", "30")
        path, command = self.sign("stranger", other, other_key)
        run(*command, "-days", "30")
        self.refused(path)
        path, command = self.sign("expired")
        run(*command, "-days", "-1")
        self.refused(path)
        path, command = self.sign("early")
        run("env", f"LD_PRELOAD={FAKETIME}", "FAKETIME=+400d", *command, "-days", "30")
        self.refused(path)
        path, command = self.sign("unknown")  # of our authority, with a number that nobody was given
        run(*command, "-days", "30")
        self.refused(path, "KIOSK_UNKNOWN")
        path, command = self.sign("huge", extra=["subjectAltName=" + ",".join(f"DNS:k{i}.example" for i in range(3000))])
        run(*command, "-days", "30")
        self.refused(path, "KIOSK_UNKNOWN")
        serial = run("openssl", "x509", "-in", self.certificate, "-noout", "-serial").strip().split("=")[1]
        path, _ = self.sign("purpose", usage="serverAuth")  # of our authority, with the number of one that is good
        run("openssl", "x509", "-req", "-in", f"{self.dir}/purpose.csr", "-CA", self.ca, "-CAkey", f"{self.data}/ca.key", "-extfile",
            f"{self.dir}/purpose.cnf", "-out", path, "-set_serial", f"0x{serial}", "-days", "30")
        self.refused(path)
        self.refused(None)
        self.assertEqual(self.rows(), before)
        self.assertEqual(self.ask_once(self.certificate, "GET", "/v1/feed")[0], 200)

    def test_bodies(self):
        before, dice, client = self.rows(), random.Random(SEED), self.connect(self.certificate)
        good = json.dumps({"epoch": 1, "events": [{"seq": 1, "id": "01985d5e-5c00-7000-8000-000000000001", "prev": "0" * 64, "hash": "0" * 64, "body": "{}"}]})
        for _ in range(150):
            body = bytearray(good.encode())
            for _ in range(dice.randrange(1, 4)):
                at = dice.randrange(len(body))
                body[at:at + dice.randrange(3)] = bytes(dice.choice(b'{}[]",:\\\0\xff') for _ in range(dice.randrange(3)))
            try:
                if json.loads(body.decode()).keys() >= {"epoch", "events"}:
                    continue  # what can be read is judged, and has tests of its own
            except (ValueError, AttributeError):
                pass
            status, answer = self.ask(client, "POST", "/v1/events", bytes(body))
            self.assertEqual((status, answer["code"]), (400, "MALFORMED"), bytes(body))
            time.sleep(0.02)
        for body, status in ((b"", 400), (b"[" * 100000, 400), (b'{"epoch":1,"events":' + b"9" * 100000 + b"}", 400)):
            self.assertEqual(self.ask(client, "POST", "/v1/events", body)[0], status)
        client.close()
        self.assertEqual(self.raw_answer(b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n"), 413)
        self.assertEqual(self.rows(), before)

    def test_strangers_are_counted(self):
        """Who has no certificate may ask so often from one address, whatever it is; a kiosk from the same address, and others, are answered."""
        code = json.dumps({"kiosk": "K0001", "code": "0000-0000-0000", "csr": "x"})
        for method, path, body in (("POST", "/v1/enrol", code), ("GET", "/v1/time", None), ("GET", "/v1/openapi.json", None), ("GET", "/v1/feed", None)):
            client = self.connect()
            client.source_address = (STRANGER_ADDRESS, 0)
            said = collections.Counter()
            for _ in range(THROTTLE_TRIES):
                client.request(method, path, body=body, headers={"Content-Type": "application/json"})
                response = client.getresponse()
                response.read()
                said[response.status] += 1
                if response.status == 429:
                    self.assertGreater(int(response.headers["Retry-After"]), 0)
                    break
            self.assertEqual(said[429], 1, said)
            kiosk = self.connect(self.certificate)
            kiosk.source_address = (STRANGER_ADDRESS, 0)
            self.assertEqual(self.ask(kiosk, "GET", "/v1/feed")[0], 200)
            self.assertEqual(self.ask_once(None, "GET", "/v1/time")[0], 200)
            kiosk.close()
            client.close()

    def test_health_is_not_counted(self):
        """A load balancer, and all strangers who come through it, have one address: what it asks for is always answered."""
        client = self.connect()
        client.source_address = (STRANGER_ADDRESS, 0)
        said = collections.Counter(self.ask(client, "GET", "/v1/health")[0] for _ in range(THROTTLE_TRIES))
        client.close()
        self.assertEqual(set(said), {200}, said)

    def asked_behind(self, requests, certificate=None):
        """Sent on lines of their own, not answered yet."""
        lines = []
        for method, path, body, headers in requests:
            client = self.connect(certificate)
            client.request(method, path, body=body, headers=headers)
            lines.append(client)
        return lines

    def answered_all(self, lines, status):
        for client in lines:
            response = client.getresponse()
            response.read()
            self.assertEqual(response.status, status)
            client.close()

    def test_reads_do_not_wait(self):
        """Somebody holds the database: feeds that have to write wait for it, more than there are threads that read, and so do tickets of the
        public door; who only reads is answered. When it is given back, all are."""
        key = run(PROGRAM, "open311-key", "add", "--data", self.data, "--name", "app", "--hourly", "100").split()[1]
        form = urllib.parse.urlencode({"api_key": key, "service_code": "F01", "address_id": "P0001"})
        due = [("GET", "/v1/feed?limit=1", None, {"User-Agent": f"citycard-kiosk/9.{i}.0"}) for i in range(READERS + 4)]
        filed = [("POST", "/open311/v2/requests.json", form, {"Content-Type": "application/x-www-form-urlencoded"}) for _ in range(READERS + 4)]
        still = {"User-Agent": "citycard-kiosk/1.0.0"}
        self.assertEqual(self.ask_once(self.certificate, "GET", "/v1/feed?limit=1", None, still)[0], 200)  # nothing is due for that one now
        for requests, certificate, status in ((filed, None, 201), (due, self.certificate, 200)):
            kiosk = self.connect(self.certificate)
            with open(f"{self.data}/platform.db.lock", encoding="ascii") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                lines = self.asked_behind(requests, certificate)
                time.sleep(1)  # they have come as far as they can
                for _ in range(5):
                    self.assertEqual(self.ask(kiosk, "GET", "/v1/feed?limit=1", None, still)[0], 200)
                    self.assertEqual(self.ask(kiosk, "GET", "/v1/health")[0], 200)
                for client in lines:
                    self.assertEqual(select.select([client.sock], [], [], 0)[0], [])  # they wait indeed
            kiosk.close()
            self.answered_all(lines, status)

    def test_headers(self):
        for data in (b"GET /v1/feed HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 200000 + b"\r\n\r\n",
                     b"GET /v1/feed HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X%d: y\r\n" % i for i in range(20000)) + b"\r\n",
                     b"GET /" + b"a" * 200000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"\0" * 1000 + b"\r\n\r\n", b"GET\r\n\r\n",
                     b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: -5\r\n\r\n"):
            status = self.raw_answer(data)
            self.assertTrue(status == 0 or 400 <= status < 500 or (status < 0 and b"HTTP" not in data), (data[:40], status))
        self.assertEqual(self.ask_once(self.certificate, "GET", "/v1/feed")[0], 200)

    def test_slow(self):
        """Half requests on 600 lines of two addresses, bodies of more of them than are admitted at a time, with a kiosk beside them."""
        alone, before = self.latency(), self.rows()
        lines = [self.raw(source=source) for source in (OTHER_ADDRESS, "127.0.0.3") for _ in range(300)]
        for i, line in enumerate(lines):
            line.sendall(b"POST /v1/enrol HTTP/1.1\r\nHost: x\r\n" + (b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{" if i % 2 else b""))
        beside = self.latency()
        for line in lines:
            line.close()
        print(f"# latency {alone * 1000:.1f} ms, beside 600 slow lines {beside * 1000:.1f} ms", file=sys.stderr)
        self.assertLess(beside, RATIO_MAX * alone + 0.02)
        self.assertEqual(self.rows(), before)

    def test_connections_of_an_address(self):
        """More than an address may have: those beyond are closed, others come in."""
        lines, shut = [], 0
        for _ in range(ADDRESS_CONNECTIONS + 60):
            lines.append(socket.create_connection(("127.0.0.1", self.port), timeout=5, source_address=(OTHER_ADDRESS, 0)))
        time.sleep(1)
        for line in lines:
            line.setblocking(False)
            try:
                shut += line.recv(1) == b""
            except BlockingIOError:
                pass
            except ConnectionError:
                shut += 1
        self.assertGreater(shut, 0)
        self.assertLess(self.latency(10), 1)
        for line in lines:
            line.close()


if __name__ == "__main__":
    print(f"# seed {SEED}", file=sys.stderr)
    unittest.main(argv=sys.argv[:1], verbosity=2)
