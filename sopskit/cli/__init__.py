"""The command line: one file per command, which parses, asks, calls one workflow and renders."""
