"""sopskit: recipients, rules and re-wrapping for repositories of SOPS files."""
