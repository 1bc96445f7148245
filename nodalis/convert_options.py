"""The options of ``nodalis convert``, in the groups of its help. Those of a report's context are names of ``surroundings``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from .surroundings import NAMES


class FhirFormat(StrEnum):
    BULK = "bulk"
    COLLECTION = "collection"
    TRANSACTION = "transaction"
    DOCUMENT = "document"


class Compressed(StrEnum):
    NONE = "none"
    GZIP = "gzip"
    ZSTD = "zstd"


class Engine(StrEnum):
    LOCAL = "local"
    SPARK = "spark"


class FhirVersion(StrEnum):
    R4 = "R4"
    R5 = "R5"


class Profile(StrEnum):
    MCODE = "mcode"
    BASE = "base"


class Validation(StrEnum):
    ALL = "all"
    SAMPLE = "sample"
    OFF = "off"


# A command line is seen by all users of the machine and kept in the shell's history, so no option takes a patient's name or birth date.
# Nor does one take a report's number: all reports of a run would share it.
NOT_OPTIONS: Final = frozenset({"family", "given", "birth_date", "report_id"})
FLAGS: Final = tuple(name for name in NAMES if name not in NOT_OPTIONS)


def _input(*names: str, **rest: Any) -> Any:
    return typer.Option(*names, rich_help_panel="Input", **rest)


def _context(name: str, metavar: str | None, help: str) -> Any:
    return typer.Option(name, metavar=metavar, help=help, rich_help_panel="Context: what holds for all reports of the run")


def _form(*names: str, **rest: Any) -> Any:
    return typer.Option(*names, rich_help_panel="Form", **rest)


def _output(*names: str, **rest: Any) -> Any:
    return typer.Option(*names, rich_help_panel="Output", **rest)


_SHEET_HELP = "What is known of each report: a CSV with its id, any of the names under Context, report_id, family, given, birth_date."
Sheet = Annotated[Path | None, _input("--context", metavar="FILE.csv", help=_SHEET_HELP)]
Rules = Annotated[Path | None, _input("--grammar", metavar="PATH", help="Your own rules, used together with the built-in ones.")]
TEXT_COLUMN_HELP: Final = "The column of the texts, in a CSV or Parquet file."
ID_COLUMN_HELP: Final = "The column of the ids, in a CSV or Parquet file."
TextColumn = Annotated[str, _input("--text-column", metavar="NAME", help=TEXT_COLUMN_HELP)]
IdColumn = Annotated[str, _input("--id-column", metavar="NAME", help=ID_COLUMN_HELP)]

Out = Annotated[str, _output("-o", "--out", metavar="OUT", help="The folder to write to; made if it is not there.")]
_FORMAT_HELP = (
    "Bulk data: one NDJSON file a resource type, with a table of facts and a summary. Or a Bundle a report: to keep (collection), "
    "to post to a server (transaction), a FHIR document."
)
Format = Annotated[FhirFormat, _output("--format", help=_FORMAT_HELP)]
Compress = Annotated[Compressed, _output("--compress", help="How the NDJSON files are packed.")]
Workers = Annotated[int | None, _output("--workers", metavar="N", min=1, help="Processes. Default: one for each core.", show_default=False)]
_ENGINE_HELP = "What does the work: processes of this machine, or Spark, which reads Parquet and needs 'nodalis[spark]' and Java 17."
Engines = Annotated[Engine, _output("--engine", help=_ENGINE_HELP)]
Master = Annotated[str | None, _output("--master", metavar="URL", help="Where Spark runs. Default: local[*], all cores of this machine.")]
Validate = Annotated[Validation, _output("--validate", help="Check by our own rules and fhir.resources: all, every 50th, or none.")]

Version = Annotated[FhirVersion, _form("--fhir-version", metavar="R4|R5", case_sensitive=False, help="The version of FHIR.")]
Profiles = Annotated[Profile, _form("--profile", help="Claim the profiles of mCODE, or none.")]
Edition = Annotated[str, _form("--edition", metavar="EDITION", help="The edition whose category is exported.")]
International = Annotated[bool, _form("--international", help="Leave out codes that only US editions hold.")]
Quotes = Annotated[bool, _form("--quotes", help="Put the report's own words into notes. They may name the patient.")]
WithText = Annotated[bool, _form("--with-text", help="Send the text as well, as DocumentReference. It names the patient.")]

Issuer = Annotated[str, _context("--issuer", "URI", "Whose report numbers the ids are: the ids of all resources depend on it.")]
Subject = Annotated[str | None, _context("--subject", "REF", "The patient.")]
PatientSex = Annotated[str | None, _context("--sex", "SEX", "Of the patient, female or male: chooses the code of the cancer.")]
Encounter = Annotated[str | None, _context("--encounter", "REF", "The visit the specimens were taken at.")]
Condition = Annotated[str | None, _context("--condition", "REF", "Your Condition of the cancer. Default: each report gives one.")]
Specimen = Annotated[str | None, _context("--specimen", "REF", "Your Specimen of the whole report.")]
Accession = Annotated[str | None, _context("--accession", "NUMBER", "The laboratory's number of the specimens.")]
Collected = Annotated[str | None, _context("--collected", "DATE", "When the specimens were taken.")]
Effective = Annotated[str | None, _context("--effective", "DATE", "When the findings hold.")]
Issued = Annotated[str | None, _context("--issued", "TIME", "When the laboratory released the report.")]
_STATUS_HELP = (
    "What the laboratory says of the report: preliminary, final, amended, corrected, entered-in-error. "
    "Default: final; what needs review is preliminary."
)
Status = Annotated[str | None, _context("--status", "STATUS", _STATUS_HELP)]
Performer = Annotated[str | None, _context("--performer", "REF", "Who answers for the report.")]
Reviewer = Annotated[str | None, _context("--reviewer", "REF", "Who has read the values against the text.")]
Source = Annotated[str | None, _context("--source", "REF", "Where the text is kept.")]
_RECORDED_HELP = "When this is exported. Default: nothing, or with --format document the time of the run."
Recorded = Annotated[str | None, _context("--recorded", "TIME", _RECORDED_HELP)]
