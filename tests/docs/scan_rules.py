"""The list of providers in docs/reference/scan-rules.md, which `python -m tests.docs.update` writes."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

from sopskit.scanner.loading import built_in_rules

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "scan-rules.md"

#: The list, between its markers.
SHOWN = re.compile(r"(?<=<!-- providers -->\n\n).*(?=\n<!-- end -->)", re.DOTALL)


def providers() -> str:
    """All providers, by name, with the number of their rules where that is not one."""
    counts: dict[str, int] = {}
    for rule in built_in_rules():
        counts[rule.provider] = counts.get(rule.provider, 0) + 1
    names = sorted(counts, key=str.casefold)
    text = ", ".join(f"{name} ({counts[name]})" if counts[name] > 1 else name for name in names)
    filled = textwrap.fill(text, 120, break_long_words=False, break_on_hyphens=False)
    return f"{len(built_in_rules())} rules of {len(counts)} providers:\n\n{filled}.\n"
