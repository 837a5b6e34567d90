"""`encrypt`, held against `sops encrypt` and read back by it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from sopskit.sops import formats
from tests.commands.secret_files import CANARY, PLAINTEXTS, Secrets, encrypted, secrets
from tests.commands.test_add_host import pgp_key
from tests.commands.workbench import age_key, sopskit

if TYPE_CHECKING:
    from pathlib import Path

    from sopskit.sops.metadata import Metadata

__all__ = ["encrypted", "secrets"]


@pytest.fixture
def plain(secrets: Secrets) -> Secrets:
    """The same files, not encrypted."""
    for name, content in PLAINTEXTS.items():
        secrets.write(f"s/{name}", content)
    secrets.commit_all()
    return secrets


def metadata(content: bytes, name: str) -> Metadata:
    """What a file says of itself, without what is new each time."""
    file = formats.read(content, formats.format_of(name))
    assert file is not None
    groups = tuple(tuple(stanza._replace(enc="") for stanza in group) for group in file.metadata.groups)
    return file.metadata._replace(groups=groups, mac="", lastmodified="")


@pytest.mark.parametrize("name", PLAINTEXTS)
def test_sops_reads_it_and_would_have_written_the_same_metadata(plain: Secrets, name: str) -> None:
    result = sopskit("encrypt", f"s/{name}")
    assert (result.code, result.err) == (0, "")
    assert CANARY.encode() not in result.data
    assert plain.changed() == []
    theirs = plain.sops("encrypt", f"s/{name}")
    assert metadata(result.data, name) == metadata(theirs.out, name)
    plain.write(f"s/{name}", result.data)
    assert plain.plaintext(f"s/{name}") == PLAINTEXTS[name]
    assert sopskit("decrypt", f"s/{name}").data == PLAINTEXTS[name]


def test_in_place_with_the_recipients_of_the_rule(plain: Secrets) -> None:
    result = sopskit("encrypt", "-i", *(f"s/{name}" for name in PLAINTEXTS))
    assert (result.code, result.data) == (0, b"")
    for name, text in PLAINTEXTS.items():
        assert plain.plaintext(f"s/{name}") == text
        assert plain.up_to_date(f"s/{name}")
    assert sopskit("plan").code == 0


def test_in_place_is_all_or_none(plain: Secrets) -> None:
    plain.write("s/broken.yaml", b"a: [\n")
    plain.commit_all()
    result = sopskit("encrypt", "-i", "s/one.yaml", "s/broken.yaml", "s/one.env")
    assert result.code == 6
    assert "s/broken.yaml" in result.err
    assert plain.changed() == []


def test_output_file_and_standard_input(plain: Secrets, tmp_path: Path) -> None:
    assert sopskit("encrypt", "s/one.yaml", "-o", "s/two.yaml").code == 0
    assert plain.plaintext("s/two.yaml") == PLAINTEXTS["one.yaml"]
    assert (plain.root / "s/two.yaml").stat().st_mode & 0o777 == 0o644
    result = sopskit("encrypt", "--filename-override", "s/three.yaml", stdin=PLAINTEXTS["one.yaml"])
    assert result.code == 0
    plain.write("s/three.yaml", result.data)
    assert plain.plaintext("s/three.yaml") == PLAINTEXTS["one.yaml"]
    assert sopskit("encrypt", stdin=b"a: 1\n").code == 2
    assert sopskit("encrypt", "--input-type", "yaml", stdin=b"a: 1\n").code == 2
    assert sopskit("encrypt", "--filename-override", "t/three.yaml", stdin=b"a: 1\n").code == 3


def test_who_reads_it_is_said_by_options_or_variables(
    plain: Secrets, tmp_path: Path, gnupg_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, fingerprint = age_key(), age_key(), pgp_key()
    shutil.copy(plain.root / "s/one.yaml", tmp_path / "x.yaml")
    monkeypatch.chdir(tmp_path)
    assert sopskit("encrypt", "x.yaml").code == 3
    result = sopskit("encrypt", "--age", f"{one.recipient}, {two.recipient}", "--pgp", fingerprint, "x.yaml")
    assert result.code == 0, result.err
    recipients = [stanza.recipient.text for stanza in metadata(result.data, "x.yaml").groups[0]]
    assert recipients == [fingerprint, one.recipient, two.recipient]
    monkeypatch.setenv("SOPS_AGE_RECIPIENTS", two.recipient)
    result = sopskit("encrypt", "x.yaml")
    assert [s.recipient.text for s in metadata(result.data, "x.yaml").groups[0]] == [two.recipient]
    assert "from $SOPS_AGE_RECIPIENTS, not from .sops.yaml" in result.err
    monkeypatch.chdir(plain.root)
    result = sopskit("encrypt", "s/one.yaml")
    assert [s.recipient.text for s in metadata(result.data, "x.yaml").groups[0]] == [two.recipient]


def test_a_private_key_as_a_recipient_is_not_shown(plain: Secrets) -> None:
    result = sopskit("encrypt", "--age", plain.key.identity, "s/one.yaml")
    assert (result.code, result.data) == (3, b"")
    assert plain.key.identity[16:40] not in result.err


def test_no_rule_and_no_config(plain: Secrets) -> None:
    plain.write("t/one.yaml", b"a: 1\n")
    result = sopskit("encrypt", "t/one.yaml")
    assert (result.code, result.data) == (3, b"")
    assert "t/one.yaml: no rule claims it" in result.err
    (plain.root / ".sops.yaml").rename(plain.root / "other.yaml")
    assert "there is no .sops.yaml above it" in sopskit("encrypt", "s/one.yaml").err
    assert sopskit("--config", "other.yaml", "encrypt", "s/one.yaml").code == 0


def test_the_nearest_config_counts_and_config_overrides(plain: Secrets) -> None:
    other = age_key()
    plain.write("s/in/one.yaml", b"a: 1\n")
    plain.write("s/in/.sops.yaml", f"creation_rules:\n  - age: {other.recipient}\n".encode())
    for arguments, recipient in (
        ((), other.recipient),
        (("--config", ".sops.yaml"), plain.key.recipient),
    ):
        result = sopskit(*arguments, "encrypt", "s/in/one.yaml")
        groups = metadata(result.data, "one.yaml").groups
        assert [stanza.recipient.text for stanza in groups[0]] == [recipient]


def test_a_rule_with_groups_and_a_selector(plain: Secrets) -> None:
    one, two = age_key(), age_key()
    plain.write(
        ".sops.yaml",
        f"""\
creation_rules:
  - path_regex: ^s/
    encrypted_regex: ^(a|d)$
    mac_only_encrypted: true
    shamir_threshold: 2
    key_groups:
      - age: [{plain.key.recipient}]
      - age: [{one.recipient}]
      - age: [{two.recipient}]
""".encode(),
    )
    result = sopskit("encrypt", "s/one.yaml")
    assert result.code == 0, result.err
    assert metadata(result.data, "one.yaml") == metadata(plain.sops("encrypt", "s/one.yaml").out, "one.yaml")
    assert b"\nf: 1.5\n" in result.data
    plain.write("s/two.yaml", result.data)
    identities = f"{plain.key.identity}\n{two.identity}"
    assert plain.decrypts("s/two.yaml", identities) == PLAINTEXTS["one.yaml"].decode()
    assert plain.decrypts("s/two.yaml", two.identity) is None


@pytest.mark.parametrize(
    "options",
    [
        ("--encrypted-regex", "^(a|d)$"),
        ("--unencrypted-regex", "^(a|d)$"),
        ("--encrypted-suffix", "m"),
        ("--unencrypted-suffix", "m"),
    ],
)
def test_selectors_select_as_in_sops(plain: Secrets, options: tuple[str, str]) -> None:
    for name in PLAINTEXTS:
        ours, theirs = sopskit("encrypt", *options, f"s/{name}"), plain.sops("encrypt", *options, f"s/{name}")
        assert (ours.code, theirs.code) == (0, 0)
        assert ours.data.count(b",type:") == theirs.out.count(b",type:")
        assert metadata(ours.data, name) == metadata(theirs.out, name)
        plain.write(f"s/two-{name}", ours.data)
        assert plain.plaintext(f"s/two-{name}") == PLAINTEXTS[name]


def test_selectors_do_not_go_together(plain: Secrets) -> None:
    result = sopskit("encrypt", "--encrypted-regex", "a", "--unencrypted-suffix", "b", "s/one.yaml")
    assert (result.code, result.data) == (2, b"")


@pytest.mark.parametrize("output_type", ["yaml", "json", "dotenv", "ini", "binary"])
@pytest.mark.parametrize("name", PLAINTEXTS)
def test_another_format_is_what_sops_makes_of_it(plain: Secrets, name: str, output_type: str) -> None:
    arguments = ("encrypt", "--output-type", output_type, f"s/{name}")
    ours, theirs = sopskit(*arguments), plain.sops(*arguments)
    same = formats.format_of(name) == output_type
    if theirs.code != 0 or (output_type == "binary" and not same):  # sops writes what it does not decrypt
        assert (ours.code, ours.data) == (6, b"")
        return
    assert ours.code == 0, ours.err
    decrypted = []
    for content in (ours.data, theirs.out):
        done = plain.sops("decrypt", "--input-type", output_type, "--output-type", output_type, stdin=content)
        decrypted.append(done.out.replace(b"\\ufffd", "\ufffd".encode()))  # of bytes that are no UTF-8
    assert decrypted[0] == decrypted[1]
    assert not same or decrypted[0] == PLAINTEXTS[name]


@pytest.mark.parametrize("name", ["empty.yaml", "empty.json", "empty.env", "empty.ini", "empty.bin"])
@pytest.mark.parametrize("content", [b"", b"\n", b"# nothing\n"])
def test_an_empty_file(plain: Secrets, name: str, content: bytes) -> None:
    plain.write(f"s/{name}", content)
    ours, theirs = sopskit("encrypt", f"s/{name}"), plain.sops("encrypt", f"s/{name}")
    assert ours.code == (0 if theirs.code == 0 else 6), (ours.err, theirs)
    if theirs.code == 0:
        plain.write(f"s/{name}", ours.data)
        ours_plain = plain.plaintext(f"s/{name}")
        plain.write(f"s/{name}", theirs.out)
        assert ours_plain == plain.plaintext(f"s/{name}")


@pytest.mark.parametrize("name", [name for name in PLAINTEXTS if name != "one.bin"])
def test_what_is_encrypted_already_is_refused(secrets: Secrets, name: str) -> None:
    """sops: exit code 203. (It encrypts an encrypted binary file again, and so do we.)"""
    assert secrets.sops("encrypt", f"s/{name}").code == 203
    for option in ((), ("-i",)):
        result = sopskit("encrypt", *option, f"s/{name}")
        assert (result.code, result.data) == (6, b"")
        assert "is encrypted already" in result.err
    assert secrets.changed() == []


def test_a_folder(plain: Secrets) -> None:
    plain.write("notes.yaml", b"a: 1\n")
    plain.write("s/deep/two.yaml", b"b: 1\n")
    plain.write("s/empty.yaml", b"")
    assert sopskit("encrypt", "-i", "s/one.env").code == 0
    assert sopskit("encrypt", "s").code == 2
    assert sopskit("encrypt", "-i", "s").code == 2  # nobody to ask
    shown = sopskit("encrypt", "-i", "-n", "s")
    assert shown.code == 1
    names = [line.partition(":")[0] for line in shown.out.splitlines()]
    assert names == [
        "s/deep/two.yaml",
        "s/one.bin",
        "s/one.ini",
        "s/one.json",
        "s/one.yaml",
        "5 files to encrypt",
    ]
    assert sopskit("encrypt", "-i", "-y", ".").code == 0
    assert plain.plaintext("s/deep/two.yaml") == b"b: 1\n"
    assert plain.read("notes.yaml") == b"a: 1\n"
    assert "6 in-sync, 1 empty" in sopskit("plan").out
    result = sopskit("encrypt", "-i", "-y", "s")
    assert (result.code, "nothing to do" in result.err) == (0, True)


def test_what_had_to_be_spelled_otherwise_is_said_once(plain: Secrets) -> None:
    text = b"a: &x\n    b: 1\nc: *x\nd: *x\n"
    plain.write("s/anchors.yaml", text)
    plain.write("s/anchors-2.yaml", text)
    result = sopskit("encrypt", "-i", "s/anchors.yaml", "s/anchors-2.yaml")
    assert result.code == 0
    notes = [line for line in result.err.splitlines() if line.startswith("warning: ")]
    assert len(notes) == 1
    assert notes[0].startswith("warning: s/anchors.yaml (and 1 more): ")
    plain.write("s/anchors-3.yaml", text)
    assert plain.sops("encrypt", "-i", "s/anchors-3.yaml").code == 0
    assert plain.plaintext("s/anchors.yaml") == plain.plaintext("s/anchors-3.yaml")


def test_bad_input_is_an_error_and_stays(plain: Secrets, tmp_path: Path) -> None:
    nested = b"[" * 10_000 + b"]" * 10_000
    bad = {
        "latin.yaml": b"a: \xe9\n",
        "deep.yaml": b"a: " + nested,
        "deep.json": b'{"a": ' + nested + b"}",
        "list.json": b"[1]",
        "cut.json": b'{"a": 1',
        "conflict.yaml": b"<<<<<<< ours\na: 1\n=======\na: 2\n>>>>>>> theirs\n",
        "number.yaml": b"a: 18446744073709551615\n",
        "key.yaml": b"1: a\n",
        "no-equals.env": b"just text\n",
        "bomb.yaml": b"a0: &a0 [x, x]\n"
        + b"".join(b"a%d: &a%d [*a%d, *a%d]\n" % (n, n, n - 1, n - 1) for n in range(1, 40)),
    }
    for name, content in bad.items():
        plain.write(f"s/{name}", content)
        for option in ((), ("-i",)):
            result = sopskit("encrypt", *option, f"s/{name}")
            assert (result.code, result.data) == (6, b""), (name, result.err)
            assert f"s/{name}" in result.err
        assert plain.read(f"s/{name}") == content
    outside = tmp_path / "outside.yaml"
    outside.write_bytes(b"a: 1\n")
    (plain.root / "s/out.yaml").symlink_to(outside)
    assert sopskit("encrypt", "-i", "s/out.yaml").code == 3
    assert outside.read_bytes() == b"a: 1\n"
    (plain.root / "s/one.env").chmod(0o444)
    assert sopskit("encrypt", "-i", "s/one.env").code == 6


def test_a_rule_without_a_key_and_a_recipient_that_cannot_be_encrypted_to(plain: Secrets) -> None:
    plain.write(".sops.yaml", b"creation_rules:\n  - path_regex: ^s/\n")
    result = sopskit("encrypt", "s/one.yaml")
    assert (result.code, result.data) == (3, b"")
    plain.write(".sops.yaml", b"creation_rules:\n  - age: age1yubikey1qwerty\n")
    assert sopskit("encrypt", "s/one.yaml").code == 3
