"""The shape of a resource, checked by fhir.resources. Slow (milliseconds), so for tests and on request, never in the flow.

It knows required elements, types and unknown names; it does not know code bindings or invariants (``checks`` does some).
"""

from __future__ import annotations

from .context import FhirVersion
from .elements import JsonObject

__all__ = ["validate"]


def validate(resource: JsonObject, version: FhirVersion = "R4") -> None:
    """Raise pydantic's ValidationError (a ValueError) if the resource is not shaped as R4B, or R5, says.

    R4B and R4 do not differ in the resources made here. fhir.resources is imported at the first call (a quarter of a
    second); ImportError if it is not installed. Emit the dict that was given, not what the model makes of it: the model
    drops the trailing zeros of decimals.
    """
    if version == "R5":
        from fhir.resources import get_fhir_model_class
    else:
        from fhir.resources.R4B import get_fhir_model_class

    get_fhir_model_class(resource["resourceType"]).model_validate(resource)
