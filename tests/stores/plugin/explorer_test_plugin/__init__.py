"""An MLflow plugin that reads a SQLite store and local folders, and misbehaves when an id or a name asks for it."""
