"""One report -> its FHIR resources as bytes and its row of facts: what every engine, local or Spark, does with a document."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from parser.model import DecisionStatus, Report

from . import __version__, facts
from .exits import UsageError, unexpected
from .pipeline import editions_of, load_rules, parsed
from .readers import Document, ReadError, Unread, opened
from .surroundings import ISSUER, Layer, context_of

if TYPE_CHECKING:
    from fhir_export import Context
    from fhir_export.context import FhirVersion, Profile
    from fhir_export.elements import JsonObject

    from .settings import ReadingSettings

Format = Literal["bulk", "collection", "transaction", "document"]
Validation = Literal["all", "sample", "off"]
_SAMPLE_EVERY: Final = 50
_PROBLEMS_SHOWN: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a run does with every report. Equal settings and rules give equal bytes."""

    format: Format = "bulk"  # resources one by one, or a Bundle a report
    validate: Validation = "off"
    rules: Path | None = None  # the user's own, besides ours
    flags: Mapping[str, str] = field(default_factory=dict, repr=False)  # by names of ``surroundings.NAMES``: what holds for all reports
    with_text: bool = False
    edition: str = "AJCC 8"
    fhir_version: FhirVersion = "R4"
    profile: Profile = "mcode"
    international: bool = False
    quotes: bool = False
    now: str | None = None  # recorded where nothing else says when: a document must say it

    @classmethod
    def of(cls, reading: ReadingSettings, form: Format) -> Settings:
        """What the settings of the services say of every report, in one format.

        Raises:
            UsageError: there is no table for the edition.
        """
        (edition,) = editions_of([reading.edition])
        return cls(
            format=form,
            rules=reading.grammar,
            with_text=reading.with_text,
            edition=edition,
            profile=reading.profile,
            international=reading.international,
            quotes=reading.quotes,
        )


@dataclass(frozen=True, slots=True)
class Task:
    """A document to convert, and what else is known of it."""

    number: int  # among all inputs of the run, from 0
    document: Document | Unread
    sheet: Layer | None = None  # its row of the context CSV


@dataclass(frozen=True, slots=True)
class Converted:
    """What became of one document."""

    id: str
    accepted: bool
    facts: tuple[facts.Fact, ...]  # the values of ``facts.columns``
    resources: tuple[tuple[str, bytes], ...]  # resourceType and JSON without line breaks; one Bundle unless the format is bulk


class Converter:
    """Converts documents, one by one; rules and options are read once.

    Raises:
        FatalError: the rules or the options are wrong.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._grammar = load_rules(settings.rules)
        self._base = _base(settings)
        self._weakest = (Layer("--", settings.flags), Layer("", {"recorded": settings.now} if settings.now else {}))
        # A wrong issuer stays a failure of each input, as a wrong one in a row is.
        early = {name: value for name, value in settings.flags.items() if name != "issuer"}
        try:
            context_of("-", [Layer("--", early)], self._base)
        except ValueError as error:
            raise UsageError(str(error)) from None

    @property
    def rules(self) -> str:
        """The digest of the rules."""
        from parser.grammar import load_grammar

        return (self._grammar or load_grammar()).version

    def convert(self, task: Task) -> Converted | ReadError:
        """Read one document and make its resources; what went wrong is said without a word of the report."""
        with _without_collecting():
            document = opened(task.document) if isinstance(task.document, Unread) else task.document
            if isinstance(document, ReadError):
                return document
            reading = self.read(document, task.sheet)
            return reading if isinstance(reading, ReadError) else self._converted(document, *reading, task.number)

    def read(self, document: Document, sheet: Layer | None = None) -> tuple[Report, Context] | ReadError:
        """The report of a document, and what is known of it besides."""
        report = parsed(document, self._grammar)
        if isinstance(report, ReadError):
            return report
        try:
            return report, self._context(document, sheet)
        except ValueError as error:  # its message says what was expected where, never the value
            return ReadError(document.origin, str(error))

    def _converted(self, document: Document, report: Report, context: Context, number: int) -> Converted | ReadError:
        from fhir_export import ExportError

        try:
            resources = self._resources(report, context, number)
            row = facts.row(document.id, report, context)
        except ExportError as error:
            return ReadError(document.origin, str(error))
        except Exception as error:  # one report that cannot be exported must not stop the others
            return ReadError(document.origin, unexpected(error))
        return Converted(document.id, report.status is DecisionStatus.ACCEPTED, row, resources)

    def _context(self, document: Document, sheet: Layer | None) -> Context:
        """What the report's own row says, then the CSV, then the options."""
        layers = [Layer("context: ", document.context), *([sheet] if sheet else []), *self._weakest]
        context = context_of(document.id, layers, self._base)
        return context.with_values(text=document.text) if self._settings.with_text else context

    def _resources(self, report: Report, context: Context, number: int) -> tuple[tuple[str, bytes], ...]:
        from fhir_export import dumps, to_bundle, to_resources

        if self._settings.format == "bulk":
            made = to_resources(report, context)
        else:
            made = [to_bundle(report, context, form=self._settings.format)]
        if self._settings.validate == "all" or (self._settings.validate == "sample" and number % _SAMPLE_EVERY == 0):
            _ensure_right(made, context)
        return tuple((resource["resourceType"], dumps(resource)) for resource in made)


@contextmanager
def _without_collecting() -> Iterator[None]:
    """A report makes no cycles of objects; to look for some while it is read costs a long one more than all else."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _base(settings: Settings) -> Context:
    """A context with all that is the same for every report."""
    from fhir_export import Context

    try:
        return Context(
            report_id="-",
            issuer=ISSUER,
            software=f"Nodalis {__version__}",
            edition=settings.edition,
            fhir_version=settings.fhir_version,
            profile=settings.profile,
            international=settings.international,
            include_quotes=settings.quotes,
        )
    except ValueError as error:  # options that do not go together
        raise UsageError(str(error)) from None


def _ensure_right(resources: Sequence[JsonObject], context: Context) -> None:
    """Check a Bundle, or the resources of a report, by our own rules, which are those of R4, and their shape with fhir.resources.

    What is wrong is said place by place, never with a value.
    """
    from pydantic import ValidationError

    from fhir_export import ExportError, validate
    from fhir_export.checks import problems

    elsewhere = [item for item in (context.condition, context.specimen) if isinstance(item, str)]
    found = problems(resources, elsewhere) if context.fhir_version == "R4" else []
    for resource in resources:
        try:
            validate(resource, context.fhir_version)
        except ValidationError as error:
            wrong = error.errors(include_input=False, include_url=False)
            found += [f"{resource['resourceType']}.{'.'.join(map(str, item['loc']))} {item['type']}" for item in wrong]
    if found:
        raise ExportError(f"not valid FHIR: {'; '.join(found[:_PROBLEMS_SHOWN])}")
