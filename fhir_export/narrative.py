"""What a person reads of a resource in a viewer that knows no codes: short generated XHTML, R4 2.4.

Only our own words and values of the report's facts stand in it, never the report's text; every sign that XHTML reads as
markup is escaped. ``is_safe`` is the other side: the check of a finished narrative.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from .elements import VALUES, JsonObject

__all__ = ["escaped", "generated", "is_safe", "line", "listed", "paragraph", "tabled"]

_DIV: Final = '<div xmlns="http://www.w3.org/1999/xhtml">'
_TAG: Final = re.compile(r"</?(?:div|p|b|ul|li|table|caption|thead|tbody|tr|th|td)>")
_WORDS: Final = re.compile(r"<[^>]*>|\s+")
_MARKUP: Final = re.compile("[&<>\"']")
_ENTITIES: Final = re.compile(r"&(?:amp|lt|gt|quot|#39|#x27);")


def escaped(text: str) -> str:
    """Text with every sign escaped that XHTML reads as markup; most text has none."""
    return escape(text) if _MARKUP.search(text) else text


def line(code: JsonObject, content: JsonObject) -> str:
    """An Observation in one line.

    >>> line({"text": "Lymph nodes positive"}, {"valueQuantity": {"value": 1, "unit": "#", "code": "1"}})
    'Lymph nodes positive: 1'
    """
    if "component" in content and not content.keys() & VALUES:
        shown = ", ".join(_value(part) for part in content["component"])
    else:
        shown = _value(content)
    method = content.get("method", {}).get("text")
    return f"{code['text']}: {shown} ({method})" if method else f"{code['text']}: {shown}"


def generated(inner: str) -> JsonObject:
    """A Narrative of inner XHTML that is escaped already.

    >>> generated(escaped("size < 2 mm"))["div"]
    '<div xmlns="http://www.w3.org/1999/xhtml">size &lt; 2 mm</div>'
    """
    return {"status": "generated", "div": f"{_DIV}{inner}</div>"}


def paragraph(*texts: str) -> str:
    """Each text as an escaped paragraph."""
    return "".join(f"<p>{escaped(text)}</p>" for text in texts)


def listed(lines: Iterable[str]) -> str:
    """Lines as an escaped list."""
    return f"<ul>{''.join(f'<li>{escaped(item)}</li>' for item in lines)}</ul>"


def tabled(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows as an escaped table."""
    body = "".join(f"<tr>{''.join(f'<td>{escaped(cell)}</td>' for cell in row)}</tr>" for row in rows)
    heads = "".join(f"<th>{escaped(cell)}</th>" for cell in head)
    return f"<table><caption>{escaped(caption)}</caption><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"


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


def _value(content: JsonObject) -> str:
    if "valueQuantity" in content:
        return _quantity(content["valueQuantity"])
    if "valueRange" in content:
        return f"{content['valueRange']['low']['value']} to {_quantity(content['valueRange']['high'])}"
    if "valueCodeableConcept" in content:
        return str(content["valueCodeableConcept"]["text"])
    return str(content["dataAbsentReason"]["coding"][0]["display"]).lower()


def _quantity(value: JsonObject) -> str:
    number = f"{value.get('comparator', '')}{value['value']}"
    return number if value["code"] == "1" else f"{number} {value['unit']}"
