"""Getting a detector: from the cache, or by compiling the rules, which takes seconds, and caching that."""

from __future__ import annotations

import marshal
import os
from contextlib import contextmanager
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from sopskit.findings import Confidence, Severity
from sopskit.scanner import kept
from sopskit.scanner.cache import Cache
from sopskit.scanner.detector import Detector
from sopskit.scanner.kept import (
    database_of,
    is_kept,
    keep_database,
    keep_key,
    kept_database,
    key_of,
    stamp,
)
from sopskit.scanner.triggers import ENCODED, Trigger

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hyperscan import Database

    from sopskit.scanner.detector import ClearValues
    from sopskit.scanner.rule import Rule
    from sopskit.scanner.triggers import Triggers

RULES = Path(kept.RULES)

_PARSED = "rules"

#: Seconds for which another process is waited for, which takes a few to compile all, and between two looks.
_PATIENCE = 60
_PAUSE = 0.05


def detector_of(rules: Sequence[Rule]) -> Detector:
    """A detector of these rules, compiled here and now."""
    triggers = _triggers_of(rules)
    if not has_hyperscan():
        return Detector(_in_re2(triggers), lambda: rules)
    from sopskit.scanner.hyperscan_triggers import HyperscanTriggers, compile_database, load_database

    database = load_database(compile_database(triggers))
    return Detector(HyperscanTriggers(database, lambda: triggers), lambda: rules)


def built_in_detector(environ: Mapping[str, str], clear_values: ClearValues | None = None) -> Detector:
    """A detector of the rules that come with sopskit.

    Args:
        environ: says where the cache is.
        clear_values: see `Detector`.

    Raises:
        ConfigurationError: a rule is not valid.
    """
    parsed = _Parsed(Cache(environ, stamp(str(RULES))))
    if not has_hyperscan():
        return Detector(_in_re2(parsed.triggers), lambda: parsed.rules, clear_values)
    from sopskit.scanner.hyperscan_triggers import HyperscanTriggers

    database = kept_database(environ, str(RULES)) or _compiled(environ, parsed)
    return Detector(HyperscanTriggers(database, lambda: parsed.triggers), lambda: parsed.rules, clear_values)


def _compiled(environ: Mapping[str, str], parsed: _Parsed) -> Database:
    """Compile the triggers; where another process is about to, wait for what it makes."""
    from sopskit.scanner.hyperscan_triggers import compile_database, load_database

    with _alone(environ):
        database = kept_database(environ, str(RULES))
        if database is not None:
            return database
        key = key_of(trigger.expression for trigger in parsed.triggers)
        database = database_of(environ, key)
        if database is not None:  # other files, the same triggers
            keep_key(environ, key, str(RULES))
            return database
        content = compile_database(parsed.triggers)
        keep_database(environ, key, content, str(RULES))
        return load_database(content)


@contextmanager
def _alone(environ: Mapping[str, str]) -> Iterator[None]:
    """Let one process at a time do something, for at most `_PATIENCE`, and as far as files can be locked."""
    import fcntl
    import time

    descriptor = Cache(environ, b"").lock()
    if descriptor is None:
        yield
        return
    end = time.monotonic() + _PATIENCE
    try:
        while time.monotonic() < end:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(_PAUSE)
            except OSError:  # a file system without locks
                break
        yield
    finally:
        os.close(descriptor)


def is_compiled(environ: Mapping[str, str]) -> bool:
    """Whether the rules are in the cache; where they are not, `built_in_detector` takes seconds.

    Args:
        environ: says where the cache is.
    """
    return not has_hyperscan() or is_kept(environ, str(RULES))


def has_hyperscan() -> bool:
    """Whether Hyperscan is installed."""
    return find_spec("hyperscan") is not None


def version() -> bytes:
    """16 bytes, other ones whenever another version of the scanner or its rules could find something else."""
    import hashlib

    files = []
    for folder, _, names in os.walk(RULES.parent):
        statuses = ((name, Path(folder, name).stat()) for name in names if name.endswith((".toml", ".py")))
        files += [(folder, name, status.st_size, status.st_mtime_ns) for name, status in statuses]
    return hashlib.sha256(repr((sorted(files), stamp(str(RULES)))).encode()).digest()[:16]


@lru_cache(maxsize=1)
def built_in_rules() -> tuple[Rule, ...]:
    """The rules that come with sopskit, read from their files, by id.

    Raises:
        ConfigurationError: one is not valid.
    """
    from sopskit.scanner.rule import read_rules

    return tuple(read_rules(RULES))


class _Parsed:
    """The rules and their triggers, from the cache or their files; read when they are needed first."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._content: tuple[tuple[Rule, ...], tuple[Trigger, ...]] | None = None

    @property
    def rules(self) -> tuple[Rule, ...]:
        return self._all()[0]

    @property
    def triggers(self) -> tuple[Trigger, ...]:
        return self._all()[1]

    def _all(self) -> tuple[tuple[Rule, ...], tuple[Trigger, ...]]:
        if self._content is None:
            self._content = self._cached() or self._parsed()
        return self._content

    def _cached(self) -> tuple[tuple[Rule, ...], tuple[Trigger, ...]] | None:
        content = self._cache.read(_PARSED)
        if content is None:
            return None
        rules, triggers = marshal.loads(content)  # noqa: S302 - a file that this user alone could write
        return tuple(map(_revived, rules)), tuple(map(Trigger._make, triggers))

    def _parsed(self) -> tuple[tuple[Rule, ...], tuple[Trigger, ...]]:
        rules = built_in_rules()
        triggers = _triggers_of(rules)
        plain = ([_plain(rule) for rule in rules], [tuple(trigger) for trigger in triggers])
        self._cache.write(_PARSED, marshal.dumps(plain))
        return rules, triggers


def _plain(rule: Rule) -> tuple[object, ...]:
    """A rule without what only its tests need, of types that marshal knows."""
    return tuple(
        str(value) if isinstance(value, Severity | Confidence) else value
        for value in rule._replace(examples=(), counterexamples=())
    )


def _revived(plain: Sequence[object]) -> Rule:
    from sopskit.scanner.rule import Rule

    rule = Rule._make(plain)
    return rule._replace(severity=Severity(rule.severity), confidence=Confidence(rule.confidence))


def _triggers_of(rules: Sequence[Rule]) -> tuple[Trigger, ...]:
    from sopskit.scanner import encodings, structural
    from sopskit.scanner.expressions import trigger_of

    of_rules = (trigger_of(rule, number) for number, rule in enumerate(rules))
    return *of_rules, *structural.triggers(len(rules)), *encodings.triggers(rules, len(rules) + ENCODED)


def _in_re2(triggers: Sequence[Trigger]) -> Triggers:
    from sopskit.scanner.re2_triggers import Re2Triggers

    return Re2Triggers(triggers)
