"""Checks of what Flux makes of the secret files; what each does was run on a real controller."""
