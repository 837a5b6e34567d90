"""Checks of what NixOS configurations say to sops-nix."""
