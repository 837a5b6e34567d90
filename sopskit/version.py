"""The version, kept in one place and read without importlib.metadata (60 ms at start-up)."""

__version__ = "0.1.0"
