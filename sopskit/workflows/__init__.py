"""One file per job: what a command does, without asking, printing or exiting."""
