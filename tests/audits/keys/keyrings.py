"""Repositories whose PGP keys real gpg holds."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from sopskit.keys.pgp import Keyring
from tests.audits.examples import example, found

if TYPE_CHECKING:
    from sopskit.findings import Finding


def rules(*keys: str) -> str:
    """A `.sops.yaml` with one rule for these PGP keys, one on each line from the third."""
    return "creation_rules:\n  - pgp:\n" + "".join(f"      - {key}\n" for key in keys)


def findings(id_: str, *keys: str) -> list[Finding]:
    """What an audit finds where a rule names these keys, with the keyring of GNUPGHOME."""
    with tempfile.TemporaryDirectory() as folder:
        subject = example(Path(folder), {".sops.yaml": rules(*keys)})
        subject.keyring = Keyring(os.environ)
        return found(id_, subject)


def lines(id_: str, *keys: str) -> list[int]:
    """The lines of `findings`."""
    return [each.place.line for each in findings(id_, *keys)]
