"""`make demo`: a host joins a sample repository; then it is shown what it opens, and what it does not.

Nothing but sopskit is needed. Where `sops` is on PATH, it decrypts every file for the proof; without it, the
new host's key opens each file's data key, and the data key the file's MAC.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from sopskit.engines.selection import choose
from sopskit.errors import NoIdentityError
from sopskit.keys import identities, ssh
from sopskit.keys.pgp import Keyring
from sopskit.sops import formats

HERE = Path(__file__).parent
HOST = "willow"
JOINED = ("hosts/cedar/", "shared/")


def main() -> int:
    """Run the demonstration; the exit code is 0 if the proof holds."""
    with tempfile.TemporaryDirectory(prefix="sopskit-demo-") as folder:
        home, repository = Path(folder, "home"), Path(folder, "repository")
        home.mkdir()
        shutil.copytree(HERE / "sample", repository)
        environ = {"PATH": os.environ["PATH"], "HOME": str(home), "GNUPGHOME": str(home)}
        public, identity = make_host_key(Path(folder))
        admin = environ | {"SOPS_AGE_KEY_FILE": str(HERE / "admin.agekey")}

        say(f"A sample repository in {repository}: who is there, and who reads how much?")
        run("hosts", environ=admin, cwd=repository)
        say(f"{HOST} was installed. Its SSH host key is all we have; it is to read what cedar reads.")
        run(
            "add-host",
            HOST,
            "--key-file",
            str(public),
            "--like",
            "cedar",
            "--yes",
            environ=admin,
            cwd=repository,
        )
        run("hosts", environ=admin, cwd=repository)
        run("plan", environ=admin, cwd=repository)
        return prove(repository, environ | {"SOPS_AGE_KEY": identity})


def make_host_key(folder: Path) -> tuple[Path, str]:
    """The new host's SSH key: its public file, and the age identity that its private half gives."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
    )

    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    public = folder / "ssh_host_ed25519_key.pub"
    public.write_bytes(
        key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH) + b" root@willow\n"
    )
    return public, ssh.private_to_age(private)


def prove(repository: Path, environ: dict[str, str]) -> int:
    """With the new host's key alone, open every file; say whether it is as it should be."""
    sops = shutil.which("sops")
    say(f"With {HOST}'s key alone, {'sops decrypts' if sops else 'the data key opens'}:")
    wrong = 0
    paths = sorted(p.relative_to(repository).as_posix() for p in repository.rglob("*") if p.is_file())
    for path in (each for each in paths if not each.startswith(".")):  # .sops.yaml, .sopskit/
        opened = decrypts(sops, path, repository, environ) if sops else unwraps(path, repository, environ)
        expected = path.startswith(JOINED)
        wrong += opened is not expected
        print(
            f"  {'opens    ' if opened else 'is closed'}  {path}{'' if opened is expected else '   <- WRONG'}"
        )
    print("Every file is as its rule says." if not wrong else f"{wrong} files are not as their rule says.")
    return 1 if wrong else 0


def decrypts(sops: str, path: str, repository: Path, environ: dict[str, str]) -> bool:
    """Whether real sops decrypts the file."""
    done = subprocess.run(
        [sops, "--decrypt", path], cwd=repository, env=environ, capture_output=True, check=False
    )
    return done.returncode == 0


def unwraps(path: str, repository: Path, environ: dict[str, str]) -> bool:
    """Whether the file's data key opens, and with it the file's MAC."""
    file = formats.read((repository / path).read_bytes(), formats.format_of(path))
    assert file is not None
    engine = choose("embedded", identities.find_identities(environ), Keyring(environ))
    try:
        engine.open(file.metadata, path)
    except NoIdentityError:
        return False
    return True


def say(text: str) -> None:
    """A line between the commands."""
    print(f"\n# {text}", flush=True)


def run(*arguments: str, environ: dict[str, str], cwd: Path) -> None:
    """Run sopskit, showing the command."""
    print(f"$ sopskit {' '.join(arguments)}", flush=True)
    subprocess.run([sys.executable, "-m", "sopskit", *arguments], cwd=cwd, env=environ, check=True)


if __name__ == "__main__":
    sys.exit(main())
