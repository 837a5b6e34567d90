"""Bad input: a clear error with file and line, a hint, the right exit code, and nothing lost."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from tests.commands.workbench import KeyPair, Workbench, age_key, sopskit


@pytest.fixture(scope="module")
def key() -> KeyPair:
    """Some key."""
    return age_key()


def add(key: KeyPair, *arguments: str) -> tuple[str, ...]:
    """add-host with what it needs, besides the given arguments."""
    return ("add-host", "willow", "--key", key.recipient, "--all-rules", "--yes", *arguments)


def test_no_config(empty: Workbench, key: KeyPair) -> None:
    result = sopskit(*add(key))
    assert result.code == 3
    assert "no .sops.yaml" in result.err
    assert "sopskit init" in result.err


def test_a_config_with_the_wrong_suffix(empty: Workbench, key: KeyPair) -> None:
    (empty.root / ".sops.yml").write_text("creation_rules: []\n")
    result = sopskit(*add(key))
    assert (result.code, "rename the file" in result.err) == (3, True)


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("creation_rules: [\n", ".sops.yaml:", "YAML"),
        ("creation_rules:\n  - age: a\n    age: b\n", ".sops.yaml:3", "second time"),
        ("creation_rules:\n  - age:\n      - *nobody\n", ".sops.yaml:3", "alias"),
        ("a: 1\n<<<<<<< ours\nb: 2\n=======\nb: 3\n>>>>>>> theirs\n", ".sops.yaml:2", "conflict"),
        ("- just\n- a list\n", ".sops.yaml", "mapping"),
        ("", ".sops.yaml", "empty"),
        ("creation_rules: []\n", ".sops.yaml", "rule"),
        ("\x00\x01", ".sops.yaml", ""),
    ],
)
def test_a_config_that_is_none(empty: Workbench, key: KeyPair, text: str, place: str, said: str) -> None:
    (empty.root / ".sops.yaml").write_text(text)
    result = sopskit(*add(key))
    assert result.code in (2, 3), result.err
    assert place in result.err
    assert said in result.err
    assert "hint:" in result.err
    assert (empty.root / ".sops.yaml").read_text() == text


def test_a_config_that_is_not_utf_8(empty: Workbench, key: KeyPair) -> None:
    (empty.root / ".sops.yaml").write_bytes(b"# caf\xe9\ncreation_rules:\n  - age: x\n")
    result = sopskit(*add(key))
    assert result.code == 3
    assert "UTF-8" in result.err


@pytest.mark.parametrize("changed", [20, 40])
def test_a_key_with_one_wrong_character(sample: Workbench, key: KeyPair, changed: int) -> None:
    wrong = (
        key.recipient[:changed]
        + ("q" if key.recipient[changed] != "q" else "p")
        + key.recipient[changed + 1 :]
    )
    result = sopskit("add-host", "willow", "--key", wrong, "--all-rules", "--yes")
    assert (result.code, sample.changed()) == (2, [])
    assert "checksum" in result.err


@pytest.mark.parametrize(
    "text", ["", "hello", "age1", "ssh-ed25519 AAAA", "ssh-dss AAAAB3NzaC1kc3MAAACB", "é" * 40]
)
def test_a_key_that_is_none(sample: Workbench, text: str) -> None:
    result = sopskit("add-host", "willow", "--key", text, "--all-rules", "--yes")
    assert (result.code, sample.changed()) == (2, [])
    assert "hint:" in result.err


def test_a_private_key_is_refused_and_not_echoed(sample: Workbench, key: KeyPair, tmp_path: Path) -> None:
    result = sopskit("add-host", "willow", "--key", key.identity, "--all-rules", "--yes")
    assert (result.code, sample.changed()) == (2, [])
    assert "private key" in result.err
    for part in range(0, len(key.identity) - 12, 4):
        assert key.identity[part + 16 : part + 28] not in result.err + result.out or part + 28 > len(
            key.identity
        )
    file = tmp_path / "identity"
    file.write_text(key.identity + "\n")
    taken = sopskit("add-host", "willow", "--key-file", str(file), "--all-rules", "--yes")
    assert taken.code == 0  # of an identity file only the public half is taken
    assert key.recipient in (sample.root / ".sops.yaml").read_text()
    assert key.identity not in (sample.root / ".sops.yaml").read_text()


def test_a_private_key_in_the_config_is_not_echoed(empty: Workbench, key: KeyPair) -> None:
    text = f"keys:\n  - &me {key.identity}\ncreation_rules:\n  - age:\n      - *me\n"
    (empty.root / ".sops.yaml").write_text(text)
    (empty.root / "one.yaml").write_text("a: 1\n")
    for command in (("hosts",), ("plan",), ("doctor",), add(key), ("sync", "--yes")):
        result = sopskit(*command)
        assert key.identity[16:] not in result.out + result.err


def test_conflict_markers_in_the_metadata(sample: Workbench, key: KeyPair) -> None:
    path = sample.root / "shared/wifi.yaml"
    text = path.read_text()
    conflicted = text.replace("    lastmodified:", "<<<<<<< HEAD\n    lastmodified:", 1)
    path.write_text(conflicted + "=======\n>>>>>>> theirs\n")
    before = path.read_bytes()
    plan = sopskit("plan")
    assert plan.code == 6
    assert "conflict" in plan.out
    result = sopskit("sync", "--yes")
    assert (result.code, path.read_bytes()) == (6, before)
    assert "shared/wifi.yaml:" in result.err


@pytest.mark.parametrize(
    "name", ["shared/wifi.yaml", "shared/oidc.json", "shared/s3.env", "shared/ldap.ini", "shared/borg.key"]
)
def test_truncated_metadata_is_an_error_and_stays(sample: Workbench, key: KeyPair, name: str) -> None:
    path = sample.root / name
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"END AGE")])
    before = path.read_bytes()
    result = sopskit("plan")
    assert name in result.out
    sopskit(*add(key))
    assert path.read_bytes() == before


def test_a_file_of_50_mb(empty: Workbench, key: KeyPair, monkeypatch: pytest.MonkeyPatch) -> None:
    (empty.root / ".sops.yaml").write_text(
        f"creation_rules:\n  - path_regex: ^s/\n    age:\n      - {key.recipient}\n"
    )
    empty.write_encrypted("s/big.bin", "x" * 38_000_000)  # 50 MB once it is base64
    assert (empty.root / "s/big.bin").stat().st_size > 50_000_000
    (empty.root / "s/big.yaml").write_text("a: " + "x" * 50_000_000 + "\n")
    empty.commit_all()
    monkeypatch.setenv("SOPS_AGE_KEY", key.identity)
    new = age_key()
    start = time.monotonic()
    result = sopskit("add-host", "willow", "--key", new.recipient, "--all-rules", "--yes")
    assert (result.code, empty.changed()) == (0, [".sops.yaml", "s/big.bin"]), result.err
    assert time.monotonic() - start < 30
    assert empty.up_to_date("s/big.bin")


def test_a_symlink_out_of_the_repository(sample: Workbench, key: KeyPair, tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_bytes((sample.root / "shared/wifi.yaml").read_bytes())
    before = outside.read_bytes()
    (sample.root / "shared/link.yaml").symlink_to(outside)
    plan = sopskit("plan")
    assert (plan.code, "shared/link.yaml" in plan.out) == (6, True)
    assert "leads out of the repository" in plan.out
    sopskit(*add(key))
    assert outside.read_bytes() == before
    assert (sample.root / "shared/link.yaml").is_symlink()


def test_a_symlink_inside_the_repository_is_followed_once(sample: Workbench, key: KeyPair) -> None:
    (sample.root / "shared/alias.yaml").symlink_to("wifi.yaml")
    assert sopskit(*add(key)).code == 0
    assert (sample.root / "shared/alias.yaml").is_symlink()
    assert sample.decrypts("shared/alias.yaml", key.identity) is not None


def test_a_config_that_is_a_link_out_of_the_repository(
    empty: Workbench, key: KeyPair, tmp_path: Path
) -> None:
    outside = tmp_path / "rules.yaml"
    outside.write_text(f"creation_rules:\n  - age: {key.recipient}\n")
    (empty.root / ".sops.yaml").symlink_to(outside)
    result = sopskit(*add(age_key()))
    assert result.code == 3
    assert outside.read_text().count("age1") == 1


@pytest.mark.parametrize(
    "name", [b"a b.yaml", b"new\nline.yaml", b"caf\xe9.yaml", "\u00fc\u4e2d.yaml".encode(), b"-n.yaml"]
)
def test_odd_paths(sample: Workbench, key: KeyPair, name: bytes) -> None:
    target = os.fsencode(sample.root / "shared") + b"/" + name
    Path(os.fsdecode(target)).write_bytes((sample.root / "shared/wifi.yaml").read_bytes())
    result = sopskit("-v", *add(key))
    assert result.code == 0, result.err
    sops = sample.decrypts(os.fsdecode(b"shared/" + name), key.identity)
    assert sops is not None
    assert b"\n" not in name or "shared/new\\nline.yaml" in result.err
    assert sopskit("plan", "--format", "json").code == 0


def test_a_catastrophic_pattern_takes_no_time(empty: Workbench, key: KeyPair) -> None:
    rules = f"creation_rules:\n  - path_regex: ^(a+)+$\n    age: {key.recipient}\n  - age: {key.recipient}\n"
    (empty.root / ".sops.yaml").write_text(rules)
    (empty.root / ("a" * 200 + "b")).write_text("x\n")
    start = time.monotonic()
    assert sopskit("plan").code == 0
    assert time.monotonic() - start < 20


def test_a_pattern_that_sops_does_not_compile(empty: Workbench, key: KeyPair) -> None:
    rules = f"creation_rules:\n  - path_regex: (?=a)b\n    age: {key.recipient}\n"
    (empty.root / ".sops.yaml").write_text(rules)
    (empty.root / "one.yaml").write_text("sops:\n    mac: ENC[AES256_GCM,data:,iv:,tag:,type:str]\n")
    result = sopskit("plan")
    assert result.code == 6
    assert "path_regex" in result.out


def test_a_file_that_is_read_only(sample: Workbench, key: KeyPair) -> None:
    (sample.root / "shared/wifi.yaml").chmod(0o444)
    result = sopskit(*add(key))
    assert (result.code, sample.changed()) == (6, [])
    assert "shared/wifi.yaml" in result.err
    assert "read-only" in result.err


def test_a_folder_that_cannot_be_entered(sample: Workbench) -> None:
    assert sopskit("-C", "nowhere", "plan").code == 2
    assert sopskit("-C", "shared", "plan").code == 0  # the rules above it govern


def test_arguments_that_make_no_sense(sample: Workbench, key: KeyPair) -> None:
    for arguments in (
        ("no-such-command",),
        ("plan", "--no-such-option"),
        ("--jobs", "0", "plan"),
        ("add-host", "bad name", "--key", key.recipient, "--all-rules", "--yes"),
        ("add-host", "cedar_age", "--key", key.recipient, "--all-rules", "--yes"),
        ("add-host", "willow", "--key", key.recipient, "--rule", "9", "--yes"),
        ("add-host", "willow", "--key", key.recipient, "--rule", "no-such-pattern", "--yes"),
        ("add-host", "willow", "--key", key.recipient, "--like", "nobody", "--yes"),
        ("add-host", "willow", "--key", key.recipient, "--new-rule", "(?=a)", "--yes"),
        ("add-host", "willow", "--key", key.recipient, "--all-rules", "--group", "7", "--yes"),
        ("add-host", "willow", "--ssh-scan", "-oProxyCommand=x", "--all-rules", "--yes"),
        ("add-key", "nobody", "--key", key.recipient, "--yes"),
    ):
        result = sopskit(*arguments)
        assert (result.code, sample.changed()) == (2, []), (arguments, result.err)
        assert result.err.startswith("error: ") or "\nerror: " in result.err


def test_an_identity_that_cannot_be_read_is_a_warning(sample: Workbench, key: KeyPair, home: Path) -> None:
    (home / ".ssh").mkdir()
    (home / ".ssh/id_ed25519").mkdir()  # unreadable even for root
    result = sopskit(*add(key))
    assert result.code == 0
    assert "warning:" in result.err
    assert "id_ed25519" in result.err


def test_options_stand_on_either_side_of_the_command(sample: Workbench) -> None:
    folder = str(sample.root / "shared")
    assert sopskit("-C", folder, "-q", "plan").out == sopskit("plan", "-q", "-C", folder).out


def test_the_config_named_by_the_environment_governs(
    sample: Workbench, key: KeyPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    (sample.root / "other.yaml").write_text(f"creation_rules:\n  - age: {key.recipient}\n")
    monkeypatch.setenv("SOPS_CONFIG", "other.yaml")
    assert '"drift": 40' in sopskit("plan", "--format", "json").out


def test_output_into_a_closed_pipe_is_no_traceback(sample: Workbench) -> None:
    import sys

    done = subprocess.run(
        f"{sys.executable} -m sopskit plan -v | head -c 1",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr
