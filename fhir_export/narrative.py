"""What a person reads of a resource in a viewer that knows no codes: short generated XHTML, R4 2.4.

Only our own words and values of the report's facts stand in it, never the report's text; every sign that XHTML reads as
markup is escaped. ``is_safe`` is the other side: the check of a finished narrative.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Final, NewType

from .elements import JsonObject

__all__ = ["Xhtml", "escaped", "generated", "is_safe", "listed", "paragraphs", "tabled"]

Xhtml = NewType("Xhtml", str)  # escaped once; what is not of this type cannot get into a narrative

_DIV: Final = '<div xmlns="http://www.w3.org/1999/xhtml">'
_TAG: Final = re.compile(r"</?(?:div|p|b|ul|li|table|caption|thead|tbody|tr|th|td)>")
_WORDS: Final = re.compile(r"<[^>]*>|\s+")
_MARKUP: Final = re.compile("[&<>\"']")
_ENTITIES: Final = re.compile(r"&(?:amp|lt|gt|quot|#39|#x27);")


def escaped(text: str) -> Xhtml:
    """Text with every sign escaped that XHTML reads as markup; most text has none."""
    return Xhtml(escape(text) if _MARKUP.search(text) else text)


def generated(inner: Xhtml) -> JsonObject:
    """A Narrative.

    >>> generated(escaped("size < 2 mm"))["div"]
    '<div xmlns="http://www.w3.org/1999/xhtml">size &lt; 2 mm</div>'
    """
    return {"status": "generated", "div": f"{_DIV}{inner}</div>"}


def paragraphs(*texts: Xhtml) -> Xhtml:
    """Each text as a paragraph."""
    return Xhtml(f"<p>{'</p><p>'.join(texts)}</p>")


def listed(lines: Iterable[Xhtml]) -> Xhtml:
    """Lines, at least one, as a list."""
    return Xhtml(f"<ul><li>{'</li><li>'.join(lines)}</li></ul>")


def tabled(caption: Xhtml, head: Sequence[Xhtml], rows: Iterable[Sequence[Xhtml]]) -> Xhtml:
    """Rows as a table."""
    body = "".join([f"<tr><td>{'</td><td>'.join(row)}</td></tr>" for row in rows])
    heads = "</th><th>".join(head)
    return Xhtml(f"<table><caption>{caption}</caption><thead><tr><th>{heads}</th></tr></thead><tbody>{body}</tbody></table>")


def is_safe(div: object) -> bool:
    """Whether a div is one that this package could have made: plain elements without attributes, no script, not empty (txt-1, txt-2).

    >>> is_safe(generated("3 nodes")["div"]), is_safe(f"{_DIV}<script>alert(1)</script></div>"), is_safe(f"{_DIV} </div>")
    (True, False, False)
    """
    if not isinstance(div, str) or not div.startswith(_DIV) or not div.endswith("</div>"):
        return False
    inner = div[len(_DIV) : -len("</div>")]
    rest = _TAG.sub("", _ENTITIES.sub("", inner))
    return not {"<", ">", "&"} & set(rest) and _WORDS.sub("", inner) != ""
