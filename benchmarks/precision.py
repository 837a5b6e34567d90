"""How much of what was labelled by hand in public code is found, and how much of what is found is a secret.

`labels.tsv` names candidates by hash, so that it tells nothing of them; `label_sources.tsv` says what they
are from. Half of the sources were held back: nothing was tuned on them.

    python -m benchmarks.precision [--corpus DIR] [--gitleaks]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.candidates import Candidate, is_held_back, of_folder
from sopskit.findings import Severity
from sopskit.scanner.loading import built_in_detector
from sopskit.workflows.scan_clear_values import clear_values
from tests.programs import TOOLS, program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_HERE = Path(__file__).parent
_CORPUS = TOOLS / "labelled-corpus-1"


class Labelled(NamedTuple):
    """A candidate, what it was labelled, and its file."""

    candidate: Candidate
    label: str
    path: Path


def main() -> None:
    """Print a table of both halves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, help="folder with one folder for each source, already fetched")
    parser.add_argument("--gitleaks", action="store_true", help="measure gitleaks on the same")
    arguments = parser.parse_args()
    labels = dict(line.split("\t") for line in (_HERE / "labels.tsv").read_text().splitlines())
    sources = dict(line.split("\t") for line in (_HERE / "label_sources.tsv").read_text().splitlines())
    labelled = []
    for source, what in sources.items():
        folder = (arguments.corpus or _CORPUS) / source
        if not folder.exists():
            if arguments.corpus:
                continue
            fetch(source.partition(" ")[0], what, folder)
        labelled += [
            Labelled(each, labels[each.id], folder.resolve() / each.path)
            for each in of_folder(source, folder.resolve())
            if each.id in labels
        ]
    print(f"{len(labelled)} of {len(labels)} labelled candidates")
    tables = {"sopskit": found_by_sopskit(labelled)}
    if arguments.gitleaks:
        tables["gitleaks"] = found_by_gitleaks(labelled)
    print(f"{'':20} {'precision':>9} {'recall':>7} {'of secrets':>11} {'of guessed':>11}")
    for name, found in tables.items():
        report(f"{name}, tuned on", [each for each in labelled if not is_held_back(each.candidate)], found)
        report(f"{name}, held back", [each for each in labelled if is_held_back(each.candidate)], found)


def report(name: str, labelled: Sequence[Labelled], found: set[str]) -> None:
    """One line. What is shown in tests and documents counts neither way."""
    number = Counter((each.label, each.candidate.id in found) for each in labelled)
    hits = number["secret", True] + number["guessed", True]
    missed = number["secret", False] + number["guessed", False]

    def share(part: int, whole: int) -> str:
        return f"{part / whole:.2f}" if whole else "-"

    print(
        f"{name:20} {share(hits, hits + number['none', True]):>9} {share(hits, hits + missed):>7}"
        f" {number['secret', True]:>5} of {number['secret', True] + number['secret', False]:<3}"
        f" {number['guessed', True]:>5} of {number['guessed', True] + number['guessed', False]:<3}"
    )


def found_by_sopskit(labelled: Iterable[Labelled]) -> set[str]:
    """Ids of what fails a run."""
    detector = built_in_detector({"XDG_CACHE_HOME": str(Path.home() / ".cache")}, clear_values)
    files = defaultdict(list)
    for each in labelled:
        files[each.path].append(each.candidate)
    found = set()
    for path, candidates in files.items():
        matches = detector.matches(path.read_bytes(), path=candidates[0].path)
        for candidate in candidates:
            end = candidate.start + len(candidate.value)
            hits = [match for match in matches if match.start < end and candidate.start < match.end]
            if hits and hits[0].rule.severity is not Severity.INFO:
                found.add(candidate.id)
    return found


def found_by_gitleaks(labelled: Iterable[Labelled]) -> set[str]:
    """Ids of what is on a line with a finding."""
    lines = defaultdict(set)
    for each in labelled:
        content = each.path.read_bytes()
        number = content.count(b"\n", 0, each.candidate.start) + 1
        lines[each.path, number].add(each.candidate.id)
    with tempfile.TemporaryDirectory(prefix="sopskit-bench-") as folder:
        tree, report = Path(folder, "tree"), Path(folder, "report.json")
        copies = {}
        for number, path in enumerate(sorted({each.path for each in labelled})):
            copy = tree / str(number) / path.name
            copy.parent.mkdir(parents=True)
            copy.write_bytes(path.read_bytes())
            copies[str(copy)] = path
        argv = [program("gitleaks"), "dir", "--no-banner", "-f", "json", "-r", str(report), str(tree)]
        subprocess.run(argv, capture_output=True, check=False)
        return {
            id_
            for each in json.loads(report.read_text())
            for line in range(each["StartLine"], each["EndLine"] + 1)
            for id_ in lines[copies[each["File"]], line]
        }


def fetch(kind: str, what: str, folder: Path) -> None:
    """Bring a source into a folder.

    Args:
        kind: `pypi`, `npm`, `go` or `git`.
        what: name and version, or owner, repository and commit.
        folder: where to.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        place = Path(name)
        _FETCH[kind](what, place)
        (place / "content").rename(folder)


def _pypi(what: str, place: Path) -> None:
    options = ["--quiet", "--no-deps", "--only-binary", ":all:", "--ignore-requires-python"]
    argv = [sys.executable, "-m", "pip", "download", *options, "--dest", str(place), what]
    subprocess.run(argv, check=True)
    with zipfile.ZipFile(next(place.glob("*.whl"))) as archive:
        archive.extractall(place / "content")


def _npm(what: str, place: Path) -> None:
    subprocess.run(["npm", "pack", "--silent", what], check=True, cwd=place, stdout=subprocess.DEVNULL)
    (place / "content").mkdir()
    archive = next(place.glob("*.tgz"))
    subprocess.run(["tar", "-xzf", str(archive), "-C", str(place / "content")], check=True)


def _go(what: str, place: Path) -> None:
    argv = ["go", "mod", "download", "-json", what]
    done = subprocess.run(argv, check=True, capture_output=True, cwd="/")
    with zipfile.ZipFile(json.loads(done.stdout)["Zip"]) as archive:
        archive.extractall(place / "content")


def _git(what: str, place: Path) -> None:
    repository, _, commit = what.partition("@")
    target = str(place / "content")
    subprocess.run(["git", "init", "--quiet", target], check=True)
    url = f"https://github.com/{repository}.git"
    subprocess.run(["git", "-C", target, "fetch", "--quiet", "--depth", "1", url, commit], check=True)
    subprocess.run(["git", "-C", target, "checkout", "--quiet", "FETCH_HEAD"], check=True)


_FETCH: dict[str, Callable[[str, Path], None]] = {"pypi": _pypi, "npm": _npm, "go": _go, "git": _git}


if __name__ == "__main__":
    main()
