# SPDX-License-Identifier: Apache-2.0
"""What a version of the document promised, as one line for each thing that can be broken, and what a later one breaks of it.

Readers of answers and of the feed count on what is told; writers of requests and events on what is asked: the rules are each
other's opposite. The document has them in words, under Versions.

promises.py DOCUMENT: what of it is promised, without its words, for surfaces/N.N.json."""
import json
import sys

from contract import topics

MOST, LEAST = ("maximum", "maxLength", "maxItems", "maxProperties", "x-maxBytes"), ("minimum", "minLength", "minItems")


def promises(document):
    """(place, word) → value. A place begins with who says it: `told` by the platform or `asked` of a kiosk."""
    out = {("asked limit " + name, "maximum"): value for name, value in document["x-limits"].items()}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if not {"GeoReport", "Public"} & set(operation["tags"]):
                _operation(document, f"{method.upper()} {path}", operation, out)
    for name, schema in document["x-event-types"].items():
        _schema(document, document["components"]["schemas"].get(schema, {}), "asked event " + name, out)
    for name, schema in topics(document).items():
        _schema(document, document["components"]["schemas"][schema], "told topic " + name, out)
    return out


def _resolved(document, thing):
    while "$ref" in thing:
        _, _, kind, name = thing["$ref"].split("/")
        thing = document["components"][kind][name]
    return thing


def _operation(document, name, operation, out):
    for one in operation.get("parameters", []):
        parameter = _resolved(document, one)
        place = f"asked {name} {parameter['in']} {parameter['name']}"
        out[place, "needed"] = parameter.get("required", False)
        _schema(document, parameter["schema"], place, out)
    for media in operation.get("requestBody", {}).get("content", {}).values():
        _schema(document, media["schema"], f"asked {name} body ", out)
    for status, response in operation["responses"].items():
        response = _resolved(document, response)
        out[f"told {name} {status}", "headers"] = sorted(response.get("headers", {}))
        for type_, media in response["content"].items():
            if status < "300" and "$ref" in media.get("schema", {}):
                _schema(document, media["schema"], f"told {name} {status} {type_} ", out)


def _schema(document, schema, place, out):
    schema = _resolved(document, schema)
    types = schema.get("type", [])
    out[place, "type"] = sorted([types] if isinstance(types, str) else types)
    properties = schema.get("properties", {})
    if properties:
        out[place, "required"] = sorted(schema.get("required", []))
        out[place, "closed"] = sorted(properties) if schema.get("additionalProperties") is False else None
    if "const" in schema or "enum" in schema:
        out[place, "enum"] = schema.get("enum", [schema.get("const")])
    out.update({(place, word): schema[word] for word in (*MOST, *LEAST, "pattern") if word in schema})
    for name, one in properties.items():
        _schema(document, one, f"{place}/{name}", out)
    for i, one in enumerate(schema.get("oneOf", [])):
        _schema(document, one, f"{place}|{i}", out)
    for word, mark in (("items", "[]"), ("additionalProperties", "{}"), ("propertyNames", "{name}")):
        if isinstance(schema.get(word), dict):
            _schema(document, schema[word], place + mark, out)


def broken(old, new):
    """What `new` does not keep of `old`, as lines for people."""
    places = {place for place, _ in new}
    known = {place for place, _ in old}
    faults = [f"{place}: it is gone" for place in sorted(known - places)]
    for place, word in sorted(set(old) | {key for key in new if key[0] in known}):
        if place in places:
            before, now = old.get((place, word)), new.get((place, word))
            why = (_asked if place.startswith("asked") else _told)(word, before, now)
            faults += [f"{place}: {word} was {json.dumps(before)}, is {json.dumps(now)}: {why}"] if why else []
    return faults


def _same(word, before, now):
    if word == "pattern" and before != now:
        return "nobody can tell whether all that was right is"
    if word == "closed" and before is not None and before != now:
        return "a foreign member is refused: a change of it is another type or topic"
    return None


def _asked(word, before, now):
    """A writer of before still has to be taken."""
    if word in MOST and now is not None and (before is None or now < before):
        return "a limit shrinks"
    if word in LEAST and now is not None and (before is None or now > before):
        return "a limit shrinks"
    if word == "required" and set(now or []) - set(before or []):
        return "a member is required that was not"
    if word == "needed" and now and not before:
        return "a parameter is required that was not"
    if word == "enum" and now is not None and (before is None or not _covers(now, before)):
        return "a value is refused that was taken"
    if word == "type" and now and not (before and set(before) <= set(now)):
        return "a type is refused that was taken"
    if word == "closed" and before is None and now is not None:
        return "foreign members were overlooked"
    return _same(word, before, now)


def _told(word, before, now):
    """A reader of before still has to understand it."""
    if word in ("required", "headers") and set(before or []) - set(now or []):
        return "it is not always told any more"
    if word == "enum" and before is not None and (now is None or not _covers(before, now)):
        return "a value that readers do not know"
    if word == "type" and before and not (now and set(now) <= set(before)):
        return "a type that readers do not know"
    if word in MOST and before is not None and (now is None or now > before):
        return "more than readers make room for"
    if word in LEAST and before is not None and (now is None or now < before):
        return "less than readers take"
    return _same(word, before, now)


def _covers(more, less):
    return all(one in more for one in less)


# ---- A document without its words ----

def _bare(thing):
    if isinstance(thing, list):
        return [_bare(one) for one in thing]
    if not isinstance(thing, dict):
        return thing
    named = {"schemas", "parameters", "headers", "responses", "properties"}
    return {key: {name: _bare(one) for name, one in value.items()} if key in named and isinstance(value, dict) else _bare(value)
            for key, value in thing.items() if key not in ("description", "example", "examples", "summary", "x-codes")}


def bare(document):
    """Only what promises() reads; a line for each path, schema and the like."""
    kept = _bare({key: document[key] for key in ("x-limits", "x-event-types", "paths", "components")})
    kept["components"] = {kind: kept["components"][kind] for kind in ("schemas", "parameters", "headers", "responses")}
    parts = [json.dumps({kind: kept[kind]})[1:-1] for kind in ("x-limits", "x-event-types")]
    for place, things in (("paths", kept["paths"]), *kept["components"].items()):
        lines = ",\n".join(f"{json.dumps(name)}:{json.dumps(one, ensure_ascii=False, separators=(',', ':'))}" for name, one in things.items())
        parts.append(f"{json.dumps(place)}:{{\n{lines}\n}}")
    return '{' + ",\n".join(parts[:3]) + ',\n"components":{' + ",\n".join(parts[3:]) + "}}\n"


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        sys.stdout.write(bare(json.load(file)))
