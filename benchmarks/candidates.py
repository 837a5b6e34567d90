"""Places that may hold a secret, drawn from public code without asking any scanner.

A candidate is a literal of six characters or more that is given to a name with a word such as `pass`, `token`
or `key` in it, or a literal that is long and mixed. They are drawn by stratum (what the file is for, how the
literal looks), with a fixed seed, so that the same sources give the same candidates everywhere.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from math import log2
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: A file that is larger is left out, as are folders of other people's code.
_LARGEST = 1 << 19
_FOREIGN = re.compile(
    r"(?:^|/)(?:vendor|node_modules|third_party|bower_components|\.git)/|\.min\.(?:js|css)$"
)

_WORD = re.compile(rb"pass|pwd|secret|token|key|auth|cred|psk|bearer", re.IGNORECASE)
_NAME = rb"(?P<name>[\w.$-]*(?i:pass|pwd|secret|token|key|auth|cred|psk|bearer)[\w.$-]*)"
_PATTERNS = (
    # in quotes, assigned or handed over
    re.compile(
        _NAME
        + rb"[\"'\]]{0,3} *(?::=|=>|[:=,(]| )[^\"'`]{0,24}"
        + rb"(?:\"(?P<double>[^\"]{6,200})\"|'(?P<single>[^']{6,200})')"
    ),
    # bare, to the end of the line
    re.compile(
        rb"\s*(?:- )?(?:export |ENV |ARG )?" + _NAME + rb" *[:=] *(?P<bare>[^\s\"'`#]\S{5,200})\s*(?:#.*)?$"
    ),
    # an element
    re.compile(rb"<" + _NAME + rb"(?: [^<>]*)?>(?P<bare>[^<>]{6,200})</"),
)
_LITERAL = re.compile(rb"[\"'=: ](?P<value>[0-9A-Za-z+/_=-]{20,120})(?=[\"'\s]|$)", re.MULTILINE)

#: Of a source so many files are looked at, and of a file no line that is longer.
_FILES, _LONGEST = 1500, 400

_DATA = frozenset(
    "yaml yml json toml ini cfg conf cnf properties xml env tfvars tf hcl nix config sls j2".split()  # noqa: SIM905
)
_EXAMPLE = re.compile(
    r"(?:^|[/_.-])(?:tests?|testdata|specs?|fixtures?|mocks?|docs?|examples?|samples?)(?:[/_.-]|$)|\.(?:md|rst|txt|html)$",
    re.IGNORECASE,
)
_TEMPLATE = re.compile(rb"[${}<>()\[\]%|\\*;,]|\s|://")


class Candidate(NamedTuple):
    """A place that may hold a secret.

    Attributes:
        source: `kind name version` of what it is from.
        path: of the file in it.
        start: offset of the literal in bytes.
        value: the literal.
        name: what it is given to; empty for a literal that is drawn for itself.
        stratum: what the file is for, and how the literal looks.
    """

    source: str
    path: str
    start: int
    value: bytes
    name: str
    stratum: str

    @property
    def id(self) -> str:
        """Names the candidate without telling what it is."""
        parts = (self.source.encode(), self.path.encode(), b"%d" % self.start, self.value)
        return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def of_folder(source: str, folder: Path) -> Iterator[Candidate]:
    """All candidates of a source, each literal once for each name."""
    seen: set[tuple[str, bytes]] = set()
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    names = {path.relative_to(folder).as_posix(): path for path in files if path.stat().st_size <= _LARGEST}
    chosen = sorted(names, key=lambda name: hashlib.sha256(name.encode()).digest())
    for name in [each for each in chosen if not _FOREIGN.search(each)][:_FILES]:
        content = names[name].read_bytes()
        if b"\0" in content[:8192]:
            continue
        for candidate in _of_file(source, name, content):
            key = (candidate.name.lower(), candidate.value)
            if key not in seen:
                seen.add(key)
                yield candidate


def _of_file(source: str, path: str, content: bytes) -> Iterator[Candidate]:
    where = _kind(path)
    taken: set[int] = set()
    for name, start, end in _assigned(content):
        taken.add(start)
        value = content[start:end]
        yield Candidate(source, path, start, value, name, f"{where}, {_looks(value)}")
    for found in _LITERAL.finditer(content):
        start, value = found.start("value"), found["value"]
        if start not in taken and _is_mixed(value):
            yield Candidate(source, path, start, value, "", f"{where}, long literal")


def _assigned(content: bytes) -> Iterator[tuple[str, int, int]]:
    """Names with a word of secrets, and where their literals are."""
    done = -1
    for word in _WORD.finditer(content):
        if word.start() < done:
            continue
        low = content.rfind(b"\n", 0, word.start()) + 1
        done = content.find(b"\n", low)
        done = len(content) if done < 0 else done
        line = content[low:done]
        if len(line) > _LONGEST:
            continue
        starts: set[int] = set()
        for pattern in _PATTERNS:
            for found in pattern.finditer(line):
                start, end = found.span(found.lastgroup or 0)
                if start not in starts:
                    starts.add(start)
                    yield found["name"].decode("utf-8", "replace"), low + start, low + end


def _is_mixed(value: bytes) -> bool:
    return _entropy(value) > 3.7 and value.lower() != value.upper() and re.search(rb"\d", value) is not None


def _kind(path: str) -> str:
    if _EXAMPLE.search(path):
        return "tests and documents"
    name = path.rpartition("/")[2].lower()
    is_data = name.rpartition(".")[2] in _DATA or ".env" in name or "dockerfile" in name
    return "settings" if is_data else "code"


def _looks(value: bytes) -> str:
    if _TEMPLATE.search(value):
        return "template or text"
    classes = (rb"[a-z]", rb"[A-Z]", rb"\d", rb"[^0-9A-Za-z_.-]")
    mixed = sum(re.search(each, value) is not None for each in classes)
    return "mixed" if mixed > 1 and re.search(rb"\d", value) else "word"


def _entropy(value: bytes) -> float:
    return -sum(n / len(value) * log2(n / len(value)) for n in Counter(value).values())


def is_held_back(candidate: Candidate) -> bool:
    """Whether its source is of the half that nothing was tuned on."""
    return hashlib.sha256(candidate.source.encode()).digest()[0] % 2 == 1
