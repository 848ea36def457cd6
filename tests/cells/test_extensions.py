"""Recipes of other packages: found by their entry points, and harmless when they are broken."""

from __future__ import annotations

import importlib
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_mlflow_explorer.cells import METADATA_KEY, RECIPES, catalogue, render
from jupyter_mlflow_explorer.cells import catalogue as _function
from jupyter_mlflow_explorer.errors import BadInput, NotFound, RecipeFailed

from ..stores.packages import WORKING, lay_out
from .selections import a_selection

module = sys.modules[_function.__module__]
SECRET = "postgresql://alice:s3cret@db/mlflow"


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on the path in which packages can be laid out before the first recipe is asked for."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    importlib.invalidate_caches()
    module.forget()
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", None)).startswith(str(tmp_path)):
            del sys.modules[name]
    module.forget()


def changed(old: str, new: str) -> str:
    assert old in WORKING
    return WORKING.replace(old, new)


def test_a_recipe_is_listed_and_written_like_a_built_in_one(installed: Path) -> None:
    lay_out(installed, "friendly-cells", WORKING)
    found = catalogue()
    assert found.problems == ()
    assert found.names == [*RECIPES, "greet"]
    (info,) = [info for info in found.infos if info.name == "greet"]
    assert info.source == "friendly-cells 1.0"
    assert info.options["properties"]["greeting"]["default"] == "hello"
    assert {info.source for info in found.infos if info.name != "greet"} == {"jupyter-mlflow-explorer"}
    setup, cell = render("greet", a_selection("setup", options={"greeting": "moin"}), setup=True)
    assert "set_tracking_uri" in setup.source
    assert cell.source == "print('moin')"
    mark = cell.metadata[METADATA_KEY]
    assert (mark["recipe"], mark["version"], mark["options"]) == ("greet", 1, {"greeting": "moin"})
    with pytest.raises(BadInput, match="has no option 'colour'"):
        render("greet", a_selection("setup", options={"colour": 1}))


BROKEN: dict[str, tuple[str, str]] = {
    "nothing to import": ("import not_installed_anywhere", "ModuleNotFoundError: No module named"),
    "raises": ("raise ValueError('bad\\n\\x1b[31mday')", "ValueError: bad �[31mday (package.py, line 1)"),
    "no Python": ("def (", "SyntaxError"),
    "leaves": ("import sys\nsys.exit(3)", "it raised SystemExit (package.py, line 2)"),
    "interrupts": ("raise KeyboardInterrupt", "it raised KeyboardInterrupt"),
    "no such object": ("", "AttributeError"),
    "no recipe": ("RECIPE = {'name': 'greet'}", "an object of type dict, not to a Recipe"),
    "unknown field": (changed("version=1", "colour=1"), "TypeError"),
    "other name": (changed('name="greet"', 'name="welcome"'), "calls itself welcome"),
    "malformed name": (changed('name="greet"', 'name="Greet me"'), "its name must be"),
    "no version": (changed("version=1", "version=0"), "version must be a whole number"),
    "number of runs as text": (changed("write=write", "write=write, max_runs='9'"), "must be whole numbers"),
    "no title": (changed('title="Greet"', 'title=" "'), "must not be empty"),
    "title that is no text": (changed('title="Greet"', "title=1"), "ValidationError"),
    "unknown need": (changed('needs="none"', 'needs="money"'), "ValidationError"),
    "write that is no function": (changed("write=write", "write=1"), "write must be a function"),
    "write of one argument": (changed("(selection, options):", "(selection):"), "function of two arguments"),
    "options that are no model": (changed("options=GreetOptions", "options=dict"), "derived from Options"),
    "options of plain pydantic": (
        "import pydantic\n" + changed("GreetOptions(Options)", "GreetOptions(pydantic.BaseModel)"),
        "derived from Options",
    ),
    "option without default": (changed('greeting: str = "hello"', "greeting: str"), "must have a default"),
    "option without schema": (changed('greeting: str = "hello"', "greeting: type = int"), "Pydantic"),
}


@pytest.mark.parametrize(("source", "says"), BROKEN.values(), ids=BROKEN)
def test_a_broken_one_is_switched_off_alone(
    installed: Path, caplog: pytest.LogCaptureFixture, source: str, says: str
) -> None:
    lay_out(installed, "package", source)
    lay_out(installed, "working", WORKING.replace("greet", "wave"), {"wave": "working:RECIPE"})
    with caplog.at_level(logging.WARNING):
        (problem,) = catalogue().problems
        catalogue()
    assert (problem.name, problem.source) == ("greet", "package 1.0")
    assert problem.message.startswith("Recipe greet of package 1.0 is switched off: ")
    assert says in problem.message
    assert "\n" not in problem.message
    assert [record.getMessage() for record in caplog.records] == [problem.message]
    assert catalogue().names == [*RECIPES, "wave"]
    assert render("wave", a_selection("setup"))
    assert render("overview", a_selection("overview"))
    with pytest.raises(NotFound, match="is switched off"):
        render("greet", a_selection("setup"))


def test_a_name_belongs_to_one_recipe(installed: Path) -> None:
    taken = {name: f"taker:{name.title()}" for name in ("overview", "runs", "notebook")}
    made = "".join(
        f'{name.title()} = Recipe("{name}", 1, "T", "D", "none", lambda selection, options: [])\n' for name in taken
    )
    lay_out(installed, "taker", f"from jupyter_mlflow_explorer.recipes import Recipe\n{made}", taken)
    lay_out(installed, "first", WORKING)
    lay_out(installed, "second", WORKING)
    reasons = {(one.source, one.name): one.message.partition("off: ")[2] for one in catalogue().problems}
    assert reasons == {
        ("second 1.0", "greet"): "first 1.0 has a recipe of this name.",
        ("taker 1.0", "overview"): "a built-in recipe has this name.",
        ("taker 1.0", "runs"): "this name means something else; choose another.",
        ("taker 1.0", "notebook"): "this name means something else; choose another.",
    }
    assert catalogue().names == [*RECIPES, "greet"]


def test_one_that_never_ends_holds_up_nothing(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out(installed, "sleepy", "import time\ntime.sleep(60)")
    lay_out(installed, "working", WORKING.replace("greet", "wave"), {"wave": "working:RECIPE"})
    monkeypatch.setattr(module, "LOAD_LIMIT_S", 2.0)
    (problem,) = catalogue().problems
    assert problem.message.endswith("it did not finish in time.")
    assert catalogue().names == [*RECIPES, "wave"]


def test_damaged_metadata_is_told(installed: Path) -> None:
    lay_out(installed, "damaged", WORKING, {"greet": "not a place at all!"})
    (installed / "damaged-1.0.dist-info" / "METADATA").write_bytes(b"\xff\xfe")
    (problem,) = catalogue().problems
    assert problem.name == "greet"
    assert catalogue().names == list(RECIPES)


BODY = 'return [code("print($text)", text=repr(options.greeting))]'
FAILING: dict[str, tuple[str, str]] = {
    "raises": ("return {}['nothing']", "KeyError: 'nothing' (package.py, line 10)"),
    "leaves": ("raise SystemExit", "it raised SystemExit"),
    "nothing": ("return None", "must return a list of Source"),
    "texts": ("return ['print(1)']", "must return a list of Source"),
    "no cell": ("return []", "must return 1 to 5000 cells, not 0"),
    "no Python": ('return [code("x = (")]', "cell 1 is no valid Python, line 1"),
    "magic": ('return [code("%matplotlib inline")]', "cell 1 is no valid Python"),
    "null": ('return [code("x = \\0")]', "cell 1 is no valid Python"),
    "half a character": ("return [code('x = \"\\ud800\"')]", "not valid Unicode"),
    "other kind": (
        "import dataclasses\n    return [dataclasses.replace(code('1'), kind='raw')]",
        "neither text of code",
    ),
    "no text": ("import dataclasses\n    return [dataclasses.replace(code('1'), text=1)]", "neither text of code"),
}


@pytest.mark.parametrize(("body", "says"), FAILING.values(), ids=FAILING)
def test_one_that_fails_when_it_writes_is_named(installed: Path, body: str, says: str) -> None:
    lay_out(installed, "package", changed(BODY, body))
    assert catalogue().problems == ()
    with pytest.raises(RecipeFailed) as failure:
        render("greet", a_selection("setup"))
    assert failure.value.message.startswith("Recipe greet of package 1.0 failed: ")
    assert says in failure.value.message
    assert failure.value.code == "recipe_failed"
    assert render("overview", a_selection("overview"))


def test_what_a_recipe_refuses_is_the_users_to_change(installed: Path) -> None:
    raising = WORKING.replace("import Options", "import BadInput, Options").replace(
        BODY, "raise BadInput('Not today.')"
    )
    lay_out(installed, "package", raising)
    with pytest.raises(BadInput, match=r"^Not today\.$"):
        render("greet", a_selection("setup"))


def test_a_validator_that_breaks_is_the_recipes_failure(installed: Path) -> None:
    check = """
    @pydantic.field_validator("greeting")
    def check(cls, value):
        return value[99]
"""
    option = 'greeting: str = "hello"\n'
    lay_out(installed, "package", "import pydantic\n" + changed(option, f"{option}{check}"))
    with pytest.raises(RecipeFailed, match="IndexError"):
        render("greet", a_selection("setup", options={"greeting": "short"}))


def test_writing_that_never_ends_is_given_up(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out(installed, "package", changed(BODY, "import time\n    time.sleep(60)"))
    catalogue()
    monkeypatch.setattr(sys.modules["jupyter_mlflow_explorer.cells.extension"], "WRITE_LIMIT_S", 0.2)
    with pytest.raises(RecipeFailed, match="did not finish in time"):
        render("greet", a_selection("setup"))


def test_credentials_are_not_given_to_other_packages(installed: Path) -> None:
    body = "return [code('$text', text=repr(selection.tracking_uri + str(selection.registry_uri)))]"
    lay_out(installed, "package", changed(BODY, body))
    registry = "https://bob:pa55@registry.example/x?token=t0ken"
    (cell,) = render("greet", a_selection("setup", tracking_uri=SECRET, registry_uri=registry))
    assert "postgresql://db/mlflow" in cell.source
    assert "https://registry.example/x" in cell.source
    for secret in ("alice", "s3cret", "bob", "pa55", "t0ken"):
        assert secret not in cell.source


def test_nothing_is_imported_before_it_is_needed(installed: Path) -> None:
    """In a fresh interpreter: built-in recipes and the server's start do without the packages."""
    lay_out(installed, "noisy", "print('imported')\n" + WORKING)
    source = (
        f"import sys; sys.path.insert(0, {str(installed)!r})\n"
        "import jupyter_mlflow_explorer.app, jupyter_mlflow_explorer.handlers\n"
        "assert 'jupyter_mlflow_explorer.cells' not in sys.modules\n"
        "from jupyter_mlflow_explorer.cells import find, catalogue\n"
        "find('overview')\n"
        "assert 'noisy' not in sys.modules\n"
        "assert 'greet' in catalogue().extensions\n"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    # What it prints does not get among what a command prints for machines.
    assert (done.stdout, done.stderr) == ("", "imported\n")
