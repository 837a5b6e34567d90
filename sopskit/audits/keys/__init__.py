"""Audits of the keys that a `.sops.yaml` names."""
