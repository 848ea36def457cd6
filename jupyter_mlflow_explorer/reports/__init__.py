"""Notebooks as files: written whole or not at all, and executed."""
