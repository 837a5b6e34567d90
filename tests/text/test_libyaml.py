"""One parser for YAML: without libyaml there is an error that says so, and no other parser steps in."""

from __future__ import annotations

import sys

import pytest

from sopskit.errors import ToolMissingError
from sopskit.sops import formats
from sopskit.text import yaml_tree
from tests.sops.shapes import SHAPES


def test_without_libyaml_nothing_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    text = SHAPES["struct.yaml"][0].replace("\n", "\r\n")
    assert formats.read(text.encode(), formats.Format.YAML) is not None
    monkeypatch.setitem(sys.modules, "yaml._yaml", None)
    with pytest.raises(ToolMissingError, match="libyaml") as caught:
        yaml_tree.parse("a: 1\n", "x")
    assert caught.value.hint
    with pytest.raises(ToolMissingError, match="libyaml"):
        formats.read(text.encode(), formats.Format.YAML)
