"""Files are written whole, and replace nothing by accident."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jupyter_mlflow_explorer.errors import BadInput, Conflict
from jupyter_mlflow_explorer.reports.files import write_whole


def test_a_new_file_has_the_usual_rights_and_nothing_is_left_over(tmp_path: Path) -> None:
    write_whole(tmp_path / "a.txt", "é\n", force=False)
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == "é\n"
    (tmp_path / "usual").touch()
    assert (tmp_path / "a.txt").stat().st_mode == (tmp_path / "usual").stat().st_mode
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "usual"]


def test_a_file_is_replaced_only_by_force(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(Conflict, match="--force"):
        write_whole(path, "new", force=False)
    assert path.read_text() == "old"
    write_whole(path, "new", force=True)
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is a folder"):
        write_whole(tmp_path, "x", force=True)
    with pytest.raises(BadInput, match="no folder"):
        write_whole(tmp_path / "no" / "a.txt", "x", force=False)
    with pytest.raises(BadInput, match="cannot be written"):
        write_whole(tmp_path / ("x" * 300), "x", force=False)
    assert os.listdir(tmp_path) == []


def test_half_a_file_is_never_seen(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        write_whole(tmp_path / "a.txt", "whole\n" * 10_000 + "\ud800", force=False)
    assert os.listdir(tmp_path) == []
