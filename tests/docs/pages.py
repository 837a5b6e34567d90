"""The documentation's pages, and the transcripts in them.

A transcript is a fenced block of the kind `console`. A line that starts with `$ ` is a command, with `> ` the
next line of a command; what follows is all it prints, on stdout and stderr. `…` stands for any text within
a line, and alone on a line for any number of lines. The transcripts of a page run in one shell, in order.

The page says where it starts: `<!-- transcripts: sample -->` (a copy of demo/sample, the admin's key in the
environment, willow.pub beside the folder), `<!-- transcripts: age_sample -->` (the same without its PGP
recipient), `<!-- transcripts: homelab -->` (examples/homelab, Anna's key in the environment, willow.pub
beside the folder) or `<!-- transcripts: empty -->` (an empty git repository).

A fenced block behind `<!-- from: PATH -->` is quoted: its lines stand in that file, `…` for those left out.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]

_FENCE = re.compile(r"^```(?P<kind>\S*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_START = re.compile(r"^<!-- transcripts: (?P<start>\w+) -->$", re.MULTILINE)


class Step(NamedTuple):
    """One command of a transcript.

    Attributes:
        line: where it stands in the page, counting from 1.
        command: shell text; may have several lines.
        expected: what it prints, without trailing blanks.
    """

    line: int
    command: str
    expected: str


def pages() -> list[Path]:
    """Every page a reader may open."""
    return [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        ROOT / "CHANGELOG.md",
        *(ROOT / "docs").rglob("*.md"),
    ]


def name(page: Path) -> str:
    """The page's path from the root, for messages and test ids."""
    return page.relative_to(ROOT).as_posix()


def start(page: Path) -> str | None:
    """Where the page's transcripts start, or None for a page without any."""
    text = page.read_text()
    found = _START.search(text)
    has_transcripts = any(match["kind"] == "console" for match in _FENCE.finditer(text))
    assert (found is not None) is has_transcripts, f"{name(page)}: transcripts need a start, and the reverse"
    return found["start"] if found else None


def steps(page: Path) -> list[Step]:
    """The commands of a page's transcripts, in order."""
    text = page.read_text()
    blocks = (match for match in _FENCE.finditer(text) if match["kind"] == "console")
    return [
        step for block in blocks for step in _block(block["body"], text.count("\n", 0, block.start()) + 2)
    ]


class Quote(NamedTuple):
    """A block that is quoted from a file.

    Attributes:
        path: of the file, from the root.
        parts: the texts that stand in it, in this order.
    """

    path: str
    parts: tuple[str, ...]


_QUOTE = re.compile(r"^<!-- from: (?P<path>\S+) -->\n```\S*\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


def quotes(page: Path) -> list[Quote]:
    """What a page quotes from files of this repository."""
    return [
        Quote(match["path"], tuple(re.split(r"^…\n", match["body"], flags=re.MULTILINE)))
        for match in _QUOTE.finditer(page.read_text())
    ]


def _block(body: str, first: int) -> Iterator[Step]:
    command: list[str] = []
    printed: list[str] = []
    at = first
    for number, line in enumerate(body.splitlines(), start=first):
        if line.startswith("$ "):
            if command:
                yield Step(at, "\n".join(command), "\n".join(printed).rstrip())
            command, printed, at = [line[2:]], [], number
        elif line.startswith("> ") and not printed:
            command.append(line[2:])
        else:
            assert command, f"line {number}: a transcript starts with a command"
            printed.append(line.rstrip())
    if command:
        yield Step(at, "\n".join(command), "\n".join(printed).rstrip())


def matches(expected: str, printed: str) -> bool:
    """Whether a command printed what the page says."""
    pattern = "".join(
        "(?:.*\n)*?" if line == "…" else re.escape(line).replace("…", ".*") + "\n"
        for line in expected.splitlines()
    )
    lines = [line.rstrip() for line in printed.rstrip().splitlines()]
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in lines)) is not None
