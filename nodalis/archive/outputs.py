"""The files beside the summary page, as the page tells of them: what each holds, and a line that opens it."""

from __future__ import annotations

from html import escape
from typing import Final

from ..spreadsheet import edition_column

_PANDAS: Final = 'pandas.read_parquet("facts.parquet").groupby("year").examined.quantile([.25, .5, .75])'


def outputs(edition: str, failed: bool) -> str:
    """The files of a run. ``failed``: whether inputs failed, which have a file of their own."""
    by_category = f"SELECT {edition_column(edition)}, count(*) FROM 'facts.parquet' WHERE decision = 'accepted' GROUP BY ALL ORDER BY ALL"
    parts = [
        _file("facts.parquet", "One typed row a report: counts, sizes, the categories of every edition, decision and reasons."),
        _line("What to review, in DuckDB:", _duckdb("SELECT id, reasons FROM 'facts.parquet' WHERE decision = 'needs_review'", "-csv ")),
        _line("Accepted reports by category, in DuckDB:", _duckdb(by_category)),
        _line("Nodes examined by year, in pandas:", _PANDAS),
    ]
    if failed:
        parts += [
            _file("failed.ndjson", "What failed, one OperationOutcome a line."),
            _line(
                "Where, and why, in DuckDB:", _duckdb("SELECT issue[1].diagnostics, issue[1].details.text FROM 'failed.ndjson'", "-csv ")
            ),
        ]
    parts += [
        _file(
            "Observation.*.ndjson, Condition.*.ndjson, and others",
            "FHIR resources, one a line, in files by type, as servers import them in bulk. Packed ones end in .gz or .zst.",
        ),
        _line("Observations by status, in DuckDB:", _duckdb("SELECT status, count(*) FROM read_ndjson('Observation.*') GROUP BY ALL")),
        _file("manifest.json", "All files with counts, sizes and SHA-256, as FHIR Bulk Data lists them."),
    ]
    return "".join(parts)


def _duckdb(query: str, option: str = "") -> str:
    return f'duckdb {option}-c "{query}"'


def _file(name: str, holds: str) -> str:
    return f"<h3><code>{escape(name)}</code></h3><p>{escape(holds)}</p>"


def _line(does: str, line: str) -> str:
    return f'<p class="soft">{escape(does)}</p><pre>{escape(line)}</pre>'
