"""`.sops.yaml`: reading it, asking which rule claims a path, and editing it without touching the rest."""
