"""The HTTP interface: reports in, facts or FHIR out, the queue seen and replayed. Nobody gets in whom no table lets in."""

from __future__ import annotations
