"""A repository whose files are edited, and editors that are shell scripts."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

import pytest

from tests.commands.workbench import KeyPair, Workbench, age_key, sopskit

if TYPE_CHECKING:
    from pathlib import Path

    from tests.commands.workbench import Result

CANARY = "canary-3d9e51"

PLAINTEXTS = {
    "s/one.yaml": f"# about a\na: {CANARY}\nb:\n    - x\n    - c: 1\nlast: end\n",
    "s/one.json": f'{{\n\t"a": "{CANARY}",\n\t"b": [\n\t\t1,\n\t\tnull\n\t]\n}}\n',
    "s/one.env": f"# about A\nA={CANARY}\nB=x y\n",
    "s/one.ini": f"[s]\na = {CANARY}\nb = x\n",
    "s/one.bin": f"{CANARY}\nlines\n",
}


class Editing(Workbench):
    """A repository with one rule, and files that real sops encrypted."""

    key: KeyPair
    scripts: Path

    def edit(self, script: str, *arguments: str) -> Result:
        """`sopskit edit` with a shell script as the editor, which has the file's path as `$1`."""
        os.environ["EDITOR"] = self.editor(script)
        return sopskit("edit", *arguments)

    def editor(self, script: str) -> str:
        """The value of EDITOR that runs a script; what it prints is not shown."""
        path = self.scripts / "editor"
        path.write_text(script + "\n")
        return shlex.join(["sh", "-eu", str(path)])

    def plaintext(self, path: str) -> str | None:
        """What real sops makes of a file."""
        return self.decrypts(path, self.key.identity)


@pytest.fixture
def editing(empty: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runtime: Path) -> Editing:
    """Files of all formats under `s/`, committed; the identity is set, plaintext goes to `runtime`."""
    bench = Editing(empty.root)
    object.__setattr__(bench, "key", age_key())
    object.__setattr__(bench, "scripts", tmp_path)
    rules = f"creation_rules:\n    - path_regex: ^s/\n      age: {bench.key.recipient}\n"
    (bench.root / ".sops.yaml").write_text(rules)
    for path, text in PLAINTEXTS.items():
        bench.write_encrypted(path, text)
    bench.commit_all()
    monkeypatch.setenv("SOPS_AGE_KEY", bench.key.identity)
    monkeypatch.setenv("EDITOR", "false")
    return bench
