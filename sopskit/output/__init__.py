"""Results as text for people and JSON for scripts: values in, strings out; nothing here prints."""
