"""The repository of a home server as people have it: three NixOS hosts, sops-nix, a Taskfile; five defects.

The keys are made by real gpg and age, the files are encrypted by real sops.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tests.commands.workbench import Workbench, age_key
from tests.keys.test_pgp import fingerprints, make_key

if TYPE_CHECKING:
    from pathlib import Path

    from tests.commands.workbench import KeyPair

HOSTS = ("comet", "meteor", "relay")

RULES = """\
---
keys:
  - users:
      - &marie {id}
creation_rules:
  - path_regex: secrets/[^/]+\\.(yaml|json|env|ini)$
    key_groups:
      - pgp:
          - *marie
stores: {{yaml: {{indent: 2}}, json: {{indent: 2}}, json_binary: {{indent: 2}}}}
"""

REPAIRED = """\
---
keys:
  - users:
      - &marie {fingerprint}
  - recovery:
      - &safe {safe}
  - hosts:
      - &comet {comet}
      - &meteor {meteor}
      - &relay {relay}
creation_rules:
"""

RULE = """\
  - path_regex: ^secrets/{host}/[^/]+\\.(yaml|json|env|ini)$
    key_groups:
      - pgp:
          - *marie
        age:
          - *safe
          - *{host}
"""

TASKS = """\
version: "3"
tasks:
  update-keys:
    desc: sops updatekeys for all files
    cmds:
      - |
        find secrets -name '*.sops.yaml' -print0 | while IFS= read -r -d '' file; do
          sops updatekeys{yes} "$file"
        done
"""

RELAY = """\
{{ mylib, ... }}:
{{
  imports = [ ./hardware.nix ];
  # was: sops.defaultSopsFile = ./secrets.yaml;
  sops.defaultSopsFile = mylib.relativeToRoot "secrets/relay/secrets.sops.yaml";
  sops.secrets = {{ wireguard_server_privateKey = {{ }}; }};
}}
"""


class HomeServer(NamedTuple):
    """The repository, and Marie's key.

    Attributes:
        workbench: where it is.
        fingerprint: of the primary key.
        subkey: fingerprint of the subkey that encrypts.
        keys: an age key for each host, and for the safe.
    """

    workbench: Workbench
    fingerprint: str
    subkey: str
    keys: dict[str, KeyPair]


def home_server(root: Path) -> HomeServer:
    """Make it, with its defects. GNUPGHOME has to be a throw-away one."""
    make_key("marie@example.org")
    fingerprint, subkey = fingerprints("marie@example.org")
    keys = {name: age_key() for name in (*HOSTS, "safe")}
    made = HomeServer(Workbench(root), fingerprint, subkey, keys)
    _write(root, "flake.nix", "{ outputs = inputs: { }; }\n")
    for host in HOSTS:
        _write(root, f"hosts/{host}/default.nix", "{ imports = [ ]; }\n")
    _write(root, "hosts/relay/default.nix", RELAY.format())
    _write(root, "Taskfile.yml", TASKS.format(yes=""))
    _write(root, ".gitattributes", "*.sops.yaml diff=sopsdiffer\n")
    _write(root, ".sops.yaml", f"creation_rules: [{{pgp: {fingerprint}}}]\n")
    made.workbench.git("init", "--quiet")
    for host in ("meteor", "relay"):
        made.workbench.write_encrypted(
            f"secrets/{host}/secrets.sops.yaml", "wireguard_server_privateKey: abc\n"
        )
    _write(root, "secrets/comet/secrets.sops.yaml", "")
    _write(root, ".sops.yaml", RULES.format(id=subkey[-16:]))
    made.workbench.commit_all()
    return made


def repair(made: HomeServer) -> None:
    """Mend everything by hand, as a person would, with real sops."""
    root = made.workbench.root
    recipients = {name: pair.recipient for name, pair in made.keys.items()}
    rules = "".join(RULE.format(host=host) for host in HOSTS)
    _write(root, ".sops.yaml", REPAIRED.format(fingerprint=made.fingerprint, **recipients) + rules)
    made.workbench.write_encrypted("secrets/comet/secrets.sops.yaml", "token: abc\n")
    for host in ("meteor", "relay"):
        assert not made.workbench.up_to_date(f"secrets/{host}/secrets.sops.yaml")  # it is now
    _write(root, "Taskfile.yml", TASKS.format(yes=" --yes"))
    made.workbench.commit_all()


def _write(root: Path, path: str, text: str) -> None:
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
