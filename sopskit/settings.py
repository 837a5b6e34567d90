"""`.sopskit.toml`: what `.sops.yaml` cannot hold. An optional file at the root of a repository.

[check]
skip = ["no-offline-recipient"]
ignore = [{ id = "plaintext", path = "examples/", reason = "made to be read" }]

[scan]
exclude = ["vendor/"]
skip = ["jwt"]
ignore = [{ id = "private-key", path = "tests/", reason = "made for tests" }]
stopwords = ["acme-test", { id = "generic-secret", word = "sandbox" }]
severity = { json-web-token = "info" }

[[scan.rule]]
id = "acme-token"
description = "Acme token"
pattern = "acme_[0-9a-f]{32}"
examples = ["acme_{}0123..."]

[consumers]
"flux:home/apps/gitea" = "cluster"
"nix:web" = ["web_vm", "web_metal"]
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from sopskit import toml_text
from sopskit.errors import ConfigurationError
from sopskit.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sopskit.toml_text import Table

SETTINGS_NAME = ".sopskit.toml"

_NOTHING: Mapping[str, object] = MappingProxyType({})

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


class Stopword(NamedTuple):
    """A text; a secret that holds it is none.

    Attributes:
        word: in lowercase.
        id: of the rule whose secrets are meant; "" for all.
    """

    word: str
    id: str = ""


class ScanSettings(NamedTuple):
    """What the leak scanner leaves out, and what it looks for besides.

    Attributes:
        exclude: globs of files that are not read.
        skip: rules of which nothing is reported.
        ignore: findings not to report.
        stopwords: texts that no secret holds.
        severity: of findings, by the id of their rule.
        rule: the repository's own rules, as they are written.
    """

    exclude: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    ignore: tuple[Ignored, ...] = ()
    stopwords: tuple[Stopword, ...] = ()
    severity: Mapping[str, Severity] = MappingProxyType({})
    rule: tuple[Table, ...] = ()


class Settings(NamedTuple):
    """What a `.sopskit.toml` says.

    Attributes:
        skip: audits not to run.
        ignore: findings not to report.
        consumers: the hosts of a consumer (`flux:CLUSTER/NAMESPACE/SECRET`, `nix:NAME`), by its name.
        scan: what concerns the leak scanner.
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
    text = toml_text.decoded(data, path)
    reader = _Reader(text, path)
    tables = {name: reader.table(value, name) for name, value in toml_text.load(text, path).items()}
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
    exclude, skip = (reader.texts(table.get(name, []), name) for name in ("exclude", "skip"))
    words = table.get("stopwords", [])
    return ScanSettings(
        exclude,
        skip,
        tuple(map(reader.ignored, reader.items(table.get("ignore", []), "ignore"))),
        tuple(map(reader.stopword, [words] if isinstance(words, str) else reader.items(words, "stopwords"))),
        reader.severities(table.get("severity", {})),
        reader.tables(table.get("rule", []), "scan.rule"),
    )


class _Reader:
    """Takes values of the types that are expected, and says where one is something else."""

    def __init__(self, text: str, path: str) -> None:
        self._text = text
        self._path = path

    def line_of(self, word: str) -> int:
        """The first line where a word stands, else 1."""
        return toml_text.line_of(self._text, word)

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
        fields = self._fields(value, "ignore", Ignored._fields[:-1])
        if "id" not in fields:
            hint = 'write { id = "...", path = "...", reason = "..." }'
            raise self.error("an item of 'ignore' names no id", "ignore", hint)
        id_, path, reason = (fields.get(name, "") for name in ("id", "path", "reason"))
        return Ignored(id_, path, reason, self.line_of(path or id_))

    def stopword(self, value: object) -> Stopword:
        """An item of `stopwords`: a text, or one with the rule that it is for."""
        fields = (
            {"word": value} if isinstance(value, str) else self._fields(value, "stopwords", ("id", "word"))
        )
        word = fields.get("word", "")
        if len(word) < _SHORTEST_STOPWORD:
            raise self.error("a stopword has four characters or more", "stopwords")
        return Stopword(word.lower(), fields.get("id", ""))

    def severities(self, value: object) -> Mapping[str, Severity]:
        """A table of severities, by the id of a rule."""
        found: dict[str, Severity] = {}
        for id_, name in self.table(value, "severity").items():
            if name not in list(Severity):
                raise self.error(
                    f"{id_!r} takes a severity", id_, f"one of {', '.join(Severity)}; 'skip' leaves it out"
                )
            found[id_] = Severity(str(name))
        return found

    def tables(self, value: object, name: str) -> tuple[Table, ...]:
        """An array of tables, with their lines."""
        return toml_text.tables(self._text, name, self.items(value, name.rpartition(".")[2]), self._path)

    def _fields(self, value: object, name: str, known: Collection[str]) -> dict[str, str]:
        """A table that holds texts."""
        table = self.table(value, name)
        self.only(table, known, "field")
        fields = {field: self.texts(table[field], field) for field in table}
        if any(len(texts) != 1 for texts in fields.values()):
            raise self.error(f"an item of {name!r} takes one text for each field", name)
        return {field: texts[0] for field, texts in fields.items()}
