"""The page of the scanner's rules lists all that there are."""

from __future__ import annotations

from tests.docs import scan_rules


def test_every_rule_is_listed() -> None:
    found = scan_rules.SHOWN.search(scan_rules.PAGE.read_text())
    assert found is not None
    assert found[0] == scan_rules.tables(), "python -m tests.docs.update writes the tables"
