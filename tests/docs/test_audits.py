"""The registry of audits, their docs and their tests hold together."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sopskit import audits
from tests.docs.pages import ROOT

if TYPE_CHECKING:
    from sopskit.audits.interface import Audit

_PAGE = (ROOT / "docs" / "reference" / "audits.md").read_text()
_SECTIONS = dict(re.findall(r"^## ([a-z0-9-]+)\n(.*?)(?=^##? |\Z)", _PAGE, re.MULTILINE | re.DOTALL))


def test_each_audit_has_a_section_in_the_order_of_the_registry() -> None:
    assert tuple(_SECTIONS) == audits.ids()


def test_each_file_that_is_an_audit_is_registered() -> None:
    folder = Path(audits.__file__).parent
    found = {
        f"{path.parent.name}.{path.stem}"
        for path in folder.glob("*/*.py")
        if "\nAUDIT = " in path.read_text()
    }
    assert found == set(audits.MODULES)


@pytest.mark.parametrize("audit", audits.audits(), ids=lambda audit: audit.id)
def test_what_the_docs_say_is_so(audit: Audit) -> None:
    assert audit.id == audits.ids()[audits.audits().index(audit)]
    section = _SECTIONS[audit.id].lstrip()
    confidence = "" if audit.confidence == "high" else f" of {audit.confidence} confidence"
    assert re.match(rf"{str(audit.severity).capitalize()}{confidence}[.;]", section)
    assert ("`--fix`" in section) is (audit.repair is not None)


@pytest.mark.parametrize("audit", audits.audits(), ids=lambda audit: audit.id)
def test_each_audit_has_tests_of_its_own(audit: Audit) -> None:
    module = audits.MODULES[audits.ids().index(audit.id)]
    room, _, name = module.partition(".")
    test = ROOT / "tests" / "audits" / room / f"test_{name}.py"
    assert test.exists() or audit.id in ("unused-ignore", "unknown-audit-id")


@pytest.mark.parametrize("audit", audits.audits(), ids=lambda audit: audit.id)
def test_titles_and_hints_are_written_as_messages_are(audit: Audit) -> None:
    for text in (audit.title, audit.hint):
        assert not text.endswith(".")
        assert "\n" not in text
        assert text[0].islower() or text[0] == "." or text.split()[0] in ("NixOS", "PGP", "RSA", "SSH")
