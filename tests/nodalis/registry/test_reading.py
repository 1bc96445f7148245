"""NAACCR XML of registries: what is read, what is refused, and that nothing is opened or expanded."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodalis.readers import ReadError
from nodalis.registry import reading
from nodalis.registry.reading import Existing, read
from tests.nodalis.registry.naaccr_files import ROOT, file_of, patient

ONE = patient({"regionalNodesPositive": "01"}, patientIdNumber="00000001")
OPEN = ROOT.format(version="26")
CANARY = "DOE^JANE"


def read_all(data: bytes | str) -> list[Existing | ReadError]:
    return list(read(io.BytesIO(data if isinstance(data, bytes) else data.encode()), "abstracts.xml"))


def error_of(data: bytes | str) -> str:
    """The one error, which comes last."""
    *before, error = read_all(data)
    assert all(isinstance(item, Existing) for item in before)
    assert isinstance(error, ReadError)
    assert "\n" not in str(error)
    return error.reason


def test_a_tumour_has_its_items_and_those_of_its_patient() -> None:
    first, second = read_all(file_of(patient({"primarySite": "C504"}, {"primarySite": "C502"}, patientIdNumber="7")))
    assert isinstance(first, Existing)
    assert isinstance(second, Existing)
    assert (first.number, first.tumor, first.patient) == (1, {"primarySite": "C504"}, {"patientIdNumber": "7"})
    assert (second.number, second.value("primarySite"), second.value("patientIdNumber"), second.value("ki67")) == (2, "C502", "7", None)


def test_the_example_of_the_standard_is_read(shared: Path) -> None:
    (found,) = read_all((shared / "oracle" / "naaccr" / "minimal_valid_v26.xml").read_bytes())
    assert isinstance(found, Existing)
    assert found.value("ajccTnmPathN") == "pN1mi"


def test_a_file_with_unknown_items_loses_nothing(shared: Path) -> None:
    (found,) = read_all((shared / "oracle" / "naaccr" / "bad_v26.xml").read_bytes())
    assert isinstance(found, Existing)
    assert (found.value("eodRegionalNodezz"), found.value("regionalNodesPositive")) == ("100", "1x2")


@pytest.mark.parametrize("version", ["23", "24", "25", "26"])
def test_the_versions_23_to_26_are_read(version: str) -> None:
    (found,) = read_all(file_of(ONE, version=version))
    assert isinstance(found, Existing)
    assert found.version == version


@pytest.mark.parametrize("version", ["22", "27", "6"])
def test_another_version_is_refused(version: str) -> None:
    assert error_of(file_of(ONE, version=version)).startswith("of another dictionary")


def test_spaces_around_a_value_are_not_part_of_it_and_an_empty_value_is_none() -> None:
    (found,) = read_all(file_of(patient({"ki67": "\n 20.0 ", "primarySite": "  "})))
    assert isinstance(found, Existing)
    assert found.tumor == {"ki67": "20.0"}


def test_an_item_given_twice_with_two_values_is_named() -> None:
    twice = '<Item naaccrId="ki67">20.0</Item><Item naaccrId="ki67">{}</Item>'
    (same,) = read_all(f"{OPEN}<Patient><Tumor>{twice.format('20.0')}</Tumor></Patient></NaaccrData>")
    (other,) = read_all(f"{OPEN}<Patient><Tumor>{twice.format('30.0')}</Tumor></Patient></NaaccrData>")
    assert isinstance(same, Existing)
    assert isinstance(other, Existing)
    assert (same.repeated, other.repeated) == (frozenset(), frozenset({"ki67"}))


def test_an_item_with_a_number_only_is_kept_by_it() -> None:
    (found,) = read_all(f'{OPEN}<Patient><Tumor><Item naaccrNum="820">02</Item></Tumor></Patient></NaaccrData>')
    assert isinstance(found, Existing)
    assert found.tumor == {"820": "02"}


def test_elements_of_other_namespaces_are_passed_over() -> None:
    other = f'<x:more xmlns:x="urn:x"><Item naaccrId="ki67">{CANARY}</Item></x:more>'
    (found,) = read_all(f"{OPEN}<Patient><Tumor>{other}</Tumor></Patient></NaaccrData>")
    assert isinstance(found, Existing)
    assert found.tumor == {}


def test_a_prefix_for_the_namespace_changes_nothing() -> None:
    root = OPEN.replace("<NaaccrData xmlns=", "<n:NaaccrData xmlns:n=")
    text = f'{root}<n:Patient><n:Tumor><n:Item naaccrId="ki67">20.0</n:Item></n:Tumor></n:Patient></n:NaaccrData>'
    (found,) = read_all(text)
    assert isinstance(found, Existing)
    assert found.tumor == {"ki67": "20.0"}


def test_utf_16_is_read() -> None:
    text = f'<?xml version="1.0" encoding="UTF-16"?>{OPEN}{patient({"nameLast": "Müller"})}</NaaccrData>'
    (found,) = read_all(text.encode("utf-16"))
    assert isinstance(found, Existing)
    assert found.tumor == {"nameLast": "Müller"}


ENTITY = f'<!DOCTYPE NaaccrData [<!ENTITY e "{CANARY}">]>'
FILE = '<!DOCTYPE NaaccrData [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
NETWORK = '<!DOCTYPE NaaccrData SYSTEM "http://127.0.0.1:9/naaccr.dtd">'
PARAMETER = '<!DOCTYPE NaaccrData [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p"> %p;]>'
LAUGHS = "<!DOCTYPE NaaccrData [<!ENTITY a0 'ha'>" + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12)) + "]>"
QUADRATIC = f"<!DOCTYPE NaaccrData [<!ENTITY a '{'x' * 50_000}'>]>"


@pytest.mark.parametrize(
    ("doctype", "value"),
    [(ENTITY, "&e;"), (FILE, "&e;"), (NETWORK, "x"), (PARAMETER, "x"), (LAUGHS, "&a11;"), (QUADRATIC, "&a;" * 5_000)],
    ids=["entity", "file", "network", "parameter", "laughs", "quadratic"],
)
def test_a_document_type_is_refused_and_nothing_of_it_is_expanded(doctype: str, value: str) -> None:
    text = f'{doctype}{OPEN}<Patient><Tumor><Item naaccrId="ki67">{value}</Item></Tumor></Patient></NaaccrData>'
    (error,) = read_all(text)
    assert isinstance(error, ReadError)
    assert "DOCTYPE" in error.reason or "not well-formed" in error.reason
    assert CANARY not in str(error)


def test_a_bomb_in_an_attribute_of_the_root_is_refused() -> None:
    root = OPEN.replace('recordType="A"', 'recordType="&a11;"')
    text = f"{LAUGHS}{root}{ONE}</NaaccrData>"
    assert "not well-formed" in error_of(text) or "DOCTYPE" in error_of(text)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\x01\x02",
        CANARY.encode(),
        f"<ClinicalDocument>{CANARY}</ClinicalDocument>".encode(),
        f"<NaaccrData>{CANARY}</NaaccrData>".encode(),
        f'<?xml version="1.0" encoding="nonsense"?>{OPEN}</NaaccrData>'.encode(),
        OPEN.encode() + b"<Patient><Item naaccrId='nameLast'>M\xfcller</Item></Patient></NaaccrData>",
        f"{OPEN}<Patient><Item naaccrId='nameLast'>&nbsp;</Item></Patient></NaaccrData>".encode(),
    ],
    ids=["empty", "binary", "text", "cda", "no-namespace", "encoding", "latin-1", "entity"],
)
def test_what_is_no_naaccr_xml_is_one_line_without_its_text(data: bytes) -> None:
    reason = error_of(data)
    assert CANARY not in reason
    assert len(reason) < 200


@pytest.mark.parametrize(
    "end",
    ["", "<Patient><Tumor>", "<Patient></Tumor>", "<b>" * 3_000, f"<Patient {CANARY}", "\x01"],
    ids=["no-end", "open", "wrong-end", "deep", "attribute", "control"],
)
def test_what_stands_before_the_break_is_read(end: str) -> None:
    *found, error = read_all(f"{OPEN}{ONE}{ONE}{end}")
    assert [item.number for item in found if isinstance(item, Existing)] == [1, 2]
    assert isinstance(error, ReadError)
    assert error.reason.endswith("what stands before it was read: 2 tumours")
    assert CANARY not in error.reason


def test_a_patient_without_end_is_refused_before_it_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_PATIENT_BYTES", 200_000)
    many = '<Item naaccrId="ki67">20.0</Item>' * 50_000
    *found, error = read_all(f"{OPEN}{ONE}<Patient>{many}</Patient></NaaccrData>")
    assert len(found) == 1
    assert isinstance(error, ReadError)
    assert error.reason.startswith("200,000 bytes without the end of a patient")


def test_many_patients_are_no_large_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_PATIENT_BYTES", 200_000)
    assert sum(isinstance(item, Existing) for item in read_all(file_of(ONE * 5_000))) == 5_000


WHOLE = file_of(*[patient({"regionalNodesPositive": "01", "nameLast": CANARY}, patientIdNumber="7")] * 3)


@given(st.integers(0, len(WHOLE)), st.binary(max_size=12), st.integers(0, 40))
def test_any_damage_gives_tumours_and_at_most_one_error_at_the_end(at: int, put: bytes, taken: int) -> None:
    found = read_all(WHOLE[:at] + put + WHOLE[at + taken :])
    assert len(found) <= 5
    assert all(isinstance(item, Existing) for item in found[:-1])
    assert CANARY not in "".join(str(item) for item in found if isinstance(item, ReadError))


# Prints how many bytes of memory reading so many patients takes at most; the file is made while it is read.
PEAK = """
import io, resource, sys
from itertools import chain, repeat
from nodalis.registry.reading import read
patients, opening, one = int(sys.argv[1]), sys.argv[2].encode(), sys.argv[3].encode()

class Made(io.RawIOBase):
    parts = chain([opening], repeat(one * 10, patients // 10), [b"</NaaccrData>"])
    left = b""

    def read(self, size=-1):
        while len(self.left) < size and (part := next(self.parts, None)) is not None:
            self.left += part
        given, self.left = self.left[:size], self.left[size:]
        return given

assert sum(1 for _ in read(Made(), "x")) == patients
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


@pytest.mark.slow
def test_a_file_of_100_000_tumours_takes_no_more_memory_than_one_of_a_hundred(root: Path) -> None:
    tumor = {f"item{number}": "x" * 40 for number in range(40)}

    def peak(patients: int) -> int:
        command = [sys.executable, "-c", PEAK, str(patients), OPEN, patient(tumor)]
        return int(subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout)

    assert peak(100_000) < peak(100) + 40_000_000  # the file has 290 MB
