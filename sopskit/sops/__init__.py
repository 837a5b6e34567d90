"""The SOPS file: its formats, metadata, values and key groups."""
