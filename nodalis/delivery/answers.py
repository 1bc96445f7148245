"""What a server's answer to a transaction means: delivered, to be sent again, or never to be taken.

A reason is made of HTTP statuses and of codes of FHIR's own list of issue types. What a server writes besides may quote the
report, so it is read here and goes nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import BaseModel, Field, PrivateAttr, ValidationError

LONGEST_WAIT_SECONDS: Final = 300.0

# http://hl7.org/fhir/R4/valueset-issue-type.html
_TRANSIENT: Final = frozenset(("transient", "lock-error", "no-store", "exception", "timeout", "incomplete", "throttled"))
_LASTING: Final = frozenset(
    ("invalid", "structure", "required", "value", "invariant", "security", "login", "unknown", "expired", "forbidden", "suppressed",
     "processing", "not-supported", "duplicate", "multiple-matches", "not-found", "deleted", "too-long", "code-invalid", "extension",
     "too-costly", "business-rule", "conflict")
)  # fmt: skip
_NAMED: Final = {
    401: "not authorised",
    409: "conflict with another writer",
    410: "the patient or another resource is gone",
    412: "precondition failed",
    413: "larger than the server takes",
}
_RETRIED_4XX: Final = frozenset((408, 425, 429))
_GONE: Final = frozenset((404, 410))  # as good as deleted


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered, as far as it was read."""

    status: int
    headers: Mapping[str, str]  # names in any case
    body: bytes
    is_cut: bool = False  # longer than what is read of an answer


@dataclass(frozen=True, slots=True)
class Delivered:
    """The server has all of it."""


@dataclass(frozen=True, slots=True)
class Retry:
    """It may be taken later: after the seconds that the server asked for, if it did."""

    reason: str
    after: float | None = None
    of_server: bool = True  # the server's trouble, and not this bundle's
    unsettled: bool = False  # the server may still be at work on it


@dataclass(frozen=True, slots=True)
class Reread:
    """Another writer came between: what is to be sent is read again and sent, a few times."""

    reason: str


@dataclass(frozen=True, slots=True)
class Reauthorise:
    """The token is not taken, or no longer."""


@dataclass(frozen=True, slots=True)
class Gone:
    """Nothing was done: something that it would delete is gone already."""

    reason: str


@dataclass(frozen=True, slots=True)
class Dead:
    """It will never be taken as it is."""

    reason: str


Outcome: TypeAlias = Delivered | Retry | Reread | Reauthorise | Gone | Dead


class _Request(BaseModel):
    method: str
    url: str


class _Sent(BaseModel):
    request: _Request


class Transaction(BaseModel):
    """What must be known of a Bundle to judge the answer to it."""

    entry: tuple[_Sent, ...] = ()
    _searches_patients: bool = PrivateAttr(False)

    @classmethod
    def of(cls, bundle: bytes) -> Transaction:
        """A Bundle as it is sent."""
        read = cls.model_validate_json(bundle)
        read._searches_patients = b'"Patient?' in bundle
        return read

    @property
    def deletes(self) -> bool:
        """Whether anything is deleted."""
        return any(one.request.method == "DELETE" for one in self.entry)

    @property
    def searches_patients(self) -> bool:
        """Whether a patient is named by a search, a conditional reference: the server may not know the patient yet."""
        return self._searches_patients


class _Issue(BaseModel):
    severity: str
    code: str


class _OperationOutcome(BaseModel):
    resourceType: Literal["OperationOutcome"]
    issue: tuple[_Issue, ...]


class _Response(BaseModel):
    status: Annotated[str, Field(pattern=r"^[1-5][0-9][0-9]\b")]
    location: str | None = None


class _Answered(BaseModel):
    response: _Response


class _TransactionResponse(BaseModel):
    resourceType: Literal["Bundle"]
    type: Literal["transaction-response", "batch-response"]
    entry: tuple[_Answered, ...] = ()


def judge(answer: Answer, sent: Transaction, now: datetime) -> Outcome:
    """What an answer to a transaction means."""
    status = answer.status
    if 200 <= status < 300:
        return _of_success(answer, sent)
    codes = _codes(answer.body)
    reason = _reason(status, codes)
    if status == 401:
        return Reauthorise()
    if status == 409:
        return Reread(reason)
    if status in _RETRIED_4XX or status >= 500:
        return Retry(reason, _asked_for(answer.headers, now), unsettled=status == 504)
    if status < 400:  # nothing that is asked for redirects; it is followed nowhere, whoever asks
        return Retry(f"http {status}: redirected")
    if sent.searches_patients and (status == 404 or (status in (400, 412, 422) and codes == ["not-found"])):
        return Retry("no such patient yet", of_server=False)
    if status in _GONE and sent.deletes and codes and set(codes) <= {"not-found", "deleted"}:
        return Gone(reason)
    return Dead(reason)


def _of_success(answer: Answer, sent: Transaction) -> Outcome:
    if answer.is_cut:
        return Retry("the answer is too long")
    if codes := _codes(answer.body):
        reason = _reason(answer.status, codes)
        if set(codes) <= _TRANSIENT:
            return Retry(reason)
        return Reread(reason) if codes == ["conflict"] else Dead(reason)
    try:
        answered = _TransactionResponse.model_validate_json(answer.body).entry
    except ValidationError:  # HTML of something in between, an empty body: nothing says that anything was stored
        return Retry("the answer is no transaction-response")
    if len(answered) != len(sent.entry):
        return Dead(f"{len(answered)} of {len(sent.entry)} entries were answered")
    pairs = [(entry.request, one.response) for entry, one in zip(sent.entry, answered, strict=True)]
    failed = sorted({status for request, one in pairs if not _is_done(request, status := int(one.status[:3]))})
    if failed:
        return _of_entries(failed)
    if any(request.method == "PUT" and not _is_at(request.url, one.location) for request, one in pairs):
        return Dead("the server gave resources ids of its own")
    return Delivered()


def _of_entries(failed: list[int]) -> Outcome:
    """What entries that were not taken mean, in an answer that says success."""
    reason = f"entries were not taken: http {', '.join(map(str, failed))}"
    if any(status < 500 and status not in _RETRIED_4XX and status != 409 for status in failed):
        return Dead(reason)
    return Reread(reason) if 409 in failed else Retry(reason)


def _is_done(request: _Request, status: int) -> bool:
    return 200 <= status < 300 or (request.method == "DELETE" and status in _GONE)


def _is_at(url: str, location: str | None) -> bool:
    """Whether the resource is where it was put, as far as the server says where it is."""
    if not location:
        return True
    place = location.split("/_history/")[0].rstrip("/")
    return place == url or place.endswith(f"/{url}")


def _codes(body: bytes) -> list[str]:
    """Each code of the errors of an OperationOutcome, "other" for what FHIR does not know; none where it tells of no error."""
    try:
        issues = _OperationOutcome.model_validate_json(body).issue
    except ValidationError:
        return []
    errors = {issue.code for issue in issues if issue.severity in ("error", "fatal")}
    return sorted({code if code in _TRANSIENT or code in _LASTING else "other" for code in errors})


def _reason(status: int, codes: Iterable[str]) -> str:
    told = ", ".join(codes) or _NAMED.get(status, "")
    return f"http {status}: {told}" if told else f"http {status}"


def _asked_for(headers: Mapping[str, str], now: datetime) -> float | None:
    """The seconds of a Retry-After, which may be a date by the server's own clock."""
    found = {name.lower(): value.strip() for name, value in headers.items()}
    value = found.get("retry-after", "")
    if value.isascii() and value.isdigit():
        seconds = float(value[:9])
    elif at := _date(value):
        seconds = (at - (_date(found.get("date", "")) or now)).total_seconds()
    else:
        return None
    return min(seconds, LONGEST_WAIT_SECONDS) if seconds > 0 else None


def _date(value: str) -> datetime | None:
    try:
        read = parsedate_to_datetime(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)
