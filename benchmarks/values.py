"""Decrypting and rotating files: sopskit against a loop of the real sops, both in one run.

    python -m benchmarks.values [--folder DIR] [--files N] [--only decrypt|rotate|large]

Times are from start to end of each command, and beside them the time that its processes had on a core, which
other work on the machine disturbs less. sops is timed on a sample of the files, since it takes the same time
for each.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks.rewrap import Bench, environment, make, run
from tests.commands.workbench import age_key
from tests.programs import program

_SOPS_SAMPLE = 100
_SOPSKIT = [sys.executable, "-m", "sopskit", "-q"]


class _Times(NamedTuple):
    """Seconds from start to end, and on a core, all processes together."""

    wall: float
    core: float

    def each(self, number: int) -> _Times:
        """The same for one of several files."""
        return _Times(self.wall / number, self.core / number)


def main() -> None:
    """Run the benchmark and print one line for each part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--only", choices=tuple(_PARTS), help="one part instead of all")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sopskit-bench-", dir=arguments.folder) as folder:
        for name, part in _PARTS.items():
            if arguments.only in (None, name):
                print(part(Path(folder) / name, arguments.files), flush=True)


def decrypt(folder: Path, files: int) -> str:
    """Many files to many files."""
    bench = _bench(folder, files)
    paths = _paths(bench)
    ours = _timed([*_SOPSKIT, "decrypt", "--output", str(folder / "plain") + "/", *paths], bench)
    sample = paths[:_SOPS_SAMPLE]
    theirs = [_timed([program("sops"), "-d", "--output", "/dev/null", path], bench) for path in sample]
    return _line(f"decrypt {files} files", ours.each(files), _mean(theirs))


def rotate(folder: Path, files: int) -> str:
    """Many files, in place."""
    ours, theirs = _bench(folder / "sopskit", files), _bench(folder / "sops", min(files, _SOPS_SAMPLE))
    times = _timed([*_SOPSKIT, "rotate", *_paths(ours)], ours)
    loop = [_timed([program("sops"), "rotate", "-i", path], theirs) for path in _paths(theirs)]
    return _line(f"rotate {files} files", times.each(files), _mean(loop))


def large(folder: Path, _files: int) -> str:
    """One file of 5 MB."""
    bench = _bench(folder, 1)
    lines = (f"key_{number}: example-value-{number}-{'x' * 20}\n" for number in range(28_000))
    path = bench.root / "secrets" / "large.yaml"
    path.write_text("".join(lines))
    run([program("sops"), "-e", "-i", str(path)], bench.environ, bench.root)
    size = path.stat().st_size / 1e6
    ours = _timed([*_SOPSKIT, "decrypt", "-o", str(folder / "plain"), str(path)], bench)
    theirs = _timed([program("sops"), "-d", "--output", "/dev/null", str(path)], bench)
    return _line(f"decrypt one file of {size:.1f} MB", ours, theirs)


_PARTS = {"decrypt": decrypt, "rotate": rotate, "large": large}


def _bench(folder: Path, files: int) -> Bench:
    folder.mkdir(parents=True)
    keys = [age_key() for _ in range(3)]
    environ = environment(folder, keys[0])
    return make(folder / "repository", files, [key.recipient for key in keys], environ)


def _paths(bench: Bench) -> list[str]:
    return sorted(str(path.relative_to(bench.root)) for path in (bench.root / "secrets").rglob("*.yaml"))


def _timed(argv: list[str], bench: Bench) -> _Times:
    start = time.perf_counter()
    process = subprocess.Popen(argv, cwd=bench.root, env=bench.environ, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0
    return _Times(time.perf_counter() - start, usage.ru_utime + usage.ru_stime)


def _mean(times: list[_Times]) -> _Times:
    return _Times(sum(each.wall for each in times), sum(each.core for each in times)).each(len(times))


def _line(what: str, ours: _Times, theirs: _Times) -> str:
    columns = [
        f"{name} {1000 * a:9.3f} : {1000 * b:8.2f} ms, ratio {b / a:5.1f}"
        for name, a, b in (("time", ours.wall, theirs.wall), ("on a core", ours.core, theirs.core))
    ]
    return f"{what:28} sopskit : sops, " + "; ".join(columns)


if __name__ == "__main__":
    main()
