"""The tables of rules in docs/reference/scan-rules.md, which `python -m tests.docs.update` writes."""

from __future__ import annotations

import re
from pathlib import Path

from sopskit.scanner.loading import built_in_rules

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "scan-rules.md"

#: The list, between its markers.
SHOWN = re.compile(r"(?<=<!-- providers -->\n\n).*(?=\n<!-- end -->)", re.DOTALL)


def tables() -> str:
    """All rules by provider, in a table for each letter that a provider begins with."""
    rules = sorted(built_in_rules(), key=lambda each: (each.provider.casefold(), each.id))
    letters: dict[str, list[str]] = {}
    for each in rules:
        first = each.provider[0].upper()
        row = f"| {each.provider} | `{each.id}` | {each.severity} | {_cell(each.description)} |"
        letters.setdefault(first if first.isalpha() else "0-9", []).append(row)
    number = len({each.provider for each in rules})
    parts = [f"{len(rules)} rules of {number} providers.\n"]
    for letter, rows in sorted(letters.items()):
        head = "| Provider | Rule | Severity | What it is |\n|---|---|---|---|\n"
        parts.append(f"### {letter}\n\n{head}" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
