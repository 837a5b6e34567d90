"""Where a rule and its parts stand in a `.sops.yaml`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.findings import Place
from sopskit.text.yaml_tree import Mapping, Scalar

if TYPE_CHECKING:
    from sopskit.inventory.configs import Config
    from sopskit.sops_yaml.model import Rule
    from sopskit.text.splice import Span
    from sopskit.text.yaml_tree import Node, Pair


def of_rule(config: Config, rule: Rule) -> Place:
    """The first line of a rule."""
    return Place.of_line(config.path, config.document.text, rule.line)


def of_field(config: Config, rule: Rule, name: str) -> Place:
    """The key of a rule's field; the rule where a merge key brings the field."""
    pair = field(rule, name)
    return of_rule(config, rule) if pair is None else of_span(config, pair.key.span)


def of_value(config: Config, rule: Rule, name: str) -> Place:
    """As `of_field`, the field's value."""
    pair = field(rule, name)
    return of_rule(config, rule) if pair is None else of_span(config, pair.value.span)


def of_span(config: Config, span: Span) -> Place:
    """A span of the text."""
    return Place.of_span(config.path, config.document.text, *span)


def of_node(config: Config, node: Node) -> Place:
    """A node of the text."""
    return of_span(config, node.span)


def field(rule: Rule, name: str) -> Pair | None:
    """A field that the rule itself spells out; None where it has none, or a merge key brings it."""
    if isinstance(rule.node, Mapping):
        for pair in rule.node.pairs:
            if isinstance(pair.key, Scalar) and pair.key.value == name:
                return pair
    return None
