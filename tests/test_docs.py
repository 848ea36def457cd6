"""The pages in docs/ and the README name what the code has."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from jupyter_mlflow_explorer import errors
from jupyter_mlflow_explorer.config import ExplorerConfig
from jupyter_mlflow_explorer.handlers import base

ROOT = Path(__file__).parents[1]


def test_every_trait_is_documented_with_its_default() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| `([^`]*)` \|", page, re.MULTILINE))
    traits = ExplorerConfig.class_own_traits(config=True)
    assert set(rows) == set(traits)
    for name, trait in traits.items():
        default = trait.default() if hasattr(trait, "default") else trait.default_value
        shown = json.dumps(default) if isinstance(default, list | dict | str) else repr(default)
        assert rows[name] == shown, name


def test_every_setting_is_documented_with_title_and_default() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([^|]+) \| `(\w+)` \| ([^|]+) \|", page, re.MULTILINE)
    settings = json.loads((ROOT / "schema" / "panel.json").read_text(encoding="utf-8"))["properties"]
    shown = {"": "empty", False: "`false`", True: "`true`"}
    assert rows == [
        (setting["title"], name, shown.get(setting["default"], f"`{setting['default']}`"))
        for name, setting in settings.items()
    ]


def kinds_of(kind: type[errors.ExplorerError]) -> set[type[errors.ExplorerError]]:
    """Return the leaves and inner kinds that `errors` defines below one kind."""
    below = {one for one in kind.__subclasses__() if one.__module__ == errors.__name__}
    return below | {deeper for one in below for deeper in kinds_of(one)}


def test_every_error_code_is_documented_with_its_status() -> None:
    page = (ROOT / "docs" / "http-api.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| ([^|]+) \|", page, re.MULTILINE)
    documented = {(int(status), code) for status, codes in rows for code in re.findall(r"`(\w+)`", codes)}
    # The family of errors of a store is always told by its members.
    kinds = kinds_of(errors.ExplorerError) - {errors.TrackingError}
    wanted = {(base.status_of(kind("x")), kind.code) for kind in kinds}
    assert documented == wanted | {(405, "method_not_allowed"), (416, "bad_range"), (500, "bug")}


PAGES = sorted([*(ROOT / "docs").glob("*.md"), *ROOT.glob("*.md"), *ROOT.glob("examples/*/*.md")])


def prose(page: Path) -> str:
    """Return a page without its code, which may look like links and headings."""
    text = re.sub(r"^(`{3,}).*?^\1`*$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", lambda span: span[0].replace("](", "] ("), text)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    found: set[str] = set()
    for heading in re.findall(r"^#+ (.+)$", prose(page), flags=re.MULTILINE):
        anchor = base = re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
        number = 0
        while anchor in found:
            anchor, number = f"{base}-{number + 1}", number + 1
        found.add(anchor)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    # A picture may be the text of a link.
    for target in re.findall(r"\]\(([^)\s]+)", prose(page)):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        other = (page.parent / path).resolve() if path else page
        assert other.exists(), target
        if anchor:
            assert anchor in anchors(other), target


def test_every_page_and_picture_is_linked_from_another() -> None:
    linked = {
        (page.parent / target).resolve()
        for page in PAGES
        for target in re.findall(r"\]\(([^)#\s]+)", prose(page))
        if (page.parent / target).resolve() != page
    }
    for path in (*(ROOT / "docs").glob("*.md"), *(ROOT / "docs" / "images").rglob("*.png")):
        assert path in linked, path.relative_to(ROOT)


def test_the_first_commands_of_the_readme_are_demo_and_test() -> None:
    block = re.search(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    assert block is not None
    assert re.findall(r"^[^#\n]*[^#\s]", block[1], flags=re.MULTILINE) == ["make demo", "make test"]


def test_every_package_of_the_code_is_in_the_architecture() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    code = ROOT / "jupyter_mlflow_explorer"
    for folder in {path.parent for path in code.rglob("__init__.py")} - {code}:
        assert f"{folder.name}/" in page, folder.relative_to(ROOT)
    for folder in (path for path in (ROOT / "src").iterdir() if path.is_dir() and path.name != "__tests__"):
        assert f"`{folder.name}/`" in page, folder.name
