"""`postBuild`: variables that Flux replaces in what a Kustomization builds, its children among it.

Source: fluxcd/pkg/kustomize, kustomize_varsub.go, and github.com/drone/envsubst, of which the forms with a
default are known here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sopskit.consumers.flux.objects import List, Map

if TYPE_CHECKING:
    from collections.abc import Mapping

_VARIABLE = re.compile(r"(?<!\$)\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<default>:?[-=](?P<value>[^{}]*))?\}")
_DEEPEST = 60


def substituted(root: Map, variables: Mapping[str, str]) -> Map:
    """An object with the variables replaced that are known, or have a default; others stay as they are."""
    copy = _copied(root, variables, {}, 0)
    return copy if isinstance(copy, Map) else root


def _copied(node: Any, variables: Mapping[str, str], done: dict[int, Any], depth: int) -> Any:
    if isinstance(node, str):
        return _VARIABLE.sub(lambda match: _value(match, variables), node) if "${" in node else node
    if depth > _DEEPEST or not isinstance(node, (Map, List)):
        return node
    if id(node) in done:  # an alias, or a mapping that holds itself
        return done[id(node)]
    if isinstance(node, List):
        copied = done[id(node)] = List()
        copied.extend(_copied(each, variables, done, depth + 1) for each in node)
        copied.lines = node.lines
        return copied
    copy = done[id(node)] = node.copy()
    for key, value in node.items():
        copy[key] = _copied(value, variables, done, depth + 1)
    return copy


def _value(match: re.Match[str], variables: Mapping[str, str]) -> str:
    if match["name"] in variables:
        return variables[match["name"]]
    return match["value"] if match["default"] else match.group()
