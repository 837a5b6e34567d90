"""The leak scanner: a source -> triggers -> confirmed matches -> findings. Rules are data (`rules/*.toml`)."""
