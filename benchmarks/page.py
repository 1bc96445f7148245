"""Results as people read them: a table in the terminal, ``results/README.md`` with charts, and the lines on speed in the README."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from . import charts
from .machine import ROOT
from .results import RESULTS, Figures, load

# The order of the page. Results of programs of their own, plain facts each, stand behind.
ORDER = ("pipeline", "side_by_side", "engine", "workers", "memory", "size", "rules", "startup")
_CHARTS = {"side_by_side": charts.side_by_side, "size": charts.growth}
_README = ROOT / "README.md"
_SPEED = re.compile(r"(?<=<!-- speed: written by python -m benchmarks -->\n).*?(?=<!-- end of speed -->)", re.DOTALL)


def pages() -> dict[Path, str]:
    """Each file that is made of the results, and what it must hold."""
    results = {name: found for name in ORDER if (found := load(name)) is not None}
    made = {RESULTS / f"{name}.svg": chart(results[name]) for name, chart in _CHARTS.items() if name in results}
    made[RESULTS / "README.md"] = "\n\n".join(_page(results)) + "\n"
    made[_README] = _SPEED.sub(lambda _: _speed(results), _README.read_text(encoding="utf-8"))
    return made


def write_pages() -> None:
    """Write all of them."""
    RESULTS.mkdir(exist_ok=True)
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")


def shown(result: Figures) -> str:
    """A result for the terminal."""
    return "\n\n".join(_section(result)) + "\n"


def _page(results: Mapping[str, Figures]) -> Iterator[str]:
    yield "# Results"
    yield "Written by `python -m benchmarks`; [how they are measured](../README.md). `(+)` after a commit: with changes to it."
    for result in results.values():
        yield from _section(result)
    for name in sorted(path.stem for path in RESULTS.glob("*.json") if path.stem not in ORDER):
        result = load(name) or {}
        tables = [result.pop("rows", []), [{**goal, "met": "yes" if goal["met"] else "**no**"} for goal in result.pop("goals", [])]]
        yield f"## {_words(name).capitalize()}"
        yield f"Written by `{result.pop('command', f'python -m benchmarks.{name}')}`."
        yield _table([{"fact": _words(fact), "value": value} for fact, value in result.items()])
        yield from (_table(rows) for rows in tables if rows)


def _section(result: Figures) -> Iterator[str]:
    yield f"## {result['title'].partition(':')[0].rstrip('.')}"
    yield result["title"]
    if result["benchmark"] in _CHARTS:
        yield f"![{result['title'].partition(':')[0]}]({result['benchmark']}.svg)"
    yield _table(result["rows"])
    if result["goals"]:
        yield _table([{**goal, "met": "yes" if goal["met"] else "**no**"} for goal in result["goals"]])
    if result["notes"]:
        yield "\n".join(f"- {_words(name)}: {_value(value)}" for name, value in result["notes"].items())
    yield _about(result)


def _about(result: Figures) -> str:
    machine, texts = result["machine"], result["texts"]
    commit = result["commit"].replace("+", " (+)")
    return (
        f"{result['date']}, commit {commit}, {machine['cores']} cores ({machine['processor']}), {machine['memory_gb']} GB, "
        f"{machine['system']}, {machine['python']}, load before {machine['load_before']}; "
        f"{texts['different']} different texts of {texts['mean_kb']} KB ({texts['source']}); took {result['took_seconds']} s."
    )


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as a Markdown table; the columns in the order in which they first come."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    lines = [f"| {' | '.join(map(_words, columns))} |", "|" + "---|" * len(columns)]
    lines += [f"| {' | '.join(_value(row.get(column)) for column in columns)} |" for row in rows]
    return "\n".join(lines)


def _words(name: str) -> str:
    return name.replace("_", " ")


def _value(value: object) -> str:
    """A value as text: nothing for None, thousands apart, single facts one after the other."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return "; ".join(
            f"{name} ({_value(item)})" if isinstance(item, Mapping) else f"{name} {_value(item)}" for name, item in value.items()
        )
    return f"{value:,}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _speed(results: Mapping[str, Figures]) -> str:
    """The lines on speed in the README; only what was measured."""
    said = []
    if pipeline := results.get("pipeline"):
        rate, ratio = (goal["measured"] for goal in pipeline["goals"])
        said.append(
            f"{rate:,.0f} reports a second and core from text to FHIR with facts, {ratio:,.0f} times as fast as a plain scan of the same "
            "rules with fhir.resources"
        )
    if workers := results.get("workers"):
        speedup, megabytes = (goal["measured"] for goal in workers["goals"])
        said.append(
            f"two worker processes {speedup} times as fast as one, {megabytes:,} MB in all processes, over an archive of "
            f"{workers['notes']['reports']:,} reports"
        )
    if not said:
        return ""
    machine, date = next(iter(results.values()))["machine"], next(iter(results.values()))["date"]
    where = f"({machine['processor']}, {machine['cores']} cores, {date})"
    return f"Speed {where}:\n\n" + "".join(f"- {line}\n" for line in said) + "\n[All figures](benchmarks/results/README.md).\n"
