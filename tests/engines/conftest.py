"""Keys and files are made once; each test gets the private keys that it names."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sopskit.engines.selection import choose
from sopskit.keys.identities import find_identities
from sopskit.keys.pgp import Keyring
from tests.engines.files import Vault, environment
from tests.programs import program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sopskit.engines.interface import Engine


@pytest.fixture(scope="session")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vault]:
    gpgconf = program("gpgconf")
    homes = [Path(tempfile.mkdtemp(prefix="gpg", dir="/tmp")) for _ in range(2)]
    yield Vault(tmp_path_factory.mktemp("vault"), (homes[0], homes[1]))
    for home in homes:
        environ = {**os.environ, "GNUPGHOME": str(home)}
        subprocess.run([gpgconf, "--kill", "all"], check=False, capture_output=True, env=environ)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def programs_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in front of PATH, with the sops that the engine is to run."""
    folder = tmp_path / "programs"
    folder.mkdir()
    (folder / "sops").symlink_to(program("sops"))
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


@pytest.fixture
def engine_holding(
    vault: Vault, monkeypatch: pytest.MonkeyPatch, programs_folder: Path
) -> Callable[[str, str], Engine]:
    """`engine_holding("sops", "AP")`: that engine, with the private keys of A and P; gpg knows O too."""

    def make(name: str, letters: str) -> Engine:
        for variable, value in environment([vault.key(letter) for letter in letters]).items():
            monkeypatch.setenv(variable, value)
        monkeypatch.setenv("GNUPGHOME", vault.keyring())
        return choose(name, find_identities(os.environ), Keyring(os.environ))

    return make
