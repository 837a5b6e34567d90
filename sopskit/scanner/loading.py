"""Getting a detector: from the cache, or by compiling the rules, which takes seconds, and caching that."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from sopskit.scanner.detector import Detector
from sopskit.scanner.rule import read_rules
from sopskit.scanner.triggers import triggers_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sopskit.scanner.rule import Rule
    from sopskit.scanner.triggers import Trigger, Triggers

RULES = Path(__file__).parent / "rules"


def detector_of(rules: Sequence[Rule]) -> Detector:
    """A detector of these rules, compiled here and now."""
    triggers = [trigger for number, rule in enumerate(rules) for trigger in triggers_of(rule, number)]
    return Detector(_compiled(triggers), lambda: rules)


def has_hyperscan() -> bool:
    """Whether Hyperscan is installed."""
    return find_spec("hyperscan") is not None


def _compiled(triggers: Sequence[Trigger]) -> Triggers:
    if not has_hyperscan():
        from sopskit.scanner.re2_triggers import Re2Triggers

        return Re2Triggers(triggers)
    from sopskit.scanner.hyperscan_triggers import HyperscanTriggers, compile_database, load_database

    return HyperscanTriggers(load_database(compile_database(triggers)), lambda: triggers)


@lru_cache(maxsize=1)
def built_in_rules() -> tuple[Rule, ...]:
    """The rules that come with sopskit, read from their files."""
    return tuple(read_rules(RULES))
