"""The demonstration that `make demo` runs, and the sample repository it works on."""
