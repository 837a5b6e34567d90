"""Edits: adding and removing gives the same bytes, and nothing but the addition changes."""

# ruff: noqa: E501 -- a table of texts reads best with one text a line

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from sopskit.errors import UnsupportedShapeError, UsageError
from sopskit.keys import recipients
from sopskit.sops_yaml import editing
from sopskit.sops_yaml.reading import load, load_text
from tests.sops_yaml.samples import NEW, SHAPES, age, pgp
from tests.sops_yaml.strategies import files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sopskit.sops_yaml.model import SopsYaml

KINDS = st.sampled_from(sorted(NEW))
ROLES = st.sampled_from((None, "machine", "user"))


def only_gains(before: str, after: str) -> bool:
    """Whether `after` is `before` with characters inserted and none taken out or changed."""
    matcher = difflib.SequenceMatcher(None, before.splitlines(True), after.splitlines(True), autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        old, new = "".join(before.splitlines(True)[a:b]), "".join(after.splitlines(True)[c:d])
        rest = iter(new)
        if tag == "delete" or (tag == "replace" and not all(character in rest for character in old)):
            return False
    return True


def added(doc: SopsYaml, kind: str, numbers: list[int], role: str | None = None) -> SopsYaml:
    doc = editing.add_key(doc, "newhost", NEW[kind], role)  # type: ignore[arg-type]
    return editing.add_to_rules(doc, numbers, "newhost", 0)


def removed(doc: SopsYaml) -> SopsYaml:
    return editing.remove_key(editing.remove_from_rules(doc, None, "newhost"), "newhost")


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(files(), KINDS, ROLES, st.data())
def test_adding_and_removing_gives_the_same_bytes(
    text: str, kind: str, role: str | None, data: st.DataObject
) -> None:
    doc = load(text.encode(), ".sops.yaml")
    numbers = data.draw(st.lists(st.integers(1, len(doc.rules)), min_size=1, unique=True))
    with_it = added(doc, kind, numbers, role)
    for rule in with_it.rules:
        assert (NEW[kind] in [member.recipient for member in rule.members]) == (rule.number in numbers)
    assert only_gains(text, with_it.text)
    assert removed(with_it).text == text


def plain(text: str) -> object:
    """What an independent YAML 1.2 parser reads, aliases expanded."""
    return YAML(typ="safe", pure=True).load(text)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda path: path.stem)
def test_another_parser_sees_the_key_where_it_was_put_and_nowhere_else(shape: Path) -> None:
    doc = load(shape.read_bytes(), shape.name)
    try:
        with_it = added(doc, "age", [1])
    except UnsupportedShapeError:
        return  # such shapes are listed in REFUSED
    before, after = plain(doc.text), plain(with_it.text)
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert NEW["age"].text in str(after["creation_rules"][0])
    assert NEW["age"].text in str(after["keys"])
    assert after["creation_rules"][1:] == before["creation_rules"][1:]
    others = {name: value for name, value in after.items() if name not in ("keys", "creation_rules")}
    assert others == {name: value for name, value in before.items() if name not in ("keys", "creation_rules")}


# Rules that cannot gain a key of the kind, each for a reason that the file's name or comment gives.
REFUSED = {
    ("keys-as-names", "age", 1),
    ("keys-as-names", "ssh", 1),
    ("merge", "age", 2),
    ("merge", "ssh", 2),
    *(("shared-list", kind, number) for kind in ("age", "ssh") for number in (1, 2, 3)),
}


@pytest.mark.parametrize("kind", sorted(NEW))
@pytest.mark.parametrize("shape", SHAPES, ids=lambda path: path.stem)
def test_every_rule_of_the_shapes_gains_and_loses_a_key(shape: Path, kind: str) -> None:
    doc = load(shape.read_bytes(), shape.name)
    numbers = [rule.number for rule in doc.rules][: 4 if len(doc.rules) < 10 else 1]
    for number in numbers:
        if (shape.stem, kind, number) in REFUSED:
            with pytest.raises(UnsupportedShapeError) as caught:
                added(doc, kind, [number])
            assert caught.value.line is not None
            assert caught.value.hint is not None
            continue
        with_it = added(doc, kind, [number])
        assert only_gains(doc.text, with_it.text)
        assert removed(with_it).text.encode() == shape.read_bytes()


def test_a_list_that_all_chosen_rules_share_is_edited_once() -> None:
    doc = load(next(path for path in SHAPES if path.stem == "shared-list").read_bytes(), "x")
    with_it = added(doc, "age", [1, 2, 3])
    assert with_it.text.count("*newhost") == 1
    assert all(rule.members[-1].anchor == "newhost" for rule in with_it.rules)
    assert removed(with_it).text == doc.text


def test_forty_hosts_and_twenty_rules_gain_one_line_each() -> None:
    doc = load(next(path for path in SHAPES if path.stem == "generated-40-hosts").read_bytes(), "x")
    with_it = added(doc, "age", [rule.number for rule in doc.rules])
    assert len(with_it.text.splitlines()) == len(doc.text.splitlines()) + 2 + 20
    assert removed(with_it).text == doc.text


A, B, NEWHOST = age("a"), age("b"), age("newhost")
HEAD = f"keys:\n  - &a {A}\n  - &b {B}\n"

# Before, and what adding `newhost` to rule 1 makes of it: $K is the line under `keys:`.
EXAMPLES = {
    "block list": ("- age:\n  - *a\n", "- age:\n  - *a\n  - *newhost\n"),
    "comment behind the last item": (
        "- age:\n  - *a # keep\n  # - *b\n",
        "- age:\n  - *a # keep\n  - *newhost\n  # - *b\n",
    ),
    "flow list": ("- age: [ *a, *b ]\n", "- age: [ *a, *b, *newhost ]\n"),
    "flow list without spaces": ("- age: [*a,*b]\n", "- age: [*a,*b,*newhost]\n"),
    "one recipient": (f"- age: {A}\n", f"- age: {A},{NEWHOST}\n"),
    "string with spaces": (f"- age: '{A}, {B}'\n", f"- age: '{A}, {B}, {NEWHOST}'\n"),
    "string over two lines": (f'- age: "{A},\n    {B}"\n', f'- age: "{A},\n    {B},\n    {NEWHOST}"\n'),
    "trailing comma": (f"- age: {A}, # x\n", f"- age: {A},{NEWHOST}, # x\n"),
    "folded": (f"- age: >-\n    {A}\n\n  # x\n", f"- age: >-\n    {A},\n    {NEWHOST}\n\n  # x\n"),
    "a field like its sibling": (
        f"- pgp: '{pgp('p')}'\n  encrypted_regex: x\n",
        f"- pgp: '{pgp('p')}'\n  age: '{NEWHOST}'\n  encrypted_regex: x\n",
    ),
    "a field beside a list": (
        f"- key_groups:\n  - pgp:\n      - {pgp('p')}\n",
        f"- key_groups:\n  - pgp:\n      - {pgp('p')}\n    age:\n      - *newhost\n",
    ),
    "no key field": (
        "- path_regex: x\n  encrypted_regex: y\n",
        f"- path_regex: x\n  age: {NEWHOST}\n  encrypted_regex: y\n",
    ),
    "nested compact list": ("- key_groups: [{age: [*a]}]\n", "- key_groups: [{age: [*a, *newhost]}]\n"),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_addition_follows_the_style_that_is_there(name: str) -> None:
    before, after = EXAMPLES[name]
    doc = load_text(f"{HEAD}creation_rules:\n{before}", ".sops.yaml")
    assert added(doc, "age", [1]).text == f"{HEAD}  - &newhost {NEWHOST}\ncreation_rules:\n{after}"


KEY_EXAMPLES = {
    "aligned": (f"- &a     {A}\n- &ci    {B}\n", None, f"- &a     {A}\n- &ci    {B}\n- &newhost {NEWHOST}\n"),
    "aligned with room": (f"- &a          {A}\n- &ci         {B}\n", None, f"- &a          {A}\n- &ci         {B}\n- &newhost    {NEWHOST}\n"),
    "quoted": (f'- &a "{A}"\n', None, f'- &a "{A}"\n- &newhost "{NEWHOST}"\n'),
    "by prefix": (f"- &admin_a {A}\n- &server_b {B}\n", "user", f"- &admin_a {A}\n- &newhost {NEWHOST}\n- &server_b {B}\n"),
    "by list": (
        f"- users:\n  - &a {A}\n- hosts:\n  - &b {B}\n", "user",
        f"- users:\n  - &a {A}\n  - &newhost {NEWHOST}\n- hosts:\n  - &b {B}\n",
    ),
    "a list for the role": (
        f"- users:\n  - &a {A}\n", "machine", f"- users:\n  - &a {A}\n- hosts:\n  - &newhost {NEWHOST}\n"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", KEY_EXAMPLES)
def test_a_key_stands_behind_its_neighbours_in_their_style(name: str) -> None:
    before, role, after = KEY_EXAMPLES[name]
    rules = "creation_rules:\n- age: x\n"
    doc = load_text(f"keys:\n{before}{rules}", "x")
    result = editing.add_key(doc, "newhost", NEW["age"], role)  # type: ignore[arg-type]
    assert result.text == f"keys:\n{after}{rules}"
    assert editing.remove_key(result, "newhost").text == doc.text


def test_renaming_keeps_the_column_and_takes_every_alias_along() -> None:
    text = f"keys:\n  - &cache   {A}\n  - &ci      {B}\ncreation_rules:\n  - age: [*cache, *ci]\n"
    doc = editing.rename_anchor(load_text(text, "x"), "ci", "runner")
    assert doc.text == text.replace("&ci      ", "&runner  ").replace("*ci", "*runner")
    assert editing.rename_anchor(doc, "runner", "ci").text == text


GROUPED = "  - path_regex: '^a$'\n    key_groups:\n      - age:\n          - *a\n"
RULE_EXAMPLES = {
    "grouped": (GROUPED, None, GROUPED + GROUPED.replace("^a$", "new/.*").replace("          - *a", "          - *b\n          - *a")),
    "before, above its comment": (
        f"  # first\n{GROUPED}", 1,
        GROUPED.replace("^a$", "new/.*").replace("          - *a", "          - *b\n          - *a") + f"  # first\n{GROUPED}",
    ),
    "flat string": (f"- path_regex: a\n  age: {A}\n", None, f"- path_regex: a\n  age: {A}\n- path_regex: new/.*\n  age: {B},{A}\n"),
    "flow and blank lines": (
        "- path_regex: a\n  age: [*a]\n\n- path_regex: c\n  age: [*a]\n", None,
        "- path_regex: a\n  age: [*a]\n\n- path_regex: c\n  age: [*a]\n\n- path_regex: new/.*\n  age: [*b, *a]\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RULE_EXAMPLES)
def test_a_new_rule_looks_like_its_neighbour(name: str) -> None:
    before, number, after = RULE_EXAMPLES[name]
    doc = load_text(f"{HEAD}creation_rules:\n{before}", "x")
    assert editing.add_rule(doc, "new/.*", ["b", "a"], number).text == f"{HEAD}creation_rules:\n{after}"


@pytest.mark.parametrize("shape", SHAPES, ids=lambda path: path.stem)
def test_a_new_rule_can_join_every_shape(shape: Path) -> None:
    doc = editing.add_key(load(shape.read_bytes(), shape.name), "newhost", NEW["age"])
    doc = editing.add_key(doc, "newhost_pgp", NEW["pgp"])
    for before in (None, 1):
        result = editing.add_rule(doc, r"^it's\.new$", ["newhost", "newhost_pgp"], before)
        rule = result.rule_for("it's.new")
        assert rule is not None
        assert only_gains(doc.text, result.text)
        if before == 1:
            assert [member.recipient for member in rule.members] == [NEW["age"], NEW["pgp"]]


def test_the_first_rule_of_a_file_creates_the_section() -> None:
    doc = load_text(f"keys:\n  - &a {A}", "x")
    assert editing.add_rule(doc, "x", ["a"]).rules[0].members[0].anchor == "a"


REFUSALS: dict[str, tuple[str, Callable[[SopsYaml], object], int]] = {
    "a rule left without a key": (f"{HEAD}creation_rules:\n- age: [*a]\n", lambda doc: editing.remove_from_rules(doc, None, "a"), 5),
    "a group left without a key": (
        f"{HEAD}creation_rules:\n- key_groups:\n  - age: [*a]\n  - age: [*b]\n",
        lambda doc: editing.remove_from_rules(doc, [1], "a"), 6,
    ),
    "a key that rules still use": (f"{HEAD}creation_rules:\n- age: [*a, *b]\n", lambda doc: editing.remove_key(doc, "a"), 5),
    "a string with escapes": (f'{HEAD}creation_rules:\n- age: "{A}\\x2c{B}"\n', lambda doc: added(doc, "age", [1]), 5),
    "an empty field": (f"{HEAD}creation_rules:\n- age: []\n  pgp: x\n", lambda doc: added(doc, "age", [1]), 6),
    "keys as text": ("keys: none\ncreation_rules:\n- age: x\n", lambda doc: added(doc, "age", [1]), 1),
    "a key shared with destination_rules": (
        f"{HEAD}creation_rules:\n- age: &l [*a]\ndestination_rules:\n- recreation_rule: {{age: *l}}\n",
        lambda doc: added(doc, "age", [1]), 5,
    ),
    "a comment between flow items": (
        f"{HEAD}creation_rules:\n- age: [*a, # x\n    *b]\n", lambda doc: editing.remove_from_rules(doc, [1], "a"), 5,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSALS)
def test_what_cannot_be_edited_safely_is_refused_with_its_line(name: str) -> None:
    text, edit, line = REFUSALS[name]
    with pytest.raises(UnsupportedShapeError) as caught:
        edit(load_text(text, ".sops.yaml"))
    assert (caught.value.path, caught.value.hint is not None) == (".sops.yaml", True)
    assert abs((caught.value.line or 0) - line) <= 1


def test_several_groups_need_a_choice() -> None:
    doc = load_text(f"{HEAD}creation_rules:\n- key_groups:\n  - age: [*a]\n  - age: [*b]\n", "x")
    doc = editing.add_key(doc, "newhost", NEW["age"])
    with pytest.raises(UsageError) as caught:
        editing.add_to_rules(doc, (1,), "newhost")
    assert "--group" in (caught.value.hint or "")
    with pytest.raises(UsageError):
        editing.add_to_rules(doc, (1,), "newhost", 2)
    groups = editing.add_to_rules(doc, (1,), "newhost", 1).rules[0].groups
    assert [[member.anchor for member in group] for group in groups] == [["a"], ["b", "newhost"]]


def test_all_spellings_of_a_key_leave_a_rule_at_once() -> None:
    text = f"{HEAD}creation_rules:\n- age: [*a, {A}, *a, *b]\n- age: {B},{A},{A}\n"
    doc = editing.remove_from_rules(load_text(text, "x"), None, "a")
    assert doc.text == f"{HEAD}creation_rules:\n- age: [*b]\n- age: {B}\n"
    assert editing.remove_from_rules(load_text(text, "x"), [2], recipients.parse(A)).text.endswith(
        f"age: {B}\n"
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(files(), st.data())
def test_a_key_leaves_all_rules_or_is_the_last_of_one(text: str, data: st.DataObject) -> None:
    doc = load(text.encode(), ".sops.yaml")
    members = [member for rule in doc.rules for member in rule.members]
    recipient = data.draw(st.sampled_from(members)).recipient
    last_of_a_rule = any({recipient} == {member.recipient for member in rule.members} for rule in doc.rules)
    if last_of_a_rule:
        with pytest.raises(UnsupportedShapeError, match="without a key"):
            editing.remove_from_rules(doc, None, recipient)
        return
    result = editing.remove_from_rules(doc, None, recipient)
    assert recipient not in [member.recipient for rule in result.rules for member in rule.members]
    assert only_gains(result.text, text)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    files(),
    st.sampled_from((".*", "^a b$", "x: y", "it's", r"\.yaml$", "[a]", '"', "# x", "1", "~")),
    st.data(),
)
def test_a_new_rule_stands_where_it_was_put(text: str, pattern: str, data: st.DataObject) -> None:
    doc = editing.add_key(load(text.encode(), ".sops.yaml"), "newhost", NEW["age"])
    before = data.draw(st.sampled_from((None, *range(1, len(doc.rules) + 1))))
    result = editing.add_rule(doc, pattern, ["newhost"], before)
    assert result.rules[before - 1 if before else -1].path_regex == pattern
    assert only_gains(doc.text, result.text)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(files(), st.data())
def test_renaming_back_gives_the_same_bytes(text: str, data: st.DataObject) -> None:
    doc = load(text.encode(), ".sops.yaml")
    for key in doc.keys[:1]:
        renamed = editing.rename_anchor(
            doc, key.name, data.draw(st.sampled_from(("x", "a-much-longer_name")))
        )
        assert f"&{key.name} " not in renamed.text
        assert editing.rename_anchor(renamed, renamed.keys[0].name, key.name).text == text


def test_a_name_that_is_taken_or_impossible_is_a_usage_error() -> None:
    doc = load_text(f"{HEAD}creation_rules:\n- age: [*a]\n", "x")
    for name in ("a", "a.b", "", "ü"):
        with pytest.raises(UsageError):
            editing.add_key(doc, name, NEW["age"])


def test_adding_a_key_that_a_rule_has_changes_nothing() -> None:
    doc = load_text(f"{HEAD}creation_rules:\n- age: [*a, {B}]\n", "x")
    assert editing.add_to_rules(doc, [1], "b").text == doc.text
