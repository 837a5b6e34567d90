"""`.sopskit.toml`: what `.sops.yaml` cannot hold. An optional file at the root of a repository."""

from __future__ import annotations
