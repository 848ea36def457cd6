"""Turns a notebook into one file that needs nothing else: a page, Markdown with its images inside, or PDF."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from ..errors import BadInput, NotInstalled
from .browser import find_chromium, print_page
from .execute import CellFailed

if TYPE_CHECKING:
    from nbformat import NotebookNode

ReportFormat = Literal["html", "markdown", "pdf"]
FORMATS: tuple[ReportFormat, ...] = get_args(ReportFormat)
SUFFIXES: dict[ReportFormat, str] = {"html": ".html", "markdown": ".md", "pdf": ".pdf"}

#: Best first. Widgets are left out: what draws them is loaded from another host.
_HTML_OUTPUTS = (
    "text/html",
    "application/javascript",
    "text/markdown",
    "image/svg+xml",
    "text/latex",
    "image/png",
    "image/jpeg",
    "text/plain",
)
_MARKDOWN_OUTPUTS = (
    "text/markdown",
    "image/png",
    "image/jpeg",
    "image/svg+xml",
    "text/html",
    "text/latex",
    "text/plain",
)


def check_format(form: ReportFormat) -> None:
    """Raise where a format cannot be written here, before anything is executed.

    Raises
    ------
    NotInstalled
        What the format needs is missing; says how to get it.
    """
    if form == "pdf":
        find_chromium()
    try:
        import nbconvert  # noqa: F401
    except ImportError as error:
        raise NotInstalled(f"Reports need nbconvert: pip install nbconvert ({error.name} is missing).") from error


def export(
    notebook: NotebookNode,
    form: ReportFormat,
    *,
    title: str,
    folder: Path,
    scratch: Path,
    failure: CellFailed | None = None,
) -> bytes:
    """Return the report; `notebook` stays as it is.

    Parameters
    ----------
    folder
        What relative images in Markdown cells refer to; images above it are not embedded.
    scratch
        A private folder for temporary files, for PDF.
    failure
        Told at the top.

    Raises
    ------
    NotInstalled
        There is no Chromium for PDF.
    BadInput
        The notebook cannot be converted.
    """
    from .outputs import prepare

    document = copy.deepcopy(notebook)
    if failure is not None:
        document.cells.insert(0, _notice(failure))
    document.metadata["title"] = title
    document.metadata.pop("widgets", None)
    script = prepare(document, interactive=form != "markdown")
    text = _convert(document, form, script=script, folder=folder)
    if form == "pdf":
        return print_page(text, scratch)
    return text.encode("utf-8", "replace")


def _convert(document: NotebookNode, form: ReportFormat, *, script: str, folder: Path) -> str:
    from nbconvert.exporters import MarkdownExporter
    from traitlets.config import Config

    from .page import PageExporter

    templates = Path(__file__).with_name("templates")
    settings = Config()
    settings.NbConvertBase.display_data_priority = list(_MARKDOWN_OUTPUTS if form == "markdown" else _HTML_OUTPUTS)
    settings.ExtractOutputPreprocessor.enabled = False
    exporter: Any
    markdown_exporter: Any = MarkdownExporter
    page_exporter: Any = PageExporter
    if form == "markdown":
        exporter = markdown_exporter(config=settings, template_file=str(templates / "report.md.j2"))
    else:
        exporter = page_exporter(config=settings, template_file=str(templates / "report.html.j2"))
    resources = {"metadata": {"name": document.metadata["title"], "path": str(folder)}, "report_script": script}
    try:
        text: str = exporter.from_notebook_node(document, resources=resources)[0]
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise BadInput(f"The notebook cannot be converted: {error}") from error
    return text


def _notice(failure: CellFailed) -> NotebookNode:
    import nbformat

    from ..cells import literals

    reason = literals.markdown(literals.shorten(" ".join(failure.message.split()), 500))
    text = (
        f"> **This report is not complete.** {reason}\n>\n"
        f"> Cell {failure.cell} shows the error; those below it were not run."
    )
    return nbformat.v4.new_markdown_cell(text, id="report-notice")
