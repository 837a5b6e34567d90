"""Which rule claims which path: what a check goes by, and real sops, on generated patterns and paths.

One process of `sops updatekeys` answers for all paths of a configuration: where it is given several files, it
goes on behind one that it fails on.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from sopskit.errors import ConfigurationError
from sopskit.repo.discovery import Repository
from sopskit.workflows.opening import read_inventory
from tests.programs import program
from tests.sops_yaml.samples import age
from tests.sops_yaml.test_against_sops import _ENCRYPTED

_RULES = 8
_RECIPIENTS = {age(f"rule {number}"): number for number in range(1, _RULES + 1)}

# What people write, and what regular expressions are hard at.
_PARTS = st.sampled_from(
    (
        "secrets", "hosts", "nova", "prod", "a", "b", "x", "é", "S", "1",
        "/", "/", r"\.", ".", ".*", ".+", "[^/]+", "[^/]*", "(a|b)", "(nova|prod)", "(?:x|hosts)", "?", "*",
        "+", "^", "$", r"\.yaml$", r"\.ya?ml$", r"\.(yaml|json|env|ini)$", r"\.sops\.", "sops",
        r"\d", r"\w+", r"\b", r"\s", r"\S+", r"[[:alpha:]]", r"[\w-]+", "{2}", "{1,3}", "(?i)", "(?s)",
        "(?m)",
        r"\Qa.b\E", r"\x{e9}", r"\pL", r"[^\x00-\x7f]", "|", "(", ")", "[", "]", r"\\", r"\/", r"\_",
        "(?P<n>a)", "(?=a)", r"\1", r"\C", r"\A", r"\z", r"\Z", "{", "}", "(?U)", "a{0}", "-", " ", "#", "''",
    )
)  # fmt: skip
#: A pattern.
PATTERNS = st.lists(_PARTS, max_size=6).map("".join)

_NAMES = st.sampled_from(
    (
        "secrets", "hosts", "nova", "supernova", "prod", "a", "b", "x", "aa", "a.b", "S", "É", "é", "1", "12",
        "a.yaml", "a.yml", "b.json", "x.sops.yaml", "db.yaml.bak", ".env", "x.env", "x y", "a-b", "a\\b",
        "a\nb", "é.ini", "\udcff", "x\udcc3", "_", "#", "(", "[a]", "sops", "a{0}",
    )
)  # fmt: skip
_PATHS = st.lists(
    st.lists(_NAMES, min_size=1, max_size=4).map("/".join), min_size=20, max_size=60, unique=True
)


def _config(patterns: list[str]) -> str:
    rules = (
        f"- path_regex: '{pattern.replace(chr(39), chr(39) * 2)}'\n  age: {recipient}\n"
        for pattern, recipient in zip(patterns, _RECIPIENTS, strict=False)
    )
    return f"creation_rules:\n{''.join(rules)}"


def _written(folder: Path, paths: list[str]) -> list[str]:
    """The paths where a file could be written; others need a folder where a file is, or the reverse."""
    done = []
    for path in paths:
        with contextlib.suppress(OSError):
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(_ENCRYPTED)
            done.append(path)
    return done


def _by_sops(folder: Path, paths: list[str]) -> list[int | str]:
    """The number of the rule that sops chooses for each path, 0 for none, else that it fails."""
    done = subprocess.run(
        [program("sops"), "updatekeys", "--input-type", "yaml", "--", *(folder / path for path in paths)],
        cwd=folder,
        input=b"n\n" * len(paths),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        env={**os.environ, "SOPS_DISABLE_VERSION_CHECK": "1"},
    )
    output = done.stdout.decode("utf-8", "replace")
    return [_answer(part) for part in output.split("Syncing keys for file ")[1:]]


def _answer(text: str) -> int | str:
    added = re.search(r"^\+\+\+ (age1\w+)$", text, re.MULTILINE)
    if added is not None:
        return _RECIPIENTS[added[1]]
    return 0 if "no matching creation rules found" in text else "fails"


def _by_check(folder: Path, paths: list[str]) -> list[int | str]:
    inventory = read_inventory(Repository.open(folder), folder, config=None, jobs=1, tolerant=True)
    assert set(inventory.paths) == set(paths)
    answers: list[int | str] = []
    for path in paths:
        try:
            _, rule = inventory.claim(path)
        except ConfigurationError:
            answers.append("fails")
        else:
            answers.append(rule.number if rule is not None else 0)
    return answers


@settings(max_examples=10)
@given(st.lists(PATTERNS, min_size=1, max_size=_RULES), _PATHS)
def test_the_rule_that_a_check_goes_by_is_that_of_sops(patterns: list[str], paths: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        (folder / ".sops.yaml").write_text(_config(patterns))
        written = _written(folder, paths)
        theirs = _by_sops(folder, written)
        assert len(theirs) == len(written)
        assert dict(zip(written, _by_check(folder, written), strict=True)) == dict(
            zip(written, theirs, strict=True)
        )
