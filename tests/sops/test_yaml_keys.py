"""Where the key `sops` stands: what is told by the look of the lines agrees with libyaml."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sopskit.errors import BrokenFileError
from sopskit.sops.formats import yaml_keys

LINES = st.sampled_from(
    (
        *(
            "sops:",
            "sops: x",
            "'sops': x",
            '"sops":',
            "    mac: y",
            "key: ENC[x]",
            "key: plain",
            "---",
            "...",
            "",
        ),
        *('key: "a"', "key: 'a'", "key: {}", "key: []", '- "a"', "- key: 'a'", '  key: "a"', "key: |", '"a"'),
        *(
            'key: "a',
            "key: 'a",
            'a"',
            "a'",
            '"',
            "'",
            "key: {",
            "}",
            "key: [",
            "]",
            "key: [a,",
            'it\'s: "a"',
            '? "a"',
        ),
        *(
            "key: 'it''s'",
            'key: "a\\"',
            'key: "a" # it\'s',
            "# it's",
            'key: "a" b',
            "- - 'a'",
            '--- "a',
            "key: >-",
            "  'a'",
        ),
        *(
            'key: "a\\"',
            'key: "a"\r',
            "\"a\": 'b'",
            "{}",
            'key: "["',
            "key: 'ENC[x]'",
            '\u2028"a',
            "key: \x85'a'",
        ),
    )
)


@pytest.mark.property
@settings(max_examples=2000)
@given(st.lists(LINES, max_size=8).map("\n".join), st.booleans())
def test_the_look_of_the_lines_tells_what_libyaml_reads(text: str, ends: bool) -> None:
    text = f"{text}\nsops:\n    mac: x" + "\n" * ends
    keys = {place for place in range(len(text)) if _may_be_key(text, place)}
    with contextlib.suppress(BrokenFileError):  # no YAML at all; reading its values says so
        expected = sorted(yaml_keys._confirmed(text, keys))
        assert yaml_keys.top_level(text) == expected


def _may_be_key(text: str, place: int) -> bool:
    at_margin = not place or text[place - 1] == "\n"
    return at_margin and text[place:].lstrip("\"'").startswith("sops")


@pytest.mark.parametrize("value", ['"a"', "'a'", "{}", "[]", '"ENC[a] {"'])
def test_a_value_in_quotes_on_one_line_needs_no_libyaml(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(yaml_keys, "_confirmed")
    text = f"a: {value}\nb:\n  - c: {value}\n    d: {value}\n  - {value}\n"
    assert yaml_keys.top_level(f"{text}sops:\n  mac: x\n") == [len(text)]


@pytest.mark.parametrize(
    "line", ["-" * 10_000_000, " " * 10_000_000, "a" * 10_000_000, '"' + "a" * 10_000_000, "'" * 10_000_000]
)
def test_a_line_of_ten_megabytes_takes_no_time(line: str) -> None:
    start = time.perf_counter()
    assert yaml_keys._CLOSED.sub("", f"\n{line}\n{line}\n")
    assert time.perf_counter() - start < 20
