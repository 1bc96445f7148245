"""The body of a request -> JSON of its facts, or one Bundle. A pure function of the body, done in a worker process."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from io import BytesIO
from typing import Any, Final, Literal, TypeAlias, get_args

import orjson

from fhir_export import dumps

from .. import conversion
from ..conversion import Converter, Task
from ..exits import unexpected
from ..output import Row, row
from ..pipeline import load_rules, parsed
from ..readers import Document, Item, ReadError, Unread, fhir, hl7v2, opened, rows, text
from ..readers.document import Source
from ..settings import ReadingSettings

BundleForm: TypeAlias = Literal["collection", "transaction"]
Form: TypeAlias = Literal["facts", "collection", "transaction"]
_ORIGIN: Final = "body"
_ID: Final = "report"  # of a text that comes without one
_SOME_TEXT: Final = b"LEFT BREAST, MASTECTOMY: INVASIVE DUCTAL CARCINOMA. LEFT AXILLA: 0 OF 2 LYMPH NODES."
OPERATION: Final = "operation"
_EXPECTED: Final = "expected a DiagnosticReport, or Parameters with one named report and perhaps a code named bundle"


@dataclass(frozen=True, slots=True)
class Job:
    """What to read, and what to make of it."""

    body: bytes = field(repr=False)
    kind: str  # one of KINDS, or OPERATION
    form: Form


@dataclass(frozen=True, slots=True)
class Failure:
    """What gave no report: where in the body, and why. Never words of it."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """JSON, or failures only."""

    json: bytes = field(repr=False)
    failures: tuple[Failure, ...] = ()


class Reader:
    """Reads bodies, with rules that are loaded once; made in a worker process, and called there.

    Raises:
        FatalError: the rules or the settings are wrong.
    """

    def __init__(self, settings: ReadingSettings) -> None:
        self._grammar = load_rules(settings.grammar)
        flags = {"issuer": settings.issuer}
        self._converters = {form: Converter(replace(conversion.Settings.of(settings, form), flags=flags)) for form in get_args(BundleForm)}
        for form in get_args(Form):  # once, so that the first report does not wait for what is loaded at the first use
            self._outcome(Job(_SOME_TEXT, "text", form))

    def __call__(self, job: Job) -> Outcome:
        """What became of a job."""
        try:
            return self._outcome(job)
        except Exception as error:  # a fault of ours; its message may quote the report
            return Outcome(b"", (Failure("", unexpected(error)),))

    def _outcome(self, job: Job) -> Outcome:
        """The facts of each report with what failed, or the Bundle of all of them: then nothing may fail."""
        if job.kind == OPERATION:
            return self._operation(job)
        items = _read(KINDS[job.kind](job.body))
        return self._facts(items) if job.form == "facts" else self._bundle(items, job.form)

    def _operation(self, job: Job) -> Outcome:
        """The Bundle of a DiagnosticReport, which is the body or a parameter of it."""
        try:
            report, form = _parameters(orjson.loads(job.body), job.form)
        except (orjson.JSONDecodeError, ValueError):
            return Outcome(b"", (Failure("", _EXPECTED),))
        return self._bundle(_read(fhir.resources(report, _ORIGIN, 0)), form)

    def _facts(self, items: Sequence[Document | ReadError]) -> Outcome:
        found: list[Row] = []
        failures: list[Failure] = []
        for item in items:
            report = item if isinstance(item, ReadError) else parsed(item, self._grammar)
            if isinstance(report, ReadError):
                failures.append(_failure(report))
            elif isinstance(item, Document):
                found.append(row(item.id, report, (), item.encoding))
        if not found:
            return Outcome(b"", tuple(failures))
        failed = [{"place": failure.place, "reason": failure.reason} for failure in failures]
        return Outcome(orjson.dumps({"reports": found, "failed": failed}), tuple(failures))

    def _bundle(self, items: Sequence[Document | ReadError], form: BundleForm) -> Outcome:
        converted = [item if isinstance(item, ReadError) else self._converters[form].convert(Task(0, item)) for item in items]
        failures = tuple(_failure(item) for item in converted if isinstance(item, ReadError))
        bundles = [bundle for item in converted if not isinstance(item, ReadError) for _, bundle in item.resources]
        if failures or not bundles:
            return Outcome(b"", failures)
        if len(bundles) == 1:
            return Outcome(bundles[0])
        entries = [entry for bundle in bundles for entry in json.loads(bundle, parse_float=Decimal).get("entry", ())]
        if len({entry["fullUrl"] for entry in entries}) < len(entries):
            return Outcome(b"", (Failure("", "two of its reports have one number: expected one version a request"),))
        return Outcome(dumps({"resourceType": "Bundle", "type": form, **({"entry": entries} if entries else {})}))


def _read(items: Iterator[Item]) -> list[Document | ReadError]:
    return [opened(item) if isinstance(item, Unread) else item for item in items]


def _parameters(resource: Any, form: Form) -> tuple[dict[str, Any], Any]:
    """The report and the form; ValueError if they are not there."""
    given: list[Any] = [{"name": "report", "resource": resource}]
    if isinstance(resource, dict) and resource.get("resourceType") == "Parameters":
        listed = resource.get("parameter")
        given = listed if isinstance(listed, list) else []
    known = [item for item in given if isinstance(item, dict) and item.get("name") in ("report", "bundle")]
    named = {item["name"]: item for item in known}
    report = named.get("report", {}).get("resource")
    wanted = named["bundle"].get("valueCode") if "bundle" in named else form
    if (
        len(named) < len(known)
        or not isinstance(report, dict)
        or report.get("resourceType") != "DiagnosticReport"
        or wanted not in get_args(BundleForm)
    ):
        raise ValueError
    return report, wanted


def _failure(error: ReadError) -> Failure:
    return Failure(error.origin.removeprefix(_ORIGIN).removeprefix(": "), error.reason)


def _source(body: bytes) -> Source:
    return Source(BytesIO(body), _ORIGIN, _ID)


def _row(body: bytes) -> Iterator[Item]:
    """The one row of JSON that is the body, over however many lines."""
    try:
        line = orjson.dumps(orjson.loads(body))
    except orjson.JSONDecodeError:
        yield ReadError(_ORIGIN, "not JSON in UTF-8")
        return
    for item in rows.read(_source(line)):
        yield ReadError(_ORIGIN, item.reason) if isinstance(item, ReadError) else replace(item, origin=_ORIGIN)


KINDS: Final[dict[str, Callable[[bytes], Iterator[Item]]]] = {
    "text": lambda body: text.read(_source(body)),
    "hl7v2": lambda body: hl7v2.read(_source(body)),
    "fhir": lambda body: fhir.read(_source(body)),
    "json": _row,
}
