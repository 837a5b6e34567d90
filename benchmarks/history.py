"""`check`, `access` and `exposure` on a generated repository: seconds from start to end of each command.

    python -m benchmarks.history [--folder DIR] [--growth]

Each is run cold (nothing is remembered of the history) and, but for `access`, warm. No identity is at hand:
nothing opens these files.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.generated_history import Shape, make

_REMEMBERED = ".git/sopskit.history"
_COMMANDS = ("check", "check --history", "access", "exposure")


def main() -> None:
    """Print a line for each size."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--growth", action="store_true", help="a quarter and a half of the size as well")
    arguments = parser.parse_args()
    for part in (4, 2, 1) if arguments.growth else (1,):
        full = Shape()
        shape = full._replace(files=full.files // part, commits=full.commits // part)
        with tempfile.TemporaryDirectory(prefix="sopskit-bench-", dir=arguments.folder) as folder:
            root = Path(folder) / "repository"
            make(root, shape)
            print(
                f"{shape.files} files, {shape.hosts} hosts, {shape.commits} commits: {_line(root)}",
                flush=True,
            )


def _line(root: Path) -> str:
    times = []
    for command in _COMMANDS:
        (root / _REMEMBERED).unlink(missing_ok=True)
        times.append(f"{command} {_seconds(root, command):.2f}")
        if command != "access":
            # With what is remembered, check runs the audits of the history too.
            _seconds(root, "exposure")
            times.append(f"warm {_seconds(root, command):.2f}")
    return ", ".join(times) + " s"


def _seconds(root: Path, command: str) -> float:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("SOPS_")}
    environ |= {"HOME": str(root.parent), "PYTHONPATH": str(Path(__file__).parents[1])}
    argv = [sys.executable, "-m", "sopskit", "-q", *command.split()]
    start = time.perf_counter()
    done = subprocess.run(argv, cwd=root, env=environ, stdout=subprocess.DEVNULL, check=False)
    assert done.returncode in (0, 1), done.returncode
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
