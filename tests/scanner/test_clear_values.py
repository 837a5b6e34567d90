"""Values in clear in a file of SOPS: those that its own rule says are encrypted, and no others."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from sopskit.scanner.loading import built_in_detector
from sopskit.workflows.scan_clear_values import clear_values
from tests.programs import program
from tests.scanner.built_in import CACHE

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = {
    "yaml": "a: first\nb: second\nc_unencrypted: third\n",
    "json": '{"a": "first", "b": "second", "c_unencrypted": "third"}\n',
    "env": "a=first\nb=second\nc_unencrypted=third\n",
    "ini": "[x]\na = first\nb = second\nc_unencrypted = third\n",
}


def encrypted(folder: Path, ending: str) -> bytes:
    path = folder / f"x.{ending}"
    path.write_text(PLAIN[ending])
    keys = subprocess.run([program("age-keygen")], capture_output=True, text=True, check=True).stdout
    recipient = keys.split("public key: ")[1].split()[0]
    environ = {**os.environ, "SOPS_DISABLE_VERSION_CHECK": "1"}
    arguments = [program("sops"), "encrypt", "--age", recipient, str(path)]
    return subprocess.run(arguments, capture_output=True, check=True, env=environ, cwd=folder).stdout


@pytest.mark.parametrize("ending", PLAIN)
def test_finds_what_was_written_by_hand(tmp_path: Path, ending: str) -> None:
    content = encrypted(tmp_path, ending)
    assert list(clear_values(f"x.{ending}", content)) == []
    start = content.index(b"ENC[")
    by_hand = content[:start] + b"by-hand" + content[content.index(b"]", start) + 1 :]
    assert [by_hand[slice(*span)] for span in clear_values(f"x.{ending}", by_hand)] == [b"by-hand"]
    detector = built_in_detector({"XDG_CACHE_HOME": CACHE}, clear_values)
    assert detector.matches(content, path=f"x.{ending}") == []
    (match,) = detector.matches(by_hand, path=f"x.{ending}")
    assert (match.rule.id, match.start) == ("sops-value-in-clear", start)


@pytest.mark.parametrize(
    "content", [b"", b"a: b\n", b"sops: {\n", b"a: [", b"sops:\n  mac: ENC[AES256_GCM,\n", b"\xff\0"]
)
@pytest.mark.parametrize("ending", [*PLAIN, "txt"])
def test_what_is_no_sops_file_has_none(ending: str, content: bytes) -> None:
    assert list(clear_values(f"x.{ending}", content)) == []
