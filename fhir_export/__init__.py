"""Report in, FHIR R4 or R5 out, as plain dicts. Knows nothing of text; ``docs/fhir.md`` says what is emitted.

>>> from parser.model import DecisionStatus, Nodes, Report, Tumor
>>> empty = Report(DecisionStatus.NEEDS_REVIEW, (), Nodes(), Tumor(), None, {}, (), (), "sha256:0")
>>> to_bundle(empty, Context(report_id="S26-00417", issuer="urn:oid:1.2.3"))["type"]
'collection'
"""

from __future__ import annotations

from .bundle import to_bundle, to_resources
from .checks import ExportError
from .context import Context, Identifier
from .serialise import dumps
from .validation import validate

__all__ = ["Context", "ExportError", "Identifier", "dumps", "to_bundle", "to_resources", "validate"]
