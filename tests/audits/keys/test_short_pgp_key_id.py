"""A PGP key named by the last 16 digits of its fingerprint."""

from __future__ import annotations

import pytest

from tests.audits.examples import ALICE, ALICE_PGP, messages
from tests.audits.keys.keyrings import findings
from tests.keys.test_pgp import make_key

ID = "short-pgp-key-id"


def test_a_named_key_and_one_in_a_rule() -> None:
    rules = (
        "keys:\n  - &louis 25209AE7B044285E # short\ncreation_rules:\n"
        "  - pgp: [*louis]\n  - pgp: 25209ae7b044285f\n"
    )
    what = "is a 64-bit key id, and other keys can be made that have the same"
    assert messages(ID, {".sops.yaml": rules}) == [
        f".sops.yaml:2: louis (25209AE7B044285E) {what}",
        f".sops.yaml:5: 25209AE7B044285F {what}",
    ]


def test_fingerprints_and_age_keys_are_right() -> None:
    rules = f"creation_rules:\n  - pgp: {ALICE_PGP}\n    age: {ALICE}\n"
    assert messages(ID, {".sops.yaml": rules}) == []


@pytest.mark.usefixtures("gnupg_home")
def test_the_hint_names_the_fingerprint_where_gpg_knows_it() -> None:
    fingerprint = make_key("louis@example.org")
    (finding,) = findings(ID, fingerprint[-16:])
    assert fingerprint in finding.hint
