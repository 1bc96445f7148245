"""NAACCR XML files written for tests."""

from __future__ import annotations

from collections.abc import Mapping
from xml.sax.saxutils import escape

ROOT = (
    '<NaaccrData xmlns="http://naaccr.org/naaccrxml" baseDictionaryUri="http://naaccr.org/naaccrxml/naaccr-dictionary-{version}0.xml" '
    'recordType="A" specificationVersion="1.8">'
)


def items(values: Mapping[str, str]) -> str:
    return "".join(f'<Item naaccrId="{item}">{escape(value)}</Item>' for item, value in values.items())


def patient(*tumors: Mapping[str, str], **own: str) -> str:
    return f"<Patient>{items(own)}{''.join(f'<Tumor>{items(tumor)}</Tumor>' for tumor in tumors)}</Patient>"


def file_of(*patients: str, version: str = "26") -> bytes:
    return f"{ROOT.format(version=version)}{''.join(patients)}</NaaccrData>".encode()
