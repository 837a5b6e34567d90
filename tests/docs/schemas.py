"""Holding JSON that a command printed against its schema in docs/schemas/."""

from __future__ import annotations

import json
from functools import cache

from jsonschema import Draft202012Validator

from tests.docs.pages import ROOT


def validate(name: str, document: object) -> None:
    """Fail where a document is not what `docs/schemas/NAME.schema.json` says."""
    _validator(name).validate(document)


@cache
def _validator(name: str) -> Draft202012Validator:
    path = ROOT / "docs" / "schemas" / f"{name}.schema.json"
    return Draft202012Validator(json.loads(path.read_text()))
