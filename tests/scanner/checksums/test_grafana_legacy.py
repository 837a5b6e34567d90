"""Grafana's API keys of old: base64 of a certain JSON, with padding or without."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest

from sopskit.scanner.checksums.grafana_legacy import valid

KEY = {"k": "Yf9Lr3sVQ0tUcWpXnB2mKdJ7hGzEaT1o", "n": "shop", "id": 1}


def encoded(content: object) -> str:
    return b64encode(json.dumps(content, separators=(",", ":")).encode()).decode()


@pytest.mark.parametrize("name", ["shop", "shops", "a shop"])  # each needs another padding
def test_takes_a_key_with_its_padding_or_without(name: str) -> None:
    text = encoded(KEY | {"n": name})
    assert valid(text)
    assert valid(text.rstrip("="))


@pytest.mark.parametrize("content", [{"k": "x", "n": "y"}, ["k", "n", "id"], "k n id", None])
def test_takes_no_other_json(content: object) -> None:
    assert not valid(encoded(content))


@pytest.mark.parametrize("text", ["", "eyJrIjoi", "eyJrIjoiX", "eyJrIjoi//8=", "[" * 30_000])
def test_takes_nothing_that_is_no_json(text: str) -> None:
    assert not valid(text)


def test_deep_nesting_is_no_key() -> None:
    assert not valid(b64encode(b"[" * 100_000).decode())
