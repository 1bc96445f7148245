"""Ids that are the same whenever, wherever and however often the same report is exported.

An id is the UUID version 5 (RFC 9562) of the report's identity and the element's path in it, so exporting a report again
updates its resources and never doubles them. A corrected report keeps its number, and so its ids.
"""

from __future__ import annotations

import hashlib
from uuid import UUID

__all__ = ["NAMESPACE", "ReportIds"]

# Drawn once at random. A site that wants ids nobody else can compute from a report number sets its own (Context.namespace).
NAMESPACE = UUID("3efb8755-0c64-4a25-b6fa-93e2bb9e3aac")

_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}  # the two highest bits become 10


class ReportIds(dict[str, str]):
    """Element path, such as ``Observation/nodes_examined`` -> its id in one report; made when it is first asked for."""

    __slots__ = ("_start",)

    def __init__(self, issuer: str, report_id: str, namespace: UUID = NAMESPACE) -> None:
        # issuer and report_id hold no line breaks (Context refuses them), so no two reports give the same name
        self._start = hashlib.sha1(namespace.bytes + f"{issuer}\n{report_id}\n".encode(), usedforsecurity=False)

    def __missing__(self, path: str) -> str:
        """The id of the element at ``path``: UUID 5 of issuer, report number and path, a line each.

        >>> from uuid import uuid5
        >>> name = "urn:oid:1.2\\nS26-00417\\nObservation/nodes_examined"
        >>> ReportIds("urn:oid:1.2", "S26-00417")["Observation/nodes_examined"] == str(uuid5(NAMESPACE, name))
        True
        """
        name = self._start.copy()
        name.update(path.encode())
        digits = name.hexdigest()
        identity = f"{digits[:8]}-{digits[8:12]}-5{digits[13:16]}-{_VARIANT[digits[16]]}{digits[17:20]}-{digits[20:32]}"
        self[path] = identity
        return identity
