"""The figures on the corpus beside the repository, as one Markdown table: what the documents quote.

    python benchmarks/corpus_figures.py [--corpus ../shared/corpus] [--json]

Annotated reports: all, those to work on, those held out (``docs/evaluation.md`` says how they are divided). Of the reports without
an annotation: how many give the registry's N. Then the two readings of one page, and the reports of other organs. Totals only:
no id and no text of a report is printed.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # the working tree, also where nothing is installed

from nodalis.output import row  # noqa: E402
from nodalis.scoring import Object, Score, merged, our_category, score, value  # noqa: E402
from parser import parse  # noqa: E402

_CORPUS = ROOT.parent / "shared" / "corpus"
_WORKED_ON = 100
_READ_ALIKE = (
    "examined", "positive", "itc_nodes", "micromet_nodes", "macromet_nodes", "sentinel_examined", "sentinel_positive",
    "largest_deposit_mm", "ene",
)  # fmt: skip
_SHOWN = (
    "ene", "ihc_on_nodes", "laterality", "sentinel_examined", "sentinel_positive", "er", "pr", "her2", "grade", "tumor_size_mm",
)  # fmt: skip
_REGISTRY_N = re.compile(r"N(X|\d)", re.IGNORECASE)

Rows = Mapping[str, Object]


def patient(id_: str) -> str:
    """The patient of a report id.

    >>> patient("TCGA-00-0000/t14")
    'TCGA-00-0000'
    """
    return id_.split("/")[0]


def split(ids: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The annotated ids to work on and those held out, by the order of the digests of their patients."""
    ordered = sorted(ids, key=lambda id_: (sha256(patient(id_).encode()).hexdigest(), id_))
    patients = list(dict.fromkeys(patient(id_) for id_ in ordered))
    worked_on = set(patients[:_WORKED_ON])
    return tuple(id_ for id_ in ordered if patient(id_) in worked_on), tuple(id_ for id_ in ordered if patient(id_) not in worked_on)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--corpus", type=Path, default=_CORPUS, help="the folder with reports.jsonl and annotations.jsonl")
    options.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = options.parse_args()
    if not (chosen.corpus / "annotations.jsonl").is_file():
        sys.exit(f"{chosen.corpus}: no annotations.jsonl; the corpus is not part of the project")
    texts = _read(chosen.corpus / "reports.jsonl")
    gold: dict[str, Object] = dict(_read(chosen.corpus / "annotations.jsonl"))
    mine: dict[str, Object] = {id_: _judged(id_, text["text"]) for id_, text in texts.items()}
    worked_on, held_out = split(gold)
    parts = {"all": tuple(gold), "worked on": worked_on, "held out": held_out}
    result: dict[str, Any] = {name: _figures(score(mine, {id_: gold[id_] for id_ in ids})) for name, ids in parts.items()}
    result["registry"] = _registry(mine, set(gold), {item["patient"]: item for item in _rows(chosen.corpus / "registry.jsonl")})
    result["two readings"] = _two_readings(mine, texts)
    result["other organs"] = _other_organs(_read(chosen.corpus / "other_organs.jsonl"))
    print(json.dumps(result, indent=1) if chosen.json else _shown(result, list(parts)))
    return 0


def _rows(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def _read(path: Path) -> dict[str, dict[str, Any]]:
    return {item["id"]: item for item in _rows(path)}


def _judged(id_: str, text: str) -> Object:
    whole = row(id_, parse(text))
    return {key: whole[key] for key in ("decision", "summary", "issues")}


def _figures(found: Score) -> dict[str, float | int]:
    """The figures that docs/evaluation.md names, shares from 0 to 1."""
    newest, deposit = found.editions["AJCC 8"], found.fields["largest_deposit_mm"]
    return {
        "reports": found.reports,
        "both counts right": found.both_counts_right,
        "AJCC 8 pN right (i- as N0)": newest.merged,
        "AJCC 7 pN right (i- as N0)": found.editions["AJCC 7"].merged,
        "largest deposit: precision": deposit.precision,
        "largest deposit: recall": deposit.recall,
        **{f"{field} right": found.fields[field].right for field in _SHOWN},
        "accepted (coverage)": newest.coverage,
        "accepted and wrong": len(newest.wrong_ids),
    }


def _registry(mine: Rows, annotated: set[str], labels: Mapping[str, Mapping[str, Any]]) -> dict[str, float | int]:
    """The second check: reports without an annotation against what the registry holds for the patient."""
    ids = [id_ for id_ in mine if id_ not in annotated]
    known = {id_: digit for id_ in ids if (digit := _digit(labels.get(patient(id_), {}).get("pn")))}
    accepted = [id_ for id_ in known if mine[id_]["decision"] == "accepted"]

    def agrees(id_: str) -> bool:
        return _digit(our_category(mine[id_], "AJCC 7")) == known[id_]

    return {
        "reports": len(ids),
        "with an issue": sum(bool(mine[id_]["issues"]) for id_ in ids) / max(1, len(ids)),
        "accepted": sum(mine[id_]["decision"] == "accepted" for id_ in ids) / max(1, len(ids)),
        "with a registry N": len(known),
        "same N digit": sum(map(agrees, known)) / max(1, len(known)),
        "same N digit where accepted": sum(map(agrees, accepted)) / max(1, len(accepted)),
    }


def _digit(category: object) -> str | None:
    found = _REGISTRY_N.search(str(category)) if category else None
    return found.group(1).upper() if found else None


def _two_readings(mine: Rows, texts: Rows) -> dict[str, float | int]:
    """Patients with two texts: both are readings of one page and must give the same facts."""
    groups: dict[str, list[str]] = defaultdict(list)
    for id_ in mine:
        groups[patient(id_)].append(id_)
    pairs = [ids for ids in groups.values() if len(ids) > 1]
    both = [ids for ids in pairs if all(mine[id_]["decision"] == "accepted" for id_ in ids)]

    def same(ids: Sequence[str], *fields: str) -> bool:
        return len({tuple(str(value(mine[id_], field)) for field in fields) for id_ in ids}) == 1

    def same_category(ids: Sequence[str]) -> bool:
        return len({merged(our_category(mine[id_], "AJCC 8")) for id_ in ids}) == 1

    return {
        "patients": len(pairs),
        "different texts": sum(len({texts[id_]["text"] for id_ in ids}) > 1 for ids in pairs),
        "same facts and category": sum(same(ids, *_READ_ALIKE) and same_category(ids) for ids in pairs) / max(1, len(pairs)),
        "same counts": sum(same(ids, "examined", "positive") for ids in pairs) / max(1, len(pairs)),
        "same AJCC 8 pN (i- as N0)": sum(map(same_category, pairs)) / max(1, len(pairs)),
        "both accepted": len(both),
        "both accepted, another AJCC 8 pN": sum(not same_category(ids) for ids in both),
    }


def _other_organs(texts: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    reports = [parse(item["text"]) for item in texts.values()]
    with_category = [report for report in reports if any(decision.category is not None for decision in report.staging.values())]
    return {
        "reports": len(reports),
        "with a breast pN": len(with_category),
        "with a breast pN and accepted": sum(report.status == "accepted" for report in with_category),
    }


def _shown(result: Mapping[str, Mapping[str, float | int]], parts: Sequence[str]) -> str:
    lines = [f"| figure | {' | '.join(parts)} |", "|---|" + "---|" * len(parts)]
    for name in result[parts[0]]:
        lines.append(f"| {name} | {' | '.join(_number(result[part][name]) for part in parts)} |")
    for title in ("registry", "two readings", "other organs"):
        lines += ["", f"| {title} | |", "|---|---|", *(f"| {name} | {_number(figure)} |" for name, figure in result[title].items())]
    return "\n".join(lines)


def _number(figure: float | int) -> str:
    return f"{figure:.1%}" if isinstance(figure, float) else f"{figure:,}"


if __name__ == "__main__":
    sys.exit(main())
