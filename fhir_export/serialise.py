"""JSON bytes of a resource. The one place where a resource becomes text.

FHIR decimals carry their precision: 0.20 is not 0.2, and for a deposit beside the 0.2 mm limit that is a clinical
statement. Resources therefore hold ``Decimal``, which is written digit for digit as it stands.
"""

from __future__ import annotations

from decimal import Decimal

import orjson

from .elements import JsonObject

__all__ = ["dumps"]


def _write_decimal(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(format(value, "f").encode())
    raise TypeError(f"a resource holds a {type(value).__name__} that JSON cannot express")


def dumps(resource: JsonObject) -> bytes:
    """UTF-8 JSON without white space or line breaks, so also a line of NDJSON; decimals keep their digits.

    >>> dumps({"valueQuantity": {"value": Decimal("0.20")}})
    b'{"valueQuantity":{"value":0.20}}'
    """
    return orjson.dumps(resource, default=_write_decimal)
