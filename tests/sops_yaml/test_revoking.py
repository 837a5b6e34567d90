"""Edits that take away more than a key: rules and key groups that go, keys in the place of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sopskit.errors import UnsupportedShapeError
from sopskit.keys import recipients
from sopskit.sops_yaml import editing, rule_removal
from sopskit.sops_yaml.reading import load, load_text
from sopskit.sops_yaml.replacing import replace_key
from tests.sops_yaml.samples import NEW, SHAPES, age, pgp
from tests.sops_yaml.strategies import files

if TYPE_CHECKING:
    from pathlib import Path

A, B, C, P = age("a"), age("b"), age("c"), pgp("p")
HEAD = f"keys:\n- &a {A}\n- &b {B}\n"


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(files(), st.data())
def test_a_rule_that_comes_and_goes_leaves_the_same_bytes(text: str, data: st.DataObject) -> None:
    doc = load(text.encode(), ".sops.yaml")
    before = data.draw(st.sampled_from((None, *range(1, len(doc.rules) + 1))))
    like = data.draw(st.sampled_from((None, *doc.rules)))
    result = editing.add_rule(doc, "^new/", [NEW["age"]], before, like=like)
    number = before or len(result.rules)
    assert rule_removal.remove_rule(result, number).text == text


@pytest.mark.parametrize("shape", SHAPES, ids=lambda path: path.stem)
def test_each_rule_of_the_shapes_goes_alone_or_is_refused(shape: Path) -> None:
    doc = load(shape.read_bytes(), shape.name)
    for rule in doc.rules:
        try:
            result = rule_removal.remove_rule(doc, rule.number)
        except UnsupportedShapeError:  # others stand on an anchor in it, or nothing would be left
            assert len(doc.rules) == 1 or "&" in doc.text
            continue
        kept = [other.path_regex for other in doc.rules if other.number != rule.number]
        assert [other.path_regex for other in result.rules] == kept


def test_a_comment_above_a_rule_stays_and_a_blank_line_goes() -> None:
    rules = f"creation_rules:\n# one\n- path_regex: a\n  age: {A}\n\n# two\n- path_regex: b\n  age: {B}\n"
    doc = load_text(rules, "x")
    assert rule_removal.remove_rule(doc, 1).text == (
        f"creation_rules:\n# one\n\n# two\n- path_regex: b\n  age: {B}\n"
    )
    assert rule_removal.remove_rule(doc, 2).text == (
        f"creation_rules:\n# one\n- path_regex: a\n  age: {A}\n\n# two\n"
    )


def test_a_key_group_goes_with_its_dash() -> None:
    rules = f"{HEAD}creation_rules:\n- key_groups:\n  - age: [*a]\n    pgp: [{P}]\n  - age: [*b]\n"
    doc = load_text(rules, "x")
    assert rule_removal.remove_group(doc, 1, 0).text == (
        f"{HEAD}creation_rules:\n- key_groups:\n  - age: [*b]\n"
    )


def test_a_key_group_that_rules_share_is_refused() -> None:
    groups = "key_groups: &g\n  - age: [*a]\n  - age: [*b]\n"
    doc = load_text(f"{HEAD}creation_rules:\n- path_regex: x\n  {groups}- key_groups: *g\n", "x")
    with pytest.raises(UnsupportedShapeError, match="shares this list"):
        rule_removal.remove_group(doc, 1, 0)


def test_a_key_is_replaced_where_it_is_defined_and_where_it_is_spelled_out() -> None:
    text = (
        "keys:\n- &a {0}   # a's\n- &b {1}\ncreation_rules:\n- path_regex: x\n  age: [*a, *b]\n"
        "- path_regex: y\n  age: '{1}, {0}'\n- age:\n  - \"{0}\"\n"
    )
    doc = load_text(text.format(A, B), "x")
    assert replace_key(doc, recipients.parse(A), recipients.parse(C)).text == text.format(C, B)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(files(), st.data())
def test_replacing_back_gives_the_same_bytes(text: str, data: st.DataObject) -> None:
    doc = load(text.encode(), ".sops.yaml")
    old = data.draw(st.sampled_from([member.recipient for rule in doc.rules for member in rule.members]))
    kind = {"age": "age", "pgp": "pgp"}.get(str(old.stanza_kind), "age")
    new = NEW[kind]
    try:
        replaced = replace_key(doc, old, new)
    except UnsupportedShapeError:
        assert any(style in text for style in ("|", ">"))
        return
    assert old not in [member.recipient for rule in replaced.rules for member in rule.members]
    assert [key.name for key in doc.keys] == [key.name for key in replaced.keys]
    assert replace_key(replaced, new, old).text == text


def test_a_new_rule_encrypts_what_its_model_does() -> None:
    encrypted = "encrypted_regex: ^data$\n  mac_only_encrypted: true"
    doc = load_text(f"creation_rules:\n- path_regex: x\n  {encrypted}\n  age: {A}\n", "x")
    new = editing.add_rule(doc, "y", [recipients.parse(B)], like=doc.rules[0]).rules[1]
    assert (new.selector, new.mac_only_encrypted) == (("encrypted_regex", "^data$"), True)
