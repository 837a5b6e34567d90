"""A PGP key that its owner has withdrawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.audits.keys.keyrings import lines
from tests.keys.material import run
from tests.keys.test_pgp import BATCH, make_key

if TYPE_CHECKING:
    from pathlib import Path


def test_a_revoked_key_and_one_that_is_not(gnupg_home: Path) -> None:
    good, bad = make_key("good@example.org"), make_key("bad@example.org")
    certificate = (gnupg_home / "openpgp-revocs.d" / f"{bad}.rev").read_text()
    run("gpg", *BATCH, "--import", stdin=certificate.replace(":-----", "-----").encode())
    assert lines("revoked-pgp-key", good, bad) == [4]


@pytest.mark.usefixtures("gnupg_home")
def test_an_unknown_key_is_not_revoked() -> None:
    good = make_key("good@example.org")
    assert lines("revoked-pgp-key", good, "0" * 40) == []
