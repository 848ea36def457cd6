"""nbconvert's HTML exporter for a page that loads nothing: formulas as MathML, pictures inside."""

from __future__ import annotations

import html
import re
from typing import Any

from jinja2 import pass_context
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

_TAG = re.compile(r"<(/?)([A-Za-z0-9]*)([^>]*)>")
#: What formulas are made of; anything else did not come from a formula.
_ELEMENTS = re.compile(
    r"math|menclose|merror|mfenced|mfrac|mi|mmultiscripts|mn|mo|mover|mpadded|mphantom|mprescripts|mroot|mrow|ms|mspace"
    r"|msqrt|mstyle|msub|msubsup|msup|mtable|mtd|mtext|mtr|munder|munderover|semantics|none"
)
_LEADS = re.compile(r"\b(?:href|src|on\w+|style|class)\s*=", re.IGNORECASE)
_DOLLARS = re.compile(r"\s*(\${1,2})(.*)\1\s*", re.DOTALL)


class PageExporter(HTMLExporter):
    """Exports a notebook to a page without anything from other hosts."""

    @pass_context
    def markdown2html(self, context: Any, source: str) -> str:
        """Render Markdown with formulas as MathML and pictures embedded."""
        cell = context.get("cell", {})
        renderer = _Renderer(
            escape=False,
            attachments=cell.get("attachments", {}),
            embed_images=True,
            path=context.get("resources", {}).get("metadata", {}).get("path", ""),
            anchor_link_text=self.anchor_link_text,
            exclude_anchor_links=self.exclude_anchor_links,
        )
        return MarkdownWithMath(renderer=renderer).render(source)

    def default_filters(self) -> Any:
        """Add our filter for LaTeX outputs."""
        yield from super().default_filters()  # type: ignore[no-untyped-call]
        yield ("latex2html", latex_to_html)


class _Renderer(IPythonRenderer):
    def block_math(self, body: str) -> str:
        return formula(body, "block")

    def inline_math(self, body: str) -> str:
        return formula(body, "inline")

    def latex_environment(self, name: str, body: str) -> str:
        return formula(f"\\begin{{{name}}}{body}\\end{{{name}}}", "block")

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """Embed a picture; one on another host becomes a link to it."""
        if re.match(r"\s*(?:https?:)?//", url, re.IGNORECASE):
            return f'<a href="{html.escape(url)}">{html.escape(text) or "picture"}</a>'
        return str(super().image(text, url, title))


def formula(latex: str, display: str) -> str:
    """Return MathML where latex2mathml is installed and understands the formula, else the LaTeX as text."""
    mark = "$$" if display == "block" else "$"
    text = f"{mark}{html.escape(latex)}{mark}"
    try:
        from latex2mathml.converter import convert

        # It copies text as it is, so nothing that could be a tag may come in, or come out.
        markup: str = convert(latex.replace("<", r"\lt ").replace(">", r"\gt "), display=display)
    except Exception:  # It has many kinds for what it does not understand, and may be missing.
        return text
    tags = _TAG.findall(markup)
    if markup.count("<") != len(tags) or any(
        not _ELEMENTS.fullmatch(name) or (attributes and _LEADS.search(attributes)) for _, name, attributes in tags
    ):
        return text
    return markup


def latex_to_html(latex: str) -> str:
    """Return a LaTeX output as MathML where it is one formula, else as text."""
    match = _DOLLARS.fullmatch(latex)
    return formula(match[2], "block") if match is not None else html.escape(latex)
