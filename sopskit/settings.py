"""`.sopskit.toml`: what `.sops.yaml` cannot hold. An optional file at the root of a repository.

[check]
skip = ["no-offline-recipient"]
ignore = [{ id = "plaintext", path = "examples/", reason = "made to be read" }]

[scan]
exclude = ["vendor/"]
skip = ["jwt"]
ignore = [{ id = "private-key", path = "tests/", reason = "made for tests" }]
stopwords = ["acme-test"]

[consumers]
"flux:home/apps/gitea" = "cluster"
"nix:web" = ["web_vm", "web_metal"]
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

SETTINGS_NAME = ".sopskit.toml"

_MAX_SIZE = 1 << 20
_NOTHING: Mapping[str, object] = MappingProxyType({})

_LINE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)")

#: A shorter one is in many secrets by chance.
_SHORTEST_STOPWORD = 4

#: Tables that other commands read; what is in them is theirs to judge.
_OTHER_TABLES = ("addresses",)


class Ignored(NamedTuple):
    """Findings that are not to be reported.

    Attributes:
        id: of the audit.
        path: a glob; "" for every file.
        reason: why, for people; may be empty.
        line: where it stands, from 1.
    """

    id: str
    path: str
    reason: str
    line: int


class Skipped(NamedTuple):
    """An audit that is not to run, and the line that says so."""

    id: str
    line: int


class ScanSettings(NamedTuple):
    """What the leak scanner leaves out.

    Attributes:
        exclude: globs of files that are not read.
        skip: rules of which nothing is reported.
        ignore: findings not to report.
        stopwords: in lowercase; a secret that holds one is none.
    """

    exclude: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    ignore: tuple[Ignored, ...] = ()
    stopwords: tuple[str, ...] = ()


class Settings(NamedTuple):
    """What a `.sopskit.toml` says.

    Attributes:
        skip: audits not to run.
        ignore: findings not to report.
        consumers: the hosts of a consumer (`flux:CLUSTER/NAMESPACE/SECRET`, `nix:NAME`), by its name.
        scan: what the leak scanner leaves out.
        others: the table `addresses`, as it stands.
    """

    skip: tuple[Skipped, ...] = ()
    ignore: tuple[Ignored, ...] = ()
    consumers: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    scan: ScanSettings = ScanSettings()
    others: Mapping[str, Mapping[str, object]] = MappingProxyType({})


def parse(data: bytes, path: str = SETTINGS_NAME) -> Settings:
    """Read a `.sopskit.toml`.

    Args:
        data: the file's bytes.
        path: the file's name in errors.

    Raises:
        ConfigurationError: it is no TOML, or says what nobody understands.
    """
    text = _decoded(data, path)
    reader = _Reader(text, path)
    tables = {name: reader.table(value, name) for name, value in _load(text, path).items()}
    reader.only(tables, ("check", "scan", "consumers", *_OTHER_TABLES), "table")
    check = tables.get("check", _NOTHING)
    reader.only(check, ("skip", "ignore"), "setting")
    return Settings(
        skip=tuple(Skipped(id_, reader.line_of(id_)) for id_ in reader.texts(check.get("skip", []), "skip")),
        ignore=tuple(map(reader.ignored, reader.items(check.get("ignore", []), "ignore"))),
        consumers={name: reader.texts(hosts, name) for name, hosts in tables.get("consumers", {}).items()},
        scan=_scan(reader, tables.get("scan", _NOTHING)),
        others={name: table for name, table in tables.items() if name in _OTHER_TABLES},
    )


def _scan(reader: _Reader, table: Mapping[str, object]) -> ScanSettings:
    reader.only(table, ScanSettings._fields, "setting")
    exclude, skip, stopwords = (
        reader.texts(table.get(name, []), name) for name in ("exclude", "skip", "stopwords")
    )
    for word in stopwords:
        if len(word) < _SHORTEST_STOPWORD:
            raise reader.error("a stopword has four characters or more", "stopwords")
    ignore = tuple(map(reader.ignored, reader.items(table.get("ignore", []), "ignore")))
    return ScanSettings(exclude, skip, ignore, tuple(word.lower() for word in stopwords))


def _decoded(data: bytes, path: str) -> str:
    if len(data) > _MAX_SIZE:
        raise ConfigurationError("is too large: more than 1 MiB", hint="is it the right file?", path=path)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigurationError("is not UTF-8", hint="save it as UTF-8", path=path, line=line) from None


def _load(text: str, path: str) -> Mapping[str, object]:
    import tomllib

    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ConfigurationError("is nested too deeply", path=path) from None
    except ValueError as error:  # TOMLDecodeError, or a number of thousands of digits
        found = _LINE.search(str(error))
        line = int(found[1]) if found and found[1] else None
        raise ConfigurationError(
            "is no TOML", hint="https://toml.io shows how it is written", path=path, line=line
        ) from None


class _Reader:
    """Takes values of the types that are expected, and says where one is something else."""

    def __init__(self, text: str, path: str) -> None:
        self._text = text
        self._path = path

    def line_of(self, word: str) -> int:
        """The first line where a word stands that is not a part of a longer one, else 1."""
        found = re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", self._text)
        return self._text.count("\n", 0, found.start()) + 1 if found else 1

    def error(self, message: str, word: str, hint: str | None = None) -> ConfigurationError:
        """An error on the line of a word."""
        return ConfigurationError(message, hint=hint, path=self._path, line=self.line_of(word))

    def only(self, table: Mapping[str, object], known: Collection[str], what: str) -> None:
        """Refuse keys that nobody knows."""
        for name in table:
            if name not in known:
                raise self.error(f"there is no {what} {name!r}", name, f"there are: {', '.join(known)}")

    def table(self, value: object, name: str) -> Mapping[str, object]:
        """A table."""
        if not isinstance(value, dict):
            raise self.error(f"{name!r} is no table", name, f"write it below [{name}]")
        return value

    def items(self, value: object, name: str) -> list[object]:
        """A list."""
        if not isinstance(value, list):
            raise self.error(f"{name!r} takes a list", name)
        return value

    def texts(self, value: object, name: str) -> tuple[str, ...]:
        """A list of texts; a text stands for a list of one."""
        items = [value] if isinstance(value, str) else self.items(value, name)
        texts = tuple(item for item in items if isinstance(item, str))
        if len(texts) != len(items):
            raise self.error(f"{name!r} takes texts", name)
        return texts

    def ignored(self, value: object) -> Ignored:
        """An item of `ignore`."""
        table = self.table(value, "ignore")
        self.only(table, Ignored._fields[:-1], "field")
        fields = {name: self.texts(table[name], name) for name in table}
        if any(len(texts) != 1 for texts in fields.values()):
            raise self.error("an item of 'ignore' takes one text for each field", "ignore")
        if "id" not in fields:
            hint = 'write { id = "...", path = "...", reason = "..." }'
            raise self.error("an item of 'ignore' names no id", "ignore", hint)
        id_, path, reason = (fields[name][0] if name in fields else "" for name in ("id", "path", "reason"))
        return Ignored(id_, path, reason, self.line_of(path or id_))
