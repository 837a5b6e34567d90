"""The Python API, and that importing the package costs nothing."""

from __future__ import annotations

import re
import subprocess
import sys
import traceback
from typing import TYPE_CHECKING

import pytest

import sopskit
from sopskit.errors import BrokenFileError, ConfigurationError, FailedError, NoIdentityError
from tests.commands.secret_files import CANARY, PLAINTEXTS, Secrets, encrypted, secrets
from tests.commands.test_set import values
from tests.commands.workbench import Workbench, age_key

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["encrypted", "secrets"]


def test_importing_the_package_imports_nothing_else() -> None:
    code = "import sys; before = set(sys.modules); import sopskit; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) <= {"sopskit", "__future__"}


def test_the_package_has_the_names_that_it_says_and_no_others() -> None:
    assert all(getattr(sopskit, name) for name in sopskit.__all__)
    with pytest.raises(AttributeError):
        sopskit.nothing  # noqa: B018


def test_a_file_is_a_dict_of_plain_values(secrets: Secrets) -> None:
    for name in ("one.yaml", "one.json", "one.env", "one.ini"):
        assert (
            dict(sopskit.open_file(secrets.root / "s" / name)) == values(secrets, f"s/{name}")
            or name == "one.ini"
        )
    file = sopskit.open_file("s/one.yaml")
    assert file["b"]["c"] == [1, "x", {"d": "e"}]
    assert file["b"]["t"] == "2020-01-01T00:00:00Z"
    assert (file["f"], file["t"], file["n"], file["m"]) == (1.5, True, None, "x\ny\n")
    assert file.plaintext == PLAINTEXTS["one.yaml"]
    assert sopskit.open_file("s/one.bin").plaintext == PLAINTEXTS["one.bin"]


def test_changes_are_saved_and_all_else_keeps_its_text(secrets: Secrets) -> None:
    file = sopskit.open_file("s/one.yaml")
    file["b"]["c"][1] = "new"
    file["b"]["c"].append([True])
    file["added"] = {"k": [1, {"x": None}]}
    del file["m"]
    assert file.save()
    assert values(secrets, "s/one.yaml") == dict(file)
    kept = {line for line in secrets.removed_lines("s/one.yaml") if "ENC[" in line}
    assert len(kept) == 3  # "x", m, and the MAC
    file["a"] = 5
    assert file.save()
    assert not file.save()
    assert re.search(rb"^a: ENC.*type:int", secrets.read("s/one.yaml"), re.MULTILINE)
    assert sopskit.open_file("s/one.yaml")["a"] == 5


def test_nothing_is_written_where_nothing_changed(secrets: Secrets) -> None:
    file = sopskit.open_file("s/one.yaml")
    file["f"], file["b"]["c"] = 1.5, [1, "x", {"d": "e"}]
    assert not file.save()
    assert secrets.changed() == []
    file["f"], file["t"] = 2, 1
    assert file.save()
    assert values(secrets, "s/one.yaml") == dict(file)


@pytest.mark.parametrize("value", [object(), {1: 2}, 1 << 63, b"x" and {"a": {1, 2}}, "\ud800"])
def test_what_cannot_be_held_is_refused(secrets: Secrets, value: object) -> None:
    file = sopskit.open_file("s/one.yaml")
    file["a"] = value
    with pytest.raises(FailedError):
        file.save()
    assert secrets.changed() == []


def test_a_file_that_was_changed_meanwhile_is_not_overwritten(secrets: Secrets) -> None:
    one, two = sopskit.open_file("s/one.yaml"), sopskit.open_file("s/one.yaml")
    one["a"], two["a"] = "one", "two"
    assert one.save()
    with pytest.raises(FailedError, match="changed since it was read"):
        two.save()
    assert sopskit.open_file("s/one.yaml")["a"] == "one"


def test_no_value_enters_a_message(secrets: Secrets) -> None:
    file = sopskit.open_file("s/one.yaml")
    assert CANARY not in repr(file) + str(file)
    file["a"] = object()
    try:
        file.save()
    except FailedError:
        assert CANARY not in traceback.format_exc()


def test_errors_are_those_of_the_commands(
    secrets: Secrets, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(FailedError):
        sopskit.open_file("s/no.yaml")
    with pytest.raises(BrokenFileError):
        sopskit.open_file(".sops.yaml")
    monkeypatch.setenv("SOPS_AGE_KEY", age_key().identity)
    with pytest.raises(NoIdentityError):
        sopskit.open_file("s/one.yaml")
    with pytest.raises(ConfigurationError):
        sopskit.open_repository(tmp_path)


def test_a_repository_is_planned_and_synced(sample: Workbench) -> None:
    repository = sopskit.open_repository(sample.root)
    assert repository.root == sample.root
    assert repository.plan().drift == []
    assert "admin" in [host.name for host in repository.hosts()]
    new = age_key().recipient
    rules = sample.root / ".sops.yaml"
    text = rules.read_text()
    text = text.replace("- &admin ", f"- &late {new}\n      - &admin ")
    rules.write_text(re.sub(r"( +)- \*admin\n", r"\1- *admin\n\1- *late\n", text))
    repository = sopskit.open_repository(sample.root)
    drift = repository.plan().drift
    assert drift
    outcome = repository.sync(drift[:2])
    assert outcome.rewrapped == [each.path for each in drift[:2]]
    assert len(sopskit.open_repository(sample.root).plan().drift) == len(drift) - 2
