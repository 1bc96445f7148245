"""Memory of one process over 2,000 reports: one Bundle a report, and bulk data with the table of facts."""

from __future__ import annotations

import tempfile
from pathlib import Path

from .results import Figures, figures, goal
from .texts import Texts, write_rows
from .watch import watch

_REPORTS, _BUNDLES_MB = 2_000, 100
_FORMS = {"collection": "FHIR, a Bundle a report", "bulk": "FHIR bulk data and facts.parquet, by pyarrow"}


def measure(texts: Texts) -> Figures:
    """The memory of each form at its highest, in MB."""
    rows: list[Figures] = []
    with tempfile.TemporaryDirectory() as folder:
        reports = Path(folder, "reports.jsonl")
        write_rows(reports, texts.varied(_REPORTS, 0))
        for form, title in _FORMS.items():
            used = watch(["convert", str(reports), "-o", str(Path(folder, form)), "--format", form, "--workers", "1"])
            rows.append({"output": title, "reports": _REPORTS, "peak_mb": round(used.peak_mb)})
    bundles = rows[0]["peak_mb"]
    return figures(rows, [goal("text to FHIR, MB", f"under {_BUNDLES_MB}", bundles, bundles < _BUNDLES_MB)])
