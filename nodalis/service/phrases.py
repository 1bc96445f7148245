"""The phrases that reasons in the log are made of: a closed list, since a reason is a text of a log line.

"#" stands for a number of up to three digits, or of groups of three. What is not here still stands in the store, where
``nodalis queue`` shows it.
"""

from __future__ import annotations

import re
from typing import Final

from parser.model import IssueKind

# Whole reasons: why a connection ended or was refused, why a message can never be read.
_WHOLE: Final = frozenset(
    (
        "the peer was done", "the peer closed within a message", "what came was not MLLP", "a message took too long to come",
        "no message came", "answers were not taken", "the network broke it", "no answer can be given", "the listener stopped",
        "an error of our own", "too many connections", "not the address of a peer", "not the certificate of a peer",
        "no TLS, or no certificate that is trusted",
        "an empty frame", "an end mark (FS) stands inside it", "a second start mark (VT) stands inside it",
        "longer than a message may be; only its beginning was kept", "goes on behind its end mark (FS)",
        "cut off: its end mark (FS) is missing", "cut off: its last segment has no end", "longer than # bytes", "more than # segments",
        "a line in it may be a segment or text: its name is none that HL7 has for segments",
        "an acknowledgment", "an acknowledgment, which holds no report", "the same message was refused before",
        "the message cannot be stored at this time", "not a message with results: expected ORU^R01 or MDM^T02 in MSH-9",
        "no control id: expected MSH-10", "its control id (MSH-10) is none",
        "the delimiters in MSH-1 and MSH-2 are missing or not distinct", "the delimiters in MSH-1 and MSH-2 are none that can be read",
        "its character set (MSH-18) is none that is read: expected ASCII, 8859/1 to 8859/9, 8859/15 or UNICODE UTF-8",
        "not text: not in the character set that MSH-18 names", "more than # RTF or PDF documents in OBX-5: expected those of one report",
        "no number of a report: expected OBR-3, or TXA-15 or TXA-12", "no OBR segment: it holds no report",
        "several OBR segments, and not all of them have a number (OBR-3)", "holds more than one patient",
        "for training, not for production (MSH-11 T)", "for debugging, not for production (MSH-11 D)",
        "several TXA segments: expected one document in a message", "no TXA segment: expected one document in a message",
        "no text in it: expected OBX segments with a text (FT, TX, ST, ED)",
        "the signing key is neither RSA of 2048 bits or more nor P-384",
    )
)  # fmt: skip

# Parts of reasons, with ": " or ", " between them: what a FHIR server answered, why a report needs review.
_PARTS: Final = frozenset(
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
        "the signing key cannot be read",
        "StoreError", "SSLError", "OSError", "FileNotFoundError", "PermissionError", "ValueError",
        "GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "AA", "AE", "AR", "CA", "CE", "CR", "none",
        "received", "extracted", "exported", "review", "quarantined", "dead",
        *IssueKind,
    )
)  # fmt: skip

_NUMBER: Final = re.compile(r"(?<![\w^-])\d{1,3}(?:,\d{3})*(?![\w^/-])")
_BETWEEN: Final = re.compile(r": |, ")


def is_constant(text: str) -> bool:
    """Whether a text is made of the phrases of the list and of small numbers alone.

    >>> is_constant("given up after 24 hours: http 503: throttled"), is_constant("more than 10,000 segments")
    (True, True)
    >>> is_constant("http 503: Doe"), is_constant("http 4711081"), is_constant("081")
    (False, False, False)
    """
    if text in _WHOLE or _NUMBER.sub("#", text) in _WHOLE:
        return True
    parts = [_NUMBER.sub("#", part) for part in _BETWEEN.split(text)]
    return len(parts) < 10 and parts[0] != "#" and _PARTS.issuperset(parts)
