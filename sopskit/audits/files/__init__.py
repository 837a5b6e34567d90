"""Audits of secret files, one by one."""
