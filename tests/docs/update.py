"""Brings what docs/reference generates up to date: `python -m tests.docs.update`."""

from __future__ import annotations

import os
import re  # noqa: TC003 - a nested function is annotated with it

from tests.docs import help_text, scan_rules


def main() -> None:
    """Write the --help of every command into its place, and the tables of the scanner's rules."""
    os.environ["COLUMNS"] = "80"

    def current(match: re.Match[str]) -> str:
        return f"{match['marker']}```text\n{help_text.real(match['command'])}```\n"

    text = help_text.PAGE.read_text()
    help_text.PAGE.write_text(help_text.SHOWN.sub(current, text))
    page = scan_rules.PAGE.read_text()
    scan_rules.PAGE.write_text(scan_rules.SHOWN.sub(lambda _: scan_rules.tables(), page))


if __name__ == "__main__":
    main()
