"""Bytes and listings of artifacts, one module for each way to reach them."""
