"""A pattern that claims files which it plainly does not mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sopskit.audits.rules import pattern_tokens
from tests.audits.examples import ALICE, BOB, encrypted, example, fixed, found, messages

if TYPE_CHECKING:
    from pathlib import Path

ID = "pattern-claims-too-much"
SECRET = encrypted(ALICE)
DOT = "a dot that is not escaped matches any character"
END = "without a $ at its end the name may go on"
START = "without a ^ it begins in the middle of a name"


def _files(pattern: str, plaintext: str, *more: str) -> dict[str, str]:
    rules = f"creation_rules:\n  - path_regex: {pattern}\n    age: {ALICE}\n{''.join(more)}"
    return {".sops.yaml": rules, plaintext: "a: 1\n", "secrets/nova/db.sops.yaml": SECRET}


@pytest.mark.parametrize(
    ("pattern", "path", "why", "repaired"),
    [
        (".sops.yaml$", "docs/my-sops.yaml", DOT, r"\.sops\.yaml$"),
        (r"^secrets/.*.sops\.ya?ml$", "secrets/oopsops.yaml", DOT, r"^secrets/.*\.sops\.ya?ml$"),
        (r"^secrets/.*.sops\.ya?ml$", "secrets/o/sops.yaml", DOT, r"^secrets/.*\.sops\.ya?ml$"),
        (r"secrets/.*\.yaml", "secrets/nova/db.yaml.example", END, r"secrets/.*\.yaml$"),
        (r"secrets/.*\.(yaml|json)", "secrets/nova/db.yaml.tmpl", END, r"secrets/.*\.(yaml|json)$"),
        ("nova/", "supernova/values.yaml", START, None),
        (r"db\.sops\.yaml$", "notes/mydb.sops.yaml", START, None),
    ],
)
def test_plaintext_that_only_a_slip_of_the_pattern_claims(
    pattern: str, path: str, why: str | None, repaired: str | None, tmp_path: Path
) -> None:
    files = _files(pattern, path)
    expected = [f".sops.yaml:2: rule 1 claims {path} by accident: {why}"] if why else []
    assert messages(ID, files) == expected
    after = {".sops.yaml": _files(repaired, path)[".sops.yaml"]} if repaired else {}
    assert fixed(ID, example(tmp_path, files)) == after


def test_two_slips_are_repaired_one_after_the_other(tmp_path: Path) -> None:
    files = _files(".sops.yaml", "docs/my-sops.yaml") | {"secrets/db.sops.yaml.md": "x\n"}
    assert fixed(ID, example(tmp_path, files)) == {
        ".sops.yaml": _files(r"\.sops\.yaml$", "x")[".sops.yaml"],
    }


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        (r"secrets/.*\.yaml", "secrets/nova/db.yaml.bak"),  # a copy of a secret is claimed for good reason
        (r"secrets/.*\.yaml", "secrets/nova/other.yaml"),  # it was forgotten, and is plainly meant
        ("secrets/", "old/secrets/a.yaml"),  # at any depth, which many mean
        (r"secret\.yaml$", "my-secret.yaml"),  # so do many with this
        ("secrets/.+", "secrets/x"),
        (r"(^|/)secrets/|\.sops\.yaml", "secrets/a.yaml.txt"),
        ("secrets/.*", "secrets/settings.yaml"),
        (r"secrets/.*\.(yaml|pub)$", "secrets/key.pub"),  # it says so itself
    ],
)
def test_what_may_be_meant_is_left_alone(pattern: str, path: str) -> None:
    assert messages(ID, _files(pattern, path)) == []


def test_a_pattern_that_names_something_and_needs_nothing_of_it() -> None:
    files = {
        ".sops.yaml": f"creation_rules:\n  - path_regex: (^|/)*(\\.ya?ml)?$\n    age: {ALICE}\n",
        "README.md": "x\n",
    }
    assert messages(ID, files) == [r".sops.yaml:2: any path matches the pattern of rule 1, (^|/)*(\.ya?ml)?$"]
    assert (
        messages(ID, files | {".sops.yaml": f"creation_rules:\n  - path_regex: .*\n    age: {ALICE}\n"}) == []
    )


def test_what_lies_beside_secrets_is_information(tmp_path: Path) -> None:
    files = _files("^secrets/", "secrets/README.md") | {"secrets/kustomization.yaml": "a: 1\n"}
    subject = example(tmp_path, files)
    (finding,) = found(ID, subject)
    assert finding.message == (
        "rule 1 claims secrets/README.md and secrets/kustomization.yaml, hardly meant to be secret"
    )
    assert str(finding.severity) == "info"
    assert fixed(ID, subject) == {}


def test_a_file_that_is_just_what_a_later_rule_wants() -> None:
    later = f"  - path_regex: ^hosts/supernova/\n    age: {BOB}\n"
    files = _files("nova/", "x", later) | {"hosts/supernova/a.yaml": encrypted(BOB)}
    assert messages(ID, files) == [f".sops.yaml:2: rule 1 claims hosts/supernova/a.yaml by accident: {START}"]


def test_a_file_that_is_encrypted_by_the_rule_is_meant() -> None:
    assert messages(ID, _files("nova/", "x") | {"hosts/supernova/a.yaml": SECRET}) == []


@pytest.mark.parametrize(
    ("pattern", "escaped"),
    [
        (r"[.]yaml.a", r"[.]yaml\.a"),
        (r"[^].]x.(yaml|b)", r"[^].]x\.(yaml|b)"),
        (r"\Qa.b\E.c", r"\Qa.b\E\.c"),
        (r".*.?.+.{2}", r".*.?.+.{2}"),
        (r"\p{L}.a*", r"\p{L}.a*"),
        (r"..a", r"\..a"),
        (r"(?P<x>a).b", r"(?P<x>a)\.b"),
        ("[", "["),
        ("\\", "\\"),
        ("." * 3_000, "." * 3_000),
    ],
)
def test_which_dots_are_meant_as_dots(pattern: str, escaped: str) -> None:
    if pattern == "..a":
        assert pattern_tokens.with_escaped_dots(pattern) == pattern
    else:
        assert pattern_tokens.with_escaped_dots(pattern) == escaped
    assert "".join(pattern_tokens.tokens(pattern)) == pattern
