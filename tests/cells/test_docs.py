"""`docs/recipes.md` says what the recipes are."""

from __future__ import annotations

import json
import os
import re
import struct

import pytest

from jupyter_mlflow_explorer.cells import RECIPES, Recipe
from jupyter_mlflow_explorer.cells.recipes.readers import READERS

from .recipes_page import PATH, code_in, code_of, sections, with_code

if os.environ.get("UPDATE_GOLDEN"):
    PATH.write_text(with_code(PATH.read_text(encoding="utf-8")), encoding="utf-8")
PAGE = PATH.read_text(encoding="utf-8")
SECTIONS = sections(PAGE)
PICTURES = PATH.parent / "images" / "recipes"
NEEDS = {
    "none": "nothing",
    "run": "one run",
    "runs": "1 to 1000 runs",
    "experiments": "one or more experiments",
    "artifact": "one run and an artifact",
    "artifacts": "1 to 1000 runs and an artifact",
}


def needs_of(recipe: Recipe) -> str:
    """Return the key in `NEEDS`."""
    return "artifacts" if recipe.needs == "artifact" and recipe.max_runs != 1 else recipe.needs


def test_each_recipe_has_a_section_in_order() -> None:
    assert [title for title in SECTIONS if title in RECIPES] == list(RECIPES)
    rows = re.findall(r"^\| \[`([^`]+)`\]\(#([^)]+)\) \| [^|]+ \| ([^|]+) \|$", PAGE, flags=re.MULTILINE)
    assert rows == [(name, name, NEEDS[needs_of(recipe)]) for name, recipe in RECIPES.items()]


def table(section: str, first_heading: str) -> list[list[str]]:
    """Return the cells of a section's table whose first column has this heading, without backticks around them."""
    lines = iter(section.splitlines())
    next((line for line in lines if line.startswith(f"| {first_heading} |")), None)
    next(lines, None)
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip().strip("`") for cell in line.strip("|").split("|")])
    return rows


@pytest.mark.parametrize("name", RECIPES)
def test_each_option_is_listed_with_its_default(name: str) -> None:
    properties = RECIPES[name].info.options["properties"]
    rows = table(SECTIONS[name], "Option")
    assert [row[:2] for row in rows] == [
        [option, json.dumps(schema["default"])] for option, schema in properties.items()
    ]
    assert all(row[2] for row in rows)
    assert ("No options." in SECTIONS[name]) == (not properties)


def test_recipes_for_runs_take_the_numbers_that_the_page_gives() -> None:
    limits = {
        (recipe.min_runs, recipe.max_runs)
        for recipe in RECIPES.values()
        if recipe.needs == "runs" or needs_of(recipe) == "artifacts"
    }
    assert limits == {(1, 1000)}


def test_each_kind_of_artifact_is_listed_with_its_variable() -> None:
    rows = table(SECTIONS["load-artifact"], "Kind")
    assert {kind: variable for kind, _, variable in rows} == {kind: reader.variable for kind, reader in READERS.items()}


@pytest.mark.parametrize("name", RECIPES)
def test_the_code_on_the_page_is_what_the_recipe_writes(name: str) -> None:
    """Set UPDATE_GOLDEN=1 to write it into the page anew."""
    assert code_in(PAGE).get(name) == code_of(name)


def test_no_code_on_the_page_is_left_over() -> None:
    assert list(code_in(PAGE)) == list(RECIPES)
    assert with_code(PAGE) == PAGE


@pytest.mark.parametrize("name", RECIPES)
def test_each_recipe_has_its_picture(name: str) -> None:
    ((alternative, path),) = re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", SECTIONS[name])
    assert len(alternative) > 20
    assert path == f"images/recipes/{name}.png"
    picture = (PATH.parent / path).read_bytes()
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", picture[16:24])
    assert width == 700
    assert 20 < height < 1200
    assert len(picture) <= 40_000


def test_no_picture_is_left_over_and_all_are_small_together() -> None:
    files = list(PICTURES.iterdir())
    assert {path.name for path in files} == {f"{name}.png" for name in RECIPES}
    assert sum(path.stat().st_size for path in files) < 700_000
