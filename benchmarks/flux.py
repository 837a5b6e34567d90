"""What `sopskit flux check` takes: 500 Kustomizations that apply 5,000 encrypted Secrets.

python -m benchmarks.flux [--kustomizations N] [--runs N]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.audits.examples import write
from tests.audits.flux.repositories import BINDING, RULES, flux, manifest

_SECRETS = 10  # of each Kustomization


def main() -> None:
    """Print the best and the middle of some runs, in seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kustomizations", type=int, default=500)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    best_and_middle = measured(_files(arguments.kustomizations), ["flux", "check"], arguments.runs)
    secrets = arguments.kustomizations * _SECRETS
    print(f"{arguments.kustomizations} Kustomizations, {secrets} secret files")
    print(f"flux check: {best_and_middle}")


def _files(number: int) -> dict[str, str]:
    files = {".sops.yaml": RULES, ".sopskit.toml": BINDING}
    for each in range(number):
        app = f"apps/app-{each}"
        files[f"clusters/home/app-{each}.yaml"] = flux(name=f"app-{each}", path=f"./{app}")
        names = [f"secret-{secret}.sops.yaml" for secret in range(_SECRETS)]
        files |= {f"{app}/{name}": manifest(name=name.partition(".")[0]) for name in names}
        listed = "".join(f"  - ./{name}\n" for name in names)
        files[f"{app}/kustomization.yaml"] = f"kind: Kustomization\nresources:\n{listed}"
    return files


def measured(files: dict[str, str], command: list[str], runs: int) -> str:
    """What a command takes in a repository of some files: the best and the middle of some runs."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), files)
        subprocess.run(["git", "init", "-q", folder], check=True)
        subprocess.run(["git", "-C", folder, "add", "--all"], check=True)
        times = sorted(_seconds(folder, command) for _ in range(runs))
    return f"best {times[0]:.2f} s, middle {times[len(times) // 2]:.2f} s"


def _seconds(folder: str, command: list[str]) -> float:
    """With its start."""
    environ = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "sopskit", "-C", folder, *command],
        check=True,
        env=environ,
        stdout=subprocess.DEVNULL,
    )
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
