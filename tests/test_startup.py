"""What a command imports before it has something to do: sopskit will run in a git hook."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.scanner.built_in import CACHE, detector
from tests.scanner.gits import Git

#: Each costs 20 to 190 ms at start-up.
HEAVY = {
    "asyncio",
    "cryptography",
    "gnupg",
    "importlib.metadata",
    "inspect",  # for dataclasses
    "multiprocessing",
    "prompt_toolkit",
    "pyrage",
    "pysequoia",
    "questionary",
    "re2",
    "rich",
    "ruamel",
    "sh",
    "yaml",
}


def imported(code: str, modules: set[str] = HEAVY) -> set[str]:
    """Those of some modules that running some code leaves imported."""
    script = f"{code}\nimport sys\nprint(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return modules & set(done.stdout.splitlines())


def test_importing_the_package_imports_nothing_heavy() -> None:
    assert imported("import sopskit, sopskit.errors, sopskit.text.splice, sopskit.process") == set()


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["add-host", "--help"], ["sync", "--help"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = f"from sopskit.cli.main import main\ntry: main({arguments})\nexcept SystemExit: pass"
    assert imported(code) == set()


@pytest.mark.parametrize("command", ["plan", "access"])
def test_a_plan_needs_no_cryptography(command: str) -> None:
    """Of the sample: 40 secret files in five formats."""
    sample = Path(__file__).parents[1] / "demo" / "sample"
    code = f"""
import os, shutil, tempfile
os.chdir(shutil.copytree({str(sample)!r}, tempfile.mkdtemp() + "/sample"))
from sopskit.cli.main import main
assert main(["{command}"]) == 0
"""
    assert imported(code) == {"re2", "yaml"}


@pytest.mark.parametrize("name", ["shared/s3.env", "clusters/home/apps/immich.sops.yaml"])
def test_decrypting_needs_neither_rules_nor_git_nor_yaml(name: str) -> None:
    """The start is what a loop over files waits for."""
    demo = Path(__file__).parents[1] / "demo"
    code = f"""
import os
os.environ["SOPS_AGE_KEY_FILE"] = {str(demo / "admin.agekey")!r}
from sopskit.cli.main import main
assert main(["decrypt", {str(demo / "sample" / name)!r}]) == 0
import sys
unneeded = (
    "sopskit.inventory", "sopskit.sops_yaml", "sopskit.repo.git", "sopskit.api", "multiprocessing",
    "hashlib",  # loads a second OpenSSL
)
assert not [name for name in sys.modules if name.startswith(unneeded)], sorted(sys.modules)
"""
    assert imported(code) <= {"cryptography", "re2"}  # the second for a file with an `encrypted_regex`


def test_a_scan_that_finds_nothing_imports_nothing_heavy(tmp_path: Path) -> None:
    """Nor the rules: their triggers are all that is needed."""
    (tmp_path / "clean.py").write_text("print('clean')\n")
    code = f"""
import os
os.environ["XDG_CACHE_HOME"] = {CACHE!r}
from sopskit.cli.main import main
assert main(["scan", {str(tmp_path)!r}]) == 0
"""
    assert imported(code) == set()
    assert not imported(code, {"sopskit.scanner.confirm", "sopskit.scanner.expressions", "tomllib"})


#: What alone takes 3 to 20 ms, a third of what a hook may take; nearly everything else imports some of it.
NOT_IN_A_HOOK = HEAVY | {
    "argparse",
    "collections",
    "contextlib",
    "dataclasses",
    "enum",
    "functools",
    "hashlib",
    "hyperscan",
    "json",
    "pathlib",
    "pickle",
    "re",
    "shutil",
    "signal",
    "subprocess",
    "tempfile",
    "tomllib",
    "typing",
}

_ENTRY = """
import os, sys
os.environ["XDG_CACHE_HOME"] = {cache!r}
os.chdir({folder!r})
before = set(sys.modules)  # an editable installation brings some of its own
sys.argv = ["sopskit", *{arguments}]
from sopskit.cli.entry import entry_point
try:
    entry_point()
except SystemExit as ended:
    assert ended.code == 0, ended.code
for name in before: del sys.modules[name]
import sys
"""


def imported_by_entry(folder: Path, *arguments: str) -> set[str]:
    return imported(_ENTRY.format(cache=CACHE, folder=str(folder), arguments=arguments), NOT_IN_A_HOOK)


def test_the_version_imports_nothing(tmp_path: Path) -> None:
    assert imported_by_entry(tmp_path, "--version") == set()


@pytest.mark.parametrize("number", [0, 10])
def test_a_hook_that_finds_nothing_imports_nothing(tmp_path: Path, number: int) -> None:
    detector()
    git = Git(tmp_path / "repository")
    git.commit({"old": "old\n"})
    git.write({f"new{each}": f"new {each}\n" for each in range(number)})
    git("add", "-A")
    assert imported_by_entry(git.root, "scan", "--staged") == set()


def test_the_help_imports_what_argparse_does(tmp_path: Path) -> None:
    allowed = {"argparse", "collections", "contextlib", "enum", "functools", "re", "shutil"}
    assert imported_by_entry(tmp_path, "--help") <= allowed
