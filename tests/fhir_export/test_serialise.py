from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhir_export import dumps
from fhir_export.elements import annotation
from fhir_export.frozen import FrozenList, FrozenObject, freeze


@pytest.mark.parametrize("digits", ["0.20", "2.0", "2", "0", "0.000000001", "14.00", "100", "-0.5"])
def test_a_decimal_is_written_as_it_stands(digits: str) -> None:
    assert dumps({"value": Decimal(digits)}) == f'{{"value":{digits}}}'.encode()


def test_a_decimal_is_never_written_with_an_exponent() -> None:
    assert dumps({"value": Decimal("1E+2")}) == b'{"value":100}'


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), object(), {1, 2}])
def test_what_json_cannot_express_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        dumps({"value": value})


@given(st.text())
def test_a_note_holds_no_character_that_fhir_forbids(text: str) -> None:
    shown = annotation(text)["text"]
    assert all(char in "\t\r\n" or char >= " " for char in shown)
    assert json.loads(dumps({"text": shown}))["text"] == shown
    assert len(shown) == len(text)


@pytest.mark.parametrize("text", ["a\ud800b", "\udcff"])
def test_half_surrogates_do_not_stop_an_export(text: str) -> None:
    dumps(annotation(text))


JSON = st.recursive(
    st.integers() | st.text() | st.booleans(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


@given(JSON)
def test_freezing_changes_no_value(value: object) -> None:
    assert freeze(value) == value


@pytest.mark.parametrize(
    "change",
    [
        lambda frozen: frozen.update(a=1),
        lambda frozen: frozen.pop("coding"),
        lambda frozen: frozen.popitem(),
        lambda frozen: frozen.clear(),
        lambda frozen: frozen.setdefault("b", 1),
        lambda frozen: frozen.__setitem__("b", 1),
        lambda frozen: frozen.__delitem__("coding"),
        lambda frozen: frozen.__ior__({"b": 1}),
        lambda frozen: frozen["coding"].append(1),
        lambda frozen: frozen["coding"].extend([1]),
        lambda frozen: frozen["coding"].insert(0, 1),
        lambda frozen: frozen["coding"].remove(1),
        lambda frozen: frozen["coding"].pop(),
        lambda frozen: frozen["coding"].clear(),
        lambda frozen: frozen["coding"].sort(),
        lambda frozen: frozen["coding"].reverse(),
        lambda frozen: frozen["coding"].__setitem__(0, 2),
        lambda frozen: frozen["coding"].__delitem__(0),
        lambda frozen: frozen["coding"].__iadd__([1]),
        lambda frozen: frozen["coding"].__imul__(2),
    ],
)
def test_a_frozen_part_refuses_every_change(change: Callable[[Any], object]) -> None:
    frozen = freeze({"coding": [1]})
    with pytest.raises(TypeError, match="shared by many resources"):
        change(frozen)
    assert frozen == {"coding": [1]}


def test_every_method_that_changes_a_dict_or_a_list_is_refused() -> None:
    for kind, plain in ((FrozenObject, dict), (FrozenList, list)):
        kept = {name for name in dir(plain) if getattr(kind, name) == getattr(plain, name, None)}
        assert not kept & {"__setitem__", "__delitem__", "__ior__", "__iadd__", "__imul__", "append", "clear", "pop", "update"}
