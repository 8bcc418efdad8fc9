"""What the description of the HTTP API says of an answer. Every answer that a test gets of a hub by its own words
(`hub.py`) is held against it, so that no status, problem or member is missing there."""

import functools
import json
from urllib.parse import urlsplit

import jsonschema_rs

from raw_http import Answer
from server import ROOT

PATH = ROOT / "Sources" / "HTTPDescription" / "openapi.json"
DOCUMENT = json.loads(PATH.read_text())


def resolve(part: dict) -> dict:
    """What a reference stands for."""
    while "$ref" in part and not part.keys() - {"$ref"}:
        found = DOCUMENT
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        part = found
    return part


def operation(method: str, path: str) -> dict | None:
    """What there is to a method and a path, if it is one of the hub's."""
    return DOCUMENT["paths"].get(path, {}).get(method.lower())


@functools.cache
def _validator(text: str):
    return jsonschema_rs.validator_for(json.loads(text) | {"components": DOCUMENT["components"]}, validate_formats=True)


def validate(value, schema: dict) -> None:
    """Fails if a value is not as a schema has it."""
    _validator(json.dumps(schema)).validate(value)


def check(method: str, target: str, answer: Answer) -> None:
    """Fails if an answer is not one that is described; paths and methods that are no operation's are passed over."""
    found = operation(method, urlsplit(target).path)
    if found is None or answer.status in (404, 405):
        return
    name = f"{method} {target[:200]}"
    assert str(answer.status) in found["responses"], f"{name} answers {answer.status}, which is not described"
    response = resolve(found["responses"][str(answer.status)])
    for field, header in response.get("headers", {}).items():
        header = resolve(header)
        value = answer.fields.get(field.lower())
        assert value is not None or not header.get("required"), f"{name} answers {answer.status} without {field}"
        if value is not None:
            typed = int(value) if header["schema"].get("type") == "integer" else value
            validate(typed, header["schema"])
    content = response.get("content")
    if content is None:
        assert answer.body == b"", f"{name} answers {answer.status} with a body, which is not described"
        return
    media_type = answer.fields["content-type"].split(";")[0]
    assert media_type in content, f"{name} answers {answer.status} with {media_type}, which is not described"
    if media_type.endswith("json"):
        validate(answer.json(), content[media_type]["schema"])
