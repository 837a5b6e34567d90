"""A PGP key that is not in the keyring."""

from __future__ import annotations

import pytest

from sopskit.findings import Severity
from tests.audits.examples import ALICE_PGP, messages
from tests.audits.keys.keyrings import findings, lines, rules
from tests.keys.test_pgp import make_key

ID = "unknown-pgp-key"


@pytest.mark.usefixtures("gnupg_home")
def test_an_empty_keyring_says_nothing_and_another_names_what_it_lacks() -> None:
    assert lines(ID, ALICE_PGP) == []
    assert lines(ID, make_key("me@example.org"), ALICE_PGP) == [4]
    (finding,) = findings(ID, ALICE_PGP)
    assert finding.severity is Severity.INFO


def test_without_a_keyring_nothing_is_said() -> None:
    assert messages(ID, {".sops.yaml": rules(ALICE_PGP)}) == []


def test_without_gpg_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOPS_GPG_EXEC", "no-such-gpg")
    assert lines(ID, ALICE_PGP) == []
