"""Whole repositories to learn from; each is built, with keys of its own, by its `build` module."""
