"""Engines reach a file's data key and give it to other recipients, in this process or through sops."""
