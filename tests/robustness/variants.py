"""The texts of the robustness tests: the same report written another way, one digit changed, and what scanners misread.

Every function is pure; where something is drawn, the caller gives the generator.
"""

from __future__ import annotations

import json
import random
import re
import signal
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from parser import parse
from parser.model import DecisionStatus, Report, Role

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT.parent / "shared" / "corpus"

PATIENCE_S = 1.0  # a report takes some milliseconds
Change = Callable[[str], str | None]  # None: does not apply to this text


def samples() -> dict[str, str]:
    """Name and text of every sample, as the file has it."""
    return {path.stem: path.read_bytes().decode("utf-8") for path in sorted((ROOT / "samples").glob("*.txt"))}


def truth() -> dict[str, dict[str, object]]:
    """What a reader should find in each sample, by name."""
    lines = (ROOT / "samples" / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    return {row["id"]: row for row in map(json.loads, lines)}


def clear_samples() -> dict[str, str]:
    """The samples whose category a reader would use as it is."""
    rows = truth()
    return {name: text for name, text in samples().items() if rows[name]["decision"] == "accepted"}


def corpus(name: str = "reports.jsonl") -> dict[str, str]:
    """Id and text of the rows of a corpus file."""
    with (CORPUS / name).open(encoding="utf-8") as lines:
        return {row["id"]: row["text"] for row in map(json.loads, lines)}


# ---- facts


def facts(report: Report) -> dict[str, str]:
    """The facts that must not depend on how a report is written, as words."""
    nodes = report.nodes
    values = {
        "examined": nodes.examined, "positive": nodes.positive, "itc": nodes.itc, "micromet": nodes.micromet, "macromet": nodes.macromet,
        "sentinel_examined": nodes.sentinel_examined, "sentinel_positive": nodes.sentinel_positive,
        "largest_deposit": nodes.largest_deposit, "ene": nodes.extranodal_extension,
    }  # fmt: skip
    found = {name: str(value.value) if value is not None else "-" for name, value in values.items()}
    return found | {edition: str(decision.category or "-") for edition, decision in report.staging.items()}


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """What became of which fact: "positive 2 -> 3, AJCC 8 pN1a -> -"; empty where all are the same."""
    return ", ".join(f"{name} {value} -> {after.get(name)}" for name, value in before.items() if after.get(name) != value)


def category(report: Report) -> str | None:
    """The category of the newest edition."""
    found = report.staging["AJCC 8"].category
    return str(found) if found is not None else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one way of changing texts went."""

    texts: int
    failures: Mapping[str, str]  # id -> what went wrong

    @property
    def share(self) -> float:
        """Of the texts that were as they should be, in percent."""
        return 100 * (1 - len(self.failures) / self.texts) if self.texts else 100.0

    def told(self, name: str, hidden: Iterable[str] = ()) -> str:
        """One line with the share, and one for each failure; of hidden ids only the number."""
        kept = set(hidden)
        lines = [f"  {id_}: {what}" for id_, what in self.failures.items() if id_ not in kept]
        not_told = len(self.failures) - len(lines)
        return "\n".join(
            [f"{name}: {self.share:.1f} % of {self.texts}", *lines] + ([f"  and {not_told} held-out reports"] if not_told else [])
        )


@contextmanager
def time_limit(seconds: float = PATIENCE_S) -> Iterator[None]:
    """Raises TimeoutError where the work takes longer: a report that hangs the reader must not hang the tests."""

    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def unchanged(texts: Mapping[str, str], change: Change) -> Outcome:
    """Whether the changed texts give the facts of the texts as they are."""
    failures, tried = {}, 0
    for id_, text in texts.items():
        other = change(text)
        if other is None or other == text:
            continue
        tried += 1
        before = parse(text)
        try:
            with time_limit():
                after = parse(other)
        except TimeoutError:
            failures[id_] = f"no answer in {PATIENCE_S} s"
            continue
        if what := differences(facts(before), facts(after)):
            failures[id_] = f"{what} ({after.status})"
    return Outcome(tried, failures)


# ---- the same report written another way

IRRELEVANT = "GROSS PHOTOGRAPHS: Digital photographs of the specimen were taken and are filed with the request."
_LIST_LINE = re.compile(r"\s*(?:[-*\[(]|\(?\w{1,3}[.):]|PART\b|[A-Z]\. |[\w /()-]{2,40}:)|\s{2,}", re.IGNORECASE)
_COLUMNS = re.compile(r"\S {3,}\S")
_WRAPPED = 60  # a shorter line ended because its author ended it
_GROSS = re.compile(r"(?:GROSS|Gross)(?: DESCRIPTION| Description)?(?::|$)", re.MULTILINE)
_HEADING = re.compile(r"[A-Z][A-Z &()/-]{3,40}(?::|$)|(?:[A-Z][a-z]+ ?){1,3}(?::|$)")


def rewrapped(width: int) -> Change:
    """Paragraphs joined and wrapped at a width. Blank lines, list lines, labels and columns keep their lines."""

    def change(text: str) -> str | None:
        if "\n" not in text.strip():
            return None
        return "\n".join(_wrapped(line, width) for line in _joined(text)) + ("\n" if text.endswith("\n") else "")

    return change


def wrapped_paragraph(width: int) -> Change:
    """A report without line breaks, wrapped at a width."""
    return lambda text: None if "\n" in text.strip() else _wrapped(text.strip(), width)


_SMALL_L = re.compile(r"(?<=[A-Z])l(?=[A-Z])|(?<![A-Za-z])l(?=[A-Z]{2})")


def upper(text: str) -> str | None:
    """All upper case; not where scanning made a small l of a capital I, which would become an L and be another word."""
    return None if _SMALL_L.search(text) else text.upper()


def crlf(text: str) -> str:
    """Line ends of Windows and HL7 gateways."""
    return text.replace("\r\n", "\n").replace("\n", "\r\n")


def doubled_spaces(text: str) -> str:
    """Two spaces for each."""
    return text.replace(" ", "  ")


def trailing_spaces(text: str) -> str:
    """Spaces at the end of every line."""
    return "".join(f"{line}   \n" for line in text.splitlines())


def appended(text: str) -> str:
    """With an irrelevant section at the end."""
    return f"{text.rstrip()}\n\n{IRRELEVANT}\n"


def prepended(text: str) -> str:
    """With an irrelevant section at the beginning."""
    return f"{IRRELEVANT}\n\n{text.lstrip()}"


def gross_moved(text: str) -> str | None:
    """The gross description at the other end of the report; None where no heading shows where it stands."""
    lines = text.rstrip("\n").split("\n")
    start = next((number for number, line in enumerate(lines) if _GROSS.match(line)), None)
    if start is None:
        return None
    end = next((number for number in range(start + 1, len(lines)) if _ends_section(lines, number)), len(lines))
    section, rest = lines[start:end], lines[:start] + lines[end:]
    while section and not section[-1].strip():
        section.pop()
    ordered = [*section, "", *rest] if start > len(lines) / 2 else [*rest, "", *section]
    return "\n".join(ordered) + "\n"


SAME_REPORT: Mapping[str, Change] = {
    "rewrapped_at_60": rewrapped(60),
    "rewrapped_at_100": rewrapped(100),
    "paragraph_wrapped_at_60": wrapped_paragraph(60),
    "paragraph_wrapped_at_100": wrapped_paragraph(100),
    "upper_case": upper,
    "crlf": crlf,
    "doubled_spaces": doubled_spaces,
    "trailing_spaces": trailing_spaces,
    "irrelevant_section_appended": appended,
    "irrelevant_section_prepended": prepended,
    "gross_moved": gross_moved,
}


def _joined(text: str) -> Iterator[str]:
    """The lines an author meant: a line that was wrapped is joined to its beginning."""
    meant: list[str] = []
    last = ""
    for line in text.rstrip("\n").split("\n"):
        continues = len(last) >= _WRAPPED and line.strip() and not _LIST_LINE.match(line) and not _COLUMNS.search(last)
        if continues:
            meant[-1] = f"{meant[-1].rstrip()} {line.strip()}"
        else:
            meant.append(line)
        last = line
    yield from meant


def _wrapped(line: str, width: int) -> str:
    if len(line) <= width or _COLUMNS.search(line):
        return line
    indent = line[: len(line) - len(line.lstrip())]
    return textwrap.fill(
        line.strip(), width, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _ends_section(lines: list[str], number: int) -> bool:
    line = lines[number]
    return bool(_HEADING.match(line)) and (line.isupper() or not lines[number - 1].strip() or line.split(":")[0].isupper())


# ---- one digit changed


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of a text: where, what stands there, what is written instead."""

    start: int
    end: int
    old: str
    new: str

    def apply(self, text: str) -> str:
        """The changed text."""
        return text[: self.start] + self.new + text[self.end :]


def digit_edits(text: str, report: Report, generator: random.Random) -> Iterator[Edit]:
    """One changed digit for each digit of a count that the ledger or a printed total was read from."""
    seen: set[int] = set()
    for finding in report.findings:
        if finding.role not in (Role.LEDGER, Role.CHECK):
            continue
        for name in ("positive", "examined"):
            span = finding.spans.get(name)
            if span is None:
                continue
            for place in range(span.start, span.end):
                if text[place].isascii() and text[place].isdigit() and place not in seen:
                    seen.add(place)
                    yield Edit(place, place + 1, text[place], generator.choice([digit for digit in "0123456789" if digit != text[place]]))


def noticed(before: Report, after: Report) -> bool:
    """Whether a change is seen: another value, or a review."""
    return after.status is DecisionStatus.NEEDS_REVIEW or facts(before) != facts(after)


# ---- what scanners misread

STRENGTHS: Mapping[str, float] = {"weak": 0.002, "medium": 0.01, "strong": 0.03}
_CONFUSED: Mapping[str, tuple[str, ...]] = {
    "O": ("0",), "o": ("0",), "0": ("O", "o"), "l": ("1", "I"), "1": ("l", "I"), "I": ("l", "1"), "/": ("I",), " ": ("", "  "),
    "rn": ("m",), "m": ("rn",),
}  # fmt: skip
_ELIGIBLE = re.compile("rn|[Oo0l1I/ m]")


def noisy(text: str, strength: float, generator: random.Random) -> str:
    """The text with a share of the eligible characters misread."""

    def misread(found: re.Match[str]) -> str:
        return generator.choice(_CONFUSED[found.group()]) if generator.random() < strength else found.group()

    return _ELIGIBLE.sub(misread, text)
