"""How much of what was labelled by hand in public code is found, and how much of what is found is a secret.

`labels.tsv` names candidates by hash, so that it tells nothing of them; `label_sources.tsv` says what they
are from. Half of the sources were held back: nothing was tuned on them.

A source that is gone or out of reach is named and left out: figures then are of fewer places.

    python -m benchmarks.precision [--corpus DIR] [--peers] [--strata]
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import peers
from benchmarks.candidates import Candidate, is_held_back, of_folder
from benchmarks.corpus import UnavailableError, fetch
from sopskit.findings import Severity
from sopskit.scanner.loading import built_in_detector
from sopskit.workflows.scan_clear_values import clear_values
from tests.programs import TOOLS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_CORPUS = TOOLS / "labelled-corpus-1"


class Labelled(NamedTuple):
    """A candidate, what it was labelled, and its file."""

    candidate: Candidate
    label: str
    path: Path


def main() -> None:
    """Print a table of both halves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=_CORPUS, help="folder with one folder for each source")
    parser.add_argument(
        "--peers", action="store_true", help="measure gitleaks and detect-secrets on the same"
    )
    parser.add_argument(
        "--strata", action="store_true", help="print how many of each label there are in each stratum"
    )
    arguments = parser.parse_args()
    labelled = list(of_sources(arguments.corpus))
    if arguments.strata:
        strata(labelled)
    tables = {"sopskit": found_by_sopskit(labelled)}
    if arguments.peers:
        tables |= {peer: found_by(peer, labelled) for peer in peers.PEERS}
    print(f"{'':26} {'precision':>9} {'recall':>7} {'of secrets':>11} {'of guessed':>11}")
    for name, found in tables.items():
        report(f"{name}, tuned on", [each for each in labelled if not is_held_back(each.candidate)], found)
        report(f"{name}, held back", [each for each in labelled if is_held_back(each.candidate)], found)


def of_sources(corpus: Path) -> Iterator[Labelled]:
    """What is labelled, of all sources that are there or can be fetched. Says what is left out."""
    labels, sources = _table("labels.tsv"), _table("label_sources.tsv")
    number = left_out = 0
    for source, what in sources.items():
        folder = corpus / source
        if not folder.exists():
            try:
                fetch(source.partition(" ")[0], what, folder)
            except UnavailableError as error:
                left_out += 1
                print(f"left out: {source}: {error}", file=sys.stderr)
                continue
        for each in of_folder(source, folder.resolve()):
            if each.id in labels:
                number += 1
                yield Labelled(each, labels[each.id], folder.resolve() / each.path)
    used = len(sources) - left_out
    print(f"{number} of {len(labels)} labelled candidates, of {used} of {len(sources)} sources")


def _table(name: str) -> dict[str, str]:
    lines = Path(__file__).with_name(name).read_text().splitlines()
    return dict(line.split("\t") for line in lines)


def strata(labelled: Iterable[Labelled]) -> None:
    """How many of each label each stratum holds."""
    number = Counter((each.candidate.stratum, each.label) for each in labelled)
    labels = sorted({label for _, label in number})
    print(f"{'':40}" + "".join(f"{label:>9}" for label in labels))
    for stratum in sorted({stratum for stratum, _ in number}):
        print(f"{stratum:40}" + "".join(f"{number[stratum, label]:>9}" for label in labels))


def report(name: str, labelled: Sequence[Labelled], found: set[str]) -> None:
    """One line. What is shown in tests and documents counts neither way."""
    number = Counter((each.label, each.candidate.id in found) for each in labelled)
    hits = number["secret", True] + number["guessed", True]
    missed = number["secret", False] + number["guessed", False]

    def share(part: int, whole: int) -> str:
        return f"{part / whole:.2f}" if whole else "-"

    print(
        f"{name:26} {share(hits, hits + number['none', True]):>9} {share(hits, hits + missed):>7}"
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


def found_by(peer: str, labelled: Sequence[Labelled]) -> set[str]:
    """Ids of what is on a line with a finding of another scanner."""
    places = peers.places(peer, {each.path for each in labelled})
    return {each.candidate.id for each in labelled if (each.path, _line(each)) in places}


def _line(each: Labelled) -> int:
    return each.path.read_bytes().count(b"\n", 0, each.candidate.start) + 1


if __name__ == "__main__":
    main()
