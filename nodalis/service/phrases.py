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
        "words outside of messages: expected HL7 v2, a message begins with MSH",
        "no message in it: expected HL7 v2, a message begins with MSH",
        "in UTF-16: expected ASCII, 8859 or UTF-8, which the marks of messages are made of", "no message in it: expected MSH",
        "cut off: the trailer of its batch (BTS, FTS) is missing, and there may be messages missing",
        "a batch begins before the one before it ends (BHS): there may be messages missing",
        "a batch begins before the one before it ends (FHS): there may be messages missing",
        "no number of a report: expected OBR-3", "the number of the report (OBR-3) holds signs that cannot be printed",
        # of documents in OBX-5
        "its text is HTML or XML within OBX-5: expected plain text", "its text is only a pointer (RP), and nothing is fetched",
        "not text: binary data", "not text: neither UTF-8, UTF-16 with a byte order mark, nor Windows-1252", "not base64", "not a PDF",
        "a PDF without text: its pages are empty, or nothing on them could be read", "a damaged PDF, or one that is cut off",
        "not a whole RTF document: it is cut off or its braces do not match", "a scanned PDF of more than # pages: expected one report",
        "of a kind that is not read: expected plain text, RTF or PDF", "text too long: the limit is # characters a report",
        "PDF needs pypdfium2, the extra pdf: pip install 'nodalis[pdf]'",
        "a scanned PDF, which needs tesseract on the PATH (on Debian: apt-get install tesseract-ocr)",
        # why the versions of a report are unclear
        "BTS-1 says another number of messages than there are: some may be missing",
        "FTS-1 says another number of batches than there are: some may be missing",
        "it was taken back, and another version is not clearly earlier",
        "an addendum, and the report that it adds to is not there or not final",
        "it became final without its text (OBX-11 U), and no earlier preliminary report is there",
        "it became final without its text (OBX-11 U), and there is a later text than the preliminary one",
        "two versions of the same status, and their times do not tell which is the later one",
        "a version of a lower status is later than that of a higher one, or their times do not tell",
        "preliminary or without result after it was final",
        "preliminary and final, and their times do not tell which is the later one",
        "an addendum comes with another text of the report than that which it adds to",
        "an addendum is not later than the report, or their times do not tell, and the report does not hold it",
        "two addenda, and their times do not tell which is the later one",
        "a version names no number of its patient (PID-3)", "versions of one number are about different patients",
        "the number of the patient (PID-3) differs between versions",
        "the name and the birth date of the patient differ between versions",
        "it names no number of its patient that is of a known kind (PID-3)",
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
        "preliminary", "without_result", "no_version", "wrong_patient", "the process that read it ended", "another version had facts",
        "no_fact", "set_aside", "decided about another reading", "no_patient",
        *IssueKind,
    )
)  # fmt: skip

_BEGINNING: Final = re.compile(rf"(?:{IssueKind.VERSIONS_UNCLEAR}|the (?:RTF|PDF|data) in OBX-5(?: \(ED\))?): ")
_NUMBER: Final = re.compile(r"(?<![\w^-])\d{1,3}(?:,\d{3})*(?![\w^/-])")
_BETWEEN: Final = re.compile(r": |, ")


def is_constant(text: str) -> bool:
    """Whether a text is made of the phrases of the list and of small numbers alone.

    >>> is_constant("given up after 24 hours: http 503: throttled"), is_constant("more than 10,000 segments")
    (True, True)
    >>> is_constant("http 503: Doe"), is_constant("http 4711081"), is_constant("081")
    (False, False, False)
    """
    whole = text[begun.end() :] if (begun := _BEGINNING.match(text)) else text
    if whole in _WHOLE or _NUMBER.sub("#", whole) in _WHOLE:
        return True
    parts = [_NUMBER.sub("#", part) for part in _BETWEEN.split(text)]
    return len(parts) < 10 and parts[0] != "#" and _PARTS.issuperset(parts)
