"""The example repositories."""
