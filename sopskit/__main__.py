"""`python -m sopskit`."""

from sopskit.cli.entry import entry_point

entry_point()
