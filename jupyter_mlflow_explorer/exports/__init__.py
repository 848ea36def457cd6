"""Runs as files for other programs: CSV, Parquet and DuckDB, written page by page, so that memory stays bounded."""
