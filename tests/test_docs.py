"""The pages in docs/ and the README name what the code has."""

from __future__ import annotations

import json
import re
from pathlib import Path

from jupyter_mlflow_explorer.config import ExplorerConfig

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


def test_every_setting_is_documented() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for schema in (ROOT / "schema").glob("*.json"):
        for name in json.loads(schema.read_text(encoding="utf-8"))["properties"]:
            assert f"`{name}`" in page, name


def test_links_between_pages_lead_somewhere() -> None:
    for page in (*(ROOT / "docs").glob("*.md"), *ROOT.glob("*.md")):
        for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"
