"""Which letters a search that ignores case has to replace, for databases that do not know Unicode's full case folding.

`str.casefold` is Unicode's full folding: most letters become one other, some become several ("ß" becomes "ss").
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Mapping


@functools.lru_cache(maxsize=1)
def _folds() -> Mapping[str, str]:
    """Return what every letter folds to that does not fold to itself; takes 0.1 s, once."""
    letters = map(chr, range(sys.maxunicode + 1))
    return {letter: folded for letter in letters if (folded := letter.casefold()) != letter}


def replacements(folded: str) -> dict[str, str]:
    """Return the letters to replace in a text, and by what, before looking for `folded` in it.

    Letters that fold to none of those in `folded` cannot be part of a match, folded or not. No replacement holds a
    letter that is to be replaced, so they may be made one after the other.
    """
    wanted = frozenset(folded)
    return {letter: becomes for letter, becomes in _folds().items() if not wanted.isdisjoint(becomes)}
