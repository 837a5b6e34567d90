"""Recipients and identities: age, SSH, PGP; conversions between them."""
