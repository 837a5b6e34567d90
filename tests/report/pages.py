"""Data for a page, as the command gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sopskit.output.report.page import page

if TYPE_CHECKING:
    from pathlib import Path

BOTH, RULE_ONLY, STANZA_ONLY, SHARE = 8, 6, 2, 4


def host(name: str, *, named: bool = True, role: str | None = "machine") -> dict[str, Any]:
    return {"name": name, "named": named, "role": role, "keys": [f"age1{name}"]}


def file(path: str, set_: int, state: str = "in-sync") -> dict[str, Any]:
    return {"path": path, "state": state, "rule": set_ + 1, "set": set_}


def data(**sections: object) -> dict[str, Any]:
    """Four hosts, five files of three kinds."""
    return {
        "title": "homelab",
        "when": "now",
        "made": "by a test",
        "hosts": [host("louis", role="user"), host("nova"), host("cedar"), host("age1x…y", named=False)],
        "files": [
            file("apps/a.yaml", 0),
            file("apps/b.yaml", 0),
            file("db/c.yaml", 1, "drift"),
            file("db/d.yaml", 2, "drift"),
            file("plain.yaml", 1, "plaintext"),
        ],
        "sets": [[[0, BOTH], [1, BOTH]], [[0, BOTH], [2, RULE_ONLY]], [[0, SHARE], [3, STANZA_ONLY]]],
        **sections,
    }


def large(hosts: int = 300, files: int = 2000) -> dict[str, Any]:
    """Each file is read by eight hosts; 25 files are read alike."""
    sets = [sorted({(rule * 31 + n * 17) % hosts for n in range(8)}) for rule in range(files // 25)]
    return {
        "title": "large",
        "when": "now",
        "made": "by a test",
        "hosts": [host(f"host{number}") for number in range(hosts)],
        "files": [file(f"folder{n // 25}/{n}.yaml", n // 25) for n in range(files)],
        "sets": [[[number, BOTH] for number in each] for each in sets],
    }


def write(folder: Path, content: dict[str, Any]) -> Path:
    """The page of this data."""
    path = folder / "report.html"
    path.write_text(page(str(content["title"]), content), encoding="utf-8")
    return path
