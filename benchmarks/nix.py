"""What `sopskit nix check` takes: 200 NixOS hosts that take 5,000 secrets.

python -m benchmarks.nix [--hosts N] [--runs N]
"""

from __future__ import annotations

import argparse

from benchmarks.flux import measured
from tests.audits.examples import ALICE, NOVA, encrypted
from tests.audits.nix.options import RULES

_SECRETS = 25  # of each host


def main() -> None:
    """Print the best and the middle of some runs, in seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    best_and_middle = measured(_files(arguments.hosts), ["nix", "check"], arguments.runs)
    print(f"{arguments.hosts} NixOS hosts, {arguments.hosts * _SECRETS} secrets")
    print(f"nix check: {best_and_middle}")


def _files(number: int) -> dict[str, str]:
    keys = [f"key-{each}" for each in range(_SECRETS)]
    hosts = "".join(f"      host-{each} = host ./hosts/host-{each};\n" for each in range(number))
    flake = (
        "{\n  outputs = { self, nixpkgs, ... }: let\n"
        "    host = path: nixpkgs.lib.nixosSystem { modules = [ path ./modules/common.nix ]; };\n"
        f"  in {{\n    nixosConfigurations = {{\n{hosts}    }};\n  }};\n}}\n"
    )
    common = '{ ... }: { sops.age.sshKeyPaths = [ "/etc/ssh/ssh_host_ed25519_key" ]; }\n'
    files = {".sops.yaml": RULES, "flake.nix": flake, "modules/common.nix": common}
    for each in range(number):
        secrets = "".join(f'    {key} = {{ owner = "app"; mode = "0440"; }};\n' for key in keys)
        files[f"hosts/host-{each}/default.nix"] = (
            f"{{ config, lib, ... }}: {{\n  sops.defaultSopsFile = ../../secrets/host-{each}.yaml;\n"
            f"  sops.secrets = {{\n{secrets}  }};\n}}\n"
        )
        files[f"secrets/host-{each}.yaml"] = encrypted(ALICE, NOVA, values=keys)
    return files


if __name__ == "__main__":
    main()
