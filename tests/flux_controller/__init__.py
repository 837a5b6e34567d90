"""Verdicts of sopskit held against a real Flux; `make test-flux` runs these, `make test` does not."""
