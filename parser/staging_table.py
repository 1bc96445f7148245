"""Loads the staging tables: TOML in, checked and frozen tables out. ``docs/staging.md`` teaches the format."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from importlib import resources
from itertools import combinations, product
from types import MappingProxyType

from .model import Category
from .source import GrammarFile, parse
from .toml_section import Section

Allowed = range | frozenset[str]  # the numbers or the words that a condition or a domain lets through

_AT_LEAST = re.compile(r">=(\d+)")
_BETWEEN = re.compile(r"(\d+)\.\.(\d+)")
_WORD = re.compile(r"[a-z][a-z0-9_]*")
_COUNT = range(sys.maxsize)


@dataclass(frozen=True, slots=True)
class Input:
    """One fact a table asks for: what it may be, and what it is when not given."""

    domain: Allowed
    default: int | str
    means: str

    def accepts(self, value: object) -> bool:
        """Whether the value is of the domain. The type is asked first: a range would count on for any other object."""
        return (type(value) is int if isinstance(self.domain, range) else isinstance(value, str)) and value in self.domain


@dataclass(frozen=True, slots=True)
class Row:
    """One rule: where every condition holds, the category. ``category`` None: the facts decide nothing."""

    id: str
    category: Category | None
    conditions: tuple[tuple[str, Allowed], ...]
    source: str
    silent: bool  # the official text does not say; ``note`` names the point
    note: str


@dataclass(frozen=True, slots=True)
class DepositRule:
    """Upper limits of the two small size classes, both inclusive. ``itc_max_cells`` None: the edition counts no cells."""

    itc_max_mm: Decimal
    micro_max_mm: Decimal
    itc_max_cells: int | None
    source: str


@dataclass(frozen=True, slots=True)
class SentinelRule:
    """When the suffix (sn) is written after a sentinel procedure."""

    fewer_than: int | None  # nodes removed in all
    without_dissection: bool  # no axillary dissection after the sentinel nodes
    source: str


@dataclass(frozen=True, slots=True)
class StagingTable:
    """The N table, size classes, suffix rule and stage groups of one site in one edition."""

    edition: str
    site: str
    categories: tuple[str, ...]  # from least to most
    inputs: Mapping[str, Input]
    derived: Mapping[str, tuple[str, ...]]  # name -> the inputs it sums
    rows: tuple[Row, ...]
    deposit: DepositRule
    sentinel: SentinelRule
    stages: Mapping[tuple[str, str, str], str]  # (T, N, M) -> group


def load_table(edition: str, site: str = "breast") -> StagingTable:
    """The table of an edition and site, from ``grammars/staging``; the same object on each call.

    Raises ValueError for an edition or site that has no table, GrammarError for a wrong file.

    >>> load_table("AJCC 8").deposit.micro_max_mm
    Decimal('2.0')
    """
    if table := _tables(site).get(edition):
        return table
    raise ValueError(f"no staging table for edition {edition!r} and site {site!r}, expected one of {editions(site)}")


def editions(site: str = "breast") -> tuple[str, ...]:
    """The editions that have a table for the site, in order of system and number.

    >>> editions()
    ('AJCC 6', 'AJCC 7', 'AJCC 8')
    """
    return tuple(_tables(site))


@lru_cache(maxsize=64)
def _tables(site: str) -> Mapping[str, StagingTable]:
    """The tables of a site by edition: ``grammars/staging/<edition>/<site>.toml``."""
    folders = [entry for entry in resources.files("grammars").joinpath("staging").iterdir() if entry.is_dir()]
    files = [(folder.name, folder.joinpath(f"{site}.toml")) for folder in folders] if _WORD.fullmatch(site) else []
    read = (read_table(file.read_text(encoding="utf-8"), f"grammars/staging/{name}/{site}.toml") for name, file in files if file.is_file())
    tables = sorted(read, key=lambda table: (table.edition.rstrip("0123456789"), len(table.edition), table.edition))
    return MappingProxyType({table.edition: table for table in tables})


def read_table(text: str, path: str) -> StagingTable:
    """The table written in ``text``; ``path`` is named in errors. Raises GrammarError at the first fault."""
    top = Section(parse(GrammarFile(path, text, ())), path, text, path)
    top.expect("edition", "site", "categories", "sources", "deposit", "suffix", "inputs", "derived", "row", "stage")
    if not path.endswith(f"staging/{_folder(top.string('edition'))}/{top.string('site')}.toml"):
        raise top.error("expected a file at staging/<edition>/<site>.toml, such as staging/ajcc8/breast.toml")
    inputs = {name: _read_input(section) for name, section in top.section("inputs").sections()}
    counts = [name for name, value in inputs.items() if isinstance(value.domain, range)]
    derived = {name: top.section("derived").strings(name, counts) for name in top.section("derived").data}
    domains = {name: value.domain for name, value in inputs.items()} | dict.fromkeys(derived, _COUNT)
    rows = tuple(_read_row(section, domains, top) for section in top.sections_of("row"))
    _check_rows(rows, top)
    deposit = top.section("deposit").expect("itc_max_mm", "micro_max_mm", "itc_max_cells", "source")
    sentinel = top.section("suffix").expect("sn").section("sn").expect("fewer_than", "without_dissection", "source")
    return StagingTable(
        edition=top.string("edition"),
        site=top.string("site"),
        categories=top.strings("categories"),
        inputs=MappingProxyType(inputs),
        derived=MappingProxyType(derived),
        rows=rows,
        deposit=DepositRule(
            deposit.decimal("itc_max_mm"), deposit.decimal("micro_max_mm"), deposit.number("itc_max_cells"), _source(deposit, top)
        ),
        sentinel=SentinelRule(sentinel.number("fewer_than"), sentinel.flag("without_dissection"), _source(sentinel, top)),
        stages=MappingProxyType(_read_stages(top.section("stage").expect("source", "rows", "t", "n", "m"), top)),
    )


def allowed(value: object) -> Allowed | None:
    """What a condition lets through: a number, ``">=4"``, ``"1..3"``, a word or a list of words; None for anything else.

    >>> allowed("1..3"), allowed("negative")
    (range(1, 4), frozenset({'negative'}))
    """
    if type(value) is int:
        return range(value, value + 1)
    if isinstance(value, str):
        if match := _AT_LEAST.fullmatch(value):
            return range(int(match[1]), sys.maxsize)
        if match := _BETWEEN.fullmatch(value):
            return range(int(match[1]), int(match[2]) + 1) or None
        value = [value]
    if isinstance(value, list) and value and all(isinstance(word, str) and _WORD.fullmatch(word) for word in value):
        return frozenset[str](value)
    return None


def _source(section: Section, top: Section) -> str:
    """What the tags of ``source`` stand for."""
    sources = top.section("sources")
    return "; ".join(sources.string(tag) for tag in section.strings("source", sources.data))


def _folder(edition: str) -> str:
    return edition.replace(" ", "").lower()


def _read_input(section: Section) -> Input:
    section.expect("domain", "default", "means")
    domain, default = allowed(section.data.get("domain")), section.data.get("default")
    if domain is not None and isinstance(default, int | str):
        result = Input(domain, default, section.string("means"))
        if result.accepts(default):
            return result
    raise section.error("expected a domain (a range such as '>=0' or a list of words) and a default that is of it")


def _read_row(section: Section, domains: Mapping[str, Allowed], top: Section) -> Row:
    section = section.named(section.string("id")).expect("id", "category", "undecided", "when", "silent", "note", "source")
    conditions = []
    for name, value in section.section("when").data.items():
        values = allowed(value)
        if name not in domains:
            raise section.error(f"unknown input {name!r}, expected one of {', '.join(domains)}")
        if values is None or not _within(values, domains[name]):
            raise section.error(f"condition {value!r} on {name!r}, expected values of its domain")
        conditions.append((name, values))
    category, note = section.data.get("category"), section.data.get("note", "")
    if (category is None) != section.flag("undecided") or category not in (None, *top.strings("categories")):
        raise section.error("expected either a category of the list of categories or undecided = true")
    if not isinstance(note, str) or bool(note) != section.flag("silent"):
        raise section.error("expected silent = true together with a note that names the point")
    base = Category(str(category)) if category else None
    return Row(section.string("id"), base, tuple(conditions), _source(section, top), bool(note), note)


def _check_rows(rows: Sequence[Row], top: Section) -> None:
    """Ids are unique and carry site and edition; any two rows are kept apart by their conditions on one input."""
    prefix = f"{top.string('site')}.{_folder(top.string('edition'))}."
    for index, row in enumerate(rows):
        if not row.id.startswith(prefix) or any(row.id == other.id for other in rows[:index]):
            raise top.named(row.id).error(f"expected an id that begins with {prefix!r} and is used once")
    for row, other in combinations(rows, 2):
        theirs = dict(other.conditions)
        if all(name not in theirs or _overlap(values, theirs[name]) for name, values in row.conditions):
            raise top.named(row.id).error(f"row {row.id} overlaps {other.id}, expected an input on which the two differ")


def _read_stages(stage: Section, top: Section) -> dict[tuple[str, str, str], str]:
    """Every (T, N, M) of every row with its group; a combination of no row has none."""
    _source(stage, top)
    stages: dict[tuple[str, str, str], str] = {}
    axes = [{name: stage.section(axis).strings(name) for name in stage.section(axis).data} for axis in ("t", "n", "m")]
    for row in stage.sections_of("rows"):
        row.expect("stage", "t", "n", "m")
        names = [row.strings(axis, groups) for axis, groups in zip(("t", "n", "m"), axes, strict=True)]
        members = [[value for name in chosen for value in groups[name]] for chosen, groups in zip(names, axes, strict=True)]
        for t, n, m in product(*members):
            if (t, n, m) in stages:
                raise stage.error(f"two stage rows hold {t} {n} {m}, expected one")
            stages[t, n, m] = row.string("stage")
    return stages


def _within(values: Allowed, domain: Allowed) -> bool:
    if isinstance(values, range) and isinstance(domain, range):
        return domain.start <= values.start and values.stop <= domain.stop
    return isinstance(values, frozenset) and isinstance(domain, frozenset) and values <= domain


def _overlap(one: Allowed, other: Allowed) -> bool:
    if isinstance(one, range) and isinstance(other, range):
        return max(one.start, other.start) < min(one.stop, other.stop)
    return any(word in other for word in one)
