"""A home server's whole repository: three NixOS machines, a cluster that Flux keeps, and their secrets."""
