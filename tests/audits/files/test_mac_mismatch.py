"""A file whose values are not those that were encrypted."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sopskit.audits.subject import Subject
from sopskit.workflows import opening
from sopskit.workflows.parallel import map_files
from tests.audits.examples import found, subject_at
from tests.commands.conftest import sample

if TYPE_CHECKING:
    import pytest

    from tests.commands.workbench import Workbench

__all__ = ["sample"]

ID = "mac-mismatch"


def _subject(workbench: Workbench) -> Subject:
    from sopskit.keys.identities import find_identities
    from sopskit.keys.pgp import Keyring
    from sopskit.workflows.own_keys import OwnKeys

    keys = OwnKeys(find_identities(os.environ, ask_passphrase=lambda _: None), Keyring(os.environ))
    subject = subject_at(workbench.root)
    return Subject(subject.inventory, engine=opening.choose_engine("embedded", keys), map_many=map_files)


def test_values_that_changed_places(sample: Workbench) -> None:
    path = sample.root / "hosts" / "cedar" / "mail.yaml"
    lines = path.read_text().split("\n")
    numbers = [number for number, line in enumerate(lines) if "ENC[" in line and "sops:" not in line][:2]
    names = [lines[number].partition(": ")[0] for number in numbers]
    values = [lines[number].partition(": ")[2] for number in numbers]
    for number, name, value in zip(numbers, names, reversed(values), strict=True):
        lines[number] = f"{name}: {value}"
    path.write_text("\n".join(lines))
    findings = found(ID, _subject(sample))
    assert [each.path for each in findings] == ["hosts/cedar/mail.yaml"]


def test_a_value_of_another_file_is_named_by_its_line(sample: Workbench) -> None:
    mail, app = (sample.root / "hosts" / "maple" / name for name in ("mail.yaml", "users.yaml"))
    foreign = next(line for line in app.read_text().split("\n") if "ENC[" in line).partition(": ")[2]
    lines = mail.read_text().split("\n")
    number = next(number for number, line in enumerate(lines) if "ENC[" in line)
    lines[number] = f"{lines[number].partition(': ')[0]}: {foreign}"
    mail.write_text("\n".join(lines))
    (finding,) = found(ID, _subject(sample))
    assert (finding.path, finding.place.line) == ("hosts/maple/mail.yaml", number + 1)


def test_what_nobody_here_opens_says_nothing(sample: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    mail = sample.root / "hosts" / "maple" / "mail.yaml"
    mail.write_text(mail.read_text().replace("data:", "data:AAAA", 1))
    assert found(ID, _subject(sample)) != []
    monkeypatch.delenv("SOPS_AGE_KEY_FILE")
    assert found(ID, _subject(sample)) == []
