"""What other scanners find in files, by line: gitleaks, and detect-secrets in an environment of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.programs import TOOLS, program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    #: A file and the number of a line, from 1 on.
    Place = tuple[Path, int]

#: The release that is measured; it is installed where the test tools are, when it is first asked for.
_DETECT_SECRETS = "1.5.0"


def places(peer: str, files: Iterable[Path]) -> set[Place]:
    """The lines on which a scanner, of `PEERS`, reports something.

    The files are copied, since their folders (`tests`, `vendor`) are for the scanner to judge no more than
    those of the machine; each keeps its name.
    """
    with tempfile.TemporaryDirectory(prefix="sopskit-bench-") as folder:
        tree = Path(folder).resolve() / "tree"
        copies = {}
        for number, path in enumerate(sorted(files)):
            copy = tree / str(number) / path.name
            copy.parent.mkdir(parents=True)
            copy.write_bytes(path.read_bytes())
            copies[copy] = path
        return {(copies[copy], line) for copy, line in PEERS[peer](tree)}


def _gitleaks(tree: Path) -> Iterator[Place]:
    report = tree.parent / "report.json"
    argv = [program("gitleaks"), "dir", "--no-banner", "-f", "json", "-r", str(report), str(tree)]
    subprocess.run(argv, capture_output=True, check=False)
    for each in json.loads(report.read_text()):
        for line in range(each["StartLine"], each["EndLine"] + 1):
            yield Path(each["File"]), line


def _detect_secrets(tree: Path) -> Iterator[Place]:
    argv = [str(_detect_secrets_program()), "scan", "--all-files", "."]
    done = subprocess.run(argv, check=True, capture_output=True, cwd=tree)
    for name, found in json.loads(done.stdout)["results"].items():
        for each in found:
            yield tree / name, each["line_number"]


def _detect_secrets_program() -> Path:
    folder = TOOLS / f"detect-secrets-{_DETECT_SECRETS}"
    found = folder / "bin" / "detect-secrets"
    if not found.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        argv = [str(folder / "bin" / "pip"), "install", "--quiet", f"detect-secrets=={_DETECT_SECRETS}"]
        subprocess.run(argv, check=True)
    return found


PEERS: dict[str, Callable[[Path], Iterator[Place]]] = {
    "gitleaks": _gitleaks,
    "detect-secrets": _detect_secrets,
}
