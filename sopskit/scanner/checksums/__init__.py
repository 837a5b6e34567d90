"""Checksums that vendors put into their tokens: a module for each, with `valid(secret: str) -> bool`."""
