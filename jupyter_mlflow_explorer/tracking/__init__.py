"""Everything that knows where runs live."""
