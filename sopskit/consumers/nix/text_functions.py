"""Functions over texts and paths. Files and folders are those of the repository."""

from __future__ import annotations

import json
import posixpath
from typing import TYPE_CHECKING

from sopskit.consumers.nix.evaluation import choice, within
from sopskit.consumers.nix.list_functions import NOWHERE, items_of, value_of
from sopskit.consumers.nix.values import (
    Attributes,
    Choice,
    Conditional,
    OtherPath,
    RepositoryPath,
    Slot,
    Thunk,
    Unknown,
    attributes,
    known,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from sopskit.consumers.nix.evaluation import Evaluator
    from sopskit.consumers.nix.values import Value

_NO_TEXT = "a text that is not known"
_MOST_FILES = 20_000


def _of_texts(function: Callable[..., Value]) -> Callable[..., Value]:
    """A function of texts; paths give their text, and what is one of several gives one of several."""

    def call(evaluator: Evaluator, *thunks: Thunk) -> Value:
        texts: list[str] = []
        for number, thunk in enumerate(thunks):
            value = value_of(evaluator, thunk)
            if isinstance(value, Choice):
                return choice(
                    call(evaluator, *thunks[:number], known(each), *thunks[number + 1 :])
                    for each in value.values
                )
            if isinstance(value, RepositoryPath):
                value = value.path
            if not isinstance(value, str):
                return value if isinstance(value, Unknown) else Unknown(_NO_TEXT)
            texts.append(value)
        return function(*texts)

    return call


def import_(evaluator: Evaluator, path: Thunk) -> Value:
    """`import`."""
    value = value_of(evaluator, path)
    if isinstance(value, RepositoryPath):
        return evaluator.import_file(value.path)
    if isinstance(value, Choice):
        return choice(import_(evaluator, known(each)) for each in value.values)
    if isinstance(value, Attributes | Conditional):
        return Unknown("an import of what is no path")
    return value if isinstance(value, Unknown) else Unknown("a file out of the repository")


def to_text(evaluator: Evaluator, thunk: Thunk) -> Value:
    """`toString`."""
    value = value_of(evaluator, thunk)
    if isinstance(value, bool):
        return "1" if value else ""
    if isinstance(value, int | float):
        return str(value)
    if value is None:
        return ""
    if isinstance(value, str | RepositoryPath | OtherPath | Choice):
        return value
    return evaluator.joined([_unknown(value)], NOWHERE)  # an input of the flake is a folder


def _unknown(value: Value) -> Unknown:
    return value if isinstance(value, Unknown) else Unknown(_NO_TEXT)


def path_exists(evaluator: Evaluator, path: Thunk) -> Value:
    """`pathExists`, as the repository is now."""
    value = value_of(evaluator, path)
    if not isinstance(value, RepositoryPath):
        return Unknown("whether there is a file out of the repository")
    folder, _, name = value.path.rstrip("/").rpartition("/")
    return not value.path or name in evaluator.folders.get(folder, ())


def read_folder(evaluator: Evaluator, path: Thunk) -> Value:
    """`readDir`."""
    value = value_of(evaluator, path)
    if not isinstance(value, RepositoryPath):
        return _unknown(value)
    names = evaluator.folders.get(value.path.rstrip("/"))
    if names is None:
        return Unknown(f"there is no folder {value.path}")
    return attributes({name: "directory" if folder else "regular" for name, folder in names.items()})


def files_below(evaluator: Evaluator, path: Thunk, suffix: str = "") -> Value:
    """`listFilesRecursive`."""
    value = value_of(evaluator, path)
    if type(value) is tuple:
        inner = [files_below(evaluator, each, suffix) for each in value]
        return tuple(thunk for each in inner if type(each) is tuple for thunk in each)
    if not isinstance(value, RepositoryPath):
        return _unknown(value)
    top = f"{value.path.rstrip('/')}/" if value.path else ""
    found = [path for path in evaluator.source.paths if path.startswith(top) and path.endswith(suffix)]
    if len(found) > _MOST_FILES:
        return Unknown("very many files")
    return tuple(known(RepositoryPath(path, literal=True)) for path in found)


def import_tree(evaluator: Evaluator, path: Thunk) -> Value:
    """`import-tree`: every Nix file below a folder but those with `/_` in their path, as one module."""
    found = files_below(evaluator, path, ".nix")
    if type(found) is not tuple:
        return found
    kept = tuple(each for each in found if "/_" not in f"/{each.value.path}")
    return Attributes({"imports": Slot(known(kept), None)})


def _read_file(evaluator: Evaluator, path: Thunk) -> Value:
    value = value_of(evaluator, path)
    if not isinstance(value, RepositoryPath):
        return _unknown(value)
    if value.path in evaluator.source.encrypted:
        return Unknown("the content of a secret file")
    text = evaluator.source.text(value.path)
    return Unknown(f"{value.path} cannot be read") if text is None else text


def _from_json(evaluator: Evaluator, text: Thunk) -> Value:
    value = value_of(evaluator, text)
    if not isinstance(value, str):
        return _unknown(value)
    try:
        return _from_python(json.loads(value))
    except (ValueError, RecursionError):
        return Unknown("it is no JSON")


def _from_toml(evaluator: Evaluator, text: Thunk) -> Value:
    import tomllib

    value = value_of(evaluator, text)
    if not isinstance(value, str):
        return _unknown(value)
    try:
        return _from_python(tomllib.loads(value))
    except (ValueError, RecursionError):
        return Unknown("it is no TOML")


def _from_python(value: object) -> Value:
    if isinstance(value, dict):
        return attributes({str(name): _from_python(each) for name, each in value.items()})
    if isinstance(value, list):
        return tuple(known(_from_python(each)) for each in value)
    return value if isinstance(value, str | int | float | bool | None) else Unknown("a date")


def _appended(evaluator: Evaluator, path: Thunk, text: Thunk) -> Value:
    """`lib.path.append`."""
    base, more = value_of(evaluator, path), value_of(evaluator, text)
    if isinstance(more, Choice):
        return choice(_appended(evaluator, path, known(each)) for each in more.values)
    if not isinstance(base, RepositoryPath) or not isinstance(more, str):
        return _unknown(base if not isinstance(base, RepositoryPath) else more)
    inside = within(base.path, more.lstrip("/"))
    return Unknown("a path out of the repository") if inside is None else base._replace(path=inside)


def from_root(evaluator: Evaluator, text: Thunk) -> Value:
    """A helper by the name of `relativeToRoot`."""
    return _appended(evaluator, known(RepositoryPath("", literal=True)), text)


def _joined(evaluator: Evaluator, separator: Thunk, list_: Thunk) -> Value:
    values: list[Value] = []
    between = value_of(evaluator, separator)
    for item in items_of(evaluator, list_):
        values.extend([between, value_of(evaluator, item)])
    return evaluator.joined(values[1:], NOWHERE)


def _mapped_texts(evaluator: Evaluator, separator: Thunk, function: Thunk, list_: Thunk) -> Value:
    from sopskit.consumers.nix.list_functions import map_

    return _joined(evaluator, separator, known(map_(evaluator, function, list_)))


def _replaced(evaluator: Evaluator, old: Thunk, new: Thunk, text: Thunk) -> Value:
    value = value_of(evaluator, text)
    olds, news = ([value_of(evaluator, each) for each in items_of(evaluator, list_)] for list_ in (old, new))
    if not isinstance(value, str) or not all(isinstance(each, str) for each in (*olds, *news)):
        return _unknown(value)
    import re

    pairs = {str(one): str(other) for one, other in zip(olds, news, strict=False) if one}
    if not pairs:
        return value
    return re.sub("|".join(map(re.escape, pairs)), lambda match: pairs[match.group()], value)


def _base_name(evaluator: Evaluator, path: Thunk) -> Value:
    value = value_of(evaluator, path)
    if isinstance(value, RepositoryPath | OtherPath):
        value = value.path
    return posixpath.basename(value.rstrip("/")) if isinstance(value, str) else _unknown(value)


def _folder_of(evaluator: Evaluator, path: Thunk) -> Value:
    value = value_of(evaluator, path)
    if isinstance(value, RepositoryPath):
        return value._replace(path=posixpath.dirname(value.path))
    return posixpath.dirname(value) if isinstance(value, str) else _unknown(value)


def _part(evaluator: Evaluator, start: Thunk, length: Thunk, text: Thunk) -> Value:
    begin, size, value = (value_of(evaluator, each) for each in (start, length, text))
    if not isinstance(begin, int) or not isinstance(size, int) or not isinstance(value, str):
        return _unknown(value)
    return value[begin:] if size < 0 else value[begin : begin + size]


def _optional_text(evaluator: Evaluator, condition: Thunk, text: Thunk) -> Value:
    holds = value_of(evaluator, condition)
    if isinstance(holds, bool):
        return evaluator.force(text) if holds else ""
    return choice((evaluator.force(text), ""))


def _matched(pattern: str, text: str) -> Value:
    """`match`: the groups of a pattern that matches the whole text, or null."""
    import re2

    from sopskit.text import patterns

    try:
        patterns.compile(pattern)
        found = re2.fullmatch(pattern, text)
    except (patterns.PatternError, re2.error):
        return Unknown("a pattern that is not understood")
    return None if found is None else tuple(known(group) for group in found.groups())


def _split(separator: str, text: str) -> Value:
    return tuple(known(each) for each in text.split(separator)) if separator else Unknown(_NO_TEXT)


_matched_texts = _of_texts(_matched)

TABLE: dict[str, tuple[int, Callable[..., Value]]] = {
    "import": (1, import_),
    "scopedImport": (2, lambda e, _scope, path: import_(e, path)),
    "toString": (1, to_text),
    "pathExists": (1, path_exists),
    "readDir": (1, read_folder),
    "readFile": (1, _read_file),
    "fileContents": (1, _read_file),
    "fromJSON": (1, _from_json),
    "importJSON": (1, lambda e, path: _from_json(e, known(_read_file(e, path)))),
    "fromTOML": (1, _from_toml),
    "importTOML": (1, lambda e, path: _from_toml(e, known(_read_file(e, path)))),
    "listFilesRecursive": (1, files_below),
    "import-tree": (1, import_tree),
    "append": (2, _appended),
    "path": (1, lambda e, set_: e.select(e.force(set_), "path", NOWHERE)),
    "toPath": (1, to_text),
    "concatStringsSep": (2, _joined),
    "concatStrings": (1, lambda e, list_: _joined(e, known(""), list_)),
    "concatMapStringsSep": (3, _mapped_texts),
    "replaceStrings": (3, _replaced),
    "baseNameOf": (1, _base_name),
    "dirOf": (1, _folder_of),
    "substring": (3, _part),
    "optionalString": (2, _optional_text),
    "toLower": (1, _of_texts(str.lower)),
    "trim": (1, _of_texts(str.strip)),
    "toUpper": (1, _of_texts(str.upper)),
    "stringLength": (1, _of_texts(len)),
    "hasSuffix": (2, _of_texts(lambda suffix, text: text.endswith(suffix))),
    "hasPrefix": (2, _of_texts(lambda prefix, text: text.startswith(prefix))),
    "hasInfix": (2, _of_texts(lambda infix, text: infix in text)),
    "removeSuffix": (2, _of_texts(lambda suffix, text: text.removesuffix(suffix))),
    "removePrefix": (2, _of_texts(lambda prefix, text: text.removeprefix(prefix))),
    "match": (2, _matched_texts),
    "splitString": (2, _of_texts(_split)),
}
