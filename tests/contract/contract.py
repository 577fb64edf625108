# SPDX-License-Identifier: Apache-2.0
"""kiosk/sync/openapi.json for tests: its operations, its schemas, and what an exchange may look like by it."""
import copy
import json
import os
import re

import jsonschema


class Contract:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.document = json.load(file)
        self.resolver = jsonschema.RefResolver("", self.document)
        self.closed = _closed(copy.deepcopy(self.document))
        self.closed_resolver = jsonschema.RefResolver("", self.closed)
        self.operations = {}
        self.door = {}  # of the public door: another specification's calls and errors, tested by a client of its own
        self.pages = {}  # for everybody with a browser
        for path_, methods in self.document["paths"].items():
            for method, operation in methods.items():
                to = self.door if "GeoReport" in operation["tags"] else self.pages if "Public" in operation["tags"] else self.operations
                to[operation["operationId"]] = (method.upper(), path_, operation)

    def resolve(self, thing):
        while "$ref" in thing:
            thing = self.at(thing["$ref"])
        return thing

    def at(self, reference):
        place = self.document
        assert reference.startswith("#/"), reference
        for part in reference[2:].split("/"):
            place = place[part.replace("~1", "/").replace("~0", "~")]
        return place

    def operation_of(self, method, path):
        """(operationId, operation), or (None, None)."""
        plain = path.split("?")[0]
        for name, (method_, described, operation) in (self.operations | self.pages).items():
            pattern = re.sub(r"\{[^}]*\}", "[^/]+", described)
            if method_ == method and re.fullmatch(pattern, plain):
                return name, operation
        return None, None

    def faults(self, schema, value, ours):
        """`ours`: said by code of this tree, so that a member that is not described is a fault. Else as JSON Schema has it."""
        if ours:
            schema = _closed(copy.deepcopy(schema))
        validator = jsonschema.Draft202012Validator(schema, resolver=self.closed_resolver if ours else self.resolver)
        return [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:300]}" for e in validator.iter_errors(value)]

    def response(self, method, path, status):
        name, operation = self.operation_of(method, path)
        described = {re.sub(r"\{[^}]*\}", "[^/]+", p) for p in self.document["paths"]}
        known = any(re.fullmatch(p, path.split("?")[0]) for p in described)
        if operation is not None and str(status) in operation["responses"]:
            return name, self.resolve(operation["responses"][str(status)])
        if status == 404 and not known:
            return "any other path", self.resolve(self.document["x-any-other-path"])
        if status == 405 and known and operation is None:
            return "any other method", self.resolve(self.document["x-any-other-method"])
        return name, None

    def answer_faults(self, method, path, status, headers, body, ours=True):
        """What is wrong with an answer; `headers` by lower-case names, None: not known; `body` unpacked bytes."""
        _, response = self.response(method, path, status)
        if response is None:
            return [f"{method} {path}: {status} is not described"]
        content = response["content"]
        type_ = (headers or {}).get("content-type")
        if type_ not in content:  # of several, the one that was sent
            type_ = next(iter(content))
        media = content[type_]
        faults = self._header_faults(response, headers, type_) if headers is not None else []
        if "schema" not in media:
            return faults
        value = json.loads(body, object_pairs_hook=_no_twice)
        if "$ref" not in media["schema"]:
            ours = False  # the document itself
        faults += self.faults(media["schema"], value, ours)
        if "x-codes" in response and ours and value.get("code") not in response["x-codes"]:
            faults.append(f"code {value.get('code')} is not one of {response['x-codes']}")
        for verdict in value.get("verdicts", []) if ours else []:
            if "code" in verdict and verdict["code"] not in self.document["components"]["x-verdict-codes"]:
                faults.append(f"verdict code {verdict['code']} is not listed")
        return faults

    def _header_faults(self, response, headers, type_):
        faults = []
        if headers.get("content-type") != type_:
            faults.append(f"Content-Type {headers.get('content-type')}, described as {type_}")
        described = {name.lower(): self.resolve(header) for name, header in response.get("headers", {}).items()}
        for name, header in described.items():
            if name not in headers:
                if name != "content-encoding" and header.get("required", True):
                    faults.append(f"header {name} is missing")
                continue
            number = header["schema"].get("type") == "integer"
            value = int(headers[name]) if number else headers[name]
            faults += [f"header {name}: {fault}" for fault in self.faults(header["schema"], value, True)]
        always = {"content-type", "content-length", "date", "connection", "request-id"}
        faults += [f"header {name} is not described" for name in headers if name not in described and name not in always]
        return faults

    def request_faults(self, method, path, body, ours=True):
        name, operation = self.operation_of(method, path)
        if operation is None:
            return [f"{method} {path} is not described"]
        if "requestBody" not in operation:
            return [] if not body else ["a body where none is described"]
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        return self.faults(schema, json.loads(body, object_pairs_hook=_no_twice), ours)


def _no_twice(pairs):
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError(f"a member twice: {names}")
    return dict(pairs)


def _closed(schema):
    """The same with every object closed that has members described; what an `if` says is left as it is."""
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key not in ("allOf", "example", "examples"):
                _closed(value)
        if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
            schema.setdefault("additionalProperties", False)
    elif isinstance(schema, list):
        for one in schema:
            _closed(one)
    return schema


def sources(root, *folders, but=None, ends=(".c",)):
    """All C of these rooms of kiosk/, as one text."""
    text = ""
    for folder in folders:
        for place, rooms, names in os.walk(os.path.join(root, "kiosk", folder)):
            rooms.sort()
            for name in sorted(names):
                if name.endswith(ends) and name != but:
                    with open(os.path.join(place, name), encoding="utf-8") as file:
                        text += file.read()
    return text


def topics(document):
    """What each topic of the feed holds, by the topic's name: the schema of its values."""
    conditions = document["components"]["schemas"]["FeedItem"]["allOf"]
    return {one["if"]["properties"]["topic"]["const"]: one["then"]["properties"]["value"]["$ref"].rsplit("/", 1)[1] for one in conditions}


def told(method, path, status, request, answer):
    """What an exchange tells beside its own answer: ("EVENT", type, verdict, code) of each event, ("TOPIC", name, "value", "-") of each item."""
    if status != 200 or not isinstance(answer, dict):
        return
    if (method, path) == ("POST", "/v1/events") and request is not None:
        verdicts = {(one["seq"], one["id"]): one for one in answer["verdicts"]}
        for event in json.loads(request)["events"]:
            one = verdicts[event["seq"], event["id"]]
            try:
                type_ = json.loads(event["body"])["type"]
            except (ValueError, KeyError, TypeError, RecursionError):
                continue  # a body that says nothing
            if isinstance(type_, str):
                yield "EVENT", type_, one["verdict"], one.get("code", "-")
    if path.startswith("/v1/feed"):
        yield from (("TOPIC", item["topic"], "deleted" if item["deleted"] else "value", "-") for item in answer["items"])


def surface(document):
    """What of a document has a name that the other end may use: a line each."""
    words = {f"event {name}" for name in document["x-event-types"]}
    words |= {f"problem {name}" for name in document["components"]["x-problems"]}
    words |= {f"verdict {name}" for name in document["components"]["x-verdict-codes"]}
    words |= {f"topic {name}" for name in topics(document)}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            words.add(f"operation {method.upper()} {path}")
            for one in operation.get("parameters", []):
                named = document["components"]["parameters"][one["$ref"].rsplit("/", 1)[1]] if "$ref" in one else one
                words.add(f"parameter {method.upper()} {path} {named['in']} {named['name']}")
    return words
