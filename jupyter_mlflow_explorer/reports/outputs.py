"""Makes outputs fit for a file that loads nothing: interactive charts bring their library or become pictures."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbformat import NotebookNode


_PLOTLY = "application/vnd.plotly.v1+json"
_VEGA_LITE = re.compile(r"application/vnd\.vegalite\.v\d+.*json")
#: A script, style sheet, frame or image from another host, and an import of one.
_ELSEWHERE = re.compile(
    r"<(?:script|link|iframe|img|source|embed|object)\b[^>]*?\b(?:src|href|data)\s*=\s*[\"']?\s*(?:https?:)?//"
    r"|\bimport\s*\(?\s*[\"']https?://|@import\s+(?:url\()?[\"']?(?:https?:)?//",
    re.IGNORECASE,
)
_ALTAIR = re.compile(r"id=[\"']altair-viz-")
_PICTURES = ("image/svg+xml", "image/png", "image/jpeg")


def prepare(document: NotebookNode, *, interactive: bool) -> str:
    """Change the outputs in place; return the script that they need in the head of a page, or nothing.

    Where not `interactive` (Markdown), scripts cannot run: charts that have no picture become a note.
    """
    script = ""
    number = 0
    for cell in document.cells:
        for output in cell.get("outputs", ()):
            data = output.get("data")
            if data is None:
                continue
            if _PLOTLY in data:
                number += 1
                library = _plotly() if interactive else ""
                script = script or library
                chart = data.pop(_PLOTLY)
                if library:
                    data["text/html"] = _plotly_chart(chart, number)
                elif not _has_picture(data):
                    _note(data, "An interactive Plotly chart: it shows in HTML reports where plotly is installed.")
            _vega(data)
            page = _text(data.get("text/html"))
            if page and (_ELSEWHERE.search(page) or (not interactive and "<script" in page.lower())):
                del data["text/html"]
                if not _has_picture(data):
                    _note(data, "Something that needs scripts or files from another host is left out of this report.")
            elif page and not interactive:
                # Markdown's readers show style sheets as text.
                data["text/html"] = re.sub(r"<style\b.*?</style>", "", page, flags=re.DOTALL | re.IGNORECASE)
    return script


def _plotly() -> str:
    """Return Plotly's library as JavaScript from the Python package, empty where it is not installed."""
    try:
        from plotly.offline import get_plotlyjs
    except ImportError:
        return ""
    text: str = get_plotlyjs()
    return text.replace("</script", "<\\/script")


def _plotly_chart(chart: Any, number: int) -> str:
    # Characters that HTML or JavaScript could take for the end of the script or a line.
    text = json.dumps(chart).replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    name = f"report-chart-{number}"
    return (
        f'<div id="{name}" style="min-height: 360px"></div><script type="text/javascript">'
        f"(chart => Plotly.newPlot('{name}', chart.data, chart.layout, {{responsive: true}}))({text});</script>"
    )


def _vega(data: dict[str, Any]) -> None:
    """Draw a Vega-Lite chart as SVG where it has no picture and vl-convert-python is installed."""
    kinds = [kind for kind in data if _VEGA_LITE.fullmatch(kind)]
    page = _text(data.get("text/html"))
    if not kinds and not (page and _ALTAIR.search(page)):
        return
    spec = data.pop(kinds[0]) if kinds else _spec_of(page)
    if not _has_picture(data) and spec is not None:
        try:
            import vl_convert

            data["image/svg+xml"] = vl_convert.vegalite_to_svg(json.dumps(spec), allowed_base_urls=[])
        except (ImportError, ValueError) as error:
            _note(
                data,
                f"A Vega-Lite chart that could not be drawn ({error}). For pictures: pip install vl-convert-python",
            )
    data.pop("text/html", None)


def _spec_of(page: str) -> Any:
    """Return the chart inside a page that Altair wrote: the first argument of its script's last call."""
    start = page.rfind("})({")
    try:
        return json.JSONDecoder().raw_decode(page, start + 3)[0] if start >= 0 else None
    except ValueError:
        return None


def _note(data: dict[str, Any], text: str) -> None:
    data["text/markdown"] = f"*{html.escape(text)}*"


def _has_picture(data: dict[str, Any]) -> bool:
    return any(kind in data for kind in _PICTURES)


def _text(value: Any) -> str:
    return "".join(value) if isinstance(value, list) else str(value or "")
