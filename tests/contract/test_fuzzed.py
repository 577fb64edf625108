#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A real platform over TLS, and a kiosk, a stranger or a disk that has lost its mind: bodies made of each call's example with several things
wrong at once, events whose place is right and whose content is anything, headers and forms of the public door, batches again and in any order.

test_fuzzed.py PLATFORM ROOT [SEED]: the seed is printed; the same one sends the same again. Each answer is one of the contract, none is
INTERNAL, what is refused is not stored, and another kiosk is answered all the while."""
import collections
import copy
import json
import os
import random
import sqlite3
import ssl
import sre_parse
import sys
import threading
import time
import unittest
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from contract import Contract
from platform_rig import Client, Platform, enrolled

PROGRAM, ROOT = sys.argv[1:3]
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else int(os.environ.get("CITYCARD_TEST_SEED") or random.randrange(1 << 32))
CONTRACT = Contract(os.path.join(ROOT, "kiosk", "sync", "openapi.json"))
COMMUNITY = os.path.join(ROOT, "assets", "community")
BODIES, EVENTS, DOOR, SHUFFLED = 60, 240, 150, 60  # of each call; of all types; of the door; of one journal
KEPT = ("event", "refusal", "deadletter", "payment", "txn", "entry", "load_order", "credit_txn", "credit_entry", "ticket", "ticket_event", "rating",
        "anchor", "certificate", "tap_session", "alarm")
PASSING = {"BUSY", "UNAVAILABLE", "KEYS_AWAY", "LOADS_CLOSED"}
NUMBERS = [0, -1, 1, 2 ** 31, -2 ** 31, 2 ** 53 + 1, 2 ** 63 - 1, -2 ** 63, 2 ** 63, 2 ** 64, 10 ** 400, 1.5, -0.0, 1e300, True, None]
TEXTS = ["", " ", "\u0000", "\ud800", "\uffff", "\u202e", "é" * 40000, "x" * 70000, "'; DROP TABLE event; --", "%s%n%n", "../../etc/passwd", "K0002",
         "01985d5e-5c00-7000-8000-000000000001", "0" * 32, "f" * 64, "00000000-0000-0000-0000-000000000000", "-1", "9" * 400, "NaN"]


# ---- Samples, by the schemas ----

def of_pattern(dice, parsed):
    out = ""
    for what, value in parsed:
        if what is sre_parse.LITERAL:
            out += chr(value)
        elif what is sre_parse.IN:
            kind, chosen = dice.choice([one for one in value if one[0] in (sre_parse.LITERAL, sre_parse.RANGE)])
            out += chr(chosen if kind is sre_parse.LITERAL else dice.randint(*chosen))
        elif what is sre_parse.MAX_REPEAT:
            low, high, inner = value
            out += "".join(of_pattern(dice, inner) for _ in range(dice.randint(low, min(high, low + 3))))
        elif what is sre_parse.SUBPATTERN:
            out += of_pattern(dice, value[3])
        elif what is sre_parse.BRANCH:
            out += of_pattern(dice, dice.choice(value[1]))
        elif what is sre_parse.ANY:
            out += "a"
    return out


def sample(dice, schema):
    schema = CONTRACT.resolve(schema)
    if "oneOf" in schema:
        return sample(dice, dice.choice(schema["oneOf"]))
    if "enum" in schema:
        return dice.choice(schema["enum"])
    kind = schema.get("type", "object")
    kind = dice.choice(kind) if isinstance(kind, list) else kind
    if kind == "object":
        chosen = [name for name in schema.get("properties", {}) if name in schema.get("required", []) or dice.random() < 0.5]
        return {name: sample(dice, schema["properties"][name]) for name in chosen}
    if kind == "array":
        return [sample(dice, schema["items"]) for _ in range(dice.randint(schema.get("minItems", 0), min(schema.get("maxItems", 3), 3)))]
    if kind == "string" and "pattern" in schema:
        return of_pattern(dice, sre_parse.parse(schema["pattern"]))
    if kind == "string":
        low = schema.get("minLength", 0)
        return "a" * dice.randint(low, min(schema.get("maxLength", 8), max(low, 8)))
    if kind == "integer":
        low, high = schema.get("minimum", -9), schema.get("maximum", 9)
        return dice.choice([low, high, dice.randint(low, high), min(high, max(low, int(time.time() * 1000)))])
    return {"boolean": dice.random() < 0.5, "number": 0.5, "null": None}[kind]


# ---- What is wrong with them ----

def places(value, way=()):
    yield way
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in members:
        yield from places(one, way + (name,))


def nested(depth, kind):
    out = 1
    for _ in range(depth):
        out = [out] if kind else {"a": out}
    return out


def odd(dice):
    return dice.choice([lambda: dice.choice(NUMBERS), lambda: dice.choice(TEXTS), lambda: nested(dice.choice((3, 11, 12, 13, 60)), dice.random() < 0.5),
                        lambda: [], lambda: {}, lambda: [1] * dice.choice((2, 501)), lambda: {f"k{i}": i for i in range(dice.choice((2, 300)))}])()


def mutated(dice, value):
    value = copy.deepcopy(value)
    for _ in range(dice.randint(1, 3)):
        way = dice.choice([*places(value)])
        if not way:
            return odd(dice)
        holder = value
        for name in way[:-1]:
            holder = holder[name]
        does = dice.randrange(5)
        if does == 0:
            del holder[way[-1]]
        elif does == 1 and isinstance(holder, dict):
            holder[dice.choice(("", "a", "\u0000", "id", "data", "x" * 300))] = odd(dice)
        elif does == 2:
            holder[way[-1]] = copy.deepcopy(value[dice.choice([*value])]) if isinstance(value, dict) and value else odd(dice)
        else:
            holder[way[-1]] = odd(dice)
    return value


def as_bytes(dice, value):
    """As JSON, and sometimes hardly."""
    text = json.dumps(value, ensure_ascii=dice.random() < 0.5).encode("utf-8", "surrogatepass")
    does = dice.randrange(12)
    at = dice.randrange(len(text) + 1)
    if does == 0:
        return text[:at]
    if does == 1:
        return text[:at] + dice.choice((b"\0", b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"//", b"'")) + text[at:]
    if does == 2 and text.startswith(b"{") and len(text) > 2:
        return text[:-1] + b"," + text[1:]  # every member twice
    if does == 3:
        return text + dice.choice((b"x", b"{}", b"\n", b" " * 5000))
    return text


# ---- The tests ----

class Fuzzed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.platform = Platform(PROGRAM, os.path.join(COMMUNITY, "personas.json"), os.path.join(COMMUNITY, "demo-keys.json"))
        cls.key = cls.platform.run("open311-key", "add", "--name", "fuzz", "--hourly", "100000").split()[1]
        cls.platform.start()
        cls.kiosk, cls.other = cls.enrol("K0001"), cls.enrol("K0002")

    @classmethod
    def tearDownClass(cls):
        status = cls.platform.stop()
        told = cls.platform.run("admin", "check")  # fails when anything that can be verified is wrong
        cls.platform.remove()
        assert status == 0, status
        assert told

    @classmethod
    def enrol(cls, name):
        return enrolled(cls.platform, name, cls.client())

    @classmethod
    def client(cls, kiosk=None):
        return Client(cls.platform, CONTRACT, kiosk, set())

    def setUp(self):
        self.dice = random.Random(f"{SEED} {self.id()}")
        self.beside = self.client(self.other)
        self.said = collections.Counter()

    def tearDown(self):
        self.goes_on()
        self.beside.close()
        print(f"# {self.id().split('.')[-1]}: {dict(sorted(self.said.items(), key=str))}", file=sys.stderr)
        self.assertEqual(0, self.broken_books(), "the books after it")

    def broken_books(self):
        with sqlite3.connect(f"file:{self.platform.data}/platform.db?mode=ro", uri=True) as db:
            return db.execute("SELECT count(*) FROM (SELECT txn FROM entry GROUP BY community, txn HAVING sum(amount_fen)<>0)").fetchone()[0]

    def goes_on(self):
        status, _, _ = self.patiently(self.beside, "GET", "/v1/feed?limit=1")
        self.assertEqual(200, status, "the other kiosk")

    def kept(self):
        return {name: count for name, count in self.platform.rows().items() if name in KEPT}

    @staticmethod
    def send(client, method, path, body=None, **headers):
        """Only the answer is held against the contract: what is asked may be anything."""
        text = json.dumps(body).encode() if isinstance(body, dict) else body
        names = {name.replace("_", "-"): value for name, value in headers.items()} | {"Content-Type": "application/json"}
        client.http.request(method, path, body=text, headers=names)
        return client.take(method, path)

    def patiently(self, client, *request, **headers):
        """Again when it was only too often."""
        for _ in range(400):
            status, answer, told = self.send(client, *request, **headers)
            if status != 429:
                return status, answer, told
            time.sleep(0.05)
        raise AssertionError("429 for ever")

    def answered(self, client, what, *request, **headers):
        status, answer, _ = self.patiently(client, *request, **headers)
        code = answer.get("code", "") if isinstance(answer, dict) else ""
        self.said[status, code] += 1
        self.assertTrue(status < 500 or code in PASSING, f"{what} {request[:2]} {request[2][:300] if request[2] else ''}: {status} {str(answer)[:300]}")
        return status, answer

    def test_bodies(self):
        for name, (method, path, operation) in CONTRACT.operations.items():
            media = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if media is None:
                continue
            client = self.client(None if name == "enrol" else self.kiosk)
            before, taken = self.kept(), 0
            for i in range(BODIES):
                good = media["example"] if self.dice.random() < 0.6 and "example" in media else sample(self.dice, media["schema"])
                wrong = mutated(self.dice, good)
                key = wrong.get("id", "x") if isinstance(wrong, dict) else "x"
                key = key if isinstance(key, str) and key.isprintable() and key.isascii() else "x"
                headers = {"Idempotency_Key": f'"{key}"'[:200]} if name == "authoriseLoad" else {}
                status, _ = self.answered(client, name, method, path, as_bytes(self.dice, wrong), **headers)
                taken += status == 200
                if i % 20 == 0:
                    self.goes_on()
            if taken == 0:
                self.assertEqual(before, self.kept(), name)
            client.close()

    def test_events(self):
        """Their place is right, so each takes it and gets a verdict; none stops those behind it, and the books stay even."""
        kiosk, verdicts = self.enrol("K0006"), collections.Counter()
        client = self.client(kiosk)
        types = CONTRACT.document["x-event-types"]
        for i in range(EVENTS):
            type_ = self.dice.choice([*types])
            schema = types[type_] and {"$ref": f"#/components/schemas/{types[type_]}"}
            data = sample(self.dice, schema) if schema else {}
            if self.dice.random() < 0.7:
                data = mutated(self.dice, data)
            body = {"id": None, "type": type_, "at": self.dice.choice((int(time.time() * 1000), 0, 2 ** 62)), "boot_id": "b", "boot_ms": 1,
                    "kiosk": kiosk.name, "seq": kiosk.seq + 1, "data": data}
            if self.dice.random() < 0.2:
                body = mutated(self.dice, body)
            event = self.event(kiosk, body)
            status, answer = self.answered(client, type_, "POST", "/v1/events", json.dumps({"epoch": kiosk.epoch, "events": [event]}).encode())
            if status == 400:  # what cannot be read at all is refused as it stands, and a kiosk sends it as a letter
                kiosk.seq, kiosk.prev = event["seq"] - 1, bytes.fromhex(event["prev"])
                continue
            self.assertEqual(200, status, answer)
            verdict = answer["verdicts"][0]
            verdicts[verdict["verdict"]] += 1
            self.assertIn(verdict["verdict"], ("accepted", "rejected", "conflict"))
            self.assertEqual((event["seq"], event["hash"]), (answer["head"]["seq"], answer["head"]["hash"]))
            if i % 20 == 0:
                self.goes_on()
        self.assertEqual("accepted", self.push(client, kiosk, kiosk.event("receipt.printed", {}))["verdicts"][0]["verdict"])
        self.said.update(verdicts)
        client.close()

    @staticmethod
    def event(kiosk, body):
        """An event of this body, told its own id where it has none."""
        seq, prev = kiosk.seq, kiosk.prev
        first = kiosk.event("receipt.printed", {})
        kiosk.seq, kiosk.prev = seq, prev
        if isinstance(body, dict) and body.get("id", 0) is None:
            body["id"] = first["id"]
        text = json.dumps(body).replace("\\u0000", " ").replace("\\ud800", "?").encode()
        return kiosk.event(None, None, raw=text, id_=first["id"]) | {"body": text.decode()}

    def push(self, client, kiosk, *events, epoch=None):
        status, answer, _ = self.patiently(client, "POST", "/v1/events", {"epoch": epoch or kiosk.epoch, "events": list(events)})
        self.assertEqual(200, status, answer)
        return answer

    def test_order(self):
        """Batches in any order, again, with holes, on two lines at once: each event is kept once, and the head is the last one."""
        kiosk = self.enrol("K0003")
        events = [kiosk.event("receipt.printed", {"n": i}) for i in range(SHUFFLED)]
        said, lock = collections.Counter(), threading.Lock()

        def line(seed):
            dice, client = random.Random(seed), self.client(kiosk)
            for _ in range(40):
                batch = dice.sample(events, dice.randint(1, 12))
                if dice.random() < 0.7:
                    start = dice.choice((0, dice.randrange(SHUFFLED)))
                    batch = events[start:start + dice.randint(1, 12)]
                if dice.random() < 0.3:
                    dice.shuffle(batch)
                for verdict in self.push(client, kiosk, *batch)["verdicts"]:
                    with lock:
                        said[verdict["verdict"], verdict.get("code")] += 1
            client.close()

        lines = [threading.Thread(target=line, args=(f"{SEED} {i}",)) for i in range(2)]
        for one in lines:
            one.start()
        for one in lines:
            one.join()
        client = self.client(kiosk)
        answer = self.push(client, kiosk, *events)
        said.update((verdict["verdict"], verdict.get("code")) for verdict in answer["verdicts"])
        self.assertEqual((SHUFFLED, events[-1]["hash"]), (answer["head"]["seq"], answer["head"]["hash"]))
        self.assertEqual({("accepted", None), ("duplicate", None), ("retry", "GAP")}, set(said))
        self.assertEqual(SHUFFLED, said["accepted", None])
        status, own, _ = client.send("GET", "/v1/events?epoch=0&after=0&limit=500")
        self.assertEqual((200, [event["id"] for event in events]), (status, [event["id"] for event in own["events"]]))
        self.said.update(said)
        client.close()

    def test_another(self):
        """What names another kiosk, or comes by another one's certificate, has no effect, whoever it is."""
        mine, theirs = self.enrol("K0004"), self.enrol("K0005")
        client, kept = self.client(mine), self.kept()
        event = theirs.event("receipt.printed", {"of": "K0005"})
        verdict = self.push(client, mine, event, epoch=theirs.epoch)["verdicts"][0]  # their whole event, in our line
        self.assertIn((verdict["verdict"], verdict["code"]), [("conflict", "CHAIN_BROKEN"), ("rejected", "BODY")])
        mine.seq, mine.prev = event["seq"], bytes.fromhex(event["hash"])
        bill = {"service": "F01", "anonymous": True, "address_id": "P0001"}
        body = {"id": None, "type": "ticket.filed", "at": 1, "boot_id": "b", "boot_ms": 1, "kiosk": "K0005", "seq": mine.seq + 1, "data": bill}
        verdict = self.push(client, mine, self.event(mine, body))["verdicts"][0]  # our place, another kiosk in it
        self.assertEqual(("rejected", "BODY"), (verdict["verdict"], verdict["code"]))
        body = body | {"id": None, "kiosk": "K0004", "seq": mine.seq + 2}
        verdict = self.push(client, mine, self.event(mine, body))["verdicts"][0]  # another place in it
        self.assertEqual(("rejected", "BODY"), (verdict["verdict"], verdict["code"]))
        for epoch in (mine.epoch + 1, mine.epoch + 1000, 2 ** 31 - 1):  # never ours
            verdict = self.push(client, mine, mine.event("ticket.filed", bill), epoch=epoch)["verdicts"][0]
            self.assertEqual(("conflict", "EPOCH_UNKNOWN"), (verdict["verdict"], verdict["code"]))
            mine.seq -= 1
        after = self.kept()
        for name in ("ticket", "ticket_event", "payment", "txn", "entry", "credit_txn"):
            self.assertEqual(kept[name], after[name], name)
        answer = self.push(self.client(theirs), theirs, event)
        self.assertEqual("accepted", answer["verdicts"][0]["verdict"])  # where it belongs, it is as good as before
        client.close()

    def door(self, path, method, body, headers):
        client = self.client()
        for _ in range(400):
            try:
                client.http.request(method, path, body=body, headers=headers)
            except (BrokenPipeError, ConnectionResetError, ssl.SSLEOFError):  # too long for it: it hangs up before it has all
                client.close()
                return 0, b""
            response = client.http.getresponse()
            text = response.read()
            if response.status != 429:
                break
            time.sleep(0.05)
        client.close()
        return response.status, text

    def test_door(self):
        before = self.kept()["ticket"]
        good = {"api_key": self.key, "service_code": "F01", "address_id": "P0001", "description": "it is dark", "lat": "31.2", "long": "121.4"}
        filed = 0
        for i in range(DOOR):
            dice = self.dice
            form = dict(good) | {dice.choice([*good, "attribute[a]", "attribute[]", "jurisdiction_id", "email", "\u0000"]): str(odd(dice))[:9000]
                                 for _ in range(dice.randint(0, 3))}
            text = urllib.parse.urlencode([(name, value.encode("utf-8", "replace")) for name, value in form.items()])
            if dice.random() < 0.3:
                at = dice.randrange(len(text))
                text = text[:at] + dice.choice(("%", "%zz", "%00", "%ff", "&&", "=", "&api_key=2")) + text[at:]
            headers = {"Content-Type": dice.choice(("application/x-www-form-urlencoded",) * 4 + ("text/xml", "application/json", "x" * 900)),
                       "Accept": dice.choice(("*/*", "application/json", "text/xml", "application/json;q=" + "9" * 900, "\xff\xfe", ",;,;="))}
            resource = dice.choice(("requests", "services", "services/F01", "requests/1,2,3", "tokens/x", "../discovery", "requests/" + "9" * 300))
            path = "/open311/v2/" + resource + dice.choice(("", ".json", ".xml", ".xml.json", "%00.xml", "/"))
            if dice.random() < 0.5:
                status, answer = self.door("/open311/v2/requests" + dice.choice((".json", ".xml", "")), "POST", text, headers)
            else:
                status, answer = self.door(path + "?" + text, dice.choice(("GET", "GET", "HEAD", "PUT")), None, headers)
            self.said[status] += 1
            filed += status == 201
            self.assertTrue(status < 500, f"{path} {text[:300]} {headers}: {status} {answer[:300]}")
            if i % 20 == 0:
                self.goes_on()
        self.assertEqual(before + filed, self.kept()["ticket"])


if __name__ == "__main__":
    print(f"# seed {SEED}", file=sys.stderr)
    unittest.main(argv=sys.argv[:1], verbosity=2)
