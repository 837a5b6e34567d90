"""Own rules: what they may say, what is refused and where, and that they find what ours would."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from sopskit.cli.main import main
from sopskit.errors import ConfigurationError
from sopskit.scanner.confirm import matches_in
from sopskit.scanner.loading import built_in_rules
from sopskit.scanner.own_rules import read_own_rules, require_unique
from sopskit.scanner.own_search import OwnSearch, problem_of
from tests.scanner.gits import RULE, Git, token

RULES = """\
[[rule]]
id = "acme-token"
description = "Acme deploy token"
provider = "Acme"
pattern = 'acme_(?P<secret>[0-9a-f]{24})'
examples = ["x = 'acme_{}0f1e2d3c4b5a69788796a5b4'"]
"""

ACME = "acme_" + "0f1e2d3c4b5a69788796a5b4"


def rule(**changes: str) -> bytes:
    """A file of one rule, keys with other values, or with none."""
    keys = {"id": '"acme-token"', "description": '"Acme"', "pattern": "'acme_[0-9]{9}'"} | changes
    lines = [f"{key} = {value}" for key, value in keys.items() if value]
    return "\n".join(["# rules", "[[rule]]", *lines, ""]).encode()


def test_a_rule_has_defaults() -> None:
    (own,) = read_own_rules(RULES.encode(), "rules.toml")
    assert (own.path, own.line) == ("rules.toml", 1)
    assert (own.rule.severity, own.rule.confidence, own.rule.counterexamples) == ("error", "medium", ())
    assert own.rule.examples == (f"x = '{ACME}'",)


REFUSED = [
    (rule(id=""), 2, "a rule id is missing"),
    (rule(pattern=""), 2, "rule acme-token: pattern is missing"),
    (rule(id='"Acme"'), 3, "rule Acme: its id is not kebab-case"),
    (rule(id="1"), 3, "a rule id is no text"),
    (rule(patern="'x'"), 6, "rule acme-token: there is no patern"),
    (rule(severity='"high"'), 6, "rule acme-token: severity is one of error, warning, info"),
    (rule(checksum='"os"'), 6, "rule acme-token: there is no checksum os"),
    (rule(checksum='"__init__"'), 6, "rule acme-token: there is no checksum __init__"),
    (rule(keywords='["ACME"]'), 6, "rule acme-token: keywords are in lowercase"),
    (rule(pattern="'(acme'"), 5, "rule acme-token: the pattern is no regular expression"),
    (rule(pattern="'acme_(?=x)y'"), 5, "rule acme-token: the pattern has what rules must not have: assert"),
    (rule(pattern=r"'(acm)e\1'"), 5, "rule acme-token: the pattern has what rules must not have: groupref"),
    (rule(pattern="'acme_.*'"), 5, "rule acme-token: the pattern has a repetition without a limit"),
    (rule(pattern="'[a-z]{20}'"), 5, "rule acme-token: the pattern has no text of three characters"),
    (rule(pattern="'acme{,3}'"), 5, "rule acme-token: the pattern has {,"),
    (rule(pattern="'acme[[:alpha:]]'"), 5, "rule acme-token: the pattern has a class in which"),
    (rule(pattern="'acme_x{1001}'"), 5, "rule acme-token: the pattern is none of RE2"),
    (rule(pattern="'acme_[a-z_]{1000}'"), 5, "rule acme-token: the pattern is too large"),
    (rule(pattern="'acme_(?:(?:[a-z]?){40}){40}'"), 5, "rule acme-token: the pattern is none of RE2"),
    (rule(pattern=f"'acme_{'x' * 1000}'"), 5, "rule acme-token: the pattern has more than 1000 characters"),
    (rule(pattern="'acme_é'"), 5, "rule acme-token: the pattern has characters beyond ASCII"),
    (b"[[rule]]\n" * 201, 201, "has more than 200 rules"),
    (b"x = 1\n", None, "has something else than rules"),
    (b"[[rule]]\n[other]\n", None, "has something else than rules"),
    (b"rule = 1\n", None, "has something else than rules"),
    (b"rule = [1]\n", 1, "a rule is no table"),
    (b"[[rule]\n", 1, "is no TOML"),
]


@pytest.mark.parametrize(("content", "line", "message"), REFUSED)
def test_what_is_no_rule_is_refused_with_its_line(content: bytes, line: int | None, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_own_rules(content, "r.toml")
    assert caught.value.message.startswith(message)
    assert (caught.value.path, caught.value.line) == ("r.toml", line)


def test_an_id_stands_for_one_rule() -> None:
    rules = read_own_rules(RULES.encode() + b"\n" + RULES.encode(), "r.toml")
    with pytest.raises(ConfigurationError, match="there is another") as caught:
        require_unique(rules, ())
    assert (caught.value.line, caught.value.hint) == (8, "the other is in r.toml, line 1")
    with pytest.raises(ConfigurationError, match="comes with sopskit") as caught:
        require_unique(rules[:1], {"acme-token"})
    assert caught.value.line == 1


def test_it_finds_what_ours_would() -> None:
    """All that comes with sopskit and is small enough, as own rules, on each one's lines."""
    rules = [each for each in built_in_rules() if problem_of(each) is None]
    assert len(rules) > 700
    search = OwnSearch(rules)
    wrong = []
    for each in rules:
        for line in (*each.examples, *each.counterexamples):
            for text in (line.encode(), b"\xff " + line.encode() + b"\n"):
                expected = [match[1:5] for match in matches_in(each, text)]
                found = [match[1:5] for match in search.matches(text) if match.rule.id == each.id]
                if found != expected:
                    wrong.append((each.id, text, found, expected))
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (ACME, 1),
        (f"{ACME},{ACME} {ACME}", 3),
        (f"{ACME}0 {ACME}", 1),
        (f"_{ACME}", 0),
        (f"é{ACME}", 1),
        (f"{ACME}\n{ACME}\n", 2),
        (ACME[:-1], 0),
    ],
)
def test_boundaries(text: str, number: int) -> None:
    (own,) = read_own_rules(RULES.encode(), "r")
    content = text.encode()
    found = [content[each.start : each.end].decode() for each in OwnSearch([own.rule]).matches(content)]
    assert found == [ACME[5:]] * number


def test_no_pattern_takes_long() -> None:
    """Linear: a text of a megabyte on which `re` would not come to an end."""
    pattern = "'key(?:a|aa|aaa){1,50}(?:[a-z]{1,9}){1,9}b'"
    (own,) = read_own_rules(rule(pattern=pattern), "r")
    start = time.process_time()
    assert list(OwnSearch([own.rule]).matches((b"key" + b"a" * 1000) * 1000)) == []
    assert time.process_time() - start < 20


@pytest.fixture
def found(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: str) -> set[tuple[str, str]]:
        capsys.readouterr()
        main(["scan", "--format", "json", *arguments])
        document = json.loads(capsys.readouterr().out)
        return {(each["path"], each["id"]) for each in document["findings"]}

    return run


def test_rules_of_the_repository(git: Git, found: Any) -> None:
    settings = RULES.replace("[[rule]]", "[[scan.rule]]")
    git.write({".sopskit.toml": settings, "a": ACME, "b": token(1), "c": "nothing"})
    expected = {("a", "acme-token"), ("b", RULE)}
    assert found() == expected
    git("add", "-A")
    assert found("--staged") == expected
    git.commit({})
    assert found("--history") == expected
    git.commit({"d": ACME.replace("0f", "1e")})
    assert found("--range", "HEAD~..HEAD") == {("d", "acme-token")}


def test_rules_of_a_file(git: Git, found: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (git.root.parent / "organisation.toml").write_text(RULES)
    git.commit({"a": ACME, "b": token(1)})
    assert found() == {("b", RULE)}
    for source in ((), ("--history",)):
        assert found("--rules", "../organisation.toml", *source) == {("a", "acme-token"), ("b", RULE)}
    assert found("--history") == {("b", RULE)}
    assert main(["scan", "--rules", "missing.toml"]) == 6


def test_a_history_that_was_clean_is_read_again_for_a_new_rule(git: Git, found: Any) -> None:
    git.commit({"a": ACME})
    assert found("--history") == set()
    git.commit({".sopskit.toml": RULES.replace("[[rule]]", "[[scan.rule]]")})
    assert found("--history") == {("a", "acme-token")}


def test_a_rule_that_cannot_be_used_ends_the_scan(git: Git, capsys: pytest.CaptureFixture[str]) -> None:
    git.write({".sopskit.toml": RULES.replace("[[rule]]", "[[scan.rule]]").replace("acme-token", RULE)})
    assert main(["scan"]) == 3
    error = capsys.readouterr().err
    assert f"error: .sopskit.toml:1: rule {RULE}: a rule that comes with sopskit has this id" in error
    assert "hint: choose another" in error


def test_what_an_own_rule_finds_says_where_to_revoke_it(git: Git, capsys: pytest.CaptureFixture[str]) -> None:
    git.write({".sopskit.toml": RULES.replace("[[rule]]", "[[scan.rule]]"), "a": ACME})
    assert main(["scan"]) == 1
    assert "a:1:6: error: Acme deploy token: 0f1e... [acme-token]" in (out := capsys.readouterr().out)
    assert "revoke it (Acme)" in out
    assert ACME not in out
