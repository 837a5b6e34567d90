"""Audits of what else lies in a repository, and of its history."""
