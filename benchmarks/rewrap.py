"""Re-wrapping many files for one more recipient: sopskit against a loop of `sops updatekeys -y`, in one run.

Both start from equal copies of the same files. sops is timed on a sample of them, since it takes the same
time for each; the figure is milliseconds a file, and the ratio.

    python -m benchmarks.rewrap [--folder DIR] [--files N] [--pgp] [--growth]
"""

from __future__ import annotations

import argparse
import atexit
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.commands.workbench import KeyPair, age_key
from tests.programs import program

#: sops is timed on this many files.
_SOPS_SAMPLE = 100


@dataclass(frozen=True)
class Bench:
    """A repository of equal files, and the environment that opens them."""

    root: Path
    environ: dict[str, str]


def main() -> None:
    """Run the benchmark and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--folder", type=Path, default=Path(tempfile.gettempdir()), help="where: a real disk, or a tmpfs"
    )
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--only", choices=("age", "pgp", "growth"), help="one part instead of all")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sopskit-bench-", dir=arguments.folder) as folder:
        place = Path(folder)
        print(f"{arguments.files} files of 3 recipients and 20 values gain a fourth, in {arguments.folder}")
        files = arguments.files
        if arguments.only in (None, "age"):
            compare(place / "age", files, "age joins, age opens")
        if arguments.only in (None, "pgp"):
            compare(place / "pgp", files, "PGP joins, age opens", joins_pgp=True)
            compare(place / "gpg", files // 10, "age joins, gpg opens", opens_pgp=True)
        if arguments.only in (None, "growth"):
            growth(place)


def compare(
    folder: Path, files: int, title: str, *, joins_pgp: bool = False, opens_pgp: bool = False
) -> None:
    """Time both on equal copies, in turn."""
    keys = [age_key() for _ in range(3)]
    environ = environment(folder, keys[0])
    recipients = [key.recipient for key in keys]
    if opens_pgp:
        del environ["SOPS_AGE_KEY"]
        recipients[0] = pgp_key(environ)
    joining = pgp_key(environ) if joins_pgp else age_key().recipient
    ours = make(folder / "sopskit", files, recipients, environ)
    theirs = make(folder / "sops", min(files, _SOPS_SAMPLE), recipients, environ)
    sops_seconds = time_sops(theirs, joining)
    seconds, memory = time_sopskit(ours, joining)
    check(ours)
    a, b = 1000 * seconds / files, 1000 * sops_seconds / min(files, _SOPS_SAMPLE)
    print(
        f"{title:26} sopskit {a:6.3f}, sops updatekeys {b:6.2f} ms a file: ratio {b / a:5.1f}, {memory} MiB"
    )


def growth(folder: Path) -> None:
    """From 100 to 10,000 files: milliseconds a file, and the most memory of any process."""
    for files in (100, 1000, 10000):
        keys = [age_key() for _ in range(3)]
        place = folder / str(files)
        recipients = [key.recipient for key in keys]
        bench = make(place, files, recipients, environment(folder, keys[0]))
        seconds, memory = time_sopskit(bench, age_key().recipient)
        print(f"{files:6} files: {seconds:7.2f} s, {1000 * seconds / files:6.3f} ms a file, {memory} MiB")
        shutil.rmtree(place)


def environment(folder: Path, key: KeyPair) -> dict[str, str]:
    """A home of its own, with one age identity."""
    home = folder / "home"
    home.mkdir(parents=True, exist_ok=True)
    gnupg = tempfile.mkdtemp(prefix="gpg", dir="/tmp")  # a socket's path is at most 108 bytes
    atexit.register(shutil.rmtree, gnupg, ignore_errors=True)
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "GNUPGHOME": gnupg,
        "SOPS_AGE_KEY": key.identity,
        "SOPS_DISABLE_VERSION_CHECK": "1",
    }


def pgp_key(environ: dict[str, str]) -> str:
    """A new PGP key in that home: its fingerprint."""
    gpg = ["gpg", "--batch", "--passphrase", "", "--quiet"]
    run([*gpg, "--quick-generate-key", "b@example.org", "ed25519", "cert", "never"], environ)
    listing = run(["gpg", "--list-keys", "--with-colons"], environ).decode().splitlines()
    fingerprint = [line.split(":")[9] for line in listing if line.startswith("fpr")][-1]
    run([*gpg, "--quick-add-key", fingerprint, "cv25519", "encr"], environ)
    return fingerprint


def make(root: Path, files: int, recipients: list[str], environ: dict[str, str]) -> Bench:
    """Copies of one file that real sops encrypted: the data key is one, the work is not less for it."""
    root.mkdir(parents=True)
    write_rules(root, recipients)
    first = root / "secrets" / "0.yaml"
    first.parent.mkdir()
    first.write_text("".join(f"key_{number}: example-value-{number}-{'x' * 20}\n" for number in range(20)))
    run([program("sops"), "--encrypt", "--in-place", str(first)], environ, root)
    content = first.read_bytes()
    for number in range(1, files):
        folder = root / "secrets" / str(number // 200)
        folder.mkdir(exist_ok=True)
        (folder / f"{number}.yaml").write_bytes(content)
    run(["git", "init", "-q", str(root)], environ)
    os.sync()
    return Bench(root, environ)


def write_rules(root: Path, recipients: list[str]) -> None:
    """A `.sops.yaml` with one rule for all files."""
    groups = {
        "age": [r for r in recipients if r.startswith("age1")],
        "pgp": [r for r in recipients if r[0] != "a"],
    }
    lines = ["creation_rules:", "  - path_regex: ^secrets/"]
    for kind, texts in groups.items():
        if texts:
            lines += [f"    {kind}:", *(f"      - {text}" for text in texts)]
    (root / ".sops.yaml").write_text("\n".join(lines) + "\n")


def time_sopskit(bench: Bench, joining: str) -> tuple[float, int]:
    """Seconds of one `sopskit sync`, start to end, and the peak memory of its largest process."""
    join(bench, joining)
    argv = [sys.executable, "-m", "sopskit", "-q", "sync", "--yes"]
    start = time.perf_counter()
    process = subprocess.Popen(argv, cwd=bench.root, env=bench.environ)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0
    return time.perf_counter() - start, usage.ru_maxrss // 1024


def time_sops(bench: Bench, joining: str) -> float:
    """Seconds of a loop of `sops updatekeys -y` over all files."""
    join(bench, joining)
    paths = sorted(str(path) for path in (bench.root / "secrets").rglob("*.yaml"))
    sops = program("sops")
    start = time.perf_counter()
    for path in paths:
        run([sops, "updatekeys", "-y", path], bench.environ, bench.root)
    return time.perf_counter() - start


def join(bench: Bench, recipient: str) -> None:
    """Add a recipient to the rule by hand, as one has to before either command."""
    rules = bench.root / ".sops.yaml"
    known = [line.split("- ")[1] for line in rules.read_text().splitlines() if line.startswith("      - ")]
    write_rules(bench.root, [*known, recipient])
    time.sleep(2.5)  # files older than a timestamp's resolution: what a real repository has


def check(bench: Bench) -> None:
    """Nothing is left to do, says sops of the last file."""
    path = max((bench.root / "secrets").rglob("*.yaml"), key=lambda each: each.stat().st_mtime_ns)
    done = subprocess.run(
        [program("sops"), "updatekeys", "-y", str(path)],
        cwd=bench.root,
        env=bench.environ,
        capture_output=True,
        check=True,
    )
    assert b"already up to date" in done.stderr


def run(argv: list[str], environ: dict[str, str], cwd: Path | None = None) -> bytes:
    """Run a program that has to succeed."""
    return subprocess.run(argv, env=environ, cwd=cwd, capture_output=True, check=True).stdout


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
