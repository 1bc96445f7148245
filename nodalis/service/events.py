"""What the interface engine logs: its events, each with what it means, and the phrases that reasons are made of.

Both lists are closed, since they are the only texts of a log line: any other is never written. docs/deploy.md shows the events to
whoever is on call.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

EVENTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        # the process
        "listening": "the listener takes connections",
        "draining": "the service was asked to end and finishes what is under way",
        "stopped": "the service has ended",
        "worker_ended": "a process that reads reports ended by itself and was replaced; its report is read once more, then needs review",
        # peers and messages
        "mllp.connected": "a peer connected",
        "mllp.closed": "a connection ended, with the reason and the number of bytes that were no whole message",
        "mllp.refused": "a connection was refused, with the reason; add the address to the peer if it is one",
        "mllp.failed": "an error that should not happen, on one connection; please report it",
        "acknowledged": "a message was answered: AA it is on the disk, AE it is to be sent again, AR it can never be read",
        "control_id_reused": "a peer used the control id of an earlier message for another one; both are kept",
        "quarantined": "a message can never be read; it is kept, and a person must look at it",
        "extracted": "a report was read",
        "review": "a report needs a person, for this reason",
        "alarm": "somebody must be told, such as of a report for the wrong patient: `nodalis queue` shows the message",
        # delivery
        "delivered": "the FHIR server has what a report says",
        "delivery_retry": "the FHIR server did not take a bundle; it is sent again after `wait` seconds",
        "delivery_dead": "a bundle is not sent again by itself; a person must look at it and replay the message",
        "delivery_failed": "an error that should not happen, in one delivery; it is tried again; please report it",
        "delivery_not_recorded": "the FHIR server took a bundle, and the store could not be written; it is written as soon as it can be",
        "deliveries_not_read": "the store could not be read; deliveries go on as soon as it can be",
        "fhir_server_down": "the FHIR server is taken to be down; nothing is lost, messages wait",
        "fhir_server_back": "the FHIR server answers again",
        "certificates_renewed": "new files of certificates are in use",
        "certificates_not_usable": "new files of certificates cannot be used; the old ones stay in use until they can",
        # the store
        "store_failed": "the store cannot be written: every message is answered AE until it can be",
        "store_recovered": "the store can be written again",
        "cleaned": "messages older than `store.keep_days` were deleted",
        # HTTP
        "request": "a request was answered",
        "request_failed": "an error that should not happen, in one request; please report it",
        # what should not happen
        "library": "a library logged something: its name and the level; its words may hold PHI and are never written",
        "warning": "Python warned, at this place",
        "fault": "an error that should not happen, with its type and place; please report it",
        "unlisted": "an event that is in no list; please report it",
    }
)

# Of delivery: HTTP statuses, issue types of FHIR, what else can happen on the way. "#" stands for a number of up to three digits.
PHRASES: Final = frozenset(
    (
        "http #", "#", "not authorised", "conflict with another writer", "the patient or another resource is gone", "precondition failed",
        "larger than the server takes", "redirected", "no such patient yet", "the answer is too long",
        "the answer is no transaction-response", "# of # entries were answered", "entries were not taken",
        "the server gave resources ids of its own", "given up after # hours", "given up after #.# hours", "internal error", "other",
        "transient", "lock-error", "no-store", "exception", "timeout", "incomplete", "throttled",
        "invalid", "structure", "required", "value", "invariant", "security", "login", "unknown", "expired", "forbidden", "suppressed",
        "processing", "not-supported", "duplicate", "multiple-matches", "not-found", "deleted", "too-long", "code-invalid", "extension",
        "too-costly", "business-rule", "conflict",
        "no connection", "no answer in time", "no trusted connection", "the connection was lost",
        "token", "the file of the token cannot be read", "the file of the token holds none", "the answer holds none",
        "the signing key cannot be read", "the signing key is neither RSA of 2048 bits or more nor P-384",
        "StoreError", "SSLError", "OSError", "FileNotFoundError", "PermissionError", "ValueError",
        "GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "AA", "AE", "AR", "CA", "CE", "CR",
    )
)  # fmt: skip
_NUMBER: Final = re.compile(r"(?<![\w-])\d{1,3}(?![\w-])")
_BETWEEN: Final = re.compile(r": |, ")


def is_constant(text: str) -> bool:
    """Whether a text is made of the phrases of the list and of small numbers alone.

    >>> is_constant("given up after 24 hours: http 503: throttled"), is_constant("http 503: Doe"), is_constant("http 4711081")
    (True, False, False)
    """
    parts = [_NUMBER.sub("#", part) for part in _BETWEEN.split(text)]
    return len(parts) < 10 and parts[0] != "#" and PHRASES.issuperset(parts)
