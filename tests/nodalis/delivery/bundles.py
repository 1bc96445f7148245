"""Transactions that say what their test is about, and nothing of anybody."""

from __future__ import annotations

import json
from collections.abc import Iterable


def transaction(*resources: str, deleted: Iterable[str] = (), note: str = "", patient: str = "") -> bytes:
    """A Bundle that puts resources, "Observation/a", and deletes others."""
    entries = []
    for name in resources:
        kind, id_ = name.split("/")
        resource = {"resourceType": kind, "id": id_, "note": [{"text": note}]} | ({"subject": {"reference": patient}} if patient else {})
        entries.append({"fullUrl": f"urn:uuid:{id_}", "resource": resource, "request": {"method": "PUT", "url": name}})
    entries += [{"request": {"method": "DELETE", "url": name}} for name in deleted]
    return json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries}).encode()
