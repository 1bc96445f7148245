"""Each normaliser against a table of printed forms; a new form is a new row."""

from __future__ import annotations

import inspect
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parser.model import Category, Measure, Side
from parser.values import NORMALISERS

# normaliser -> printed form (lower case) -> value as it prints; None where the form is no such value.
FORMS: dict[str, dict[str, str | None]] = {
    "count": {
        "3": "3", "14": "14", "(5)": "5", "3.": "3", "1234": None, "0": "0", "07": "7",
        "two": "2", "twenty": "20", "twenty-three": "23", "twenty three": "23", "twenty-\nthree": "23", "twentythree": None,
        "one hundred two": "102", "a hundred and two": "102", "one hundred": "100",
        "a single": "1", "single": "1", "a": "1", "both": "2", "a pair": "2", "none": "0", "no": "0", "zero": "0", "dozen": "12",
        "two (2)": "2", "two (3)": None, "2 (two)": "2", "four [4]": "4", "multiple (2)": "2", "twenty-one (21)": "21", "left (2)": None,
        "twenty-thre": "23", "thrce": "3", "seve": "7", "fiftee": "15", "eigh": "8", "tw0": "2", "f1ve": "5", "slx": "6", "nlne": "9",
        "the": None, "": None, "three four": None, "twenty eleven": None, "-": None, "several": None,
    },
    "ocr_count": {
        "o": "0", "l": "1", "i": "1", "1o": "10", "2i": "21", "il": "11", "ll": "11", "o.": "0", "1l2": "112", "5s": "55", "2b": "28",
        "is": None, "to": None, "so": None, "oil": None, "t": None, "4": "4", "two": "2", "": None,
    },
    "roman": {
        "i": "1", "iv": "4", "v": "5", "ix": "9", "xi": "11", "xvi": "16", "xxiv": "24", "xxxix": "39",
        "l": "1", "t": "1", "vil": "7", "ill": "3", "xill": "13", "xlx": "19", "iii": "3",
        "xl": None, "iiii": None, "vx": None, "": None, "mi": None, "c": None,
    },
    "sum_of_counts": {
        "(3 lateral, 1 subscapular, 9 central)": "13", "(2 lower) and mid (6 axillary)": "8", "(2 of level 3, 4 apical)": "6",
        "(3)": None, "(2 nodes of 1.5 cm)": None, "": None,
    },
    "any_count": {
        "4": "4", "four": "4", "o": "0", "xiii": "13", "iii": "3", "l1": "11", "i": "1", "ii": None, "il": None, "x": "10",
        "z": None,
    },
    "millimetres": {
        "0.8 mm": "0.8", "1.0 mm": "1.0", "6 millimeters": "6", "6 millimetres": "6", "o.8 mm": "0.8", "o.o1 mm": "0.01", "l.5 mm": "1.5",
        "0,27 mm": "0.27", "0 .3 mm": "0.3", "0. 3 mm": "0.3", "1,250 mm": None, "1,000 um": None,
        ".5cm": "5", "1.2-cm": "12", "0.05 cm": "0.5", "1.6 cm": "16", "1.60 cm": "16.0", "2 cm": "20", "1 centimeter": "10",
        "0.05-cm": "0.5",
        "200 um": "0.2", "200 microns": "0.2", "200 \u00b5m": "0.2", "250 micrometers": "0.25",
        "0.75 x 0.1 mm": "0.75", "2 x 3 mm": "3", "3 x 2 x 1 cm": "30", "0.5 cm x 3 mm": "5", "0.5 by 0.7 cm": "7",
        "0.2 to 0.4 mm": "0.4", "0.1-0.3 mm": "0.3", "2 mm to 1 cm": "10",
        "less than 0.2 mm": "<0.2", "<0.2 mm": "<0.2", "no more than 0.2 mm": "<=0.2", "not exceeding 2 mm": "<=2", "at most 2 mm": "<=2",
        "at least 2 mm": ">=2", ">= 2 mm": ">=2", "\u2265 2 mm": ">=2", ">2 mm": ">2", "greater than 2 mm": ">2", "more than 0.2 cm": ">2",
        "up to 3.5 mm": "3.5", "approximately 0.1 cm": "1", "about 2 mm": "2", "~2 mm": "2",
        ">0.2 mm to 2 mm": None, "1/8 inch": None, "2": None, "mm": None, "": None, "2 nodes": None,
    },
    "cells": {
        "200": "200", ">200": ">200", "fewer than 200": "<200", "200 cells": "200", "1,000": "1000", "single": "1", "some": None,
        "": None,
    },
    "percent": {
        "90%": "90", "<1 %": "1", "0.0%": "0.0", "90 percent": "90", "10-20%": "20", "90% to 95%": "95", "greater than 95%": "95",
        "o%": "0",
        "120%": None, "%": None, "": None,
    },
    "grade": {
        "i": "1", "ii": "2", "iii": "3", "il": "2", "ill": "3", "lll": "3", "1": "1", "3": "3", "2/3": "2", "3 of 3": "3", "ii/iii": "2",
        "grade 2": "2", "well": "1", "moderately": "2", "poorly differentiated": "3", "4": None, "5/9": None, "": None,
    },
    "side": {
        "left": "left", "leet": "left", "lept": "left", "lefl": "left", "lt": "left", "(l)": "left", "l": "left",
        "right": "right", "rlght": "right", "righi": "right", "rt": "right", "(r)": "right", "bilateral": "bilateral", "both": "bilateral",
        "upper": None, "": None,
    },
    "polarity": {
        "positive": "positive", "negative": "negative", "equivocal": "equivocal", "metastatic carcinoma": "positive",
        "no metastatic carcinoma": "negative", "free of tumor": "negative", "benign": "negative", "uninvolved": "negative",
        "involved": "positive",
        "suspicious for metastasis": "equivocal", "not detected": "negative", "(-)": "negative", "(+)": "positive", "3+": "positive",
        "1+": "negative",
        "2+": "equivocal", "pending": None, "": None,
    },
    "presence": {
        "present": "present", "identified": "present", "not identified": "absent", "absent": "absent", "no evidence of": "absent",
        "with": "present",
        "cannot be determined": None, "not applicable": None, "n/a": None, "": None,
    },
    "category": {
        "pno": "pN0", "pn0": "pN0", "no": "pN0", "pnx": "pNX", "pn1": "pN1", "pnl": "pN1", "pn2": "pN2",
        "pnla": "pN1a", "pnia": "pN1a", "pn la": "pN1a", "pn 1 a": "pN1a", "pn-1a": "pN1a", "pn1 (a)": "pN1a", "pn3a": "pN3a",
        "pn1rn": "pN1mi", "pn1ml": "pN1mi", "pn1(mi)": "pN1mi", "n1mic": "pN1mi", "pnlmi": "pN1mi", "pn1mi(sn)": "pN1mi(sn)",
        "pno(sn)(i-)": "pN0(i-)(sn)", "pno (i+)": "pN0(i+)", "pnoi+": "pN0(i+)", "pn0(+)": "pN0(i+)", "pn0 (i -)": "pN0(i-)",
        "pn0(1-)": "pN0(i-)", "pn0(i)": "pN0", "pn0(mol+)": "pN0(mol+)", "pn0(i-)(mol-)": "pN0(i-)(mol-)", "ptn(i-)": "pN0(i-)",
        "pn0 (sn, i-)": "pN0(i-)(sn)", "pn1a(i+)": "pN1a",
        "psn0": "pN0(sn)", "snpno": "pN0(sn)", "pn(sn)0": "pN0(sn)", "(snpn1a)": "pN1a(sn)", "pn2a(sn)": "pN2a(sn)", "sn no": "pN0(sn)",
        "pn1a(f)": "pN1a(f)", "pn1a(sn)(f)": "pN1a(sn)(f)", "ypn1a": "ypN1a", "yrpn1": "yrpN1", "cn1": "cN1", "ycn0": "ycN0", "1a": "pN1a",
        "pn4": None, "pn2c": None, "pn0a": None, "pn2mi": None, "n": None, "p": None, "sn": None, "node": None, "": None,
    },
    "t_category": {
        "pt2": "pT2", "t2": "pT2", "ptlc": "pT1c", "pt1 c": "pT1c", "ypt1c": "ypT1c", "pt1mic": "pT1mi", "pt2(m)": "pT2(m)",
        "pt4b(mult)": "pT4b(m)", "pt2(3)": "pT2(3)", "ptis (dcis)": "pTis(DCIS)", "ptls": "pTis", "ptx": "pTX", "pto": "pT0", "ct2": "cT2",
        "pt5": None, "pt2c": None, "t": None, "": None,
    },
    "m_category": {
        "m0": "M0", "mo": "M0", "pmx": "pMX", "p m x": "pMX", "cm0(i+)": "cM0(i+)", "cmo (i+)": "cM0(i+)", "pml": "pM1", "mi": "M1",
        "ypm1": "ypM1", "ycm0": "ycM0", "0": "M0", "x": "MX", "m2": None, "m1(i+)": None, "m": None, "": None,
    },
    "word": {" infiltrating\n ductal ": "infiltrating ductal", "": None},
    "labelled_millimetres": {"(mm): 11": "11", "[cm] = 0.4": "4", "(mm):": None, "11": None},
    "integer": {"18": "18", " 7.": "7", "1.5": None, "x": None, "": None},
}  # fmt: skip
ROWS = [(name, text, value) for name, forms in FORMS.items() for text, value in forms.items()]


@pytest.mark.parametrize(("name", "text", "expected"), ROWS, ids=[f"{name}[{text!r}]" for name, text, _ in ROWS])
def test_printed_form(name: str, text: str, expected: str | None) -> None:
    value = NORMALISERS[name](text)
    assert (value if value is None else str(value)) == expected


def test_every_normaliser_has_rows_and_a_doctest() -> None:
    assert FORMS.keys() == NORMALISERS.keys()
    for function in NORMALISERS.values():
        assert ">>>" in (inspect.getdoc(function) or "")


@pytest.mark.parametrize("name", NORMALISERS)
@given(text=st.text(alphabet=st.sampled_from("0123456789oilptnmcxs()[]<>+-.,/ \n%aeru\u00b2\u0663"), max_size=24))
def test_no_text_raises(name: str, text: str) -> None:
    NORMALISERS[name](text)


def test_sizes_are_decimals_and_intervals() -> None:
    assert NORMALISERS["millimetres"]("0.2 mm") == Measure.of(Decimal("0.2"))
    assert NORMALISERS["millimetres"]("<0.2 mm") == Measure(Decimal("0.2"), "<", None, Decimal("0.2"), high_open=True)
    assert NORMALISERS["millimetres"]("approximately 0.1 cm") == Measure.of(Decimal(1), "~")
    assert NORMALISERS["cells"]("one to two") == Measure(Decimal(2), "", Decimal(1), Decimal(2))


def test_a_category_keeps_its_parts_apart() -> None:
    assert NORMALISERS["category"]("ypn1mi(sn)") == Category("pN1mi", "y", ("sn",))
    assert NORMALISERS["category"]("pn0(i+)") == Category("pN0(i+)")


def test_a_side_is_an_enum() -> None:
    assert NORMALISERS["side"]("lt") is Side.LEFT
