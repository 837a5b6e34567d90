"""Where texts come from. A source gives blocks, the largest piece that is held in memory at once."""
