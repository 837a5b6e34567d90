"""A file that was changed after it was encrypted: an error that names the place, and nothing else."""

from __future__ import annotations

import _operator
import itertools
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sopskit.engines import file_encryption
from sopskit.engines.selection import choose
from sopskit.errors import ExitCode, SopskitError
from sopskit.keys.identities import find_identities
from sopskit.keys.pgp import Keyring
from sopskit.sops import encryption, formats
from tests.commands.tampering import AUTHORS, CANARY, NAMES, TAMPERS, Vault, bench, comment, values, vault
from tests.commands.workbench import Workbench, sopskit

if TYPE_CHECKING:
    from sopskit.engines.interface import Engine

__all__ = ["bench", "vault"]

# Changed where no key leads to it: the message names the file, and what it is about.
_OF_THE_FILE = re.compile(
    r"MAC|mac is missing|a key twice|two keys|stanza of age1|second time|cannot be written|metadata|no text"
)


@pytest.mark.parametrize("what", TAMPERS)
def test_a_change_is_an_error_that_names_the_place(vault: Vault, bench: Workbench, what: str) -> None:
    tried = 0
    for author, name in itertools.product(AUTHORS, NAMES):
        before = vault.text(author, name)
        changed = TAMPERS[what](before)
        if changed is None:  # the format has no such thing
            continue
        tried += 1
        assert changed != before, name
        (bench.root / name).write_text(changed)
        result = sopskit("decrypt", name)
        assert (result.code, result.data) == (6, b""), (author, name, result.err)
        assert CANARY not in result.err
        _assert_place(result.err, name, changed)
    assert tried


def _assert_place(err: str, name: str, text: str) -> None:
    """The message names a line and what stands there, or else the file and what of it is wrong."""
    assert err.startswith(f"error: {name}:")
    place = re.match(r"error: [^:]*:(\d+): (a comment at )?(\S+|the top): ", err)
    if place is None:
        assert _OF_THE_FILE.search(err), err
    elif not place[2]:
        assert place[3].split(".")[-1] in text.splitlines()[int(place[1]) - 1]


# One change for each of the checks that find them.
_KINDS = (
    "data: first character",
    "iv: bits behind the last byte",
    "in clear",
    "two swapped",
    "removed",
    "mac: another character",
    "lastmodified",
    "stanza: its share",
    "comment changed",
)


def _commands(name: str) -> list[tuple[str, ...]]:
    path = {"t.ini": '["group"]["first"]', "t.bin": '["data"]'}.get(name, '["first"]')
    return [
        ("decrypt", "-i", name),
        ("decrypt", "-o", "out", name),
        ("decrypt", "--extract", path, name),
        ("decrypt", "--output-type", "json", name),
        ("set", "--value-stdin", name, path),
        ("unset", name, path),
        ("edit", name),
        ("rotate", name),
        ("merge-driver", name, name, name, name),
    ]


@pytest.mark.parametrize("what", _KINDS)
def test_no_command_works_on_with_it(vault: Vault, bench: Workbench, what: str) -> None:
    changed = {name: TAMPERS[what](vault.text("sopskit", name)) for name in NAMES}
    names = [name for name, text in changed.items() if text is not None]
    for name in names:
        (bench.root / name).write_text(changed[name] or "")
    bench.commit_all()
    for command in itertools.chain(*map(_commands, names)):
        result = sopskit(*command, stdin=b'"new"')
        assert (result.code, result.data) == (6, b""), (command, result.err)
        assert CANARY not in result.err
        assert bench.changed() == [], command


@pytest.mark.parametrize("what", ["data: first character", "removed", "stanza: its share"])
def test_no_command_is_started_with_it(vault: Vault, bench: Workbench, what: str) -> None:
    """In processes of their own: exec-env becomes the command."""
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    for name in NAMES[:-1]:
        changed = TAMPERS[what](vault.text("sops", name))
        assert changed is not None
        (bench.root / name).write_text(changed)
        bench.commit_all()
        for command in (
            ("exec-env", name, "--", "touch", "ran"),
            ("exec-file", name, "--", "touch", "{}", "ran"),
        ):
            argv = [sys.executable, "-m", "sopskit", *command]
            done = subprocess.run(argv, env=environ, capture_output=True, text=True, check=False)
            assert (done.returncode, done.stdout, CANARY in done.stderr) == (6, "", False), done.stderr
            assert bench.changed() == []


def test_the_mac_may_be_ignored_and_never_a_value(vault: Vault, bench: Workbench) -> None:
    for name in NAMES[:-1]:
        text = vault.text("sops", name)
        for what, code in (("removed", 0), ("lines swapped", 0), ("two swapped", 6), ("renamed", 6)):
            changed = TAMPERS[what](text)
            assert changed is not None
            (bench.root / name).write_text(changed)
            result = sopskit("decrypt", "--ignore-mac", name)
            assert (result.code, bool(result.data)) == (code, code == 0), (name, what, result.err)


def test_a_duplicated_value(vault: Vault, bench: Workbench) -> None:
    """ini.v1 takes the last of two keys of one name, so that the same line twice says the same."""
    for name in NAMES[:-1]:
        text = vault.text("sops", name)
        lines = text.splitlines(keepends=True)
        at = text.count("\n", 0, values(text)[0].match.start())
        lines.insert(at, lines[at])
        (bench.root / name).write_text("".join(lines))
        code = 0 if name == "t.ini" else 6
        assert sopskit("decrypt", name).code == code
        theirs = bench.decrypts(name, vault.key.identity)
        assert theirs == (
            Workbench(vault.folder).decrypts(f"sops/{name}", vault.key.identity) if code == 0 else None
        )


# The rest looks into the engine, without a command line for each of many texts.


@pytest.fixture(scope="module")
def engine(vault: Vault) -> Engine:
    environ = {"SOPS_AGE_KEY": vault.key.identity}
    return choose("embedded", find_identities(environ), Keyring(environ))


def _tree(engine: Engine, data: bytes, name: str) -> object:
    """What a file decrypts to, or None where it does not."""
    try:
        return file_encryption.decrypt_file(engine, data, formats.format_of(name), name).tree()
    except SopskitError as error:
        if error.exit_code == ExitCode.BUG or CANARY in f"{error}{error.hint}":
            raise
        return None


@given(data=st.data())
@settings(max_examples=300)
def test_any_other_character_is_an_error_or_changes_no_value(
    vault: Vault, engine: Engine, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(NAMES))
    text = vault.text(data.draw(st.sampled_from(AUTHORS)), name)
    # Comments, names of clear and empty values and nulls are not authenticated; see the page in docs/.
    spared = comment(text)
    start = spared.match.end() + 1 if spared else 0
    position = data.draw(st.integers(start, len(text) - 1))
    character = data.draw(
        st.sampled_from("\0\n\t \"'#;:=,-[]{}&*!|>%@`\\aZ05/+\x7f\x85\u00e9\u2028\ufeff")
        | st.characters(codec="utf-8")
    )
    changed = text[:position] + character + text[position + 1 :]
    found = _tree(engine, changed.encode(), name)
    assert found is None or _secrets(found) == _secrets(_tree(engine, text.encode(), name))


@given(data=st.data())
@settings(max_examples=150)
def test_a_truncated_file_is_an_error_or_lost_nothing(
    vault: Vault, engine: Engine, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(NAMES))
    content = vault.text(data.draw(st.sampled_from(AUTHORS)), name).encode()
    size = data.draw(st.integers(0, len(content) - 1))
    found = _tree(engine, content[:size], name)
    assert found is None or _secrets(found) == _secrets(_tree(engine, content, name))


@pytest.mark.parametrize("name", NAMES)
def test_a_truncated_file_stays(vault: Vault, bench: Workbench, name: str) -> None:
    content = vault.text("sops", name).encode()
    for size in (0, 1, len(content) // 3, len(content) // 2, content.index(b"BEGIN AGE"), len(content) - 40):
        path = bench.root / name
        path.write_bytes(content[:size])
        for command in (("decrypt", name), ("set", "--value-stdin", name, '["x"]'), ("rotate", name)):
            result = sopskit(*command, stdin=b"1")
            assert (result.code, result.data) == (6, b""), (size, command, result.err)
            assert path.read_bytes() == content[:size]


def _secrets(tree: object) -> list[object]:
    """The values that stand in a tree, in order, where anyone may read them or not."""
    from sopskit.sops.documents import Branch, Comment, Items

    if isinstance(tree, Branch):
        return [
            each
            for item in tree.items
            if not isinstance(item, Comment)
            for each in ([item[0]] if isinstance(item[1], Branch) and item[1].items else [])
            + _secrets(item[1])
        ]
    if isinstance(tree, Items | tuple):
        return [each for item in (tree.items if isinstance(tree, Items) else tree) for each in _secrets(item)]
    return [] if isinstance(tree, Comment) or tree in (None, "") else [tree]


def test_macs_are_compared_in_constant_time(
    vault: Vault, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The comparison is that of `hmac`, and its answer is the one that counts."""
    compared: list[tuple[bytes, bytes]] = []
    assert vars(encryption)["_compare_digest"] is _operator._compare_digest

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return False

    monkeypatch.setattr(encryption, "_compare_digest", compare)
    data = vault.text("sops", "t.yaml").encode()
    assert _tree(engine, data, "t.yaml") is None
    ((one, other),) = compared
    assert one == other
