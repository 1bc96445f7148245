from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from importlib import resources
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parser.lint import GrammarError
from parser.model import DepositClass, IssueKind, Measure
from parser.staging import (
    StagingTable,
    cells_at_boundary,
    decide,
    deposit_classes,
    editions,
    evaluate,
    load_table,
    sentinel_suffix,
    silence,
    stage_group,
    words_contradict_size,
)
from parser.staging_table import read_table

ITC, MICRO, MACRO = DepositClass.ITC, DepositClass.MICROMETASTASIS, DepositClass.MACROMETASTASIS
FOLDER = resources.files("grammars").joinpath("staging")
FILES = sorted(
    f"{folder.name}/{file.name}"
    for folder in FOLDER.iterdir()
    if folder.is_dir()
    for file in folder.iterdir()
    if file.name.endswith(".toml")
)
LATER = ("AJCC 7", "AJCC 8")  # the editions that count cells


@lru_cache
def read(file: str) -> StagingTable:
    return read_table(FOLDER.joinpath(file).read_text(encoding="utf-8"), f"grammars/staging/{file}")


def size(printed: str) -> Measure:
    comparator = printed.rstrip("0123456789.")
    return Measure.of(Decimal(printed.removeprefix(comparator)), comparator)


def category(edition: str, **inputs: int | str) -> str | None:
    found = evaluate(load_table(edition), inputs).category
    return str(found) if found else None


def classes(edition: str, words: DepositClass | None = None, mm: str = "", cells: str = "") -> set[DepositClass]:
    return set(deposit_classes(load_table(edition), words, size(mm) if mm else None, size(cells) if cells else None))


# --- every table, without new test code --------------------------------------------------------------------------------


def matching(table: StagingTable, facts: Mapping[str, int | str]) -> list[str]:
    return [row.id for row in table.rows if all(facts[name] in allowed for name, allowed in row.conditions)]


def grid(table: StagingTable) -> Iterator[dict[str, int | str]]:
    """Every combination of words, and of counts on both sides of every limit, as far as conditions can tell them apart."""
    limits: dict[str, set[int]] = {name: {0, 1} for name in [*table.inputs, *table.derived]}
    for row in table.rows:
        for name, allowed in row.conditions:
            if isinstance(allowed, range):
                near = {allowed.start - 1, allowed.start, allowed.stop - 1, allowed.stop}
                for part in (name, *table.derived.get(name, ())):
                    limits[part] |= {limit for limit in near if 0 <= limit < 1000}
    used = {name for row in table.rows for name, _ in row.conditions}
    summed = list(dict.fromkeys(part for parts in table.derived.values() for part in parts))
    sums: set[tuple[tuple[str, int], ...]] = set()
    for counts in product(*(limits[name] for name in summed)):
        facts = dict(zip(summed, counts, strict=True))
        facts |= {name: sum(facts[part] for part in parts) for name, parts in table.derived.items()}
        sums.add(tuple((name, value) for name, value in facts.items() if name in used))
    axes: dict[str, list[int | str]] = {}
    for name, each in table.inputs.items():
        if name not in summed:
            axes[name] = [value for value in (limits[name] if isinstance(each.domain, range) else each.domain) if each.accepts(value)]
    for total, values in product(sums, product(*axes.values())):
        yield {**dict(total), **dict(zip(axes, values, strict=True))}


@pytest.mark.parametrize("file", FILES)
def test_exactly_one_row_holds_at_every_point_and_every_row_is_reached(file: str) -> None:
    table = read(file)
    reached = set()
    for point in grid(table):
        rows = matching(table, point)
        assert len(rows) == 1, (point, rows)
        reached.add(rows[0])
    assert reached == {row.id for row in table.rows}
    assert {row.category.base for row in table.rows if row.category} == set(table.categories)


@pytest.mark.parametrize("file", FILES)
def test_rows_have_unique_ids_and_sources(file: str) -> None:
    table = read(file)
    assert len({row.id for row in table.rows}) == len(table.rows)
    assert all(row.source for row in table.rows)
    assert table.deposit.source
    assert table.sentinel.source


def test_editions_come_in_order() -> None:
    assert editions() == ("AJCC 6", "AJCC 7", "AJCC 8")
    assert editions("spleen") == ()


def test_a_table_is_loaded_once() -> None:
    assert load_table("AJCC 8") is load_table("AJCC 8")


@pytest.mark.parametrize(
    ("edition", "site"), [("AJCC 5", "breast"), ("AJCC 8", "spleen"), ("ajcc8", "breast"), ("AJCC 8", "../ajcc8/breast")]
)
def test_unknown_edition_or_site_is_an_error(edition: str, site: str) -> None:
    with pytest.raises(ValueError, match="no staging table"):
        load_table(edition, site)


FAULTS = {
    "toml": ("[deposit]", "[deposit", "expected TOML"),
    "unknown key": ("[suffix.sn]", "[suffix.sm]", "suffix: unknown key 'sm'"),
    "unknown source": ('source   = ["KOH-KIM"]', 'source   = ["KOHKIM"]', "'KOHKIM'"),
    "source missing": ('source   = ["NODALIS"]', "", "ajcc8.nothing_known: 'source' is missing"),
    "unknown input": ('"none", infraclav = 1 }', '"none", level3 = 1 }', "ajcc8.n3a_level3: unknown input 'level3'"),
    "unknown word": ('im = "none", infraclav = 1', 'im = "absent", infraclav = 1', "ajcc8.n3a_level3: condition 'absent' on 'im'"),
    "number for a word": ('im = "none", infraclav = 1', "im = 0, infraclav = 1", "ajcc8.n3a_level3: condition 0 on 'im'"),
    "empty range": ('pos = "4..9", large', 'pos = "9..4", large', "condition '9..4' on 'pos'"),
    "outside the domain": ("supraclav = 1", "supraclav = 2", "ajcc8.n3c: condition 2 on 'supraclav'"),
    "unknown category": ('category = "pN3c"', 'category = "pN3d"', "ajcc8.n3c: expected either a category"),
    "no category": ('category = "pN3c"', "", "ajcc8.n3c: expected either a category"),
    "silent without note": ('source   = ["NODALIS"]', 'source   = ["NODALIS"]\nsilent   = true', "ajcc8.nothing_known: expected silent"),
    "id of another edition": ('"breast.ajcc8.n3c"', '"breast.ajcc7.n3c"', "'breast.ajcc8.'"),
    "id used twice": ('"breast.ajcc8.nx"', '"breast.ajcc8.n0"', "ajcc8.n0: expected an id"),
    "rows overlap": ("supraclav = 1 }", 'im = "clinical" }', "ajcc8.n3c overlaps breast.ajcc8.n3b_clinical_im"),
    "default outside the domain": ('default = "none"', 'default = "never"', "im: expected a domain"),
    "sum of words": ('large = ["macro", "unsized"]', 'large = ["macro", "ihc"]', "'large' names 'ihc'"),
    "size is not a number": ('"0.2"', '"0,2"', "'itc_max_mm' is not a number"),
    "two stage groups": ('t = ["T2"], n = ["N0"]', 't = ["T1"], n = ["N0"]', "two stage rows hold T1 N0 M0"),
    "unknown stage value": ('t = ["T2"], n = ["N0"]', 't = ["T5"], n = ["N0"]', "'T5'"),
    "wrong place": ('site       = "breast"', 'site       = "colon"', "expected a file at"),
}


@pytest.mark.parametrize(("old", "new", "message"), FAULTS.values(), ids=FAULTS.keys())
def test_a_wrong_table_is_a_loud_error(old: str, new: str, message: str) -> None:
    path = "grammars/staging/ajcc8/breast.toml"
    text = FOLDER.joinpath("ajcc8/breast.toml").read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(GrammarError) as error:
        read_table(text.replace(old, new, 1), path)
    assert message in str(error.value)
    assert str(error.value).startswith(path)


def test_an_error_names_the_line_of_the_row() -> None:
    text = FOLDER.joinpath("ajcc8/breast.toml").read_text(encoding="utf-8")
    with pytest.raises(GrammarError) as error:
        read_table(text.replace("supraclav = 1", "supraclav = 2"), "staging/ajcc8/breast.toml")
    assert 'id       = "breast.ajcc8.n3c"' in text.splitlines()[error.value.problems[0].line - 1]


# --- categories --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("edition", editions())
@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({"macro": 1}, "pN1a"),
        ({"macro": 3}, "pN1a"),
        ({"macro": 4}, "pN2a"),
        ({"macro": 9}, "pN2a"),
        ({"macro": 10}, "pN3a"),
        ({"micro": 1}, "pN1mi"),
        ({"micro": 12}, "pN1mi"),
        ({"macro": 1, "micro": 2}, "pN1a"),
        ({"macro": 1, "micro": 3}, "pN2a"),
        ({"macro": 1, "micro": 9}, "pN3a"),
        ({"unsized": 1}, "pN1a"),
        ({"unsized": 4}, "pN2a"),
        ({"micro": 3, "unsized": 1}, "pN2a"),
        ({"itc": 5}, "pN0(i+)"),
        ({"itc": 1, "mol": "positive"}, "pN0(i+)"),
        ({"itc": 9, "macro": 1}, "pN1a"),
        ({"mol": "positive"}, "pN0(mol+)"),
        ({"mol": "positive", "ihc": "negative", "examined": 2}, "pN0(mol+)"),
        ({"examined": 1}, "pN0"),
        ({"im": "occult_sln"}, "pN1b"),
        ({"im": "occult_sln", "macro": 3}, "pN1c"),
        ({"im": "occult_sln", "macro": 4}, "pN3b"),
        ({"im": "clinical"}, "pN2b"),
        ({"im": "clinical", "macro": 1}, "pN3b"),
        ({"infraclav": 1}, "pN3a"),
        ({"supraclav": 1, "im": "clinical", "macro": 10}, "pN3c"),
    ],
    ids=str,
)
def test_category_of_facts(edition: str, inputs: dict[str, int | str], expected: str) -> None:
    assert category(edition, **inputs) == expected


@pytest.mark.parametrize(
    ("inputs", "earlier"),
    [({"ihc": "negative"}, "pN0(i-)"), ({"mol": "negative"}, "pN0(mol-)"), ({"ihc": "negative", "mol": "negative"}, "pN0(i-)")],
)
def test_negative_stains_have_a_category_before_ajcc_8_only(inputs: dict[str, int | str], earlier: str) -> None:
    assert [category(edition, examined=2, **inputs) for edition in editions()] == [earlier, earlier, "pN0"]


@pytest.mark.parametrize("edition", editions())
def test_pnx_needs_the_statement_that_no_node_could_be_assessed(edition: str) -> None:
    assert category(edition, examined=0, sought=1) == "pNX"
    assert category(edition, examined=1, sought=1) == "pN0"


@pytest.mark.parametrize("edition", editions())
@pytest.mark.parametrize("inputs", [{}, {"ihc": "negative"}, {"mol": "negative"}], ids=str)
def test_silence_is_no_category(edition: str, inputs: dict[str, int | str]) -> None:
    decision = evaluate(load_table(edition), inputs)
    assert decision.category is None
    assert decision.possible == ()
    assert decision.row == f"breast.ajcc{edition[-1]}.nothing_known"


def test_a_decision_tells_row_source_and_all_inputs() -> None:
    table = load_table("AJCC 8")
    decision = evaluate(table, {"micro": 2, "examined": 3})
    assert (decision.edition, decision.row, decision.possible) == ("AJCC 8", "breast.ajcc8.n1mi", ("pN1mi",))
    assert decision.source is not None
    assert "SEER EOD 3.2" in decision.source
    assert set(decision.inputs) == set(table.inputs)
    assert decision.inputs["micro"] == 2
    assert decision.inputs["ihc"] == "not_done"


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"macros": 1}, "unknown input 'macros'"),
        ({"pos": 1}, "unknown input 'pos'"),
        ({"macro": -1}, "macro = -1"),
        ({"macro": "1"}, "macro = '1'"),
        ({"macro": 1.0}, "macro = 1.0"),
        ({"supraclav": True}, "supraclav = True"),
        ({"supraclav": 2}, "supraclav = 2"),
        ({"ihc": "performed"}, "ihc = 'performed'"),
        ({"ihc": 0}, "ihc = 0"),
        ({"examined": None}, "examined = None"),
    ],
    ids=str,
)
def test_wrong_inputs_are_errors(inputs: dict[str, int | str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        evaluate(load_table("AJCC 8"), inputs)


# --- silent points -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("edition", editions())
@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({"im": "occult_sln", "micro": 2}, "pN1c"),
        ({"im": "occult_sln", "micro": 4}, "pN3b"),
        ({"im": "occult_sln", "macro": 10}, "pN3b"),
        ({"im": "occult_sln", "infraclav": 1}, "pN3a"),
        ({"im": "occult_sln", "itc": 1}, "pN1b"),
        ({"im": "clinical", "itc": 1}, "pN2b"),
        ({"im": "clinical", "infraclav": 1}, "pN3b"),
        ({"ihc": "positive", "examined": 1}, "pN0(i+)"),
    ],
    ids=str,
)
def test_where_the_text_is_silent_the_answer_carries_an_issue(edition: str, inputs: dict[str, int | str], expected: str) -> None:
    table = load_table(edition)
    decision = evaluate(table, inputs)
    issue = silence(table, decision)
    assert str(decision.category) == expected
    assert issue is not None
    assert (issue.kind, issue.blocking) == (IssueKind.STAGING_TABLE_SILENT, True)


@pytest.mark.parametrize(
    "inputs", [{"im": "clinical", "micro": 1}, {"im": "clinical", "macro": 10}, {"im": "clinical", "infraclav": 1, "macro": 1}], ids=str
)
def test_ajcc_8_defines_pn3b_by_other_categories_and_so_leaves_gaps(inputs: dict[str, int | str]) -> None:
    tables = [load_table(edition) for edition in editions()]
    decisions = [evaluate(table, inputs) for table in tables]
    assert {str(decision.category) for decision in decisions} == {"pN3b"}
    assert [silence(table, decision) is not None for table, decision in zip(tables, decisions, strict=True)] == [False, False, True]


def test_a_plain_decision_carries_no_issue() -> None:
    table = load_table("AJCC 8")
    assert silence(table, evaluate(table, {"macro": 1})) is None
    assert silence(table, evaluate(table, {})) is None


# --- several readings --------------------------------------------------------------------------------------------------


def test_readings_that_agree_give_one_category() -> None:
    decision = decide(load_table("AJCC 8"), [{"macro": 1, "micro": 1}, {"macro": 2}])
    assert (str(decision.category), decision.possible) == ("pN1a", ("pN1a",))
    assert decision.inputs["micro"] == 1


def test_readings_that_differ_give_the_first_and_list_all_in_table_order() -> None:
    decision = decide(load_table("AJCC 8"), [{"macro": 1}, {"itc": 1}, {"micro": 1}])
    assert (str(decision.category), decision.row) == ("pN1a", "breast.ajcc8.n1a")
    assert decision.possible == ("pN0(i+)", "pN1mi", "pN1a")


def test_the_doubt_of_a_silent_row_survives_agreement() -> None:
    table = load_table("AJCC 8")
    decision = decide(table, [{"im": "occult_sln", "macro": 1}, {"im": "occult_sln", "micro": 1}])
    assert decision.possible == ("pN1c",)
    assert silence(table, decision) is not None


def test_a_reading_that_decides_nothing_leaves_no_category() -> None:
    decision = decide(load_table("AJCC 8"), [{"examined": 1}, {}])
    assert decision.category is None
    assert decision.possible == ("pN0",)


def test_no_reading_is_an_error() -> None:
    with pytest.raises(ValueError, match="no alternatives"):
        decide(load_table("AJCC 8"), [])


# --- deposits ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("edition", editions())
@pytest.mark.parametrize(
    ("mm", "expected"),
    [
        ("0.01", {ITC}),
        ("0.2", {ITC}),
        ("0.20", {ITC}),
        ("0.21", {MICRO}),
        ("1", {MICRO}),
        ("2.0", {MICRO}),
        ("2", {MICRO}),
        ("2.01", {MACRO}),
        ("15", {MACRO}),
        ("~0.1", {ITC}),
        ("~2.1", {MACRO}),
        ("<0.2", {ITC}),
        ("<=0.2", {ITC}),
        (">0.2", {MICRO, MACRO}),
        (">=0.2", {ITC, MICRO, MACRO}),
        ("<1", {ITC, MICRO}),
        ("<2", {ITC, MICRO}),
        ("<=2", {ITC, MICRO}),
        ("<2.1", {ITC, MICRO, MACRO}),
        (">2", {MACRO}),
        (">=2", {MICRO, MACRO}),
        (">=2.1", {MACRO}),
    ],
)
def test_size_class_of_a_size(edition: str, mm: str, expected: set[DepositClass]) -> None:
    assert classes(edition, mm=mm) == expected


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [("0.1", "0.3", {ITC, MICRO}), ("0.5", "2.0", {MICRO}), ("1", "3", {MICRO, MACRO}), ("0.2", "2", {ITC, MICRO})],
)
def test_size_class_of_a_range(low: str, high: str, expected: set[DepositClass]) -> None:
    measure = Measure(Decimal(high), low=Decimal(low), high=Decimal(high))
    assert deposit_classes(load_table("AJCC 8"), None, measure, None) == expected


@pytest.mark.parametrize("edition", editions())
def test_nothing_known_of_a_deposit_is_no_class(edition: str) -> None:
    assert classes(edition) == set()
    assert {word: classes(edition, word) for word in DepositClass} == {word: {word} for word in DepositClass}


@pytest.mark.parametrize("edition", LATER)
@pytest.mark.parametrize(
    ("mm", "cells", "expected"),
    [
        ("", "1", {ITC}),
        ("", "199", {ITC}),
        ("", "200", {ITC}),
        ("", "201", {MICRO}),
        ("", "<200", {ITC}),
        ("", "<=200", {ITC}),
        ("", ">200", {MICRO}),
        ("", ">=200", {ITC, MICRO}),
        ("0.1", "199", {ITC}),
        ("0.1", "200", {ITC}),
        ("0.1", "201", {MICRO}),
        ("0.3", "20", {MICRO}),
        ("3", "20", {MACRO}),
        ("3", "1000", {MACRO}),
        ("<2", "50", {ITC, MICRO}),
        ("<2", "300", {MICRO}),
    ],
)
def test_cells_in_one_section_decide_a_small_deposit(edition: str, mm: str, cells: str, expected: set[DepositClass]) -> None:
    assert classes(edition, mm=mm, cells=cells) == expected


@pytest.mark.parametrize(
    ("mm", "cells", "expected"), [("0.1", "500", {ITC}), ("0.3", "20", {MICRO}), ("", "50", {ITC, MICRO}), ("", "500", {ITC, MICRO})]
)
def test_ajcc_6_counts_no_cells(mm: str, cells: str, expected: set[DepositClass]) -> None:
    assert classes("AJCC 6", mm=mm, cells=cells) == expected


@pytest.mark.parametrize(
    ("words", "mm", "cells", "expected", "contradict"),
    [
        (MICRO, "<2", "", {MICRO}, False),
        (ITC, "<2", "", {ITC}, False),
        (MICRO, ">0.2", "", {MICRO}, False),
        (MICRO, "2.01", "", {MACRO}, True),
        (ITC, "0.3", "", {MICRO}, True),
        (MICRO, "0.2", "", {ITC}, True),
        (ITC, ">0.2", "", {MICRO, MACRO}, True),
        (MACRO, "<2", "", {ITC, MICRO}, True),
        (ITC, "0.1", "300", {MICRO}, True),
        (MICRO, "0.1", "300", {MICRO}, False),
        (ITC, "", "300", {MICRO}, True),
        (MICRO, "", "50", {MICRO}, False),
        (MACRO, "", "300", {MACRO}, False),
        (MICRO, "", "", {MICRO}, False),
        (None, "5", "", {MACRO}, False),
    ],
)
def test_words_choose_within_the_size_and_never_against_it(
    words: DepositClass | None, mm: str, cells: str, expected: set[DepositClass], contradict: bool
) -> None:
    assert classes("AJCC 8", words, mm, cells) == expected
    measures = (size(mm) if mm else None, size(cells) if cells else None)
    assert words_contradict_size(load_table("AJCC 8"), words, *measures) is contradict


@pytest.mark.parametrize(
    ("mm", "cells", "expected"),
    [
        ("", "200", True),
        ("0.1", "200", True),
        ("<2", "~200", True),
        ("", ">=200", True),
        ("0.3", "200", False),
        ("", "199", False),
        ("", "<200", False),
        ("", "", False),
    ],
)
def test_cells_at_the_limit_are_reported(mm: str, cells: str, expected: bool) -> None:
    measures = (size(cells) if cells else None, size(mm) if mm else None)
    assert [cells_at_boundary(load_table(edition), *measures) for edition in editions()] == [False, expected, expected]


# --- suffix and stage group --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("procedure", "examined", "dissection", "expected"),
    [
        (True, 1, None, True),
        (True, 5, None, True),
        (True, 6, None, False),
        (True, 5, True, True),
        (True, None, None, None),
        (False, 3, None, False),
        (False, None, None, False),
    ],
)
def test_sentinel_suffix_of_ajcc_8_counts_all_nodes(
    procedure: bool, examined: int | None, dissection: bool | None, expected: bool | None
) -> None:
    assert sentinel_suffix(load_table("AJCC 8"), procedure, examined, dissection) is expected


@pytest.mark.parametrize("edition", ["AJCC 6", "AJCC 7"])
@pytest.mark.parametrize(
    ("procedure", "examined", "dissection", "expected"),
    [(True, 2, False, True), (True, 7, False, True), (True, 2, True, False), (True, 2, None, None), (False, 2, None, False)],
)
def test_sentinel_suffix_before_ajcc_8_asks_for_a_dissection(
    edition: str, procedure: bool, examined: int | None, dissection: bool | None, expected: bool | None
) -> None:
    assert sentinel_suffix(load_table(edition), procedure, examined, dissection) is expected


@pytest.mark.parametrize(
    ("t", "n", "expected"),
    [
        ("pT1c", "pN0", ["I", "IA", "IA"]),
        ("pT1c", "pN0(i+)(sn)", ["I", "IA", "IA"]),
        ("pT1c(m)", "pN1mi(sn)", ["IIA", "IB", "IB"]),
        ("ypT0", "ypN1mi", ["IIA", "IB", "IB"]),
        ("T2", "N1mi", ["IIB", "IIB", "IIB"]),
        ("T3", "N1mi", ["IIIA", "IIIA", "IIIA"]),
        ("pT2(m,3)", "pN2a(f)", ["IIIA", "IIIA", "IIIA"]),
        ("pT4b", "pN1a", ["IIIB", "IIIB", "IIIB"]),
        ("pTX", "pN3a", ["IIIC", "IIIC", "IIIC"]),
        ("pTis(DCIS)", "pN0", ["0", "0", "0"]),
        ("pT0", "pN0", [None, None, None]),
        ("pTis", "pN1a", [None, None, None]),
        ("pT2", "pNX", [None, None, None]),
        ("pT5", "pN0", [None, None, None]),
        ("", "", [None, None, None]),
    ],
)
def test_anatomic_stage_group(t: str, n: str, expected: list[str | None]) -> None:
    assert [stage_group(edition, t, n, "M0") for edition in editions()] == expected


def test_distant_metastasis_is_stage_iv() -> None:
    assert {stage_group(edition, "pT1c", "pN0(mol+)", "pM1") for edition in editions()} == {"IV"}


# --- properties --------------------------------------------------------------------------------------------------------

_COUNTS = st.integers(min_value=0, max_value=40)
_TESTS = st.sampled_from(["not_done", "negative", "positive"])
_FLAGS = st.integers(min_value=0, max_value=1)
_FACTS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("macro", "micro", "unsized", "itc", "examined"), _COUNTS),
        **dict.fromkeys(("ihc", "mol"), _TESTS),
        **dict.fromkeys(("infraclav", "supraclav", "sought"), _FLAGS),
        "im": st.sampled_from(["none", "occult_sln", "clinical"]),
    },
)


@given(_FACTS)
def test_one_row_decides_and_only_silence_decides_nothing(facts: dict[str, int | str]) -> None:
    positive = any(facts.get(name) for name in ("macro", "micro", "unsized", "itc", "infraclav", "supraclav"))
    positive = positive or "positive" in (facts.get("ihc"), facts.get("mol")) or facts.get("im", "none") != "none"
    for edition in editions():
        table = load_table(edition)
        decision = evaluate(table, facts)
        sums = {name: sum(int(decision.inputs[part]) for part in parts) for name, parts in table.derived.items()}
        assert matching(table, {**decision.inputs, **sums}) == [decision.row]
        assert (decision.category is None) == (not positive and not facts.get("examined") and not facts.get("sought"))
        assert (str(decision.category) == "pNX") == (not positive and not facts.get("examined") and bool(facts.get("sought")))


@given(_FACTS)
def test_editions_differ_only_in_negative_stains(facts: dict[str, int | str]) -> None:
    six, seven, eight = (category(edition, **facts) for edition in editions())
    assert six == seven
    assert eight == (seven.replace("(i-)", "").replace("(mol-)", "") if seven else None)


@given(_FACTS, _COUNTS)
def test_isolated_tumour_cells_never_change_a_positive_category(facts: dict[str, int | str], itc: int) -> None:
    if any(facts.get(name) for name in ("macro", "micro", "unsized")):
        assert category("AJCC 8", **{**facts, "itc": itc}) == category("AJCC 8", **facts)


@given(st.decimals(min_value="0.01", max_value="50", places=2))
def test_an_exact_size_has_one_class_and_classes_grow_with_size(mm: Decimal) -> None:
    order = list(DepositClass)
    table = load_table("AJCC 8")
    (found,) = deposit_classes(table, None, Measure.of(mm), None)
    (larger,) = deposit_classes(table, None, Measure.of(mm + Decimal("0.01")), None)
    assert order.index(found) <= order.index(larger)
    for comparator in ("<=", ">="):
        assert found in deposit_classes(table, None, Measure.of(mm, comparator), None)
