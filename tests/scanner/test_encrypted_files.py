"""Files that sops, or the engine in process, has encrypted give no finding, whatever was in them."""

from __future__ import annotations

import json
import os
import random
import subprocess
from functools import cache
from typing import TYPE_CHECKING

import pytest

from sopskit.engines import selection
from sopskit.engines.file_encryption import Encryption, encrypt_file
from sopskit.keys import recipients
from sopskit.keys.identities import Identities
from sopskit.keys.pgp import Keyring
from sopskit.scanner.loading import built_in_detector
from sopskit.sops.formats import Format, format_of
from sopskit.workflows.scan_clear_values import clear_values
from tests.programs import program
from tests.scanner.built_in import CACHE
from tests.scanner.made_up import made_up

if TYPE_CHECKING:
    from pathlib import Path

    from sopskit.scanner.detector import Detector

RECIPIENT = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
NAMES = ("password", "DB_PASSWORD", "api_token", "client_secret", "privateKey", "mac", "enc", "key_1")
ENDINGS = ("yaml", "json", "env", "ini", "bin")


@cache
def detector() -> Detector:
    return built_in_detector({"XDG_CACHE_HOME": CACHE}, clear_values)


def plaintext(ending: str, seed: int) -> str:
    """A file of a few secrets, nested and with comments where the format has them."""
    chance = random.Random(seed)
    values = {f"{name}_{chance.randrange(9)}": made_up(chance.randrange(10**6), 32) for name in NAMES}
    lines = [f"{name}={value}" for name, value in values.items()]
    if ending == "json":
        return json.dumps(
            {"a": values, "list": [values, list(values.values())], "n": 5, "ok": True}, indent=2
        )
    if ending == "yaml":
        inner = "".join(f"  # {name}: {value}\n  {name}: {value}\n" for name, value in values.items())
        return f"kind: Secret\nmetadata:\n{inner}stringData:\n{inner}list:\n- {made_up(seed)}\n"
    if ending == "ini":
        return "[a]\n; a comment\n" + "\n".join(lines) + "\n[b]\n" + "\n".join(lines) + "\n"
    return "# a comment\n" + "\n".join(lines) + "\n"


def encrypted(ending: str, seed: int) -> bytes:
    engine = selection.choose("embedded", Identities({}, None), Keyring({}))
    how = Encryption(((recipients.parse(RECIPIENT),),))
    path = f"x.{ending}"
    form = format_of(path) if ending != "bin" else Format.BINARY
    return encrypt_file(engine, plaintext(ending, seed).encode(), form, path, how).data


def found(content: bytes, path: str) -> list[str]:
    return [match.rule.id for match in detector().matches(content, path=path)]


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_plaintext_has_findings(ending: str) -> None:
    assert found(plaintext(ending, 1).encode(), f"x.{ending}")


@pytest.mark.parametrize("ending", ENDINGS)
def test_files_that_were_encrypted_in_process_have_none(ending: str) -> None:
    """`SOPSKIT_FUZZ=1000` makes it a thousand files, a fifth of each format."""
    number = int(os.environ.get("SOPSKIT_FUZZ", "50")) // len(ENDINGS)
    for seed in range(min(number, 1000)):
        assert found(encrypted(ending, seed), f"x.{ending}") == []


@pytest.mark.parametrize("ending", ENDINGS)
def test_files_that_sops_encrypted_have_none(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"x.{ending}"
    path.write_text(plaintext(ending, 3))
    environ = {**os.environ, "SOPS_DISABLE_VERSION_CHECK": "1"}
    arguments = [program("sops"), "encrypt", "--age", RECIPIENT, str(path)]
    content = subprocess.run(arguments, capture_output=True, check=True, env=environ, cwd=tmp_path).stdout
    assert found(content, f"x.{ending}") == []
