#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""kiosk/sync/openapi.json is valid OpenAPI 3.1, hangs together, sets a bound to everything, and its examples are right."""
import json
import os
import re
import sys
import unittest

import jsonschema

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from contract import Contract, sources, surface, told, topics
from promises import broken, promises
from signer import enrolled, envelopes, is_signed

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = sys.argv.pop(1) if len(sys.argv) > 1 and os.path.isdir(sys.argv[1]) else os.path.join(HERE, "..", "..")
CONTRACT = Contract(os.path.join(ROOT, "kiosk", "sync", "openapi.json"))
DOCUMENT = CONTRACT.document


def walk(value, path="#"):
    yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in items:
        if key not in ("example", "examples", "enum"):
            yield from walk(one, f"{path}/{key}")


def schemas():
    """Every schema object of the document with its place."""
    def below(schema, path):
        yield path, schema
        for name, one in schema.get("properties", {}).items():
            yield from below(one, f"{path}.{name}")
        for word in ("items", "additionalProperties", "propertyNames"):
            if isinstance(schema.get(word), dict):
                yield from below(schema[word], f"{path}[{word}]")
        for one in schema.get("oneOf", []):
            yield from below(one, path)
    for name, schema in DOCUMENT["components"]["schemas"].items():
        yield from below(schema, name)
    for path, value in walk(DOCUMENT):
        if isinstance(value, dict) and "schema" in value and "in" in value:
            yield from below(value["schema"], path)


class Document(unittest.TestCase):
    def test_is_openapi_3_1(self):
        with open(os.path.join(HERE, "openapi-3.1.schema.json"), encoding="utf-8") as file:
            meta = json.load(file)
        errors = list(jsonschema.Draft202012Validator(meta).iter_errors(DOCUMENT))
        self.assertEqual([], [f"{list(e.absolute_path)}: {e.message[:200]}" for e in errors])

    def test_the_meta_schema_refuses(self):
        with open(os.path.join(HERE, "openapi-3.1.schema.json"), encoding="utf-8") as file:
            meta = json.load(file)
        for spoil in (lambda d: d.pop("info"), lambda d: d.update(openapi="2.0"), lambda d: d.update(foreign=1),
                      lambda d: d["paths"]["/v1/time"]["get"].update(responses=[])):
            document = json.loads(json.dumps(DOCUMENT))
            spoil(document)
            self.assertTrue(list(jsonschema.Draft202012Validator(meta).iter_errors(document)))

    def test_schemas_are_json_schema(self):
        for path, schema in schemas():
            with self.subTest(path):
                jsonschema.Draft202012Validator.check_schema(schema)

    def test_references_resolve(self):
        count = 0
        for path, value in walk(DOCUMENT):
            if isinstance(value, dict) and "$ref" in value:
                with self.subTest(path):
                    self.assertIsInstance(CONTRACT.resolve(value), dict)
                count += 1
        self.assertGreater(count, 100)

    def test_nothing_is_there_for_show(self):
        used = {value["$ref"] for _, value in walk(DOCUMENT) if isinstance(value, dict) and "$ref" in value}
        spoken = json.dumps(DOCUMENT["x-event-types"]) + " ".join(
            value["description"] for _, value in walk(DOCUMENT) if isinstance(value, dict) and isinstance(value.get("description"), str))
        for kind in ("schemas", "responses", "parameters", "headers"):
            for name in DOCUMENT["components"][kind]:
                with self.subTest(f"{kind}/{name}"):
                    self.assertTrue(f"#/components/{kind}/{name}" in used or re.search(rf"\b{name}\b", spoken))

    def test_operations(self):
        names = [operation["operationId"] for methods in DOCUMENT["paths"].values() for operation in methods.values()]
        self.assertEqual(len(names), len(set(names)))
        for name, (method, path, operation) in CONTRACT.operations.items():
            with self.subTest(name):
                self.assertTrue(operation["summary"] and operation["description"] and operation["tags"])
                self.assertEqual(method == "POST", "requestBody" in operation)
                parameters = [CONTRACT.resolve(p) for p in operation["parameters"]]
                self.assertEqual(re.findall(r"\{(.*?)\}", path), [p["name"] for p in parameters if p["in"] == "path"])
                for status, response in operation["responses"].items():
                    response = CONTRACT.resolve(response)
                    self.assertIn("Cache-Control", response["headers"])
                    self.assertEqual(int(status) >= 400, "x-codes" in response)
                    self.assertEqual(status in ("429", "503"), "Retry-After" in response["headers"])

    def test_problems(self):
        registry = DOCUMENT["components"]["x-problems"]
        sent = set()
        for name, (_, _, operation) in CONTRACT.operations.items():
            for status, response in operation["responses"].items():
                for code in CONTRACT.resolve(response).get("x-codes", []):
                    with self.subTest(f"{name} {status} {code}"):
                        self.assertEqual(int(status), registry[code]["status"])
                    sent.add(code)
        for root in ("x-any-other-path", "x-any-other-method"):
            sent.update(CONTRACT.resolve(DOCUMENT[root])["x-codes"])
        self.assertEqual(set(registry), sent)
        self.assertTrue(all(one["kiosk"] for one in registry.values()))

    def test_problems_are_in_the_code(self):
        registry = DOCUMENT["components"]["x-problems"]
        text = sources(ROOT, "platform", "model", but="problems.c")
        for code in registry:
            with self.subTest(code):
                self.assertRegex(text, rf'"{code}"|PROBLEM_TYPE "{code}')
        sent = re.findall(r'(?:refuse|handlers_problem|send_problem)\((?:&?\w+), (\d+),\s*"([A-Z][A-Z0-9_]*)"', text)
        self.assertGreater(len(sent), 30)
        for status, code in sent:
            with self.subTest(code):
                self.assertEqual(int(status), registry[code]["status"])

    def test_verdict_codes_are_in_the_code(self):
        text = sources(ROOT, "platform", "model")
        listed = set(DOCUMENT["components"]["x-verdict-codes"])
        for code in listed:
            with self.subTest(code):
                self.assertIn(f'"{code}"', text)
        written = set(re.findall(r'STORE_(?:CONFLICT|REJECTED|RETRY), (?:\.code = )?"([A-Z][A-Z0-9_]+)"', text))
        written |= set(re.findall(r'contradict_(?:void|paid)\(work, "([A-Z_]+)"', text))
        written |= set(re.findall(r'out->code = "([A-Z][A-Z0-9_]+)"', text))
        self.assertGreater(len(written), 15)
        self.assertEqual(set(), written - listed)

    def test_topics_are_those_of_the_code(self):
        """What the feed reads (db-feed.c: a value for each topic; a bill is what is left) and what is written to it."""
        text = sources(ROOT, "platform")
        read = set(re.findall(r'strcmp\(topic, "([a-z]+)"\)', text)) | {"bill"}
        written = set(re.findall(r'db_change_add\([^;]*?, "([a-z]+)"', text))
        written |= set(re.findall(r'INSERT INTO change\((?:[^;]|"\s*")*?\'([a-z]+)\'', text))
        self.assertGreater(len(written), 20)
        self.assertEqual(set(topics(DOCUMENT)), read)
        self.assertEqual(set(), written - read)
        told = DOCUMENT["components"]["schemas"]["FeedItem"]["properties"]["topic"]["description"]
        self.assertEqual(topics(DOCUMENT), {topic: schema for topic, schema in re.findall(r"([a-z]+): ([A-Z]\w+)", told)})

    def test_codes_of_events(self):
        """Each type has its list; whatever is in one is a verdict code, and what is in none says that it is of no event."""
        codes, registry = DOCUMENT["x-event-codes"], DOCUMENT["components"]["x-verdict-codes"]
        self.assertEqual(["every", *DOCUMENT["x-event-types"]], list(codes))
        for name, listed in codes.items():
            with self.subTest(name):
                self.assertEqual(len(listed), len(set(listed)))
                self.assertEqual(set(), set(listed) - set(registry))
        named = {code for listed in codes.values() for code in listed}
        self.assertEqual({code for code in registry if "of no event so far" in registry[code]}, set(registry) - named)

    def test_sealed_members_are_those_of_the_code(self):
        listed = re.search(r"PERSONAL\[\] = \{(.*?), NULL\}", sources(ROOT, "model"), re.S).group(1)
        self.assertEqual(DOCUMENT["x-sealed-members"], re.findall(r'"(\w+)"', listed))
        personal = [(path, name) for path, schema in schemas() for name, one in schema.get("properties", {}).items()
                    if "Personal: written as Sealed" in one.get("description", "") and name not in DOCUMENT["x-sealed-members"]]
        self.assertEqual([], personal)

    def test_version_counts_additions(self):
        """What a released version named is named by all later ones, and what is named beside it has a number of its own."""
        ours = surface(DOCUMENT)
        version = [int(part) for part in DOCUMENT["info"]["version"].split(".")]
        older = sorted(name for name in os.listdir(os.path.join(HERE, "surfaces")) if name.endswith(".txt"))
        self.assertTrue(older)
        for name in older:
            with open(os.path.join(HERE, "surfaces", name), encoding="utf-8") as file:
                theirs = set(file.read().splitlines())
            self.assertEqual(theirs - ours, set(), f"{name} had them")
            released = [int(part) for part in name.removesuffix(".txt").split(".")]
            check = self.assertGreater if ours - theirs else self.assertGreaterEqual
            check(version, released, f"raise info.version: there are more than {name} has, as {sorted(ours - theirs)[:3]}")

    def test_everything_is_bounded(self):
        for path, schema in schemas():
            types = schema.get("type", [])
            types = types if isinstance(types, list) else [types]
            with self.subTest(path):
                pattern = schema.get("pattern", "+")
                fixed = pattern.startswith("^") and pattern.endswith("$") and not re.search(r"[+*]", pattern)
                if "string" in types and not fixed:
                    self.assertTrue({"maxLength", "enum", "const"} & set(schema))
                if "integer" in types and "const" not in schema:
                    self.assertIn("minimum", schema)
                    self.assertIn("maximum", schema)
                if "array" in types:
                    self.assertIn("maxItems", schema)

    def test_everything_has_words(self):
        """A member says what it is itself, or what it refers to does; its own name in other letters says nothing."""
        count = 0
        for path, value in walk(DOCUMENT):
            if not (isinstance(value, dict) and value.get("type") == "object" and isinstance(value.get("properties"), dict)):
                continue
            for name, one in value["properties"].items():
                with self.subTest(f"{path}.{name}"):
                    words = one.get("description") or CONTRACT.resolve(one).get("description", "")
                    self.assertGreater(len(words), 4)
                    self.assertNotIn(re.sub(r"[^a-z]", "", words.lower().removeprefix("the ")), {"", name.replace("_", "").lower()})
                count += 1
        self.assertGreater(count, 900)

    def test_examples(self):
        count = 0
        for name, (method, path, operation) in CONTRACT.operations.items():
            with self.subTest(name):
                body = operation.get("requestBody", {}).get("content", {}).get("application/json")
                if body is not None:
                    self.assertEqual([], CONTRACT.faults(body["schema"], body["example"], True))
                    count += 1
                for status, response in operation["responses"].items():
                    for type_, media in CONTRACT.resolve(response)["content"].items():
                        if "json" not in type_ or name == "openapi":
                            continue
                        text = json.dumps(media["example"], ensure_ascii=False)
                        self.assertEqual([], CONTRACT.answer_faults(method, path, int(status), None, text), status)
                        self.assertNotIn("…", text)
                        count += 1
        self.assertGreater(count, 90)

    def test_examples_of_events_and_topics(self):
        """One of each; personal members are sealed as kiosks send them, and held against the schema as if they were open."""
        plain = dict.fromkeys(DOCUMENT["x-sealed-members"], "x") | {"card_number": "3100000000000000000", "serial": "0000000000000000",
                                                                   "care_found": "", "care_closed": "", "wants": "standard"}
        sealed = {"$ref": "#/components/schemas/Sealed"}

        def opened(value):
            if isinstance(value, list):
                return [opened(one) for one in value]
            if not isinstance(value, dict):
                return value
            return {name: plain[name] if name in plain and isinstance(one, dict) and not CONTRACT.faults(sealed, one, True) else opened(one)
                    for name, one in value.items()}
        types, told = DOCUMENT["x-event-types"], DOCUMENT["x-event-examples"]
        self.assertEqual(list(types), list(told))
        for name, body in told.items():
            with self.subTest(name):
                self.assertEqual(name, body["type"])
                self.assertEqual([], CONTRACT.faults({"$ref": "#/components/schemas/EventBody"}, body, True))
                self.assertEqual([], CONTRACT.faults({"$ref": f"#/components/schemas/{types[name]}"}, opened(body["data"]), True))
        self.assertEqual(list(topics(DOCUMENT)), list(DOCUMENT["x-topic-examples"]))
        for name, item in DOCUMENT["x-topic-examples"].items():
            with self.subTest(name):
                self.assertEqual((name, False), (item["topic"], item["deleted"]))
                self.assertEqual([], CONTRACT.faults({"$ref": "#/components/schemas/FeedItem"}, item, True))
                self.assertEqual([], CONTRACT.faults({"$ref": f"#/components/schemas/{topics(DOCUMENT)[name]}"}, item["value"], True))

    def test_examples_are_signed(self):
        """Whoever has the key of the example of an enrolment can check all others."""
        public, signed = enrolled(DOCUMENT)["signing_key"], list(envelopes(DOCUMENT))
        self.assertGreaterEqual(len(signed), 8)
        for path, envelope in signed:
            with self.subTest(path):
                self.assertTrue(is_signed(public, envelope))
                self.assertFalse(is_signed(public, envelope | {"payload": envelope["payload"] + " "}))

    def test_the_public_door(self):
        """GeoReport v2: its own errors, both formats, examples that fit, no certificate."""
        self.assertEqual(7, len(CONTRACT.door))
        for name, (method, path, operation) in CONTRACT.door.items():
            with self.subTest(name):
                parameters = [CONTRACT.resolve(p) for p in operation["parameters"]]
                self.assertEqual(set(re.findall(r"\{(.*?)\}", path)), {p["name"] for p in parameters if p["in"] == "path"})
                self.assertEqual([], operation["security"])
                self.assertEqual(method == "POST", "requestBody" in operation)
                for status, response in operation["responses"].items():
                    response = CONTRACT.resolve(response)
                    media = response["content"]
                    self.assertEqual(["application/json; charset=utf-8", "text/xml; charset=utf-8"], list(media))
                    schema, example = media["application/json; charset=utf-8"]["schema"], media["application/json; charset=utf-8"]["example"]
                    self.assertEqual([], CONTRACT.faults(schema, example, True), status)
                    self.assertEqual(int(status) >= 400, schema["$ref"].endswith("/GeoErrors"))
                    self.assertEqual(status in ("429", "503"), "Retry-After" in response["headers"])
                    if int(status) >= 400:
                        self.assertEqual(int(status), example[0]["code"])


# What 1.3 did to what 1.2 had promised, before there was this test.
SINCE_1_2 = {
    r"told .*/state: enum .*: a value that readers do not know": "a card can be replaced; a state of a card is shown as it is",
    r"told .*/access\[\]/role: enum .*: a value that readers do not know": "more kinds of staff look; the role of who looked is shown as it is",
    r"asked event (journal\.restored|receipt\.printed|refused\.resolved): (type|required) .*": "the data is told for the first time: any object is taken",
}


# What the newest recording does not play, and why.
UNPLAYED = {
    "a page for people, or the document itself": {"openapi", "contractPage", "adminPage", "adminStyle"},
    "somebody of the staff has to do something at the platform first": {"fetchFile", "makeCertificate", "readCareHousehold", "takeNumber", "stepAtCounter",
        "castPaper", "care.visited", "attendance.close", "case", "file", "seat", "help", "command", "post", "matter", "calendar", "queue", "numbers", "topic"},
    "another kiosk, a torn load, a damaged disk or credit has to be there": {"doubt.settled", "load.in_doubt", "load.void", "journal.restored", "ledger.hold",
        "ledger.txn"},
}
NEWEST = "dc0fb9b7.jsonl"


class Recorded(unittest.TestCase):
    def test_what_the_newest_plays(self):
        """Each operation, type of event and topic of the contract but those above: a new one is recorded, or named with its reason."""
        played = set()
        with open(os.path.join(HERE, "recorded", NEWEST), encoding="utf-8") as file:
            for line in map(json.loads, file):
                played.add(CONTRACT.operation_of(line["method"], line["path"])[0])
                answer = json.loads(line["answer"]) if "json" in line["type"] else None
                played |= {one[1] for one in told(line["method"], line["path"], line["status"], line.get("request"), answer)}
        every = set(CONTRACT.operations) | set(DOCUMENT["x-event-types"]) | set(topics(DOCUMENT))
        self.assertEqual(set().union(*UNPLAYED.values()), every - played)


class Promises(unittest.TestCase):
    """What a released version promised is kept: promises.py says what that is."""

    def test_released_versions(self):
        older = sorted(name for name in os.listdir(os.path.join(HERE, "surfaces")) if name.endswith(".json"))
        self.assertTrue(older)
        for name in older:
            with open(os.path.join(HERE, "surfaces", name), encoding="utf-8") as file:
                before = promises(json.load(file))
            self.assertGreater(len(before), 3000)
            faults = broken(before, promises(DOCUMENT))
            for pattern in SINCE_1_2:
                self.assertTrue([one for one in faults if re.fullmatch(pattern, one)], f"{pattern} is not needed any more")
            self.assertEqual([], [one for one in faults if not any(re.fullmatch(pattern, one) for pattern in SINCE_1_2)], name)

    def faults(self, change):
        document = json.loads(json.dumps(DOCUMENT))
        change(document)
        return broken(promises(DOCUMENT), promises(document))

    def test_what_breaks_is_found(self):
        def schema(name, *members):
            def find(document):
                place = document["components"]["schemas"][name]
                for member in members:
                    place = place["properties"][member]
                return place
            return find
        ended, epoch, feed, event, rating = schema("HelpEnded", "how"), schema("EpochRequest"), schema("FeedAnswer"), schema("Event", "body"), schema("Rating")
        at = lambda document, method, path: document["paths"][path][method]
        for what, change in {
                "POST /v1/epoch body .*a member is required that was not": lambda d: epoch(d)["required"].append("later"),
                "GET /v1/feed 200 .*: required .*not always told any more": lambda d: feed(d)["required"].remove("more"),
                "GET /v1/feed 200 .*/more: it is gone": lambda d: feed(d)["properties"].pop("more"),
                "GET /v1/feed 200 .*/more: type .*readers do not know": lambda d: feed(d)["properties"]["more"].update(type="integer"),
                "GET /v1/feed query limit: maximum .*a limit shrinks": lambda d: at(d, "get", "/v1/feed")["parameters"][1]["schema"].update(maximum=499),
                "GET /v1/feed query cursor: needed .*is required": lambda d: at(d, "get", "/v1/feed")["parameters"][0].update(required=True),
                "POST /v1/enrol body : it is gone": lambda d: at(d, "post", "/v1/enrol").pop("requestBody"),
                "GET /v1/hotlist/.* 206: headers .*not always told": lambda d: at(d, "get", "/v1/hotlist/{version}")["responses"]["206"]["headers"].pop("Content-Range"),
                "GET /v1/time 200: it is gone": lambda d: at(d, "get", "/v1/time")["responses"].pop("200"),
                "limit pushRows: maximum .*a limit shrinks": lambda d: d["x-limits"].update(pushRows=499),
                r"events\[\]/body: maxLength .*a limit shrinks": lambda d: event(d).update(maxLength=event(d)["maxLength"] - 1),
                r"events\[\]/body: pattern .*nobody can tell": lambda d: event(d).update(pattern="^.*$"),
                "event help.ended/how: enum .*refused that was taken": lambda d: ended(d)["enum"].remove("raised"),
                "event rating.given: closed .*another type or topic": lambda d: rating(d)["properties"].update(later={"type": "string"}),
                "event rating.given: it is gone": lambda d: d["x-event-types"].pop("rating.given"),
                "event receipt.printed: closed .*foreign members": lambda d: schema("ReceiptPrinted")(d).update(additionalProperties=False),
                "topic reward: closed .*another type or topic": lambda d: schema("Rewards")(d)["properties"].update(later={"type": "string"}),
                "topic case/state: enum .*readers do not know": lambda d: schema("Case", "state")(d)["enum"].append("LATER"),
                "topic file/name: maxLength .*more than readers make room for": lambda d: schema("File", "name")(d).update(maxLength=9999)}.items():
            with self.subTest(what):
                self.assertTrue(any(re.search(what, one) for one in self.faults(change)), self.faults(change))

    def test_additions_break_nothing(self):
        def add(document):
            schemas, text = document["components"]["schemas"], {"type": "string", "maxLength": 9}
            schemas["FeedAnswer"]["properties"]["later"] = text
            schemas["FeedAnswer"]["required"].append("later")
            schemas["EpochRequest"]["properties"]["later"] = text
            schemas["Later"] = {"type": "object", "properties": {"later": text}, "required": ["later"], "additionalProperties": False}
            schemas["HelpEnded"]["properties"]["how"]["enum"].append("later")
            document["x-event-types"]["later.told"] = "Later"
            document["x-limits"]["pushRows"] += 1
            document["paths"]["/v1/later"] = document["paths"]["/v1/renew"]
            document["paths"]["/v1/feed"]["get"]["parameters"].append({"name": "later", "in": "query", "schema": text})
        self.assertEqual([], self.faults(add))


if __name__ == "__main__":
    unittest.main()
