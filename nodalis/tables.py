"""The table of ``nodalis extract``: one line a report, for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import BinaryIO

from rich import box
from rich.table import Table
from rich.text import Text

from .terminal import console_on, words

_STYLES = {"accepted": "green", "needs_review": "yellow"}
_DEFAULT_EDITION = "AJCC 8"  # the one shown where none is asked for
_NARROW = 120  # columns of a terminal below which the details are left out
_DETAILS = ("sentinel", "macro/\nmicro/ITC", "largest\nmm", "ENE")
_NUMBERS = ("positive/\nexamined", *_DETAILS[:3])


class ReportTable:
    """Collects rows of ``nodalis.output.row`` and prints them."""

    def __init__(self, editions: Sequence[str]) -> None:
        self._editions = editions or (_DEFAULT_EDITION,)
        self._rows: list[dict[str, Text]] = []

    def add(self, row: Mapping[str, object]) -> None:
        """Add one report."""
        summary, decision, reasons = row["summary"], str(row["decision"]), row["reasons"]
        assert isinstance(summary, Mapping)
        assert isinstance(reasons, Sequence)
        classes = [summary[key] for key in ("macromet_nodes", "micromet_nodes", "itc_nodes")]
        self._rows.append(
            {
                "report": words(row["id"]),
                "decision": Text(decision.replace("_", " "), style=_STYLES.get(decision, "")),
                "positive/\nexamined": _ratio(summary["positive"], summary["examined"]),
                "sentinel": _ratio(summary["sentinel_positive"], summary["sentinel_examined"]),
                "macro/\nmicro/ITC": _ratio(*classes),
                "largest\nmm": words(summary["largest_deposit_mm"]),
                "ENE": words(summary["ene"]),
                "stated": words(summary["pn_stated"]),
                **{edition: _category(summary, edition) for edition in self._editions},
                "reasons": words(", ".join(str(reason).replace("_", " ") for reason in reasons), "yellow"),
            }
        )

    def print(self, stream: BinaryIO) -> None:
        """Print what was added; nothing if nothing was."""
        if not self._rows:
            return
        with console_on(stream) as console:
            shown = [name for name in self._rows[0] if console.width >= _NARROW or name not in _DETAILS]
            table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
            longest = max(row["report"].cell_len for row in self._rows)
            for name in shown:
                # Reasons wrap before anything else does, then long ids.
                fixed = name != "reasons" and (name != "report" or longest <= console.width // 4)
                table.add_column(name, justify="right" if name in _NUMBERS else "left", no_wrap=fixed, overflow="fold")
            for row in self._rows:
                table.add_row(*(row[name] for name in shown))
            console.print(table)


def _category(summary: Mapping[str, object], edition: str) -> Text:
    pn = summary["pn"]
    assert isinstance(pn, Mapping)
    category = words(pn.get(edition), "bold")
    if category.plain and summary["pn_basis"] == "stated":
        category.append(" (stated)", style="dim")
    return category


def _ratio(*values: object) -> Text:
    """Numbers with a slash between; a question mark for what is not stated, nothing where none is."""
    if all(value is None for value in values):
        return Text()
    return Text("/".join("?" if value is None else str(value) for value in values))
