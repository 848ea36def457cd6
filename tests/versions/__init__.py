"""Stores written by other versions of MLflow, and the script that makes them."""
