#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A real platform over TLS against kiosk/sync/openapi.json: every operation, every status, bad requests by the schemas.

test_platform.py PLATFORM RECORD_CONTRACT ROOT [TEST…]: TESTs are programs of the platform's unit tests; what they exercise counts."""
import base64
import copy
import fcntl
import hmac
import json
import os
import re
import subprocess
import sys
import time
import unittest
import uuid
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from contract import Contract, sources, told, topics
from platform_rig import Client, Operator, Platform, enrolled

PROGRAM, RECORD, ROOT, *OTHERS = sys.argv[1:]
CONTRACT = Contract(os.path.join(ROOT, "kiosk", "sync", "openapi.json"))
COMMUNITY = os.path.join(ROOT, "assets", "community")
with open(os.path.join(COMMUNITY, "personas.json"), encoding="utf-8") as personas:
    ADULT = json.load(personas)["cards"][0]
SEEN = set()
HAS_PAGE = False

# What no test can bring about, and why.
NEVER = {
    "INTERNAL": "only when there is no memory to write an answer",
    "DRAINING": "only while a node that ends still answers: the tests of running nodes do it, behind a load balancer",
    "KEYS_AWAY": "only when a token that keeps the keys is pulled: the tests of that keeper do it, in processes that this one does not see",
    "LOAD_AMOUNT": "a guard: such amounts and balances are malformed before it is asked",
}
NEVER_UNAVAILABLE = {"openapi", "contractPage"}
# Codes that are judged before the types differ, or by one function for a family of them: seen of one type is enough.
SHARED = {"CARD_REPLACED": None, "ID_REUSED": None, "RULE": None,
          **dict.fromkeys(("CARD_SERIAL", "OTHER_KIOSK", "PAYMENT_CHANGED", "STATE", "TAC_WRONG", "PROOF_USED", "DOUBT_CONTRADICTED", "LOAD_UNKNOWN"),
                          ("payment.", "load.", "doubt.")),
          **dict.fromkeys(("STAFF_UNKNOWN", "STAFF_RETIRED", "STAFF_ROLE", "STAFF_ONE_PERSON", "STAFF_OWN_CARD"), None)}
NEVER_TOLD = {
    ("ledger.txn", "CASH"): "a book of money is none that an event's schema has",
    ("ledger.hold", "UNKNOWN"): "the card of a hold is asked for as that of a transaction",
    ("queue.back", "QUEUE_ONCE"): "the clock ends such a number first, but for a kiosk whose own is behind",
    ("seat.step", "SEAT_CARD"): "only when whoever comes to the door has left meanwhile",
}
OF_PEOPLE = {"adminPage": "/admin", "adminStyle": "/admin/style.css"}


def filled(path):
    return path.replace("{version}", "1").replace("{card_token}", "0" * 32).replace("{sha256}", "0" * 64).replace("{topic}", "NONE")


def paths():
    for name, (method, path, _) in CONTRACT.operations.items():
        yield name, method, filled(path)


class Stage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.platform = Platform(PROGRAM, os.path.join(COMMUNITY, "personas.json"), os.path.join(COMMUNITY, "demo-keys.json"))
        cls.platform.start()
        cls.kiosk = cls.enrol("K0001")

    @classmethod
    def tearDownClass(cls):
        cls.platform.remove()

    @classmethod
    def client(cls, kiosk=None):
        return Client(cls.platform, CONTRACT, kiosk, SEEN)

    @classmethod
    def enrol(cls, name):
        return enrolled(cls.platform, name, cls.client())

    def says(self, client, status, code, *request, **headers):
        got, answer, _ = client.send(*request, **headers)
        self.assertEqual((status, code), (got, answer.get("code")), answer)

    def push(self, client, kiosk, *events):
        status, answer, _ = client.send("POST", "/v1/events", {"epoch": kiosk.epoch, "events": list(events)})
        self.assertEqual(200, status)
        return answer


class Calls(Stage):
    """Each operation as it is meant, and its own refusals."""

    def test_journal(self):
        kiosk = self.kiosk
        client = self.client(kiosk)
        answer = self.push(client, kiosk, kiosk.event("receipt.printed", {"payment_id": "x", "receipt_no": "y"}),
                           kiosk.event("from.later", {"a": 1}))
        self.assertEqual([("accepted", None), ("rejected", "TYPE")],
                         [(v["verdict"], v.get("code")) for v in answer["verdicts"]])
        _, own, _ = client.send("GET", "/v1/events?epoch=0&after=0&limit=500")
        self.assertEqual(kiosk.prev.hex(), own["events"][-1]["hash"])
        self.anchor(client, kiosk)
        event = kiosk.event(None, None, raw=b"\xff\xfe")
        letter = event | {"epoch": kiosk.epoch, "reason": "not text", "body": base64.b64encode(event["body"]).decode()}
        _, answer, _ = client.send("POST", "/v1/deadletter", letter)
        self.assertEqual("BODY", answer["verdicts"][0]["code"])
        head = answer["head"]
        self.says(client, 409, "HEAD_BEHIND", "POST", "/v1/epoch", {"head": head | {"seq": 1}, "reason": "restored"})
        status, answer, _ = client.send("POST", "/v1/epoch", {"head": head, "reason": "restored"})
        self.assertEqual((200, kiosk.epoch + 1), (status, answer["epoch"]))
        kiosk.epoch, kiosk.prev = answer["epoch"], bytes.fromhex(answer["chain_nonce"])

    def test_types_of_events(self):
        """Whatever looks like a type in the sources is sent: the platform knows those that the document has, and no other."""
        words = sorted(set(re.findall(r'"([a-z_]+\.[a-z_]+)"', sources(ROOT, "", ends=(".c", ".h")))) | set(CONTRACT.document["x-event-types"]))
        self.assertGreater(len(words), 60)
        kiosk = self.enrol("K0003")
        answer = self.push(self.client(kiosk), kiosk, *(kiosk.event(word, {}) for word in words))
        known = {word for word, verdict in zip(words, answer["verdicts"]) if verdict.get("code") != "TYPE"}
        self.assertEqual(set(CONTRACT.document["x-event-types"]), known)
        self.assertEqual([], [name for name, schema in CONTRACT.document["x-event-types"].items()
                              if schema not in CONTRACT.document["components"]["schemas"]])

    def anchor(self, client, kiosk):
        text = json.dumps({"kiosk": kiosk.name, "epoch": kiosk.epoch, "seq": kiosk.seq, "hash": kiosk.prev.hex(), "at": 1})
        signature = base64.b64encode(kiosk.sign(text)).decode()
        _, answer, _ = client.send("POST", "/v1/anchors", {"anchor": text, "signature": signature})
        self.assertEqual("MATCH", answer["state"])
        self.says(client, 403, "SIGNATURE", "POST", "/v1/anchors", {"anchor": text.replace(" ", ""), "signature": signature})

    def test_feed_and_hotlist(self):
        client = self.client(self.kiosk)
        status, page, _ = client.send("GET", "/v1/feed?limit=500", Accept_Encoding="zstd")
        self.assertEqual(200, status)
        self.assertGreater(len(page["items"]), 10)
        parts = page["cursor"].split(".")
        parts[1] = "0" * len(parts[1])
        self.says(client, 410, "CURSOR_GONE", "GET", "/v1/feed?cursor=" + ".".join(parts))
        _, lead, _ = client.send("GET", "/v1/hotlist?since=0")
        self.says(client, 410, "VERSION_AHEAD", "GET", "/v1/hotlist?since=999")
        manifest = json.loads(lead["manifest"]["payload"])
        self.assertEqual([], CONTRACT.faults({"$ref": "#/components/schemas/HotlistFile"}, manifest, True))
        path = f"/v1/hotlist/{manifest['version']}"
        status, whole, headers = client.send("GET", path)
        self.assertEqual((200, manifest["length"]), (status, len(whole)))
        status, part, _ = client.send("GET", path, Range="bytes=100-", If_Range=headers["etag"])
        self.assertEqual((206, whole[100:]), (status, part))
        status, part, _ = client.send("GET", path, Range="bytes=100-", If_Range='"another"')
        self.assertEqual((200, whole), (status, part))
        self.says(client, 416, "RANGE", "GET", path, Range="bytes=999999999-")
        self.says(client, 404, "NOT_FOUND", "GET", "/v1/hotlist/77")

    def test_files(self):
        client = self.client(self.kiosk)
        poster = os.path.join(self.platform.folder, "poster.png")
        whole = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 300
        with open(poster, "wb") as file:
            file.write(whole)
        id_ = self.platform.run("file", "add", "--path", poster).strip()
        _, page, _ = client.send("GET", "/v1/feed?limit=500")
        self.assertIn(id_, [item["key"] for item in page["items"] if item["topic"] == "file"])
        path = f"/v1/files/{id_}"
        status, got, headers = client.send("GET", path, Accept_Encoding="zstd")
        self.assertEqual((200, whole, f'"{id_}"'), (status, got, headers["etag"]))
        status, part, _ = client.send("GET", path, Range="bytes=40000-70000", If_Range=headers["etag"], Accept_Encoding="zstd")
        self.assertEqual((206, whole[40000:70001]), (status, part))
        status, part, _ = client.send("GET", path, Range="bytes=100-", If_Range='"another"')
        self.assertEqual((200, whole), (status, part))
        self.says(client, 416, "RANGE", "GET", path, Range="bytes=999999999-")
        self.says(client, 404, "NOT_FOUND", "GET", "/v1/files/" + "0" * 64)
        photo = CONTRACT.operations["sendFile"][2]["requestBody"]["content"]["application/json"]["example"]
        for known in (False, True):
            status, answer, _ = client.send("POST", "/v1/files", photo)
            self.assertEqual((200, known), (status, answer["known"]))
        self.says(client, 404, "NOT_FOUND", "GET", "/v1/files/" + photo["sha256"])  # a resident's: for nobody
        self.says(client, 422, "FILE_DIGEST", "POST", "/v1/files", photo | {"sha256": "0" * 64})
        self.says(client, 422, "FILE_TYPE", "POST", "/v1/files", photo | {"type": "image/jpeg"})

    def test_time_and_operation(self):
        client, stranger = self.client(self.kiosk), self.client()
        _, answer, _ = client.send("GET", "/v1/time?nonce=" + "ab" * 16)
        self.assertEqual([], CONTRACT.faults({"$ref": "#/components/schemas/SignedTime"}, json.loads(answer["payload"]), True))
        self.assertEqual(200, stranger.send("GET", "/v1/time")[0])
        status, answer, _ = client.send("GET", "/v1/signing-keys")
        self.assertEqual((200, []), (status, answer["introductions"]))
        status, answer, _ = client.send("GET", "/v1/authorities?known=0")
        self.assertEqual(200, status)
        self.assertEqual([], CONTRACT.faults({"$ref": "#/components/schemas/Authorities"}, json.loads(answer["authorities"]["payload"]), True))
        self.says(client, 400, "MALFORMED", "GET", "/v1/authorities?known=-1")
        self.assertEqual(200, stranger.send("GET", "/v1/health")[0])
        self.assertEqual(CONTRACT.document, stranger.send("GET", "/v1/openapi.json", Accept_Encoding="zstd")[1])
        status, page, _ = stranger.send("GET", "/v1/docs")
        if status == 200:
            self.assertNotIn(b"<script", page)
            for name in CONTRACT.document["components"]["x-problems"]:
                self.assertIn(name.encode(), page)
            links = set(re.findall(rb'href="([^"]*)"', page))
            self.assertGreater(len(links), 100)
            self.assertEqual(set(), links - {b"#" + id_ for id_ in re.findall(rb'id="([^"]*)"', page)})
        global HAS_PAGE
        HAS_PAGE = status == 200

    def test_identity(self):
        kiosk = self.enrol("K0002")
        client = self.client(kiosk)
        status, answer, _ = client.send("POST", "/v1/renew", {"csr": kiosk.csr})
        self.assertEqual((200, "K0002"), (status, answer["kiosk"]))
        again = self.enrol("K0002")
        for name, method, path in self.of_kiosks():
            with self.subTest(name):
                self.says(client, 403, "KIOSK_UNKNOWN", method, path, "{}" if method == "POST" else None)
        self.platform.run("revoke", "K0002")
        client = self.client(again)
        for name, method, path in self.of_kiosks():
            with self.subTest(name):
                self.says(client, 403, "KIOSK_REVOKED", method, path, "{}" if method == "POST" else None)
        self.says(client, 403, "ENROL_REFUSED", "POST", "/v1/enrol", {"kiosk": "K0001", "code": "0000-0000-0000", "csr": kiosk.csr})

    @staticmethod
    def of_kiosks():
        for name, method, path in paths():
            operation = CONTRACT.operations[name][2]
            if "403" in operation["responses"] and name not in ("enrol", *OF_PEOPLE):
                yield name, method, path + ("?nonce=" + "00" * 8 if name == "time" else "")

    def test_people_and_kiosks(self):
        operator = Operator(self.platform, "op.1")
        client, kiosk, stranger = self.client(operator), self.client(self.kiosk), self.client()
        for path in OF_PEOPLE.values():
            self.assertEqual(200, client.send("GET", path)[0])
            self.says(kiosk, 403, "OPERATOR_NEEDED", "GET", path)
            self.says(stranger, 403, "OPERATOR_NEEDED", "GET", path)
        _, page, headers = client.send("GET", "/admin?lang=en&days=7&of=K0001", Accept_Encoding="zstd")
        self.assertIn(b'<html lang="en">', page)
        self.assertNotIn(b"<script", page)
        self.assertIn("default-src 'none'", headers["content-security-policy"])
        for name, method, path in self.of_kiosks():
            with self.subTest(name):
                self.says(client, 403, "CERTIFICATE_NEEDED", method, path, "{}" if method == "POST" else None)
        self.platform.run("admin", "operator", "revoke", "op.1")
        self.says(client, 403, "OPERATOR_NEEDED", "GET", "/admin")

    def test_no_certificate(self):
        stranger = self.client()
        for name, method, path in self.of_kiosks():
            with self.subTest(name):
                self.says(stranger, 403, "CERTIFICATE_NEEDED", method, path, "{}" if method == "POST" else None)

    def load(self, client, id_, **changes):
        example = CONTRACT.operations["authoriseLoad"][2]["requestBody"]["content"]["application/json"]["example"]
        load = copy.deepcopy(example) | {"id": id_} | changes
        return client.send("POST", "/v1/loads", load, Idempotency_Key=f'"{id_}"')

    def test_loads(self):
        client = self.client(self.kiosk)
        id_ = "01985d5e-5c00-7000-8000-0000000000%02x"
        self.says(client, 400, "IDEMPOTENCY_KEY", "POST", "/v1/loads", {})
        self.says(client, 400, "MALFORMED", "POST", "/v1/loads", {}, Idempotency_Key=f'"{id_ % 1}"')
        status, answer, _ = self.load(client, id_ % 2)
        self.assertEqual(422, status, answer)
        self.assertEqual("KEY_REUSED", self.load(client, id_ % 2, at_ms=1)[1]["code"])
        example = CONTRACT.operations["authoriseLoad"][2]["requestBody"]["content"]["application/json"]["example"]
        other = example["load"] | {"serial": "0" * 16}
        self.assertEqual("CARD_SERIAL", self.load(client, id_ % 3, load=other)[1]["code"])
        card = "310" + ADULT["card_number"]
        token = hmac.new(self.kiosk.index_key, card.encode(), "sha256").digest()[:16].hex()
        self.platform.run("staff", "add", "--id", "L1", "--card", card, "--name", ADULT["name"], "--role", "leader")
        self.assertEqual("STAFF_ROLE", self.load(client, id_ % 4, staff=[token])[1]["code"])
        self.platform.run("staff", "retire", "--id", "L1")
        self.assertEqual("STAFF_RETIRED", self.load(client, id_ % 5, staff=[token])[1]["code"])


class Everywhere(Stage):
    """What any operation may say."""

    def test_malformed(self):
        client = self.client(self.kiosk)
        for name, method, path in paths():
            with self.subTest(name):
                self.says(client, 400, "MALFORMED", method, path, b"no zstd", Content_Encoding="zstd",
                          **({"Idempotency_Key": f'"{uuid.UUID(int=7 << 76 | 2 << 62)}"'} if name == "authoriseLoad" else {}))

    def test_coding(self):
        client = self.client(self.kiosk)
        for name, method, path in paths():
            with self.subTest(name):
                self.says(client, 415, "MEDIA_TYPE", method, path, b"{}", Content_Encoding="br")
                if method == "POST":
                    self.says(client, 415, "MEDIA_TYPE", method, path, b"{}", Content_Type="text/plain")

    def test_too_large(self):
        for name, method, path in paths():
            with self.subTest(name):
                client = self.client(self.kiosk)
                client.announce(method, path, 2000000)
                status, answer, _ = client.take(method, path)
                self.assertEqual((413, "TOO_LARGE"), (status, answer["code"]))
                client.close()

    def test_unpacked_too_large(self):
        packed = subprocess.run(["zstd", "-c"], input=b"[" * 8000000, check=True, capture_output=True).stdout
        self.says(self.client(self.kiosk), 413, "TOO_LARGE", "POST", "/v1/events", packed, Content_Encoding="zstd")

    def test_below_the_messages(self):
        """The HTTP library's own answers, or the end of the connection; the next one is served."""
        for bytes_, statuses in ((b"GARBAGE\r\n\r\n", (None, 400)), (b"GET /v1/time HTTP/9.9\r\nHost: x\r\n\r\n", (505,)),
                                 (b"GET /v1/time HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 40000 + b"\r\n\r\n", (431,)),
                                 (b"GET /v1/time?a=" + b"a" * 40000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", (414, 431)),
                                 (b"POST /v1/enrol HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n", (400,))):
            client = self.client()
            client.http.connect()
            client.http.sock.sendall(bytes_)
            line = client.http.sock.recv(4096).split(b" ")
            self.assertIn(int(line[1]) if len(line) > 1 else None, statuses, bytes_[:40])
            client.close()
            self.assertEqual(200, self.client().send("GET", "/v1/time")[0])

    def test_other_paths_and_methods(self):
        client = self.client()
        for path in ("/", "/v2/time", "/v1/hotlist/1/2", "/v1/feed/"):
            self.says(client, 404, "NOT_FOUND", "GET", path)
        for path in {path for _, path, _ in CONTRACT.operations.values()}:
            for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "GET", "POST"):
                path = filled(path)
                if CONTRACT.operation_of(method, path)[0] is None:
                    self.says(client, 405, "METHOD", method, path)

    def test_too_many(self):
        client = self.client(self.kiosk)
        for name, method, path in paths():
            with self.subTest(name):
                body = "{}" if method == "POST" else None
                for _ in range(50):  # a slow operation alone would not exhaust what the kiosk may
                    while client.send("GET", "/v1/health")[0] != 429:
                        pass
                    status, answer, headers = client.send(method, path, body)
                    if status == 429:
                        break
                self.assertEqual("TOO_MANY", answer["code"])
                self.assertGreater(int(headers["retry-after"]), 0)

    def test_busy(self):
        """As many requests as are taken at a time wait for somebody who holds the database; what comes then is sent away."""
        most = CONTRACT.document["x-limits"]["requestsUnderWay"]
        refused = json.dumps({"kiosk": "K0001", "code": "0000-0000-0000", "csr": self.kiosk.csr})
        waiting = [self.client() for _ in range(most)]
        for i, client in enumerate(waiting):  # before the database is held: nobody waits for that longer than for anything else
            client.http.source_address = (f"127.0.0.{2 + i % 4}", 0)  # one address may not ask so much at a time
            client.http.connect()
        with open(os.path.join(self.platform.data, "platform.db.lock"), encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for client in waiting:
                client.http.request("POST", "/v1/enrol", refused, {"Content-Type": "application/json"})
            client = self.client(self.kiosk)
            deadline = time.monotonic() + 20
            while client.send("GET", "/v1/health")[0] == 200 and time.monotonic() < deadline:
                time.sleep(0.05)
            for name, method, path in paths():
                with self.subTest(name):
                    self.says(client, 503, "BUSY", method, path, "{}" if method == "POST" else None)
            for one in waiting:
                one.close()
        deadline = time.monotonic() + 20
        while client.send("GET", "/v1/health")[0] != 200:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)


class Broken(Stage):
    """Without a key for loads, and then without a database."""

    def test_broken(self):
        self.platform.stop()
        path = os.path.join(self.platform.data, "secrets.json")
        with open(path, encoding="utf-8") as file:
            secrets = json.load(file)
        del secrets["load_master"]
        with open(path, "w", encoding="utf-8") as file:
            json.dump(secrets, file)
        self.platform.start()
        client, person = self.client(self.kiosk), self.client(Operator(self.platform, "op.2"))
        self.says(client, 503, "LOADS_CLOSED", "POST", "/v1/loads", {})
        enrolment = self.kiosk.enrolment()
        for name in ("platform.db", "platform.db-wal"):
            path = os.path.join(self.platform.data, name)
            with open(path, "r+b") as file:
                file.write(b"X" * os.path.getsize(path))
        for name, method, path in paths():
            if name in NEVER_UNAVAILABLE:
                continue
            with self.subTest(name):
                query = "?nonce=" + "00" * 8 if name == "time" else ""
                body = enrolment if name == "enrol" else "{}" if method == "POST" else None
                self.says(person if name in OF_PEOPLE else client, 503, "UNAVAILABLE", method, path + query, body)


class TooOld(Stage):
    def test_too_old(self):
        self.assertEqual(0, self.platform.stop())
        self.platform.start("--kiosk-version-min", "7.1")
        client = self.client(self.kiosk)
        for name, method, path in (("enrol", "POST", "/v1/enrol"), ("pullFeed", "GET", "/v1/feed"), ("authoriseLoad", "POST", "/v1/loads"),
                                   ("tapCard", "POST", "/v1/taps"), ("openSession", "POST", "/v1/sessions"), ("readMe", "GET", "/v1/me"),
                                   ("readMyAccessLog", "GET", "/v1/me/access-log"), ("readCertificates", "GET", "/v1/certificates"),
                                   ("makeCertificate", "POST", "/v1/certificates"),
                                   ("takeNumber", "POST", "/v1/queue-tickets"), ("stepAtCounter", "POST", "/v1/queues/steps"),
                                   ("castPaper", "POST", "/v1/ballots/NONE/papers"),
                                   ("readPerson", "GET", "/v1/persons/" + "0" * 32), ("readCareProfiles", "GET", "/v1/care/profiles"),
                                   ("readCareHousehold", "GET", "/v1/care/households/1"), ("sendFile", "POST", "/v1/files"),
                                   ("fetchFile", "GET", "/v1/files/" + "0" * 64), ("readCard", "GET", "/v1/cards/" + "0" * 32),
                                   ("reportLost", "POST", "/v1/cards/" + "0" * 32 + "/lost"),
                                   ("reportFound", "POST", "/v1/cards/" + "0" * 32 + "/found"),
                                   ("reportReplaced", "POST", "/v1/cards/" + "0" * 32 + "/replaced")):
            with self.subTest(name):
                self.says(client, 403, "KIOSK_TOO_OLD", method, path, "{}" if method == "POST" else None,
                          User_Agent="citycard-kiosk/7.0.9")
        self.assertEqual(200, client.send("GET", "/v1/feed", User_Agent="citycard-kiosk/7.1")[0])
        answer = self.push(client, self.kiosk, self.kiosk.event("receipt.printed", {}))
        self.assertEqual("accepted", answer["verdicts"][0]["verdict"])


# ---- Bad requests, made from the schemas ----

def other_types(schema):
    types = schema.get("type", [])
    types = types if isinstance(types, list) else [types]
    samples = {"string": "x", "integer": 1, "boolean": True, "null": None, "array": [], "object": {}}
    for name, sample in samples.items():
        if types and name not in types:
            yield f"is {name}", sample
    if "integer" in types:
        yield "is a fraction", 1.5
        yield "is beyond 64 bits", 2 ** 70


def beyond(schema, value):
    """Values of the right type outside of each bound."""
    if "maximum" in schema:
        yield "above the maximum", schema["maximum"] + 1
    if "minimum" in schema:
        yield "below the minimum", schema["minimum"] - 1
    if "maxLength" in schema:
        yield "longer than maxLength", "x" * (schema["maxLength"] + 1)
    if schema.get("x-maxBytes"):
        yield "more bytes than x-maxBytes", "é" * (schema["x-maxBytes"] // 2 + 1)
    if "enum" in schema:
        yield "not in the enum", "NO_SUCH"
    if "pattern" in schema and isinstance(value, str):
        yield "not of the pattern", "\u0001" + value[1:]
        yield "longer than the pattern", value + value
    if "maxItems" in schema and isinstance(value, list):
        yield "more than maxItems", value * (schema["maxItems"] + 1) if value else []


def mutations(schema, value, where=""):
    """(what was done, the value with one thing wrong)"""
    schema = CONTRACT.resolve(schema)
    for what, wrong in [*other_types(schema), *beyond(schema, value)]:
        yield f"{where} {what}", wrong
    if isinstance(value, dict):
        for name in schema.get("required", []):
            yield f"{where}/{name} is missing", {k: v for k, v in value.items() if k != name}
        if schema.get("additionalProperties") is False:
            yield f"{where}/foreign", value | {"foreign": 1}
        for name, sub in schema.get("properties", {}).items():
            if name in value:
                for what, wrong in mutations(sub, value[name], f"{where}/{name}"):
                    yield what, value | {name: wrong}
    if isinstance(value, list) and value:
        for what, wrong in mutations(schema["items"], value[0], f"{where}/0"):
            yield what, [wrong] + value[1:]


class Bad(Stage):
    """Always a clear problem of the fours, nothing stored, and the connection goes on."""

    def refused(self, client, name, what, *request, **headers):
        for _ in range(200):
            status, answer, _ = client.send(*request, **headers)
            if status != 429:
                break
            time.sleep(0.1)
        self.assertTrue(400 <= status < 500, f"{name} {what}: {status} {str(answer)[:300]}")

    def goes_on(self, client, name, what):
        status, _, _ = client.send("GET", "/v1/time")
        self.assertIn(status, (200, 429), f"{name} {what}")

    def good(self, name):
        """A request that would be taken."""
        kiosk = self.kiosk
        seq, prev = kiosk.seq, kiosk.prev
        event = kiosk.event("receipt.printed", {})
        kiosk.seq, kiosk.prev = seq, prev
        body = event["body"].encode()
        head = {"epoch": kiosk.epoch, "seq": 0, "hash": "00" * 32}
        text = json.dumps({"kiosk": kiosk.name, "epoch": kiosk.epoch, "seq": 1, "hash": "00" * 32, "at": 1})
        example = CONTRACT.operations["authoriseLoad"][2]["requestBody"]["content"]["application/json"]["example"]
        return {"enrol": {"kiosk": "K0002", "code": "0000-0000-0000", "csr": kiosk.csr},
                "pushEvents": {"epoch": kiosk.epoch, "events": [event]},
                "raiseEpoch": {"head": head, "reason": "restored"},
                "anchor": {"anchor": text, "signature": base64.b64encode(kiosk.sign(text)).decode()},
                "deadLetter": event | {"epoch": kiosk.epoch, "reason": "x", "body": base64.b64encode(body).decode()},
                "renew": {"csr": kiosk.csr},
                "tapCard": {"card_token": "0" * 32},
                "openSession": {"id": "01985d5e-5c00-7000-8000-000000000001", "answer": "0" * 16},
                "endSession": {},
                "sendFile": CONTRACT.operations["sendFile"][2]["requestBody"]["content"]["application/json"]["example"],
                "reportLost": {"second": "0" * 64},
                "reportFound": {"second": "0" * 64},
                "reportReplaced": {"second": "0" * 64, "successor": "f" * 32, "reason": "lost"},
                "takeNumber": {"matter": "RETIRE"}, "stepAtCounter": {"step": "serve", "counter": "3", "ticket": str(uuid.UUID(int=7 << 76 | 2 << 62))},
                "castPaper": {"code": "A" * 16, "choice": 1},
                "makeCertificate": {"issuer": "", "from": 20260101, "to": 20260102, "full_name": False},
                "authoriseLoad": example}[name]

    def test_bodies(self):
        count = 0
        for name, (method, path, operation) in CONTRACT.operations.items():
            if "requestBody" not in operation:
                continue
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            good = self.good(name)
            headers = {"Idempotency_Key": f'"{good["id"]}"'} if name == "authoriseLoad" else {}
            if name in ("makeCertificate", "takeNumber", "stepAtCounter", "reportLost", "reportFound", "reportReplaced"):
                headers = {"Idempotency_Key": f'"{uuid.UUID(int=7 << 76 | 2 << 62)}"'}
            self.assertEqual([], CONTRACT.faults(schema, good, True), name)
            client = self.client(None if name == "enrol" else self.kiosk)
            before = self.platform.rows()
            for what, wrong in mutations(schema, good):
                if not CONTRACT.faults(schema, wrong, False) and "x-maxBytes" not in what:
                    continue  # a second pattern may be as good as the first
                self.refused(client, name, what, method, path, json.dumps(wrong).encode(), **headers)
                count += 1
                if count % 10 == 0:
                    self.goes_on(client, name, what)
            for what, wrong in (("empty", b""), ("not JSON", b"{"), ("twice", b'{"epoch":1,"epoch":1}'), ("not UTF-8", b'{"a":"\xff"}'),
                                ("deep", b'{"a":' * 13 + b"1" + b"}" * 13)):
                self.refused(client, name, what, method, path, wrong, **headers)
                count += 1
            self.goes_on(client, name, "at the end")
            self.assertEqual(before, self.platform.rows(), name)
            client.close()
        print(f"{count} bad bodies refused", file=sys.stderr)

    def test_parameters(self):
        client = self.client(self.kiosk)
        count = 0
        while client.send("GET", "/v1/feed?limit=1")[0] != 200:  # hands the first quota out
            time.sleep(0.1)
        before = self.platform.rows()
        for name, (method, path, operation) in CONTRACT.operations.items():
            required = {"leadHotlist": "since=0", "readMe": "purpose=home", "readPerson": "purpose=care"}.get(name)
            for parameter in map(CONTRACT.resolve, operation["parameters"]):
                if parameter["in"] != "query":
                    continue
                schema = parameter["schema"]
                wrong = [value for _, value in beyond(schema, "0" * 16) if CONTRACT.faults(schema, value, False)]
                wrong += ["x", "1x", "", "1.5", "99999999999999999999999"] if schema["type"] == "integer" else []
                for value in wrong:
                    query = f"{parameter['name']}=" + str(value).replace("\u0001", "%01")
                    if required is not None and parameter["name"] not in required:
                        query += "&" + required
                    self.refused(client, name, query[:60], method, f"{path}?{query}")
                    count += 1
                if parameter.get("required"):
                    self.refused(client, name, "without " + parameter["name"], method, path)
        self.goes_on(client, "parameters", "at the end")
        self.assertEqual(before, self.platform.rows())
        print(f"{count} bad parameters refused", file=sys.stderr)


class Zexercised(Stage):
    """Last: which of the contract's answers did no test bring about?"""

    def others(self):
        today = os.path.join(self.platform.folder, "today.jsonl")
        subprocess.run([RECORD, today], check=True, stdout=subprocess.DEVNULL)
        with open(today, encoding="utf-8") as file:
            for line in map(json.loads, file):
                faults = CONTRACT.request_faults(line["method"], line["path"], line.get("request"))
                body = line["answer"] if "answer" in line else b""
                faults += CONTRACT.answer_faults(line["method"], line["path"], line["status"], None, body)
                self.assertEqual([], faults, line["path"])
                name, _ = CONTRACT.response(line["method"], line["path"], line["status"])
                yield name, line["status"], "-"
                yield from told(line["method"], line["path"], line["status"], line.get("request"), json.loads(body) if body else None)
        with ThreadPoolExecutor(2) as pool:
            for lines in pool.map(self.exercised, OTHERS):
                yield from lines

    def exercised(self, program):
        """What a program of unit tests exercised: its lines are told in seen.h."""
        seen = program + ".seen" # of its own run, when that was of this program
        if not os.path.exists(seen) or os.path.getmtime(seen) < os.path.getmtime(program):
            seen = os.path.join(self.platform.folder, "seen-" + os.path.basename(program))
            subprocess.run([program], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ | {"CONTRACT_SEEN": seen})
        with open(seen, encoding="utf-8") as file:
            lines = set(file)
        for method, path, status, code in map(str.split, lines):
            if method in ("EVENT", "TOPIC"):
                yield method, path, status, code
            else:
                yield CONTRACT.response(method, path, int(status))[0], int(status), code

    @staticmethod
    def why_never(name, status, code):
        if code == "UNAVAILABLE" and name in NEVER_UNAVAILABLE:
            return "asks neither the database nor a file"
        if name == "contractPage" and status == ("404" if HAS_PAGE else "200"):
            return "of a build that has no page" if HAS_PAGE else "of a build that has the page"
        return NEVER.get(code)

    @staticmethod
    def listed(type_, code):
        codes = CONTRACT.document["x-event-codes"]
        return code in codes[type_] or code in codes["every"]

    @staticmethod
    def codes_never_told(told_of):
        """(type, code) of the document that no test saw, of any type where that is enough."""
        def enough(type_, code):
            if type_ != "every" and code not in SHARED:
                return (type_, code) in told_of
            family = SHARED.get(code) or ("",)
            return any(one == code and of.startswith(family) for of, one in told_of)
        return [(type_, code) for type_, codes in CONTRACT.document["x-event-codes"].items() for code in codes
                if not enough(type_, code) and (type_, code) not in NEVER_TOLD]

    @unittest.skipIf(os.environ.get("CONTRACT_COUNTED_ELSEWHERE"), "counted where the programs of unit tests run, too")
    def test_everything_was_exercised(self):
        seen = SEEN | set(self.others())
        never = []
        for name, (_, _, operation) in CONTRACT.operations.items():
            for status, response in operation["responses"].items():
                for code in CONTRACT.resolve(response).get("x-codes", ["-"]):
                    if (name, int(status), code) not in seen:
                        never.append((name, status, code))
        unexplained = [one for one in never if not self.why_never(*one)]
        for one in never:
            print("never exercised:", *one, "|", self.why_never(*one), file=sys.stderr)
        events = {one[1] for one in seen if one[0] == "EVENT" and one[2] == "accepted"}
        self.assertEqual(set(), set(CONTRACT.document["x-event-types"]) - events, "types of events that no test saw accepted")
        self.assertEqual(set(), set(topics(CONTRACT.document)) - {one[1] for one in seen if one[0] == "TOPIC" and one[2] == "value"},
                         "topics that no test saw an item of")
        told_of = {(one[1], one[3]) for one in seen if one[0] == "EVENT" and one[3] != "-"}
        self.assertEqual(set(), {one for one in told_of if one[0] in CONTRACT.document["x-event-types"] and not self.listed(*one)},
                         "codes that x-event-codes does not list of these types")
        self.assertEqual([], self.codes_never_told(told_of))
        print(f"{len(seen)} kinds of exchange seen, {len(never)} never", file=sys.stderr)
        self.assertEqual([], unexplained)
        self.assertEqual(set(), {one for one in seen if one[0] is None})


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
