"""What a start costs, over a bare interpreter: `import sopskit`, the help, a hook, one small file decrypted.

python -m benchmarks.startup [--runs N]

The commands take turns, so that a busy machine is busy for all of them; the time of the processor is there
beside the clock's for the same reason.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from sopskit.scanner.hyperscan_triggers import occurs_any
from sopskit.scanner.kept import kept_database
from sopskit.scanner.loading import built_in_detector
from tests.commands.workbench import DEMO
from tests.programs import program

_ROOT = Path(__file__).parents[1]
_PYTHON = [sys.executable, "-S", "-c", "pass"]

#: As an installer makes it, but for pip before 25, which imports `re` in it: 10 ms.
_SCRIPT = "import sys\nfrom sopskit.cli.entry import entry_point\nsys.exit(entry_point())\n"

_CLEAN = 10  # files


class Run(NamedTuple):
    """Milliseconds of one run, by the clock, and of the processor."""

    wall: float
    cpu: float


class Command(NamedTuple):
    """What is run, and where."""

    argv: list[str]
    folder: Path


def main() -> None:
    """Print the best and the middle of many runs, in milliseconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=30)
    runs = parser.parse_args().runs
    built_in_detector(os.environ)  # compiles the triggers
    with tempfile.TemporaryDirectory() as folder:
        environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environ |= {
            "SOPS_AGE_KEY_FILE": str(DEMO / "admin.agekey"),
            "SOPS_DISABLE_VERSION_CHECK": "1",
            "PYTHONPATH": str(_ROOT),
            "PYTHONPYCACHEPREFIX": f"{folder}/bytecode",  # a first run compiles; the others are measured
        }
        commands = _commands(Path(folder))
        found: dict[str, list[Run]] = {name: [] for name in commands}
        for turn in range(runs + 1):
            for name, command in commands.items():
                run = _run(command, environ)
                if turn:
                    found[name].append(run)
    _show(found)


def _commands(folder: Path) -> dict[str, Command]:
    script = folder / "sopskit"
    script.write_text(_SCRIPT)
    sopskit = [sys.executable, str(script)]
    nothing, clean = _repository(folder / "nothing", 0), _repository(folder / "clean", _CLEAN)
    path = str(DEMO / "sample" / "shared" / "s3.env")
    commands = {
        "python -S -c pass": Command(_PYTHON, folder),
        "python -c pass": Command([sys.executable, "-c", "pass"], folder),
        "import sopskit": Command([sys.executable, "-c", "import sopskit"], folder),
        "sopskit --version": Command([*sopskit, "--version"], folder),
        "sopskit --help": Command([*sopskit, "--help"], folder),
        "hook, nothing staged": Command([*sopskit, "scan", "--staged"], nothing),
        f"hook, {_CLEAN} clean files": Command([*sopskit, "scan", "--staged"], clean),
        "  without the short way": Command([*sopskit, "scan", "--staged", "--jobs", "1"], clean),
        "  gitleaks": Command([program("gitleaks"), "git", "--staged", "--no-banner"], clean),
        "sopskit decrypt": Command([*sopskit, "decrypt", path], folder),
        "sops decrypt": Command([program("sops"), "decrypt", path], folder),
    }
    return {name: command for name, command in commands.items() if shutil.which(command.argv[0])}


def _repository(root: Path, files: int) -> Path:
    """A repository with some files of Python's own library staged, in which nothing sets off a trigger."""
    root.mkdir()
    database = kept_database(os.environ)
    if database is None:
        sys.exit("Hyperscan is not installed, or there is no cache")
    chosen = 0
    for source in sorted(Path(os.__file__).parent.glob("*.py")):
        content = source.read_bytes()
        if chosen < files and 4000 < len(content) < 16000 and not occurs_any(database, content):
            (root / source.name).write_bytes(content)
            chosen += 1
    for arguments in (
        ("init", "-q"),
        ("-c", "user.name=x", "-c", "user.email=x", "commit", "-q", "--allow-empty", "-m", "x"),
        ("add", "-A"),
    ):
        subprocess.run(["git", "-C", str(root), *arguments], check=True)
    return root


def _run(command: Command, environ: dict[str, str]) -> Run:
    start = time.perf_counter()
    child = subprocess.Popen(
        command.argv,
        cwd=command.folder,
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(child.pid, 0)
    end = time.perf_counter()
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{' '.join(command.argv)}: status {child.returncode}")
    return Run((end - start) * 1000, (usage.ru_utime + usage.ru_stime) * 1000)


def _show(found: dict[str, list[Run]]) -> None:
    bare = Run(*(min(times) for times in zip(*found["python -S -c pass"], strict=True)))
    print(f"{'':24} {'best':>8} {'middle':>8} {'over bare':>10}   {'cpu':>8} {'middle':>8} {'over bare':>10}")
    for name, runs in found.items():
        line = f"{name:24}"
        for times, least in zip(zip(*runs, strict=True), bare, strict=True):
            best, middle = min(times), sorted(times)[len(times) // 2]
            line += f" {best:8.1f} {middle:8.1f} {best - least:10.1f}  "
        print(line)


if __name__ == "__main__":
    main()
