"""Scanning for leaks: sopskit against gitleaks 8 over the same files, in one run.

The files are packages of PyPI and modules of Go, fetched once into the folder of the test tools. gitleaks is
run on a part of them, since it takes about a second a megabyte; the ratio is that of seconds a megabyte.

    python -m benchmarks.scan [--folder DIR] [--sample MB] [--growth]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import NamedTuple

from tests.programs import TOOLS, program

_CORPUS = TOOLS / "scan-corpus-1"

#: Pure Python, so that pip fetches an archive of sources and builds nothing.
_PACKAGES = (
    "ansible-core==2.18.6",
    "azure-mgmt-compute==34.1.0",
    "botocore==1.38.0",
    "celery==5.5.2",
    "django==5.2",
    "sqlalchemy==2.0.41",
    "sympy==1.14.0",
    "twisted==24.11.0",
)
_MODULES = (
    "k8s.io/kubernetes@v1.31.0",
    "github.com/hashicorp/consul@v1.20.0",
    "github.com/aws/aws-sdk-go@v1.55.5",
)


class Run(NamedTuple):
    """One run of a program."""

    seconds: float
    processor: float  # seconds, of all its processes
    memory: float  # MB, of its largest process


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="files to scan instead of those of the registries")
    parser.add_argument("--sample", type=int, default=20, help="megabytes that gitleaks is run on")
    parser.add_argument("--growth", action="store_true", help="one file of 1 to 256 MB, instead")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sopskit-bench-") as folder:
        if arguments.growth:
            growth(Path(folder))
            return
        corpus = arguments.folder or fetched()
        compare(corpus, sample_of(corpus, Path(folder), arguments.sample * 10**6))


def compare(corpus: Path, sample: Path) -> None:
    """The whole corpus by sopskit, the sample by both."""
    print(f"{'':24} {'MB':>7} {'files':>7} {'seconds':>8} {'CPU':>7} {'MB/s':>7} {'memory':>8}")
    run(sopskit(sample), 1)  # compiles the rules, where that was not done yet
    whole = report("sopskit, all", corpus, run(sopskit(corpus), 3))
    ours = report("sopskit, sample", sample, run(sopskit(sample), 3))
    theirs = report(
        "gitleaks, sample", sample, run([program("gitleaks"), "dir", "--no-banner", str(sample)], 1)
    )
    print(f"gitleaks takes {theirs / whole:.0f} times as long, on the sample alone {theirs / ours:.0f} times")


def growth(folder: Path) -> None:
    """Seconds a megabyte for one file of ever more lines of code."""
    code = b"".join(path.read_bytes() for path in sorted(Path(argparse.__file__).parent.glob("*.py")))
    print(f"{'':24} {'MB':>7} {'files':>7} {'seconds':>8} {'CPU':>7} {'MB/s':>7} {'memory':>8}")
    for size in (1, 4, 16, 64, 256):
        with (folder / "code.py").open("wb") as file:  # in pieces: a child's memory counts from its parent's
            for _ in range(size * 10**6 // len(code) + 1):
                file.write(code)
        report("sopskit, one file", folder, run(sopskit(folder), 3))


def sopskit(folder: Path) -> list[str]:
    return [sys.executable, "-m", "sopskit", "-q", "scan", "--format", "json", str(folder)]


def run(argv: list[str], times: int) -> Run:
    """The best of several runs."""
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    found = []
    for _ in range(times):
        start = time.perf_counter()
        child = subprocess.Popen(argv, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in (0, 1, 6):  # 6: an archive in a package has a password, or is cut off
            raise SystemExit(f"{argv[0]} ended with status {child.returncode}")
        seconds = time.perf_counter() - start
        found.append(Run(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024))
    return min(found)


def report(name: str, folder: Path, best: Run) -> float:
    """Print a line; returns seconds a megabyte."""
    sizes = [path.lstat().st_size for path in folder.rglob("*") if path.is_file()]
    megabytes = sum(sizes) / 1e6
    print(
        f"{name:24} {megabytes:7.1f} {len(sizes):7} {best.seconds:8.2f} {best.processor:7.2f}"
        f" {megabytes / best.seconds:7.1f} {best.memory:5.0f} MB"
    )
    return best.seconds / megabytes


def sample_of(corpus: Path, folder: Path, size: int) -> Path:
    """Every so manieth file, until there are so many bytes."""
    files = sorted(path for path in corpus.rglob("*") if path.is_file() and not path.is_symlink())
    total = sum(path.stat().st_size for path in files)
    step = max(1, total // size)
    for path in files[::step]:
        target = folder / "sample" / path.relative_to(corpus)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    return folder / "sample"


def fetched() -> Path:
    """The corpus, fetched where it is not there yet."""
    if _CORPUS.is_dir():
        return _CORPUS
    with tempfile.TemporaryDirectory(dir=TOOLS) as folder:
        place = Path(folder, "corpus")
        for archive in (*_packages(Path(folder)), *_modules()):
            with zipfile.ZipFile(archive) as opened:
                opened.extractall(place / archive.stem)
        place.rename(_CORPUS)
    return _CORPUS


def _packages(folder: Path) -> list[Path]:
    options = ["--quiet", "--no-deps", "--only-binary", ":all:", "--platform", "any", "--dest", str(folder)]
    subprocess.run([sys.executable, "-m", "pip", "download", *options, *_PACKAGES], check=True)
    return sorted(folder.glob("*.whl"))


def _modules() -> list[Path]:
    done = subprocess.run(
        ["go", "mod", "download", "-json", *_MODULES], check=True, capture_output=True, cwd="/"
    )
    decoder, text, zips = json.JSONDecoder(), done.stdout.decode().strip(), []
    while text:
        module, end = decoder.raw_decode(text)
        zips.append(Path(module["Zip"]))
        text = text[end:].lstrip()
    return zips


if __name__ == "__main__":
    main()
