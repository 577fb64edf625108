#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A client of GeoReport v2 (https://wiki.open311.org/GeoReport_v2/), written from that specification alone, against a real platform over TLS.

test_open311.py PLATFORM COMMUNITY_DIR

It finds the services, asks for their definitions, files requests, reads them and their tokens in XML and JSON, and holds each answer against
the members, types and errors of the specification. It knows nothing of the platform's own contract."""
import contextlib
import datetime
import http.client
import json
import os
import re
import shutil
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import unittest
import urllib.parse
import xml.etree.ElementTree as ElementTree

PROGRAM, COMMUNITY = sys.argv[1:3]
FORMATS = ("xml", "json")
DATATYPES = {"string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"}
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")
SERVICE = {"service_code", "service_name", "description", "metadata", "type", "keywords", "group"}
ATTRIBUTE = {"variable", "code", "datatype", "required", "datatype_description", "order", "description"}
REQUEST = {"service_request_id", "status", "status_notes", "service_name", "service_code", "description", "agency_responsible", "service_notice",
           "requested_datetime", "updated_datetime", "expected_datetime", "address", "address_id", "zipcode", "lat", "long", "media_url"}


class Failure(Exception):
    def __init__(self, status, errors):
        super().__init__(f"{status}: {errors}")
        self.status, self.errors = status, errors


class Client:
    """An endpoint as the specification has it: resources, formats, form-encoded bodies, errors as lists."""

    def __init__(self, host, port, root, ca):
        context = ssl.create_default_context(cafile=ca)
        self.http = http.client.HTTPSConnection(host, port, context=context, timeout=20)
        self.root = root

    def call(self, method, resource, format_, query=None, form=None, headers=None):
        path = f"{self.root}/{resource}" + (f".{format_}" if format_ else "") + ("?" + urllib.parse.urlencode(query) if query else "")
        headers = dict(headers or {})
        body = None
        if form is not None:
            body = urllib.parse.urlencode(form, doseq=True) if not isinstance(form, (str, bytes)) else form
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        try:
            self.http.request(method, path, body=body, headers=headers)
        except (ssl.SSLError, ConnectionError):  # a body that is too large is answered before it is read
            if len(body or "") < 100000:
                raise
        response = self.http.getresponse()
        return response.status, response.headers, response.read()

    def ask(self, method, resource, format_, query=None, form=None):
        status, headers, body = self.call(method, resource, format_, query, form)
        type_, _, charset = headers["Content-Type"].partition(";")
        assert type_ == {"xml": "text/xml", "json": "application/json"}[format_], type_
        assert charset.strip().lower() == "charset=utf-8", charset
        read = self.read_xml if format_ == "xml" else self.read_json
        if status >= 400:
            raise Failure(status, read(body, "errors", "error"))
        assert status in (200, 201), status
        return read, body

    @staticmethod
    def read_json(body, root, item):
        value = json.loads(body.decode("utf-8"))
        assert isinstance(value, list if item else dict), type(value)
        return value

    @staticmethod
    def read_xml(body, root, item):
        assert body.startswith(b"<?xml") and b'encoding="UTF-8"' in body.split(b"\n")[0], body[:60]
        top = ElementTree.fromstring(body)
        assert top.tag == root, top.tag
        if item is None:
            return top
        assert all(one.tag == item for one in top), [one.tag for one in top]
        return [{child.tag: child.text for child in one} for one in top]

    def all(self, resource, format_, root, item, query=None, form=None, method="GET"):
        read, body = self.ask(method, resource, format_, query, form)
        return read(body, root, item)


class Open311(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="citycard-open311-")
        cls.data = os.path.join(cls.folder, "data")
        cls.run_platform("init", "--residents", "60", "--seed", "1", "--today", "20261122", "--personas",
                         os.path.join(COMMUNITY, "personas.json"), "--keys", os.path.join(COMMUNITY, "demo-keys.json"))
        cls.key = cls.run_platform("open311-key", "add", "--name", "client", "--hourly", "500").split()[1]
        cls.server = subprocess.Popen([PROGRAM, "serve", "--data", cls.data, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
        cls.port = int(cls.server.stdout.readline().strip().rsplit(":", 1)[1])
        with open(os.path.join(COMMUNITY, "personas.json"), encoding="utf-8") as personas:
            cls.persona = json.load(personas)["cards"][0]
        cls.run_platform("staff", "add", "--id", "desk", "--card", cls.persona["card_number"], "--name", cls.persona["name"])

    @classmethod
    def tearDownClass(cls):
        cls.server.terminate()
        status = cls.server.wait(20)
        cls.server.stdout.close()
        shutil.rmtree(cls.folder)
        assert status == 0, status

    @classmethod
    def run_platform(cls, command, *arguments):
        done = subprocess.run([PROGRAM, command, *arguments, "--data", cls.data], check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def setUp(self):
        self.client = Client("localhost", self.port, "/open311/v2", os.path.join(self.data, "ca.pem"))

    def tearDown(self):
        self.client.http.close()

    def fails(self, status, *arguments, **named):
        for format_ in FORMATS:
            with self.subTest(format_), self.assertRaises(Failure) as caught:
                self.client.ask(*[format_ if one is FORMATS else one for one in arguments], **named)
            self.assertEqual(status, caught.exception.status)
            self.assertGreater(len(caught.exception.errors), 0)
            for error in caught.exception.errors:
                self.assertEqual({"code", "description"}, set(error))
                self.assertEqual(status, int(error["code"]))
                self.assertTrue(error["description"])
                if format_ == "json":
                    self.assertIsInstance(error["code"], int)

    def services(self, format_="json"):
        return self.client.all("services", format_, "services", "service")

    def post(self, format_="json", **form):
        filed = self.client.all("requests", format_, "service_requests", "request", method="POST",
                                form={"api_key": self.key, "service_code": "F01", "address_id": "P0001"} | form)
        self.assertEqual(1, len(filed))
        # The number or a token, never both.
        self.assertEqual(1, len({"service_request_id", "token"} & {name for name, value in filed[0].items() if value}))
        self.assertLessEqual({"service_notice", "account_id"}, set(filed[0]))
        return filed[0]["service_request_id"]

    def check_request(self, one, format_):
        self.assertLessEqual(set(one), REQUEST)
        self.assertLessEqual({"service_request_id", "status", "service_code", "requested_datetime", "updated_datetime"}, set(one))
        self.assertIn(one["status"], ("open", "closed"))
        for name in ("requested_datetime", "updated_datetime", "expected_datetime"):
            self.assertRegex(one[name], DATE)
            datetime.datetime.fromisoformat(one[name].replace("Z", "+00:00"))
        for name in ("lat", "long"):
            if one[name] is not None:
                if format_ == "json":
                    self.assertIsInstance(one[name], (int, float))
                self.assertLessEqual(abs(float(one[name])), 180)

    # ---- What there is ----

    def test_services(self):
        by_format = {}
        for format_ in FORMATS:
            services = by_format[format_] = self.services(format_)
            self.assertGreater(len(services), 20)
            for service in services:
                self.assertEqual(SERVICE, set(service))
                self.assertIn(service["type"], ("realtime", "batch", "blackbox"))
                self.assertIn(service["metadata"], ("true", "false") if format_ == "xml" else (True, False))
        self.assertEqual([one["service_code"] for one in by_format["xml"]], [one["service_code"] for one in by_format["json"]])
        self.assertEqual([one["service_name"] for one in by_format["xml"]], [one["service_name"] for one in by_format["json"]])

    def test_definitions(self):
        asked = 0
        for service in self.services():
            definition = self.client.all(f"services/{service['service_code']}", "json", "service_definition", None)
            self.assertEqual({"service_code", "attributes"}, set(definition))
            self.assertEqual(service["metadata"], len(definition["attributes"]) > 0)
            top = self.client.all(f"services/{service['service_code']}", "xml", "service_definition", None)
            self.assertEqual([one["code"] for one in definition["attributes"]], [one.text for one in top.findall("attributes/attribute/code")])
            for attribute in definition["attributes"]:
                asked += 1
                self.assertLessEqual(ATTRIBUTE, set(attribute))
                self.assertIn(attribute["datatype"], DATATYPES)
                self.assertIsInstance(attribute["variable"], bool)
                self.assertIsInstance(attribute["required"], bool)
                self.assertIsInstance(attribute["order"], int)
                self.assertEqual("values" in attribute, attribute["datatype"].endswith("list"))
                for value in attribute.get("values", []):
                    self.assertEqual({"key", "name"}, set(value))
                found = top.find(f"attributes/attribute[code='{attribute['code']}']")
                self.assertEqual([one["key"] for one in attribute.get("values", [])], [one.text for one in found.findall("values/value/key")])
        self.assertGreater(asked, 5)
        self.fails(404, "GET", "services/NONE", FORMATS)

    # ---- Filing ----

    def test_file_every_service(self):
        for index, service in enumerate(self.services()):
            form = {"service_code": service["service_code"], "phone": "10012345678"}
            if service["metadata"]:
                for attribute in self.client.all(f"services/{service['service_code']}", "json", "service_definition", None)["attributes"]:
                    value = {"number": "12.5", "datetime": "2026-11-01T08:00:00+08:00"}.get(attribute["datatype"], "a text")
                    keys = [one["key"] for one in attribute.get("values", [])]
                    if attribute["datatype"] == "multivaluelist":
                        form[f"attribute[{attribute['code']}][]"] = keys
                    else:
                        form[f"attribute[{attribute['code']}]"] = keys[0] if keys else value
            id_ = self.post(FORMATS[index % 2], **form)
            self.assertRegex(str(id_), r"^\w+$")

    def test_file_and_follow(self):
        id_ = self.post("xml", service_code="F02", **{"attribute[symptom]": "stands", "lat": "31.230156", "long": "121.473701", "address_id": "",
                        "first_name": "王小明", "last_name": "X", "email": "x@example.org", "phone": "13800001234", "account_id": "A-77",
                        "device_id": "D-88", "media_url": "https://example.org/a.jpg", "description": "王小明 13800001234\nsecond line <b>&amp;"})
        for format_ in FORMATS:
            one, = self.client.all(f"requests/{id_}", format_, "service_requests", "request")
            self.check_request(one, format_)
            self.assertEqual(("open", "F02"), (one["status"], one["service_code"]))
            self.assertAlmostEqual(31.2301, float(one["lat"]), 4)
        self.assertIsNone(one["description"])
        self.run_platform("ticket", "step", "--ticket", id_, "--step", "assign", "--by", "desk", "--unit", "Lifts & Co <x>", "--reply",
                          "We look at it\u200b 今天", "--publish", "The lift stands still \"here\" & <now>\x07")
        for format_ in FORMATS:
            one, = self.client.all("requests", format_, "service_requests", "request", {"service_request_id": id_})
            self.assertEqual("Lifts & Co <x>", one["agency_responsible"])
            self.assertEqual("We look at it\u200b 今天", one["status_notes"])
            self.assertTrue(one["description"].startswith("The lift stands still \"here\" & <now>"))
        self.run_platform("ticket", "step", "--ticket", id_, "--step", "withdraw", "--by", "desk", "--for-resident")
        one, = self.client.all(f"requests/{id_}", "json", "service_requests", "request")
        self.assertEqual("closed", one["status"])
        self.assertIn(id_, [one["service_request_id"] for one in self.client.all("requests", "json", "service_requests", "request", {"status": "closed"})])
        self.assertNotIn(id_, [one["service_request_id"] for one in self.client.all("requests", "json", "service_requests", "request", {"status": "open"})])
        self.nothing_personal(id_)

    def nothing_personal(self, id_):
        for resource, query in ((f"requests/{id_}", None), ("requests", None), ("requests", {"service_request_id": id_})):
            for format_ in FORMATS:
                _, _, body = self.client.call("GET", resource, format_, query)
                for secret in ("王小明", "13800001234", "x@example.org", "A-77", "D-88", "a.jpg", "second line", "31.230156"):
                    self.assertNotIn(secret.encode(), body)

    def looks_of_staff(self):
        """What was written down of those who saw who reports."""
        with contextlib.closing(sqlite3.connect(f"file:{self.data}/platform.db?mode=ro", uri=True)) as db:
            return db.execute("SELECT count(*) FROM access_log WHERE actor='ticket show'").fetchone()[0]

    def test_tokens(self):
        id_ = self.post()
        looks = self.looks_of_staff()
        shown = json.loads(self.run_platform("ticket", "show", "--ticket", id_, "--json"))
        self.assertEqual(looks + 1, self.looks_of_staff())
        for format_ in FORMATS:
            found, = self.client.all(f"tokens/{shown['token']}", format_, "service_requests", "request")
            self.assertEqual({"service_request_id": id_, "token": shown["token"]}, found)
        self.fails(404, "GET", "tokens/none", FORMATS)
        self.fails(404, "GET", "tokens/01985d5e-5c00-7000-8000-000000000001", FORMATS)

    def test_not_public(self):
        id_ = self.post(service_code="S02", phone="10012345678", description="She was rude")
        self.fails(404, "GET", f"requests/{id_}", FORMATS)
        self.fails(404, "GET", "requests", FORMATS, query={"service_request_id": id_})
        self.assertNotIn(id_, [one["service_request_id"] for one in self.client.all("requests", "json", "service_requests", "request")])

    def test_refused(self):
        good = {"api_key": self.key, "service_code": "F01", "address_id": "P0001"}
        before = len(self.client.all("requests", "json", "service_requests", "request"))
        for status, change in ((403, {"api_key": None}), (403, {"api_key": "x"}), (403, {"api_key": "0" * 64}), (400, {"service_code": None}),
                               (404, {"service_code": "NONE"}), (400, {"address_id": None}), (400, {"address_id": None, "lat": "1"}),
                               (400, {"address_id": None, "lat": "1", "long": "x"}), (400, {"lat": "100", "long": "0"}),
                               (400, {"description": "a" * 4001}), (400, {"service_code": "F02"}), (400, {"attribute[foreign]": "1"}),
                               (404, {"jurisdiction_id": "elsewhere.org"})):
            form = {name: value for name, value in (good | change).items() if value is not None}
            with self.subTest(change):
                self.fails(status, "POST", "requests", FORMATS, form=form)
        for body in ("a=%zz", b"\xff\xfe=1", "&".join(f"a{i}=1" for i in range(100)), f"api_key={self.key}&api_key={self.key}"):
            self.fails(400, "POST", "requests", FORMATS, form=body)
        self.assertEqual(before, len(self.client.all("requests", "json", "service_requests", "request")))

    def test_discovery(self):
        self.client.root = "/open311"
        status, headers, body = self.client.call("GET", "discovery", "json")
        self.assertEqual((200, "application/json; charset=utf-8"), (status, headers["Content-Type"]))
        found = json.loads(body)
        self.assertEqual({"changeset", "contact", "key_service", "endpoints"}, set(found))
        url = urllib.parse.urlsplit(found["endpoints"][0]["url"])
        self.assertEqual(("https", f"localhost:{self.port}"), (url.scheme, url.netloc))
        self.assertEqual(["text/xml", "application/json"], found["endpoints"][0]["formats"])
        there = Client(url.hostname, url.port, url.path, os.path.join(self.data, "ca.pem"))
        self.assertGreater(len(there.all("services", "json", "services", "service")), 3)
        there.http.close()
        self.assertEqual((200, b""), self.client.call("HEAD", "discovery", "xml")[::2])
        top = Client.read_xml(self.client.call("GET", "discovery", "xml")[2], "discovery", None)
        self.assertEqual(found["endpoints"][0]["url"], top.findtext("endpoints/endpoint/url"))
        self.assertEqual(found["changeset"], top.findtext("changeset"))

    def test_head(self):
        for resource, format_, expected in (("services", "json", 200), ("services", "xml", 200), ("requests", "json", 200), ("services/NO", "json", 404),
                                            ("requests/1", "xml", 404)):
            with self.subTest(resource):
                status, headers, body = self.client.call("HEAD", resource, format_)
                again, read, whole = self.client.call("GET", resource, format_)
                self.assertEqual((expected, expected, b""), (status, again, body))
                self.assertEqual((str(len(whole)), read["Content-Type"]), (headers["Content-Length"], headers["Content-Type"]))

    def test_protocol(self):
        for format_ in FORMATS:
            status, _, body = self.client.call("POST", "requests", format_, form="{}", headers={"Content-Type": "application/json"})
            self.assertEqual((415, True), (status, b"415" in body))
            status, headers, _ = self.client.call("POST", "services", format_, form="a=1")
            self.assertEqual((405, "GET, HEAD"), (status, headers["Allow"]))
        self.fails(404, "GET", "nothing", FORMATS)
        status, headers, _ = self.client.call("GET", "services", None)
        self.assertEqual((200, "text/xml; charset=utf-8"), (status, headers["Content-Type"]))
        status, headers, _ = self.client.call("GET", "services", None, headers={"Accept": "application/json"})
        self.assertEqual((200, "application/json; charset=utf-8"), (status, headers["Content-Type"]))
        self.client.http.close()
        try:
            status, _, body = self.client.call("POST", "requests", "json", form="a" * 2000000)
            self.assertEqual((413, 413), (status, json.loads(body)[0]["code"]))
        except (ssl.SSLError, ConnectionError, http.client.HTTPException):
            pass  # hung up on while it was still sending: the answer may be lost on such a connection
        self.client.http.close()
        self.assertEqual(200, self.client.call("GET", "services", "json")[0])

    # ---- Reading ----

    def test_filters(self):
        ids = [self.post(service_code=code) for code in ("E04", "E04", "E05")]
        for format_ in FORMATS:
            def asked(**query):
                rows = self.client.all("requests", format_, "service_requests", "request", query)
                for one in rows:
                    self.check_request(one, format_)
                return [one["service_request_id"] for one in rows]
            self.assertEqual([ids[1], ids[0]], [one for one in asked(service_code="E04") if one in ids])
            self.assertEqual(set(ids), set(asked(service_code="E04,E05")) & set(ids))
            self.assertEqual([ids[2], ids[0]], sorted(asked(service_request_id=f"{ids[0]},{ids[2]}", status="closed"), reverse=True))
            self.assertEqual(sorted(ids[:2]), sorted(one["service_request_id"] for one in self.client.all(
                f"requests/{ids[0]},{ids[1]}", format_, "service_requests", "request")))
            everything = asked()
            self.assertEqual(everything, asked(status="open,closed"))
            self.assertEqual(everything[:2], asked(page_size=2))
            self.assertEqual(everything[2:4], asked(page_size=2, page=2))
            now = datetime.datetime.now(datetime.timezone.utc)
            day = datetime.timedelta(days=1)
            at = lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%SZ")
            self.assertEqual(everything, asked(start_date=at(now - day), end_date=at(now + day)))
            self.assertEqual([], asked(start_date=at(now - 3 * day), end_date=at(now - 2 * day)))
            self.assertEqual([], asked(end_date="2020-01-01T00:00:00+08:00"))
        for query in ({"status": "half"}, {"start_date": "soon"}, {"start_date": at(now - 100 * day), "end_date": at(now)}, {"page": 0},
                      {"page_size": 1001}, {"service_request_id": "x"}):
            self.fails(400, "GET", "requests", FORMATS, query=query)
        self.fails(404, "GET", "requests/1", FORMATS)
        self.fails(404, "GET", "services", FORMATS, query={"jurisdiction_id": "elsewhere.org"})

    def test_keys(self):
        id_, key = self.run_platform("open311-key", "add", "--name", "short", "--hourly", "2").split()
        self.post(api_key=key)
        self.post(api_key=key)
        form = {"api_key": key, "service_code": "F01", "address_id": "P0001"}
        status, headers, body = self.client.call("POST", "requests", "json", form=form)
        self.assertEqual((429, 429), (status, json.loads(body)[0]["code"]))
        self.assertGreater(int(headers["Retry-After"]), 0)
        self.run_platform("open311-key", "revoke", "--id", id_)
        self.fails(403, "POST", "requests", FORMATS, form=form)
        listed = self.run_platform("open311-key", "list")
        self.assertNotIn(key, listed)
        self.assertGreater(next(one for one in json.loads(listed) if one["id"] == id_)["revoked_ms"], 0)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
