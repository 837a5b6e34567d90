"""What reads secrets at run time: one file for each kind, and the registry of all."""
