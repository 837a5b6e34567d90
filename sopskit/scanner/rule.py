"""A rule: what a secret of one format looks like, and what to say of it. Rules are data (`rules/*.toml`)."""

from __future__ import annotations

import importlib
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from sopskit.errors import ConfigurationError
from sopskit.findings import Confidence, Severity
from sopskit.scanner.shape import ShapeError, shape_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

#: What may not stand directly before and behind a secret, as classes of `re`.
BOUNDARIES = {
    "none": ("", ""),
    "word": ("[0-9A-Za-z_]", "[0-9A-Za-z_]"),
    # Behind it a full stop only where more follows: a sentence may end with a token.
    "token": ("[-0-9A-Za-z_+/.]", r"[-0-9A-Za-z_+/=]|\.[0-9A-Za-z_]"),
}

#: Ends what is to be done, where nothing more is known of the file.
KEEP = "; sopskit encrypt keeps the new one safe"

_NOTHING: Mapping[str, object] = MappingProxyType({})

#: Bytes behind a match that a boundary looks at.
MAX_BEHIND = 2


class Rule(NamedTuple):
    """What a secret of one format looks like.

    Attributes:
        id: kebab-case, unique.
        description: one line, begins with a capital: what the secret is.
        provider: who issues it, by its own name.
        severity: how bad a leak is.
        confidence: how sure a match is.
        pattern: Python `re` syntax over bytes (see `sopskit.scanner.shape`). The whole match is the secret,
            unless it has a group named `secret`.
        keywords: in lowercase; where there are any, one must stand in the name that the secret is assigned
            to, or where the pattern has a literal of its own, before it on its line.
        boundary: what may not stand around it; a key of `BOUNDARIES`.
        entropy: least Shannon entropy of the secret in bits a character; 0 for any.
        checksum: a module of `sopskit.scanner.checksums` whose `valid` says whether a match is real; or None.
        verification: for people: how to find out whether it still works. Nothing calls anything.
        references: pages of the vendor that describe the format.
        examples: lines in which it is found.
        counterexamples: lines in which it is not.
        remedy: what to do where one has leaked, in lowercase; "" for revoking it.
        grounds: why a match is one, in lowercase; "" where pattern, keywords and checksum say it.
    """

    id: str
    description: str
    provider: str
    severity: Severity
    confidence: Confidence
    pattern: str
    keywords: tuple[str, ...] = ()
    boundary: str = "word"
    entropy: float = 0.0
    checksum: str | None = None
    verification: str = ""
    references: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    counterexamples: tuple[str, ...] = ()
    remedy: str = ""
    grounds: str = ""

    @property
    def is_unambiguous(self) -> bool:
        """Whether a match means something anywhere, in a binary file too."""
        return self.confidence is Confidence.HIGH and not self.keywords

    @property
    def hint(self) -> str:
        """What to do where a secret of this kind has leaked."""
        return f"every clone has it: {self.remedy or f'revoke it ({self.provider}) and make another{KEEP}'}"

    @property
    def why(self) -> str:
        """What makes a match one."""
        if self.grounds:
            return self.grounds
        parts = ["it has the form of one"]
        if self.keywords:
            parts.append("what stands before it names it")
        if self.checksum:
            parts.append("its checksum is right")
        if self.entropy:
            parts.append("it looks random")
        return ", ".join(parts)


class RuleError(ValueError):
    """What is wrong with a rule; the message is one lowercase line.

    Attributes:
        key: of the rule that it is about.
    """

    def __init__(self, message: str, key: str = "id") -> None:
        super().__init__(message)
        self.key = key


_REQUIRED = (
    "id",
    "description",
    "provider",
    "severity",
    "confidence",
    "pattern",
    "examples",
    "counterexamples",
)
_TEXTS = (
    "id",
    "description",
    "provider",
    "pattern",
    "boundary",
    "checksum",
    "verification",
    "remedy",
    "grounds",
)
_LISTS = ("keywords", "references", "examples", "counterexamples")
_ID_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


def read_rules(folder: Path) -> list[Rule]:
    """The rules of every `*.toml` of a folder, by id.

    Raises:
        ConfigurationError: a file is no TOML, a rule is not valid, or two have one id.
    """
    rules: dict[str, Rule] = {}
    for path in sorted(folder.glob("*.toml")):
        for rule in parse_rules(path.read_text(encoding="utf-8"), path.name):
            if rule.id in rules:
                raise ConfigurationError(f"rule {rule.id}: there is another of this id", path=path.name)
            rules[rule.id] = rule
    return [rules[id_] for id_ in sorted(rules)]


def parse_rules(text: str, path: str) -> list[Rule]:
    """The rules of a file.

    Args:
        text: TOML, an array of tables named `rule`.
        path: of the file, for errors.

    Raises:
        ConfigurationError: it is no TOML, or a rule is not valid.
    """
    import tomllib

    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError(f"is no TOML: {error}", path=path) from None
    tables = document.get("rule")
    if list(document) not in ([], ["rule"]) or not isinstance(tables or [], list):
        raise ConfigurationError("has something else than [[rule]] tables", path=path)
    return [_rule(table, number, path) for number, table in enumerate(tables or [], start=1)]


def _rule(table: Any, number: int, path: str) -> Rule:
    name = table.get("id") if isinstance(table, dict) else None
    name = name if isinstance(name, str) else f"number {number}"
    try:
        rule = rule_of(table, _REQUIRED)
    except RuleError as error:
        raise ConfigurationError(f"rule {name}: {error}", path=path) from None
    if not rule.examples or not rule.counterexamples:
        raise ConfigurationError(f"rule {name}: it needs an example and a counterexample", path=path)
    return rule


def rule_of(table: Any, required: Iterable[str], defaults: Mapping[str, object] = _NOTHING) -> Rule:
    """The rule that a table says.

    Args:
        table: what TOML has.
        required: keys that it must have.
        defaults: for others that it has not.

    Raises:
        RuleError: it says none.
    """
    if not isinstance(table, dict):
        raise RuleError("is no table")
    missing = [key for key in required if key not in table]
    if missing:
        raise RuleError(f"{missing[0]} is missing", missing[0])
    for key in table:
        if key not in Rule._fields:
            raise RuleError(f"there is no {key}", key)
    table = {**defaults, **table}
    _require_types(table)
    rule = _converted(table)
    _require_content(rule)
    return rule


def _require_types(table: Mapping[str, object]) -> None:
    for key, value in table.items():
        if key in _TEXTS and not (isinstance(value, str) and value):
            raise RuleError(f"{key} is no text", key)
        if key in _LISTS and not (isinstance(value, list) and all(isinstance(each, str) for each in value)):
            raise RuleError(f"{key} is no list of texts", key)
    for key, levels in (("severity", Severity), ("confidence", Confidence)):
        if table[key] not in list(levels):
            raise RuleError(f"{key} is one of {', '.join(levels)}", key)
    entropy = table.get("entropy", 0.0)
    if isinstance(entropy, bool) or not isinstance(entropy, int | float) or not 0 <= entropy <= 8:
        raise RuleError("entropy is no number from 0 to 8", "entropy")


def _converted(table: dict[str, Any]) -> Rule:
    lists = {key: tuple(table[key]) for key in _LISTS if key in table}
    for key in ("examples", "counterexamples"):
        # `{}` keeps an example from looking like a leak to whoever scans this repository.
        lists[key] = tuple(each.replace("{}", "") for each in lists.get(key, ()))
    levels = {"severity": Severity(table["severity"]), "confidence": Confidence(table["confidence"])}
    return Rule(**(table | lists | levels | {"entropy": float(table.get("entropy", 0.0))}))


def _require_content(rule: Rule) -> None:
    if not set(rule.id) <= _ID_CHARACTERS or rule.id.strip("-") != rule.id:
        raise RuleError("its id is not kebab-case")
    if rule.boundary not in BOUNDARIES:
        raise RuleError(f"boundary is one of {', '.join(BOUNDARIES)}", "boundary")
    if any(not word.isascii() or word != word.lower() or len(word) < 2 for word in rule.keywords):
        raise RuleError("keywords are in lowercase ASCII, of two characters or more", "keywords")
    if rule.checksum is not None:
        try:
            checksum(rule.checksum)
        except (ImportError, AttributeError):
            raise RuleError(f"there is no checksum {rule.checksum}", "checksum") from None
    try:
        shape_of(rule.pattern)
    except ShapeError as error:
        raise RuleError(str(error), "pattern") from None


def checksum(name: str) -> Callable[[str], bool]:
    """What tells whether a secret's checksum is right.

    Raises:
        ImportError: there is no such module.
    """
    if not name.isidentifier():
        raise ImportError(name)
    module = importlib.import_module(f"sopskit.scanner.checksums.{name}")
    function: Callable[[str], bool] = module.valid
    return function
