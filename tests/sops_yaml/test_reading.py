"""Reading `.sops.yaml`: keys, hosts, rules, and files that are broken or hostile."""

# ruff: noqa: E501 -- a table of texts reads best with one text a line

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sopskit.errors import ConfigurationError, SopskitError
from sopskit.sops_yaml.reading import load, load_text
from tests.programs import program
from tests.sops_yaml.samples import SHAPES, age, pgp, ssh

if TYPE_CHECKING:
    from pathlib import Path

A, B = age("a"), age("b")


def shape(name: str) -> bytes:
    return next(path for path in SHAPES if path.stem == name).read_bytes()


HOSTS = {
    "a suffix is no part of a host's name": (
        f"- &nebula_age {A}\n- &nebula_pgp {pgp('n')}\n- &nebula_age2 {B}\n",
        [("nebula", None, ["nebula_age", "nebula_pgp", "nebula_age2"])],
    ),
    "a suffix that contradicts the key is part of the name": (
        f"- &team_pgp {A}\n- &team_age {pgp('t')}\n", [("team_pgp", None, ["team_pgp"]), ("team_age", None, ["team_age"])],
    ),
    "a suffix alone is a name": (f"- &age {A}\n- &_ssh {ssh('s')}\n", [("age", None, ["age"]), ("_ssh", None, ["_ssh"])]),
    "a prefix gives the role and stays in the name": (
        f"- &server_x {A}\n- &admin_y_age {B}\n", [("server_x", "machine", ["server_x"]), ("admin_y", "user", ["admin_y_age"])],
    ),
    "the list around a key gives its role": (
        f"- people: [&x {A}]\n- servers:\n  - &admin_y {B}\n", [("x", "user", ["x"]), ("admin_y", "machine", ["admin_y"])],
    ),
    "one key under two anchors is two hosts": (f"- &x {A}\n- &y {A}\n", [("x", None, ["x"]), ("y", None, ["y"])]),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTS)
def test_hosts(name: str) -> None:
    keys, expected = HOSTS[name]
    doc = load_text(f"keys:\n{keys}creation_rules:\n- age: [{A}]\n- age: {B}\n", "x")
    named = [host for host in doc.hosts() if host.name is not None]
    assert [(host.name, host.role, [key.name for key in host.keys]) for host in named] == expected


def test_keys_that_only_rules_name_are_hosts_without_a_name() -> None:
    doc = load_text(
        f"keys:\n- &a {A}\ncreation_rules:\n- age: [*a, {B}]\n  pgp: '{pgp('p')}'\n- age: {A},{B}\n", "x"
    )
    unnamed = [host for host in doc.hosts() if host.name is None]
    assert [host.keys[0].text for host in unnamed] == [B, pgp("p")]


def test_a_key_that_is_none_is_kept_with_its_problem() -> None:
    doc = load_text(f"keys:\n- &good {A}\n- &typo {A[:-1]}q\n- &word hello\ncreation_rules: []\n", "x")
    good, typo, word = doc.keys
    assert (good.problem, good.line) == (None, 2)
    assert typo.recipient is None
    assert "checksum" in (typo.problem or "")
    assert word.problem is not None


def test_aliases_keep_their_anchor_and_lines_are_those_of_the_use() -> None:
    doc = load(shape("readme-convention"), "x")
    assert [(member.anchor, member.line) for member in doc.rules[0].groups[0]] == [
        ("admin_jon", 15), ("server_nosaxa", 16), ("admin_ida", 12), ("server_azmidi", 13),
    ]  # fmt: skip
    assert [member.line for member in load(shape("folded-string"), "x").rules[0].members] == [5, 6, 7, 9]


def test_settings_of_rules() -> None:
    merged = load(shape("merge"), "x").rules
    assert [rule.selector for rule in merged] == [("encrypted_regex", "^secret")] * 2
    assert all(rule.mac_only_encrypted for rule in merged)
    assert load(shape("stray-dash"), "x").rules[0].shamir_threshold == 2
    typo = load(shape("typo"), "x")
    assert typo.rules[0].unknown_fields == ("path",)
    assert typo.rules[0].claims("anything")


@pytest.mark.parametrize(
    "text", ["keys: []\n", "creation_rules:\n", "creation_rules: []\n", "creation_rules: [~]\n"]
)
def test_a_file_without_rules_loads_and_claims_nothing(text: str) -> None:
    doc = load(text.encode(), "x")
    assert doc.rules == ()
    assert doc.rule_for("a") is None


BROKEN = {
    "empty": (b"", None),
    "a byte order mark alone": (b"\xef\xbb\xbf", None),
    "comments alone": (b"# nothing\n", None),
    "an empty document": (b"---\n", None),
    "not UTF-8": (b"keys:\n- \xff\n", 2),
    "UTF-16": ("creation_rules: []".encode("utf-16"), 1),
    "NUL": (b"keys:\n- a\0b\n", 2),
    "an indentation that is no number": (b"creation_rules: []\nstores: {yaml: {indent: x}}", 2),
    "the rest of a conflict": (b"keys:\n- a\n>>>>>>> x\n", 3),
    "conflict markers": (b"keys:\n<<<<<<< HEAD\n- a\n=======\n- b\n>>>>>>> x\n", 2),
    "a list": (b"\n- a\n", 2),
    "an unknown alias": (b"keys: []\ncreation_rules:\n- age: *x\n", 3),
    "a key twice": (b"creation_rules:\n- age: x\n  pgp: y\n  age: z\n", 4),
    "a bad escape": (b'a: "\\Uffffffff"\n', 1),
    "unclosed": (b"a: [b\n", 2),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_an_error_with_its_line(name: str) -> None:
    data, line = BROKEN[name]
    with pytest.raises(ConfigurationError) as caught:
        load(data, "dir/.sops.yaml")
    assert (caught.value.path, caught.value.line) == ("dir/.sops.yaml", line)


HOSTILE = {
    "deep flow": b"a: " + b"[" * 10_000,
    "deep block": b"- " * 10_000,
    "deep mappings": b"".join(b" " * depth + b"a:\n" for depth in range(1_000)),
    "50 MB": b"a: " + b"x" * 50_000_000,
    "a bomb of groups": b"".join(
        [b"creation_rules:\n- key_groups:\n  - &g0 {age: [x, x, x, x, x, x, x, x, x, x]}\n"]
        + [b"  - &g%d {merge: [%s]}\n" % (n, b", ".join([b"*g%d" % (n - 1)] * 10)) for n in range(1, 10)]
    ),
    "a bomb of merge keys": b"x0: &x0 {a: 1}\n"
    + b"".join(b"x%d: &x%d {<<: [%s]}\n" % (n, n, b", ".join([b"*x%d" % (n - 1)] * 10)) for n in range(1, 10))
    + b"<<: *x9\n",
    "a group in itself": b"creation_rules: [{key_groups: &g [{merge: *g}]}]",
    "a chain of merge keys": b"creation_rules:\n- &r0 {age: x}\n"
    + b"".join(b"- &r%d {<<: *r%d}\n" % (n, n - 1) for n in range(1, 2_000)),
    "a chain of merge keys at the top": b"a0: &x0 {a: 1}\n"
    + b"".join(b"a%d: &x%d {<<: *x%d}\n" % (n, n, n - 1) for n in range(1, 2_000))
    + b"<<: *x1999\n",
    "a chain of aliases": b"x0: &x0 [a]\n"
    + b"".join(b"x%d: &x%d [*x%d]\n" % (n, n, n - 1) for n in range(1, 2_000))
    + b"creation_rules: [{age: *x1999}]\n",
    "lists in lists": b"creation_rules: [{age: " + b"[" * 190 + b"]" * 190 + b"}]\n",
    "many nodes": b"a: [" + b"b," * 200_000 + b"]",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_an_error_soon(name: str) -> None:
    started = time.process_time()
    with pytest.raises(ConfigurationError):
        load(HOSTILE[name], "x")
    assert time.process_time() - started < 20


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        (HOSTILE["many nodes"], "this is a limit of sopskit, not of sops"),
        (b"x: " + b"[" * 300 + b"]" * 300, "this is a limit of sopskit, not of sops"),
        (b"x: *nothing\n", "mend the line by hand; go-yaml, which sops reads with, refuses it too"),
    ],
)
def test_what_only_sopskit_refuses_is_not_said_of_sops(
    content: bytes, hint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load(content, "x")
    assert raised.value.hint == hint
    (tmp_path / ".sops.yaml").write_bytes(content + f"\ncreation_rules: [{{age: {A}}}]\n".encode())
    (tmp_path / "a.yaml").write_text("a: 1\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOPS_DISABLE_VERSION_CHECK", "1")
    done = subprocess.run([program("sops"), "encrypt", "a.yaml"], capture_output=True, check=False)
    assert (done.returncode == 0) is ("not of sops" in hint)


def test_an_alias_bomb_that_sops_does_not_decode_is_harmless() -> None:
    bomb = "x0: &x0 [a, a]\n" + "".join(
        f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 10)}]\n" for n in range(1, 30)
    )
    assert load_text(f"{bomb}creation_rules:\n- age: {A}\n", "x").rules[0].members[0].recipient.text == A


SECRET = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"


@pytest.mark.parametrize(
    "template",
    [
        "keys:\n- &a {}\ncreation_rules:\n- age: [*a]\n",
        "creation_rules:\n- age: {}\n",
        "creation_rules:\n- pgp: [{}]\n",
        "creation_rules:\n- kms: {}\n",
        "creation_rules:\n- key_groups: [{{age: [{}]}}]\n",
        "creation_rules:\n- key_groups: {}\n",
        "creation_rules:\n- shamir_threshold: {}\n",
        "creation_rules: [{{age: {}]\n",
        "creation_rules: [*{}]\n",
        "creation_rules: [!{}! x]\n",
        "creation_rules: '{}\n",
        "creation_rules:\n- age: x\n{}\n",
        "{0}: 1\n{0}: 2\n",
    ],
)
def test_a_private_key_is_never_repeated(template: str) -> None:
    shown = []
    try:
        doc = load_text(template.format(SECRET), ".sops.yaml")
        shown += [repr(doc), repr(doc.hosts()), *(str(rule.error) for rule in doc.rules)]
        doc.rule_for("x")
    except SopskitError as error:
        shown += [str(error), repr(error), error.hint or ""]
    assert not any("SECRET-KEY" in text or SECRET[20:40] in text for text in shown)


def test_a_catastrophic_pattern_takes_no_time() -> None:
    doc = load(b"creation_rules:\n- path_regex: ^(a|a)*(a|aa)*(.*)*(.*)*$b\n", "x")
    started = time.process_time()
    assert not doc.rules[0].claims("a" * 4000)
    assert time.process_time() - started < 1


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="&*a-:[]{},'\"|>!%#?<\\ \n\r\t\ufeff0~\U0001f600", max_size=60))
def test_any_text_loads_or_is_a_clean_error(text: str) -> None:
    try:
        load_text(f"creation_rules:\n{text}", "x")
    except ConfigurationError as error:
        message = str(error)
    else:
        return
    assert "\n" not in message
