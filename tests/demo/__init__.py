"""Tests of `jupyter_mlflow_explorer.demo`."""
