"""Engines give a file's data key to other recipients; one interface, two implementations."""
