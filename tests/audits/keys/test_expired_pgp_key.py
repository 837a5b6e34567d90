"""A PGP key whose time is over."""

from __future__ import annotations

import pytest

from tests.audits.keys.keyrings import lines
from tests.keys.test_pgp import make_key

pytestmark = pytest.mark.usefixtures("gnupg_home")


def test_an_expired_key_and_one_that_is_not() -> None:
    fresh = make_key("fresh@example.org", expires="2y")
    old = make_key("old@example.org", "default", "--faked-system-time", "20200101T000000", expires="1y")
    assert lines("expired-pgp-key", fresh, old) == [4]
