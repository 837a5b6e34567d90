"""One self-contained page of HTML: data and what draws it, and nothing from anywhere else."""
