"""Texts that break programs which trust names. MLflow accepts all of them."""

from __future__ import annotations

NAME = 'it\'s "quoted" {braces} `ticks` </script><img src=x onerror=alert(1)> 😀\nsecond line $x$ | [a](javascript:b)'

#: Values; MLflow limits the *names* of params and metrics to word characters, spaces and ``_-.:/``.
PARAMS = {
    "prompt": "Say \"hi\"\nthen 'bye' {name} ${HOME} %s",
    "html": "</script><script>alert(1)</script>",
    "markdown": "# heading `code` | pipe | **bold** ![x](http://127.0.0.1:9/x.png)",
    "emoji": "👩‍🔬🧪 é ß 漢字",
    "formula": "=1+1",
    "empty": "",
    "spaced key/with:signs-and.dots": "back\\slash \\n",
}

TAGS = {
    'quote\'s "tag" {key}': "value\nwith a second line",
    "<b>tag</b>": "</textarea><svg onload=alert(1)>",
    "emoji 😀": "```\ncode fence\n```",
}

NOTE = """\
# Note with "quotes", {braces} and `ticks` 😀

</script><script>alert("note")</script>
<img src=x onerror=alert(1)>

| a | b |
|---|---|
| 1 | [link](javascript:alert(1)) |

$$\\frac{1}{2}$$ and ${NOT_A_TEMPLATE}
"""
