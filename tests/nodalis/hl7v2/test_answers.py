"""Discrete answers of a checklist: read by the keys of a file, and compared with what the text says."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from nodalis.exits import UsageError
from nodalis.hl7v2 import Result, parse, results
from nodalis.hl7v2.answers import Answer, Question, Said, disagreements, load
from parser import parse as parse_report
from parser.model import IssueKind, Report

KEYS = load(Path(__file__).resolve().parents[3] / "docs" / "answers.toml")
MSH = r"MSH|^~\&|LIS|ST ANNA|REG|STATE|20260304101500+0100||ORU^R01^ORU_R01|M1|P|2.5.1"
TEXT = (
    r"LEFT BREAST, LUMPECTOMY: Invasive ductal carcinoma, 15 mm.\.br\SENTINEL LYMPH NODES, LEFT AXILLA: Metastatic carcinoma in 1 of 3 "
    r"sentinel lymph nodes (1/3). Largest metastatic deposit 4 mm. No extranodal extension.\.br\pT1c pN1a(sn)"
)


def counted(key: str, number: str, kind: str = "NM", unit: str = "", system: str = "MADEUP") -> list[str]:
    """A count as checklists send it: the item that asks for a number, then the number."""
    question = f"{key}.7^Question {key}^{system}"
    return [f"OBX|1|CWE|{question}|9|9.7^Exact number^{system}||||||F", f"OBX|2|{kind}|{question}|9|{number}|{unit}|||||F"]


def chosen(key: str, *items: str) -> list[str]:
    return [f"OBX|1|CWE|{key}.7^Question {key}^MADEUP||{'~'.join(f'{item}.7^Item^MADEUP' for item in items)}||||||F"]


def read(*rows: str, text: str = TEXT) -> Result:
    segments = (MSH, "PID|1||0815^^^HOSP^MR", "OBR|1||S26-1", f"OBX|1|FT|22637-3^D^LN||{text}||||||F", *rows)
    (found,) = results(parse([segment.encode() for segment in segments]), KEYS)
    return found


def of_text(found: Result) -> Report:
    """What the text says without the checklist below it."""
    return parse_report(found.text.text.partition("SYNOPTIC")[0].partition("\nQuestion")[0])


@pytest.mark.parametrize(
    ("rows", "question", "value"),
    [
        (counted("Q10", "3"), Question.EXAMINED, 3),
        (counted("Q10", " 3 ", "ST"), Question.EXAMINED, 3),
        (counted("Q10", "about 3", "ST"), Question.EXAMINED, None),
        (counted("Q10", "2.5"), Question.EXAMINED, None),
        (counted("Q16", "4", unit="mm^x^UCUM"), Question.LARGEST_DEPOSIT, Decimal(4)),
        (counted("Q16", "0.40", unit="cm"), Question.LARGEST_DEPOSIT, Decimal(4)),
        (counted("Q16", "4", unit="in"), Question.LARGEST_DEPOSIT, None),
        (counted("Q16", "<^0.2", "SN", unit="mm"), Question.LARGEST_DEPOSIT, "<0.2"),
        (chosen("Q17", "A4"), Question.CATEGORY, "pN1mi"),
        (chosen("Q17", "A99"), Question.CATEGORY, None),
        (chosen("Q18", "A6"), Question.SUFFIX, ""),
        (chosen("Q20", "A10"), Question.ENE, True),
    ],
)
def test_an_answer_is_read_by_its_keys(rows: list[str], question: Question, value: Said) -> None:
    assert read(*rows).answers == (Answer(question, value),)


@pytest.mark.parametrize(
    "rows",
    [
        counted("Q99", "3"),
        counted("Q10", "3", system="OTHER"),
        counted("Q10", "")[:1],
        counted("Q10", ""),
        ["OBX|1|NM|Q10.7^Nodes^MADEUP||3||||||D"],
        ["OBX|1|TX|Q17.7^Category^MADEUP||A4||||||F"],
    ],
    ids=["another question", "another system", "no number", "empty number", "deleted", "no item"],
)
def test_what_is_no_answer_to_a_question_of_ours_is_none(rows: list[str]) -> None:
    assert read(*rows).answers == ()


def test_without_keys_nothing_is_read_besides_the_text() -> None:
    segments = (MSH, "PID|1", "OBR|1||S26-1", *counted("Q10", "3"))
    (found,) = results(parse([segment.encode() for segment in segments]))
    assert (found.answers, found.text.text) == ((), "Question Q10: Exact number: 3\n")


AGREEING = {
    "nodes examined": counted("Q10", "3"),
    "nodes positive": counted("Q11", "1"),
    "macrometastasis": counted("Q12", "1"),
    "no micrometastasis, which the text does not mention": counted("Q13", "0"),
    "sentinel": counted("Q15", "3"),
    "deposit": counted("Q16", "0.4", unit="cm"),
    "category": chosen("Q17", "A5"),
    "suffix": chosen("Q18", "A7"),
    "no extension": chosen("Q19", "A9"),
    "the same twice": [*counted("Q10", "3"), *counted("Q10", "3")],
}


@pytest.mark.parametrize("rows", AGREEING.values(), ids=AGREEING)
def test_answers_that_say_what_the_text_says_raise_no_doubt(rows: list[str]) -> None:
    found = read(*rows)
    assert found.answers
    assert disagreements(found.answers, of_text(found)) == ()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (counted("Q10", "4"), "discrete answers and text differ: nodes examined 4 / 3"),
        (counted("Q11", "0"), "discrete answers and text differ: nodes positive 0 / 1"),
        (counted("Q13", "2"), "discrete answers and text differ: nodes with micrometastasis 2 / 0"),
        (counted("Q16", "40"), "discrete answers and text differ: largest deposit in mm 40 / 4"),
        (chosen("Q17", "A4"), "discrete answers and text differ: pN category pN1mi / pN1a"),
        (chosen("Q18", "A6"), "discrete answers and text differ: suffix of the pN category none / sn"),
        (chosen("Q19", "A10"), "discrete answers and text differ: extranodal extension yes / no"),
        (chosen("Q17", "A77"), "a discrete answer could not be read: pN category"),
        (chosen("Q17", "A4", "A5"), "discrete answers differ among themselves: pN category"),
        ([*counted("Q10", "3"), *counted("Q10", "4")], "discrete answers differ among themselves: nodes examined"),
    ],
)
def test_an_answer_that_differs_needs_review(rows: list[str], message: str) -> None:
    found = read(*rows)
    (issue,) = disagreements(found.answers, of_text(found))
    assert (issue.kind, issue.message, issue.blocking) == (IssueKind.ANSWERS_DIFFER, message, True)


def test_a_doubt_about_a_count_points_at_the_words_of_the_text() -> None:
    found = read(*counted("Q10", "4"))
    (issue,) = disagreements(found.answers, of_text(found))
    assert any("3" in found.text.text[span.start : span.end] for span in issue.spans)


def test_a_checklist_that_differs_from_the_text_above_it_is_never_accepted() -> None:
    question = "Q10.7^Number of lymph nodes examined^MADEUP"
    for number, differs in (("3", False), ("4", True)):
        found = read(f"OBX|2|NM|{question}||{number}||||||F")
        report = parse_report(found.text.text)
        assert f"Number of lymph nodes examined: {number}\n" in found.text.text
        assert bool(report.reasons or disagreements(found.answers, report)) == differs


def test_a_category_that_the_text_does_not_print_is_compared_with_what_follows_from_it() -> None:
    text = TEXT.removesuffix(r"\.br\pT1c pN1a(sn)")
    for item, differs in (("A5", False), ("A4", True)):
        found = read(*chosen("Q17", item), text=text)
        assert bool(disagreements(found.answers, of_text(found))) == differs


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("[questions", "not TOML"),
        ("", "questions: expected keys of at least one"),
        ("[questions]\nnodes = ['Q1']", "questions.nodes: expected a list of keys for one of examined"),
        ("[questions]\nexamined = 'Q1'", "questions.examined: expected a list"),
        ("[questions]\n[category]\nA = 'pN0'", "category: no such table"),
        ("[questions]\n[pn_category]\nA = 'pN9'", "pn_category: expected"),
        ("[questions]\n[ene]\nA = 'yes'", "ene: expected"),
        ("[questions]\n[suffix]\nA = 'x'", "suffix: expected"),
        ("systems = 'X'\n[questions]", "systems: expected a list"),
        ("pn_category = 'A'\n[questions]", "pn_category: expected a table"),
    ],
)
def test_a_wrong_file_of_keys_is_one_line(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "keys.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=r"keys\.toml: ") as error:
        load(path)
    assert reason in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_of_keys_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        load(tmp_path / "none.toml")
