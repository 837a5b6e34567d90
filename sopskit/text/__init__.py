"""Spans and splices of a text, YAML with positions, RE2: what format-preserving edits stand on."""
