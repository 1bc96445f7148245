"""A transaction in parts, for servers that refuse one that deletes what is gone already.

FHIR asks servers to take such a deletion as done, and not all do. It happens where the answer to a correction was lost, or where
somebody deleted a resource of ours.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal

from fhir_export import dumps


def parts(bundle: bytes) -> Iterator[bytes]:
    """All that a transaction puts, as a transaction, then each of its deletions as one."""
    whole = json.loads(bundle, parse_float=Decimal)  # the digits of sizes stay as they are
    deletions = [entry for entry in whole["entry"] if entry["request"]["method"] == "DELETE"]
    put = [entry for entry in whole["entry"] if entry not in deletions]
    for entries in [put, *([entry] for entry in deletions)]:
        if entries:
            yield dumps(whole | {"entry": entries})
