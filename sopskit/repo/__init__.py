"""The files of a repository: finding and reading them, and changing many of them together or not at all."""
