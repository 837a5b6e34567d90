"""`python -m sopskit`."""

from sopskit.cli.main import entry_point

entry_point()
