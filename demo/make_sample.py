"""Makes demo/sample anew with real sops of three versions; only needed when its shape is to change.

The sample is what a home server's repository looks like: a Flux cluster, two NixOS hosts, files they
share, in all five formats. Its one private key, demo/admin.agekey, is made here, opens nothing but the
sample, and is published on purpose.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.programs import program

HERE = Path(__file__).parent
SAMPLE = HERE / "sample"
VERSIONS = ("sops-3.8.1", "sops-3.9.4", "sops")

RULES = """\
# Who reads what. A host is a name under `keys:`; a rule gives files to hosts.
keys:
  - users:
      - &admin      {admin}
      - &admin_pgp  {admin_pgp}
  - hosts:
      - &cedar      {cedar}   # NixOS, from its SSH host key
      - &maple      {maple}   # NixOS, from its SSH host key
      - &cluster    {cluster}   # Flux, in the Secret sops-age

creation_rules:
  # Flux applies these; kind, metadata and apiVersion stay readable.
  - path_regex: ^clusters/home/.*\\.sops\\.(yaml|json|env)$
    encrypted_regex: ^(data|stringData|[A-Z_]+)$
    key_groups:
      - pgp: [*admin_pgp]
        age: [*admin, *cluster]
  - path_regex: ^hosts/cedar/.*
    key_groups:
      - pgp:
          - *admin_pgp
        age:
          - *admin
          - *cedar
  - path_regex: ^hosts/maple/.*
    key_groups:
      - pgp:
          - *admin_pgp
        age:
          - *admin
          - *maple
  - path_regex: ^shared/.*
    key_groups:
      - pgp:
          - *admin_pgp
        age:
          - *admin
          - *cedar
          - *maple
"""


def value() -> str:
    """A value that looks like a secret and is none."""
    return "example-" + secrets.token_hex(8)


def manifest(name: str) -> str:
    """A Kubernetes Secret."""
    return (
        f"apiVersion: v1\nkind: Secret\nmetadata:\n    name: {name}\n    namespace: apps\n"
        f"stringData:\n    username: {name}\n    password: {value()}\n"
    )


def json_manifest(name: str) -> str:
    """The same in JSON."""
    metadata = {"name": name, "namespace": "apps"}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"password": value()}}
    return json.dumps(secret, indent=2) + "\n"


def nix_yaml(name: str) -> str:
    """What sops-nix reads: a tree of strings."""
    return f"# secrets of {name}\n{name}:\n    password: {value()}\n    token: {value()}\n"


def env() -> str:
    """A dotenv file."""
    return f"# for the container\nDB_PASSWORD={value()}\nAPI_TOKEN={value()}\n"


def ini() -> str:
    """An INI file."""
    return f"[database]\nuser = app\npassword = {value()}\n"


def key_file() -> str:
    """A binary file: any other suffix."""
    return base64.b64encode(secrets.token_bytes(32)).decode() + "\n"


def as_json() -> str:
    """A JSON file."""
    return json.dumps({"user": "app", "password": value(), "ports": [80, 443]}, indent=2) + "\n"


def files() -> dict[str, str]:
    """All 40 files as plaintext, by path."""
    found = {
        f"clusters/home/apps/{app}.sops.yaml": manifest(app)
        for app in ("grafana", "immich", "gitea", "vault")
    }
    found |= {
        f"clusters/home/infra/{app}.sops.yaml": manifest(app) for app in ("dns", "ingress", "backup", "mail")
    }
    found |= {f"clusters/home/apps/{app}.sops.env": env() for app in ("gitea", "immich")}
    found |= {f"clusters/home/infra/{name}.sops.json": json_manifest(name) for name in ("registry", "pull")}
    for host in ("cedar", "maple"):
        found |= {
            f"hosts/{host}/{name}.yaml": nix_yaml(name) for name in ("network", "users", "backup", "mail")
        }
        found |= {f"hosts/{host}/restic.env": env(), f"hosts/{host}/smtp.ini": ini()}
        found |= {f"hosts/{host}/app.json": as_json(), f"hosts/{host}/wireguard.key": key_file()}
    found |= {f"shared/{name}.yaml": nix_yaml(name) for name in ("wifi", "ntfy", "dyndns")}
    found |= {f"shared/{name}.env": env() for name in ("s3", "smtp", "push")}
    found |= {f"shared/{name}.ini": ini() for name in ("ldap", "printer")}
    found |= {f"shared/{name}.json": as_json() for name in ("oidc", "webhook")}
    found |= {f"shared/{name}.key": key_file() for name in ("borg", "cache")}
    return found


def age_key(path: Path | None = None) -> tuple[str, str]:
    """A new age key pair: recipient, identity; kept at `path` if one is given."""
    identity = subprocess.run([program("age-keygen")], capture_output=True, check=True, text=True).stdout
    if path is not None:
        path.write_text("# opens demo/sample and nothing else; published on purpose\n" + identity)
    recipient = next(line for line in identity.splitlines() if line.startswith("# public key: "))
    return recipient.removeprefix("# public key: "), identity


def pgp_fingerprint(home: str) -> str:
    """A new PGP key in a throw-away keyring: its fingerprint."""
    environment = {**os.environ, "GNUPGHOME": home}
    gpg = [
        program("gpg"),
        "--batch",
        "--passphrase",
        "",
        "--quick-generate-key",
        "admin@example.org",
        "default",
        "default",
        "never",
    ]
    subprocess.run(gpg, env=environment, check=True, capture_output=True)
    listing = subprocess.run(
        [program("gpg"), "--list-keys", "--with-colons"],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return next(line.split(":")[9] for line in listing.splitlines() if line.startswith("fpr"))


def main() -> None:
    """Write demo/sample and demo/admin.agekey."""
    shutil.rmtree(SAMPLE, ignore_errors=True)
    SAMPLE.mkdir()
    home = tempfile.mkdtemp(prefix="gpg", dir="/tmp")
    try:
        names = {name: age_key()[0] for name in ("cedar", "maple", "cluster")}
        names["admin"] = age_key(HERE / "admin.agekey")[0]
        (SAMPLE / ".sops.yaml").write_text(RULES.format(admin_pgp=pgp_fingerprint(home), **names))
        environment = {**os.environ, "GNUPGHOME": home, "SOPS_DISABLE_VERSION_CHECK": "1"}
        for number, (path, text) in enumerate(sorted(files().items())):
            target = SAMPLE / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
            sops = program(VERSIONS[number % len(VERSIONS)])
            subprocess.run([sops, "--encrypt", "--in-place", path], cwd=SAMPLE, env=environment, check=True)
    finally:
        subprocess.run(["gpgconf", "--kill", "all"], env={**os.environ, "GNUPGHOME": home}, check=False)
        shutil.rmtree(home)


if __name__ == "__main__":
    main()
