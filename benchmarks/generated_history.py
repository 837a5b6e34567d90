"""A large repository with a history, made in seconds: what `check`, `access` and `exposure` are measured on.

The files look as sops writes them, and open with no key: stanzas and values are random text of the right
shape. As with sops, an edit keeps the stanzas and the nonces of the values that stay; a re-key makes every
stanza and ciphertext anew, and keeps the nonces.

    python -m benchmarks.generated_history FOLDER [--files N] [--hosts N] [--commits N]
"""

from __future__ import annotations

import argparse
import random
import subprocess
from base64 import b64encode
from pathlib import Path
from typing import IO, NamedTuple, cast

from sopskit.keys import bech32

_SEED = 7
_START = 1_700_000_000  # seconds since 1970
_STEP = 3_600
_VALUES = ("database.host", "database.user", "database.password", "smtp.password", "smtp.user")
_FILES_A_FOLDER = 50


class Shape(NamedTuple):
    """How large the repository is.

    Attributes:
        files: secret files, 50 of each rule.
        hosts: how many there are at any time; each re-key takes one away, and another one comes.
        commits: in all.
        recipients: of each rule.
        files_a_commit: that an ordinary commit edits, one value in each.
        rekeys: commits that rotate every file.
        values: in each file.
    """

    files: int = 2_000
    hosts: int = 60
    commits: int = 5_000
    recipients: int = 10
    files_a_commit: int = 3
    rekeys: int = 5
    values: int = 15


class _Value:
    """One encrypted value."""

    def __init__(self, random_: random.Random) -> None:
        self._random = random_
        self._size = random_.randint(8, 40)
        self.edit()

    def edit(self) -> None:
        self._nonce = self._random.randbytes(32)
        self.reseal()

    def reseal(self) -> None:
        parts = (self._random.randbytes(self._size), self._nonce, self._random.randbytes(16))
        self.text = _enc(*parts)


class _File:
    """A secret file: the values and stanzas that it has now."""

    def __init__(self, path: str, shape: Shape, random_: random.Random) -> None:
        self.path = path
        self._random = random_
        self._values = [_Value(random_) for _ in range(shape.values)]
        self._stanzas = ""

    def rekey(self, recipients: list[str]) -> None:
        for value in self._values:
            value.reseal()
        self._stanzas = "".join(_stanza(recipient, self._random) for recipient in recipients)

    def edit(self) -> None:
        self._random.choice(self._values).edit()

    def content(self) -> bytes:
        lines = []
        for number, value in enumerate(self._values):
            section, name = _VALUES[number % len(_VALUES)].split(".")
            if number % len(_VALUES) == 0:
                lines.append(f"app{number // len(_VALUES)}:\n")
            lines.append(f"    {section}_{name}: {value.text}\n")
        mac = _enc(*(self._random.randbytes(size) for size in (128, 32, 16)))
        metadata = f'    lastmodified: "2026-01-01T00:00:00Z"\n    mac: {mac}\n'
        tail = "    unencrypted_suffix: _unencrypted\n    version: 3.13.3\n"
        return f"{''.join(lines)}sops:\n    age:\n{self._stanzas}{metadata}{tail}".encode()


class _Importer:
    """`git fast-import`, which is told what each commit changes."""

    def __init__(self, root: Path) -> None:
        # Packing well takes longer than all the rest.
        argv = [
            "git",
            "-c",
            "pack.compression=1",
            "-c",
            "core.fsync=none",
            "fast-import",
            "--quiet",
            "--depth=10",
            "--force",
        ]
        self._git = subprocess.Popen(argv, cwd=root, stdin=subprocess.PIPE)
        self._input = cast("IO[bytes]", self._git.stdin)
        self._time = _START

    def commit(self, message: str, files: dict[str, bytes]) -> None:
        self._time += _STEP
        who = f"Bench <bench@example.org> {self._time} +0000"
        header = f"commit refs/heads/main\ncommitter {who}\ndata {len(message)}\n{message}\n"
        self._input.write(header.encode())
        for path, content in files.items():
            self._input.write(f"M 100644 inline {path}\ndata {len(content)}\n".encode() + content + b"\n")

    def finish(self) -> None:
        self._input.close()
        if self._git.wait() != 0:
            raise SystemExit("git fast-import failed")


def make(root: Path, shape: Shape | None = None) -> None:
    """Make the repository, checked out at its last commit; the same for the same shape.

    Args:
        root: a folder that does not exist.
        shape: its size; the one that the figures in the docs are for by default.
    """
    shape = shape or Shape()
    random_ = random.Random(_SEED)
    root.mkdir(parents=True)
    _git(root, "init", "--quiet", "--initial-branch=main")
    keys = {f"host{number}": _age_recipient(random_) for number in range(shape.hosts)}
    rules = _Rules(keys, shape, random_)
    files = [_File(rules.path(number), shape, random_) for number in range(shape.files)]
    importer = _Importer(root)
    _rekey_all(importer, "first", rules, files)
    every = shape.commits // (shape.rekeys + 1)
    for number in range(2, shape.commits + 1):
        if number % every == 0 and number // every <= shape.rekeys:
            rules.replace_a_host()
            _rekey_all(importer, f"re-key {number // every}", rules, files)
            continue
        edited = random_.sample(files, min(shape.files_a_commit, len(files)))
        for file in edited:
            file.edit()
        importer.commit(f"edit {number}", {file.path: file.content() for file in edited})
    importer.finish()
    _git(root, "reset", "--quiet", "--hard")


class _Rules:
    """The `.sops.yaml`: which hosts there are, and a rule for each folder."""

    def __init__(self, keys: dict[str, str], shape: Shape, random_: random.Random) -> None:
        self._keys, self._random, self._hosts = keys, random_, len(keys)
        count = -(-shape.files // _FILES_A_FOLDER)
        names = list(keys)
        self._rules = [random_.sample(names, min(shape.recipients, len(names))) for _ in range(count)]

    def path(self, number: int) -> str:
        return f"secrets/area{number // _FILES_A_FOLDER}/file{number}.yaml"

    def recipients(self, file: int) -> list[str]:
        return [self._keys[name] for name in self._rules[file // _FILES_A_FOLDER]]

    def replace_a_host(self) -> None:
        gone = next(iter(self._keys))
        new = f"host{self._hosts}"
        self._hosts += 1
        self._keys = {name: key for name, key in self._keys.items() if name != gone}
        self._keys[new] = _age_recipient(self._random)
        self._rules = [[new if name == gone else name for name in rule] for rule in self._rules]

    def content(self) -> bytes:
        lines = ["keys:\n", *(f"  - &{name} {key}\n" for name, key in self._keys.items())]
        lines.append("creation_rules:\n")
        for number, rule in enumerate(self._rules):
            lines.append(f"  - path_regex: ^secrets/area{number}/[^/]+\\.yaml$\n")
            lines.append("    key_groups:\n      - age:\n")
            lines += [f"          - *{name}\n" for name in rule]
        return "".join(lines).encode()


def _rekey_all(importer: _Importer, message: str, rules: _Rules, files: list[_File]) -> None:
    contents = {".sops.yaml": rules.content()}
    for number, file in enumerate(files):
        file.rekey(rules.recipients(number))
        contents[file.path] = file.content()
    importer.commit(message, contents)


def _enc(data: bytes, nonce: bytes, tag: bytes) -> str:
    texts = (b64encode(part).decode() for part in (data, nonce, tag))
    return "ENC[AES256_GCM,data:{},iv:{},tag:{},type:str]".format(*texts)


def _stanza(recipient: str, random_: random.Random) -> str:
    text = b64encode(b"age-encryption.org/v1\n-> X25519 " + random_.randbytes(168)).decode()
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    armor = ["-----BEGIN AGE ENCRYPTED FILE-----", *lines, "-----END AGE ENCRYPTED FILE-----"]
    body = "".join(f"            {line}\n" for line in armor)
    return f"        - enc: |\n{body}          recipient: {recipient}\n"


def _age_recipient(random_: random.Random) -> str:
    return bech32.encode("age", random_.randbytes(32))


def _git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=root, check=True)


def main() -> None:
    """Make one in a folder."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    shape = Shape()
    for name in ("files", "hosts", "commits"):
        parser.add_argument(f"--{name}", type=int, default=getattr(shape, name))
    arguments = parser.parse_args()
    make(
        arguments.folder,
        shape._replace(files=arguments.files, hosts=arguments.hosts, commits=arguments.commits),
    )


if __name__ == "__main__":
    main()
