"""No format of `sopskit check` shows a value or a private key, whatever is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.audits.examples import encrypted, write
from tests.commands.workbench import KeyPair, Workbench, age_key, sopskit
from tests.keys.material import ssh_key

if TYPE_CHECKING:
    from pathlib import Path

CANARY = "Canary-Zq81xV"


@pytest.fixture
def leaking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Workbench, list[str]]:
    """A repository that shows what it should not in every way there is, and the secrets in it."""
    bench = Workbench(tmp_path / "repository")
    bench.root.mkdir()
    monkeypatch.chdir(bench.root)
    bench.git("init", "-q")
    key, pasted, tracked = age_key(), age_key(), age_key()
    monkeypatch.setenv("SOPS_AGE_KEY", key.identity)
    ssh_key(bench.root / "id_ed25519", "ed25519")
    write(bench.root, _files(key, pasted, tracked))
    bench.write_encrypted("secrets/tampered.yaml", f"a: {CANARY}-one\nb: {CANARY}-two\n")
    tampered = bench.root / "secrets" / "tampered.yaml"
    one, two, *rest = tampered.read_text().split("\n")
    tampered.write_text("\n".join([f"a: {two[3:]}", f"b: {one[3:]}", *rest]))
    bench.commit_all()
    bench.write_encrypted("secrets/later.yaml", f"token: {CANARY}-later\n")
    bench.commit_all()
    lines = (bench.root / "id_ed25519").read_text().split("\n")
    return bench, [CANARY, pasted.identity[20:40], tracked.identity[20:40], lines[2][:20]]


def _files(key: KeyPair, pasted: KeyPair, tracked: KeyPair) -> dict[str, str]:
    clear = f"apiVersion: v1\nkind: Secret\nstringData:\n    password: {CANARY}\n"
    by_hand = encrypted(key.recipient, clear=f"{CANARY}-key: {CANARY}\n").replace(f"{CANARY}-key", "password")
    return {
        ".sops.yaml": (
            f"keys:\n  - &pasted {pasted.identity}\n  - &old {age_key().recipient} # {pasted.identity}\n"
            f"creation_rules:\n  - path_regex: ^secrets/\n    age: {key.recipient}\n"
        ),
        "secrets/plain.yaml": f"password: {CANARY}\n",
        "secrets/later.yaml": f"token: {CANARY}-later\n",
        "secrets/broken.yaml": by_hand.replace("    mac: ", f"    {CANARY}: {CANARY} "),
        "secrets/conflict.yaml": f"<<<<<<< HEAD\na: {CANARY}\n=======\na: b\n>>>>>>> x\n",
        "secrets/by-hand.yaml": by_hand,
        "secrets/regex.yaml": encrypted(key.recipient, clear=clear, encrypted_regex="^data$"),
        "secrets/regex.dec.yaml": clear,
        "keys.txt": f"{tracked.identity}\n",
    }


@pytest.mark.parametrize("format_", ["text", "json", "sarif", "github"])
def test_no_format_shows_a_secret(leaking: tuple[Workbench, list[str]], format_: str) -> None:
    _, secrets = leaking
    result = sopskit("check", "--history", "-v", "--format", format_)
    shown = result.out + result.err
    for id_ in (
        "private-key-in-rules", "private-key-file", "not-encrypted", "broken-file", "conflict-markers",
        "value-in-clear", "decrypted-copy", "mac-mismatch", "committed-in-clear",
    ):  # fmt: skip
        assert id_ in shown
    assert [secret for secret in secrets if secret in shown] == []


def test_no_repair_shows_a_secret(leaking: tuple[Workbench, list[str]]) -> None:
    _, secrets = leaking
    result = sopskit("check", "--fix", "--dry-run")
    shown = result.out + result.err
    assert "old" in shown
    assert [secret for secret in secrets if secret in shown] == []
