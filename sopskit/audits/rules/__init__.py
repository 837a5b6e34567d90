"""Audits of the rules: what `creation_rules` says, and which files its rules claim."""
