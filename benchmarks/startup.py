"""What a start costs: `import sopskit` and `sopskit decrypt` of one small file, over a bare interpreter.

python -m benchmarks.startup [--runs N]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.commands.workbench import DEMO
from tests.programs import program


def main() -> None:
    """Print the best and the middle of many runs, in milliseconds, and the ratio to sops."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=30)
    runs = parser.parse_args().runs
    path = str(DEMO / "sample" / "shared" / "s3.env")
    with tempfile.TemporaryDirectory() as cache:
        environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environ |= {
            "SOPS_AGE_KEY_FILE": str(DEMO / "admin.agekey"),
            "SOPS_DISABLE_VERSION_CHECK": "1",
            "PYTHONPATH": str(Path(__file__).parents[1]),
            "PYTHONPYCACHEPREFIX": cache,  # a first run compiles; the others are what is measured
        }
        commands = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "import sopskit": [sys.executable, "-c", "import sopskit"],
            "sopskit decrypt": [sys.executable, "-m", "sopskit", "decrypt", path],
            "sops decrypt": [program("sops"), "decrypt", path],
        }
        times = {name: _times(argv, environ, runs) for name, argv in commands.items()}
    bare, sops = times["python -c pass"][0], times["sops decrypt"][0]
    print(f"{'':16} {'best':>8} {'middle':>8} {'over bare':>10} {'sops':>8}")
    for name, each in times.items():
        best, middle = each[0], each[len(each) // 2]
        print(f"{name:16} {best:8.1f} {middle:8.1f} {best - bare:10.1f} {best / sops:7.1f}x")


def _times(argv: list[str], environ: dict[str, str], runs: int) -> list[float]:
    """Milliseconds of each run, sorted; the first is not counted."""
    found = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        subprocess.run(argv, env=environ, check=True, stdout=subprocess.DEVNULL)
        found.append((time.perf_counter() - start) * 1000)
    return sorted(found[1:])


if __name__ == "__main__":
    main()
