"""What an evaluation shows beside its figures: the confusion matrix, the errors, the decisions and their reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .category_order import clinical_order
from .exits import FatalError
from .scoring import FIELDS, Object, Score, agrees, merged, our_category, reader_category, score, value

NOTHING = "none"  # the row and the column of no category
MATRIX_EDITION = "AJCC 8"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One value that is not the reader's."""

    id: str
    field: str
    ours: object
    reader: object
    accepted: bool
    words: str = ""  # report text, only where it was asked for


@dataclass(frozen=True, slots=True)
class Matrix:
    """How often our category (columns) met the reader's (rows)."""

    labels: tuple[str, ...]
    counts: Mapping[tuple[str, str], int]  # (reader, ours) -> reports


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything a page or a terminal shows."""

    figures: Score
    matrix: Matrix
    wrong: tuple[Disagreement, ...]  # accepted, and not the reader's category: the list to read first
    errors: tuple[Disagreement, ...]  # all other disagreements, by field
    decisions: Mapping[str, int]
    reasons: Mapping[str, int]


def evaluate(mine: Mapping[str, Object], gold: Mapping[str, Object], quotes: bool = False) -> Evaluation:
    """Compare predictions with annotations, both by id."""
    fields = [field for field in FIELDS if any(field in row for row in gold.values())]
    disagreements = _category_errors(mine, gold, quotes) + _field_errors(mine, gold, fields, quotes)
    judged = [mine[id_] for id_ in gold if id_ in mine]
    reasons = Counter(str(reason) for row in judged for reason in _items(row.get("reasons")))
    return Evaluation(
        figures=score(mine, gold, fields),
        matrix=_matrix(mine, gold),
        wrong=tuple(item for item in disagreements if item.accepted and item.field == "pN"),
        errors=tuple(item for item in disagreements if not (item.accepted and item.field == "pN")),
        decisions=dict(Counter(str(row.get("decision")) for row in judged)),
        reasons=dict(reasons.most_common()),
    )


def read_annotations(path: Path) -> dict[str, Object]:
    """The rows of an annotation file by id.

    Raises:
        FatalError: no such file, or rows that are no objects with an ``id``: one line for each, without its content.
    """
    import orjson

    rows: dict[str, Object] = {}
    problems: list[str] = []
    try:
        lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").splitlines()
    except OSError as error:
        raise FatalError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError:
            row = None
        if not isinstance(row, dict) or not isinstance(row.get("id"), str):
            problems.append(f'{path}: line {number}: not an object with "id"')
        elif row["id"] in rows:
            problems.append(f"{path}: line {number}: this id has a row already")
        else:
            rows[row["id"]] = row
    if problems:
        raise FatalError(*problems)
    if not rows:
        raise FatalError(f"{path}: no annotation")
    return rows


def _matrix(mine: Mapping[str, Object], gold: Mapping[str, Object]) -> Matrix:
    counts: Counter[tuple[str, str]] = Counter()
    for id_, row in gold.items():
        ours = our_category(mine.get(id_), MATRIX_EDITION)
        counts[merged(reader_category(row, MATRIX_EDITION, ours)) or NOTHING, merged(ours) or NOTHING] += 1
    used = {label for pair in counts for label in pair}
    return Matrix((*sorted(used - {NOTHING}, key=clinical_order), *({NOTHING} & used)), dict(counts))


def _category_errors(mine: Mapping[str, Object], gold: Mapping[str, Object], quotes: bool) -> list[Disagreement]:
    found = []
    for id_, row in gold.items():
        ours = our_category(mine.get(id_), MATRIX_EDITION)
        reader = reader_category(row, MATRIX_EDITION, ours)
        if merged(ours) != merged(reader):
            found.append(_disagreement(id_, "pN", ours, reader, mine.get(id_), row, quotes))
    return found


def _field_errors(mine: Mapping[str, Object], gold: Mapping[str, Object], fields: Sequence[str], quotes: bool) -> list[Disagreement]:
    return [
        _disagreement(id_, field, ours, row.get(field), mine.get(id_), row, quotes)
        for field in fields
        for id_, row in gold.items()
        if not agrees(field, ours := value(mine.get(id_), field), row)
    ]


def _disagreement(id_: str, field: str, ours: object, reader: object, prediction: Object | None, row: Object, quotes: bool) -> Disagreement:
    accepted = (prediction or {}).get("decision") == "accepted"
    return Disagreement(id_, field, ours, reader, accepted, _words(field, prediction, row) if quotes else "")


def _words(field: str, prediction: Object | None, row: Object) -> str:
    """The words behind our value and those that the reader noted."""
    key = {"pN": "pn_stated"}.get(field, field)
    reader_key = {"pN": "pn", "largest_deposit_mm": "deposit"}.get(field, field)
    evidence = (prediction or {}).get("evidence")
    ours = _items(evidence.get(key)) if isinstance(evidence, Mapping) else []
    quotes = [str(item["quote"]) for item in ours if isinstance(item, Mapping)]
    noted = row.get("evidence")
    reader = noted.get(reader_key) if isinstance(noted, Mapping) else None
    return " | ".join(part for part in (f"ours: {' … '.join(quotes)}" if quotes else "", f"reader: {reader}" if reader else "") if part)


def _items(value: object) -> Iterable[object]:
    return value if isinstance(value, (list, tuple)) else ()
