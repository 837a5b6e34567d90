"""Checks of a repository: one file for each, and the registry of all."""
