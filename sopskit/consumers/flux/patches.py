"""Patches as kustomize applies them to objects whose schema it does not know, such as Flux Kustomizations.

A strategic merge is then a JSON merge patch (RFC 7386) with `$patch` directives: lists are replaced. The
other kind is a JSON patch (RFC 6902). What cannot be applied changes nothing here; kustomize fails on it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from sopskit.consumers.flux.objects import List, Map, documents, get, text
from sopskit.errors import SopskitError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sopskit.consumers.flux.overlays import Patch, Target

_DEEPEST = 60


class Edit(NamedTuple):
    """A patch, parsed.

    Attributes:
        target: what it is for; None where `content`, a merge, says so itself.
        content: a `Map` to merge, or a `List` of operations.
    """

    target: Target | None
    content: Map | List


def edits(patch: Patch, content: str | None, path: str) -> Iterator[Edit]:
    """What a patch does.

    Args:
        patch: it.
        content: the text of its file; None where it is written in place, or the file cannot be read.
        path: the file's name in errors, which nobody sees.
    """
    value = content if patch.source is not None else patch.content
    if isinstance(value, str):
        try:
            values: Iterable[Any] = documents(value, path)
        except SopskitError:
            return
    else:
        values = (value,)
    for each in values:
        if isinstance(each, Map) or (isinstance(each, List) and patch.target is not None):
            yield Edit(patch.target, each)


def patched(root: Map, edit: Edit) -> Map:
    """An object with an edit applied, if it is for that object; the given one is left as it is."""
    if not _is_for(root, edit):
        return root
    if isinstance(edit.content, List):
        return _operated(root, edit.content)
    if text(edit.content, "$patch") == "delete":
        return root
    merged = _merged(root, edit.content, 0)
    if edit.target is not None and isinstance(merged, Map) and "metadata" in root:
        merged = _keeping_identity(merged, root)  # the names in such a patch stand for any
    return merged if isinstance(merged, Map) else root


def _keeping_identity(merged: Map, root: Map) -> Map:
    for field in ("apiVersion", "kind"):
        if field in root:
            merged[field] = root[field]
    metadata = merged.get("metadata")
    if isinstance(metadata, Map):
        merged["metadata"] = metadata = metadata.copy()
        for field in ("name", "namespace"):
            if get(root, "metadata", field) is not None:
                metadata[field] = get(root, "metadata", field)
            else:
                metadata.pop(field, None)
    return merged


def _is_for(root: Map, edit: Edit) -> bool:
    if edit.target is None:
        patch = edit.content
        same = all(text(patch, field) == text(root, field) for field in ("apiVersion", "kind"))
        namespace = text(patch, "metadata", "namespace")
        return (
            same
            and text(patch, "metadata", "name") == text(root, "metadata", "name")
            and namespace in ("", text(root, "metadata", "namespace"))
        )
    return matches(root, edit.target)


def matches(root: Map, target: Target) -> bool:
    """Whether a target means an object (kustomize, api/types/selector.go: anchored patterns)."""
    group, _, version = text(root, "apiVersion").rpartition("/")
    values = (
        (target.group, group),
        (target.version, version),
        (target.kind, text(root, "kind")),
        (target.name, text(root, "metadata", "name")),
        (target.namespace, text(root, "metadata", "namespace")),
    )
    return all(_matches(pattern, value) for pattern, value in values) and all(
        selects(selector, get(root, "metadata", field))
        for selector, field in ((target.labels, "labels"), (target.annotations, "annotations"))
    )


def _matches(pattern: str, value: str) -> bool:
    if not pattern or pattern == value:
        return True
    from sopskit.text import patterns

    try:
        return patterns.compile(f"^(?:{pattern})$").search(value)
    except patterns.PatternError:
        return False


_REQUIREMENT = re.compile(r"(?P<key>[^\s=!,()]+)\s+(?P<operator>in|notin)\s*\((?P<values>[^()]*)\)|[^,]+")


def selects(selector: str, labels: Any) -> bool:
    """Whether a label selector selects an object of these labels (Kubernetes, "Labels and Selectors")."""
    have = labels if isinstance(labels, Map) else Map()
    return all(_holds(match, have) for match in _REQUIREMENT.finditer(selector))


def _holds(match: re.Match[str], labels: Map) -> bool:
    if match["key"]:
        values = [each.strip() for each in match["values"].split(",")]
        return (labels.get(match["key"]) in values) == (match["operator"] == "in")
    plain = match.group().strip()
    for operator, wanted in (("!=", False), ("==", True), ("=", True)):
        key, found, value = plain.partition(operator)
        if found:
            return (labels.get(key.strip()) == value.strip()) is wanted
    return plain.lstrip("! ") in labels if not plain.startswith("!") else plain.lstrip("! ") not in labels


def _merged(old: Any, new: Any, depth: int) -> Any:
    if not isinstance(new, Map) or depth > _DEEPEST:
        return new
    if text(new, "$patch") == "replace" or not isinstance(old, Map):
        old = Map(new.line)
    result = old.copy()
    for key, value in new.items():
        if value is None or (isinstance(value, Map) and text(value, "$patch") == "delete"):
            result.pop(key, None)
        elif not key.startswith("$"):
            result[key] = _merged(old.get(key), value, depth + 1)
    return result


def _operated(root: Map, operations: List) -> Map:
    for operation in operations:
        changed = _operate(root, operation)
        if not isinstance(changed, Map):
            return root
        root = changed
    return root


def _operate(root: Map, operation: Any) -> Any:
    """The object after one operation; None where it cannot be done."""
    kind, path = text(operation, "op"), _steps(text(operation, "path"))
    if kind == "test":
        return root
    if kind in ("move", "copy"):
        source = _steps(text(operation, "from"))
        value = _at(root, source)
        if kind == "move":
            root = _edited(root, source, "remove", None)
        return _edited(root, path, "add", value)
    return (
        _edited(root, path, kind, get(operation, "value")) if kind in ("add", "replace", "remove") else None
    )


def _steps(pointer: str) -> list[str]:
    return [each.replace("~1", "/").replace("~0", "~") for each in pointer.split("/")[1:]][:_DEEPEST]


def _at(node: Any, steps: list[str]) -> Any:
    for step in steps:
        if isinstance(node, List):
            node = node[int(step)] if step.isdecimal() and int(step) < len(node) else None
        else:
            node = node.get(step) if isinstance(node, Map) else None
    return node


def _edited(node: Any, steps: list[str], kind: str, value: Any) -> Any:
    """A node with one edit below it, what is on the way copied; None where it cannot be done."""
    if not steps:
        return None if kind == "remove" else value
    step, rest = steps[0], steps[1:]
    if isinstance(node, Map):
        return _edited_map(node, step, rest, kind, value)
    if isinstance(node, List):
        return _edited_list(node, step, rest, kind, value)
    return None


def _edited_map(node: Map, step: str, rest: list[str], kind: str, value: Any) -> Map | None:
    copy = node.copy()
    if rest:
        changed = _edited(node.get(step), rest, kind, value)
        if changed is None:
            return None
        copy[step] = changed
    elif kind == "remove":
        copy.pop(step, None)
    else:
        copy[step] = value
    return copy


def _edited_list(node: List, step: str, rest: list[str], kind: str, value: Any) -> List | None:
    copy = List()
    copy.extend(node)
    copy.lines = list(node.lines)
    number = len(copy) if step == "-" else int(step) if step.isdecimal() and len(step) < 9 else -1
    if not 0 <= number <= len(copy) or (number == len(copy) and (rest or kind != "add")):
        return None
    if rest:
        copy[number] = _edited(copy[number], rest, kind, value)
    elif kind == "replace":
        copy[number] = value
    elif kind == "remove":
        del copy[number], copy.lines[number]
    else:
        copy.insert(number, value)
        copy.lines.insert(number, 0)
    return copy
