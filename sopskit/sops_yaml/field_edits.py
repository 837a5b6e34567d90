"""Edits of one field of a rule: its name, or its pattern."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.errors import UnsupportedShapeError
from sopskit.sops_yaml.checks import applied, key_shapes, paired, require, rule_shapes, rules_numbered
from sopskit.sops_yaml.node_edits import quote, refusal
from sopskit.text.splice import Splice
from sopskit.text.yaml_tree import Mapping, Pair, Scalar

if TYPE_CHECKING:
    from sopskit.sops_yaml.model import Rule, SopsYaml

_BY_HAND = "edit the file by hand"


def rename_field(doc: SopsYaml, number: int, old: str, new: str) -> SopsYaml:
    """Give a field of a rule another name.

    Args:
        doc: the file.
        number: of the rule, from 1.
        old: a name that sops does not know.
        new: the field that was meant.

    Raises:
        UsageError: there is no such rule.
        UnsupportedShapeError: the rule does not spell out `old`, has `new` already, or cannot be used then.
    """
    rule = rules_numbered(doc, (number,))[0]
    if _pair(rule, new) is not None:
        raise UnsupportedShapeError(f"rule {number} has {new} as well", path=doc.path, line=rule.line)
    pair = _spelled_out(doc, rule, old)
    result = applied(doc, [Splice(*pair.key.span, new)])
    _require_only(doc, result, number)
    changed = result.rules[number - 1]
    require(doc, {old, new}.isdisjoint(changed.unknown_fields) and changed.error is None)
    return result


def set_pattern(doc: SopsYaml, number: int, pattern: str) -> SopsYaml:
    """Give a rule another `path_regex`, in the quotes that it has.

    Raises:
        UsageError: there is no such rule.
        UnsupportedShapeError: the rule shares its pattern, does not spell it out on one line, or has none.
    """
    rule = rules_numbered(doc, (number,))[0]
    value = _spelled_out(doc, rule, "path_regex").value
    if not isinstance(value, Scalar) or value.style in ("|", ">") or value.span != value.content:
        raise refusal(doc.document, value.span.start, "the pattern is no plain text of one line", _BY_HAND)
    flow = isinstance(rule.node, Mapping) and rule.node.flow
    result = applied(doc, [Splice(*value.span, quote(pattern, style=value.style, flow=flow))])
    _require_only(doc, result, number)
    require(doc, result.rules[number - 1].path_regex == pattern)
    return result


def _pair(rule: Rule, name: str) -> Pair | None:
    if isinstance(rule.node, Mapping):
        for pair in rule.node.pairs:
            if isinstance(pair.key, Scalar) and pair.key.value == name:
                return pair
    return None


def _spelled_out(doc: SopsYaml, rule: Rule, name: str) -> Pair:
    pair = _pair(rule, name)
    key = pair.key if pair is not None else None
    if pair is None or not isinstance(key, Scalar) or key.style or key.span != key.content:
        raise UnsupportedShapeError(
            f"rule {rule.number} does not spell out {name}", hint=_BY_HAND, path=doc.path, line=rule.line
        )
    return pair


def _require_only(before: SopsYaml, after: SopsYaml, number: int) -> None:
    """Refuse a result in which another rule, or a named key, says something else."""
    paired(before, after)
    require(before, key_shapes(before.keys) == key_shapes(after.keys))
    for old, new in zip(rule_shapes(before.rules), rule_shapes(after.rules), strict=True):
        number -= 1
        require(before, number == 0 or old == new)
