"""Reads breast pathology reports: lymph-node facts with their proof, AJCC pN, FHIR R4.

>>> from nodalis import parse, stage
>>> report = parse("LEFT BREAST, MASTECTOMY: INVASIVE DUCTAL CARCINOMA. LEFT AXILLA: METASTATIC CARCINOMA IN 3 OF 14 LYMPH NODES.")
>>> report.nodes.positive.value, report.nodes.examined.value
(3, 14)
>>> str(stage(report, edition="AJCC 8").category)
'pN1a'

The names below are the public interface. Each is imported when it is first used, so that ``nodalis --help``
and programs that need one half do not wait for the other.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fhir_export import Context as Context
    from fhir_export import to_bundle as to_bundle
    from parser import parse as parse
    from parser import stage as stage
    from parser.grammar import load_grammar as load_grammar

__version__ = "0.1.0"
__all__ = ["Context", "__version__", "load_grammar", "parse", "stage", "to_bundle"]

_HOMES = {
    "Context": "fhir_export",
    "load_grammar": "parser.grammar",
    "parse": "parser",
    "stage": "parser",
    "to_bundle": "fhir_export",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
