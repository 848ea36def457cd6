"""Tests of `jupyter_mlflow_explorer.cli`."""
