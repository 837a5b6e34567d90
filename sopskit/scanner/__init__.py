"""The leak scanner: source -> triggers -> confirmed matches -> findings. Rules are data: `rules/*.toml`."""
