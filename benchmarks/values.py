"""Decrypting and rotating files: sopskit against a loop of the real sops, both in one run.

    python -m benchmarks.values [--folder DIR] [--files N] [--only decrypt|rotate|large|start]

Times are wall clock from start to end of each command; sops is timed on a sample of the files, since it
takes the same time for each.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.rewrap import Bench, environment, make, run
from tests.commands.workbench import age_key
from tests.programs import program

_SOPS_SAMPLE = 100
_SOPSKIT = [sys.executable, "-m", "sopskit", "-q"]


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
    seconds = _timed([*_SOPSKIT, "decrypt", "--output", str(folder / "plain") + "/", *paths], bench)
    sample = paths[:_SOPS_SAMPLE]
    theirs = sum(_timed([program("sops"), "-d", "--output", "/dev/null", path], bench) for path in sample)
    return _line(f"decrypt {files} files", seconds / files, theirs / len(sample))


def rotate(folder: Path, files: int) -> str:
    """Many files, in place."""
    ours, theirs = _bench(folder / "sopskit", files), _bench(folder / "sops", min(files, _SOPS_SAMPLE))
    seconds = _timed([*_SOPSKIT, "rotate", *_paths(ours)], ours)
    paths = _paths(theirs)
    loop = sum(_timed([program("sops"), "rotate", "-i", path], theirs) for path in paths)
    return _line(f"rotate {files} files", seconds / files, loop / len(paths))


def large(folder: Path, _files: int) -> str:
    """One file of 5 MB."""
    bench = _bench(folder, 1)
    lines = (f"key_{number}: example-value-{number}-{'x' * 20}\n" for number in range(24_000))
    path = bench.root / "secrets" / "large.yaml"
    path.write_text("".join(lines))
    run([program("sops"), "-e", "-i", str(path)], bench.environ, bench.root)
    size = path.stat().st_size / 1e6
    ours = _timed([*_SOPSKIT, "decrypt", "-o", str(folder / "plain"), str(path)], bench)
    theirs = _timed([program("sops"), "-d", "--output", "/dev/null", str(path)], bench)
    return _line(f"decrypt one file of {size:.1f} MB", ours, theirs)


def start(folder: Path, _files: int) -> str:
    """One small file: the least of several runs, in turn."""
    bench = _bench(folder, 1)
    (path,) = _paths(bench)
    commands = ([*_SOPSKIT, "decrypt", path], [program("sops"), "-d", path], [sys.executable, "-c", "pass"])
    runs = [[_timed(argv, bench) for argv in commands] for _ in range(20)]
    ours, theirs, bare = (min(times) for times in zip(*runs, strict=True))
    over = f", {1000 * (ours - bare):.0f} ms over python -c pass ({1000 * bare:.0f} ms)"
    return _line("decrypt one small file", ours, theirs) + over


_PARTS = {"decrypt": decrypt, "rotate": rotate, "large": large, "start": start}


def _bench(folder: Path, files: int) -> Bench:
    folder.mkdir(parents=True)
    keys = [age_key() for _ in range(3)]
    environ = environment(folder, keys[0])
    return make(folder / "repository", files, [key.recipient for key in keys], environ)


def _paths(bench: Bench) -> list[str]:
    return sorted(str(path.relative_to(bench.root)) for path in (bench.root / "secrets").rglob("*.yaml"))


def _timed(argv: list[str], bench: Bench) -> float:
    start_time = time.perf_counter()
    subprocess.run(argv, cwd=bench.root, env=bench.environ, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start_time


def _line(what: str, ours: float, theirs: float) -> str:
    return f"{what:28} sopskit {1000 * ours:9.3f}, sops {1000 * theirs:9.2f} ms: ratio {theirs / ours:5.2f}"


if __name__ == "__main__":
    main()
