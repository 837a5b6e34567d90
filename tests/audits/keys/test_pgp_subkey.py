"""A PGP key named by one of its subkeys."""

from __future__ import annotations

import pytest

from tests.audits.keys.keyrings import findings, lines
from tests.keys.test_pgp import fingerprints, make_key

ID = "pgp-subkey"

pytestmark = pytest.mark.usefixtures("gnupg_home")


def test_a_subkey_by_fingerprint_or_id() -> None:
    make_key("louis@example.org")
    primary, subkey = fingerprints("louis@example.org")
    assert lines(ID, primary, subkey, primary[-16:], subkey[-16:], f"{subkey}!") == [4, 6]
    (finding,) = findings(ID, subkey)
    assert finding.message.endswith(f"is a subkey of the PGP key {primary}")


def test_what_the_keyring_does_not_have_says_nothing() -> None:
    assert lines(ID, "25209AE7B044285E") == []
    make_key("louis@example.org")
    assert lines(ID, "25209AE7B044285E") == []
