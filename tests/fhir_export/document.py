"""What docs/fhir.md and docs/fhir-codes.md show of the code: examples, searches and code tables, written into them by this script.

    python tests/fhir_export/document.py            rewrite both pages (`make approve` does it as well)
    python tests/fhir_export/document.py --check    say which differ and change nothing

Each stands right below a mark, a comment that the reader of the rendered page does not see:

    <!-- example: SAMPLE TYPE -->                          a resource of samples/approved/SAMPLE.bundle.json
    <!-- example: SAMPLE Observation NAME -->              NAME is the text of its code, with "(method)" where that is not enough
    <!-- example: SAMPLE document Patient -->              of another FORM, exported here
    <!-- example: SAMPLE Specimen A | parent, collection --> only these elements; "| without text" all but these
    <!-- queries -->                                       the searches of tests/receivers/queries.toml
    <!-- codes: category, method -->                       tables of fhir_export/codes.toml
    <!-- codes: not emitted -->                            the codes that wait there for a primary source

What is left out shows as "...": elements, list items after the third, all but one of several passages, the end of long strings.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # the working tree, also where another version is installed

from fhir_export import Context, Identifier, dumps, to_bundle  # noqa: E402
from fhir_export.codes import CONCEPTS, Code  # noqa: E402
from parser import parse  # noqa: E402

PAGES: Final = (ROOT / "docs" / "fhir.md", ROOT / "docs" / "fhir-codes.md")
SAMPLES: Final = ROOT / "samples"
QUERIES: Final = ROOT / "tests" / "receivers" / "queries.toml"

_MARKED: Final = re.compile(r"^(<!-- (example|queries|codes)(?:: ([^\n]+?))? -->\n)(```json\n.*?^```\n|(?:\|[^\n]*\n)*)", re.M | re.S)
_WIDTH: Final = 140
_LONGEST_STRING: Final = 80
_MOST_ITEMS: Final = 3

# What a caller of `to_bundle` changes to get a form other than the approved collection.
_NAMED: Final = {"subject": Identifier("urn:oid:1.2.4", "0815"), "family": "FAMILY-1", "given": "GIVEN-1", "sex": "female"}
FORMS: Final[Mapping[str, tuple[Any, Mapping[str, Any]]]] = {
    "document": ("document", _NAMED),
    "transaction": ("transaction", {}),
    "R5": ("collection", {"fhir_version": "R5"}),
    "female": ("collection", {"sex": "female"}),
    "accession": ("collection", {"accession": Identifier("urn:oid:1.2.5", "A26-00417"), "collected": "2026-03-01"}),
    "text": ("collection", {"text": ""}),
}

_SYSTEMS: Final = {
    "http://snomed.info/sct": "SNOMED CT",
    "http://loinc.org": "LOINC",
    "http://hl7.org/fhir/sid/icd-10-cm": "ICD-10-CM",
    "http://www.ncbi.nlm.nih.gov/gtr": "GTR",
    "https://www.uicc.org/resources/tnm": "UICC, as MII writes it",
}


def rewritten(page: str) -> str:
    """The page with every marked part as the code has it now."""
    return _MARKED.sub(lambda match: match[1] + _PARTS[match[2]](match[3] or ""), page)


def marks(page: str) -> list[tuple[str, str]]:
    """Kind and argument of every mark of a page."""
    return [(match[2], match[3] or "") for match in _MARKED.finditer(page)]


# ---- examples ---------------------------------------------------------------------------------------------------------


def _example(argument: str) -> str:
    words, _, elements = argument.partition(" | ")
    sample, *rest = words.split(" ")
    form = rest.pop(0) if rest[0] in FORMS else ""
    kind, name = rest[0], " ".join(rest[1:])
    of_kind = [resource for resource in _resources(sample, form) if resource["resourceType"] == kind]
    found = [resource for resource in of_kind if not name or name in _names(resource)]
    if len(found) != 1:
        raise ValueError(f"<!-- example: {argument} -->: {len(found)} resources have this name")
    return "```json\n" + "\n".join(_shown(found[0], _chosen(found[0], elements))) + "\n```\n"


def _chosen(resource: Mapping[str, Any], elements: str) -> set[str]:
    """The names of the elements to show: all, those listed, or all "without" those listed."""
    listed = {item.strip() for item in elements.removeprefix("without ").split(",") if item.strip()}
    missing = listed - resource.keys()
    if missing:
        raise ValueError(f"{resource['resourceType']} has no {', '.join(sorted(missing))}")
    return {"resourceType", *listed} if listed and not elements.startswith("without ") else resource.keys() - listed


@cache
def _resources(sample: str, form: str) -> list[dict[str, Any]]:
    """The resources of a sample, with decimals digit for digit."""
    if form:
        shape, changes = FORMS[form]
        text = (SAMPLES / f"{sample}.txt").read_bytes().decode("utf-8")
        given: dict[str, Any] = {"report_id": sample, "issuer": "urn:nodalis:samples", "subject": "Patient/sample"}
        given |= {"effective": "2026-03-02", "recorded": "2026-03-03T09:00:00Z", **changes}
        context = Context(**given | ({"text": text} if "text" in changes else {}))
        content = dumps(to_bundle(replace(parse(text), grammar="sha256:of-the-rules"), context, form=shape))
    else:
        content = (SAMPLES / "approved" / f"{sample}.bundle.json").read_bytes()
    return [entry["resource"] for entry in json.loads(content, parse_float=Decimal)["entry"]]


def _names(resource: Mapping[str, Any]) -> Iterator[str]:
    """What a resource can be called: the text of its code, that with its method, the label of a specimen."""
    code = resource.get("code", {}).get("text")
    if code:
        yield code
        yield f"{code} ({resource.get('method', {}).get('text')})"
    yield from (item["value"] for item in resource.get("identifier", ()) if isinstance(item, dict) and "type" in item)


def _shown(resource: Mapping[str, Any], elements: set[str]) -> Iterator[str]:
    """The lines of a resource; one of "..." for each run of elements that are left out."""
    yield "{"
    hidden = False
    for number, (key, value) in enumerate(resource.items(), 1):
        if key in elements:
            yield from _lines(f"{json.dumps(key)}: ", value, 2, "," if number < len(resource) else "")
        elif not hidden:
            yield "  ..."
        hidden = key not in elements
    yield "}"


def _lines(start: str, value: Any, indent: int, end: str) -> Iterator[str]:
    """A value in as few lines as the width allows; what holds only one other thing opens and closes on the same lines."""
    flat = " " * indent + start + _flat(value) + end
    if not isinstance(value, dict | list) or (len(flat) <= _WIDTH and not _is_cut(value)):
        yield flat
        return
    opening, closing = ("{", "}") if isinstance(value, dict) else ("[", "]")
    inner = [(f"{json.dumps(key)}: ", item) for key, item in value.items()] if isinstance(value, dict) else [("", item) for item in value]
    if len(inner) == 1 and isinstance(inner[0][1], dict | list):
        yield from _lines(start + opening + inner[0][0], inner[0][1], indent, closing + end)
        return
    yield " " * indent + start + opening
    shown = inner if isinstance(value, dict) else inner[: _most(value)]
    for number, (name, item) in enumerate(shown, 1):
        yield from _lines(name, item, indent + 2, "," if number < len(inner) else "")
    if len(shown) < len(inner):
        yield " " * (indent + 2) + "..."
    yield " " * indent + closing + end


def _is_cut(value: Any) -> bool:
    """Whether a list in it has more items than are shown."""
    if isinstance(value, dict):
        return any(_is_cut(inner) for inner in value.values())
    return isinstance(value, list) and (len(value) > _most(value) or any(map(_is_cut, value)))


def _most(items: list[Any]) -> int:
    """How many items of a list are shown: of extensions that say the same of several passages one is enough."""
    urls = {item.get("url") for item in items if isinstance(item, dict)}
    return 1 if len(urls) == 1 and None not in urls else _MOST_ITEMS


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {_flat(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flat, value)) + "]"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, str) and len(value) > _LONGEST_STRING and not value.startswith("http"):
        return json.dumps(value[:_LONGEST_STRING], ensure_ascii=False)[:-1] + '..."'
    return json.dumps(value, ensure_ascii=False)


# ---- searches and codes -----------------------------------------------------------------------------------------------


def queries() -> list[dict[str, Any]]:
    """The searches of queries.toml."""
    found: list[dict[str, Any]] = tomllib.loads(QUERIES.read_text(encoding="utf-8"))["query"]
    return found


def _queries(argument: str) -> str:
    return _table(("question", "search"), ((query["question"], _code(query["url"])) for query in queries()))


def _codes(argument: str) -> str:
    if argument == "not emitted":
        rows = (_row(name, code) for name, code in _every_code() if not code.shipped)
    else:
        groups = [group.strip() for group in argument.split(",")]
        unknown = set(groups) - {name.split(".")[0] for name in CONCEPTS}
        if unknown:
            raise ValueError(f"<!-- codes: {argument} -->: codes.toml has no {', '.join(sorted(unknown))}")
        rows = (row for name, entry in CONCEPTS.items() if name.split(".")[0] in groups for row in _rows(name, entry.codes))
    return _table(("entry", "system", "code", "display", "mark", "seen in"), rows)


def _every_code() -> Iterator[tuple[str, Code]]:
    return ((name, code) for name, entry in CONCEPTS.items() for code in entry.codes)


def _rows(name: str, codes: Iterable[Code]) -> list[tuple[str, ...]]:
    return [_row(name, code) for code in codes if code.shipped] or [(name, "text only", "", CONCEPTS[name].text or "", "", "")]


def _row(name: str, code: Code) -> tuple[str, ...]:
    last = re.split(r"[/:]", code.system)[-1]
    system = _SYSTEMS.get(code.system) or (f"Nodalis {last}" if code.mark == "own" else last)
    return name, system, _code(code.code), code.display or "", code.mark, code.source


def _code(text: str) -> str:
    return "`" + text.replace("|", "\\|") + "`"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [_line(row) for row in rows]
    return "".join([_line(head), "|" + "---|" * len(head) + "\n", *lines])


def _line(cells: Iterable[str]) -> str:
    return "|" + "|".join(f" {cell} " if cell else " " for cell in cells) + "|\n"


_PARTS: Final[Mapping[str, Callable[[str], str]]] = {"example": _example, "queries": _queries, "codes": _codes}


def main(arguments: list[str]) -> int:
    """Rewrite the pages that differ, or with --check only name them."""
    check, found = arguments == ["--check"], 0
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        new = rewritten(text)
        if new != text:
            found += 1
            print(f"{'differs' if check else 'rewritten'}: {page.relative_to(ROOT)}")
            if not check:
                page.write_text(new, encoding="utf-8", newline="\n")
    return int(check and found > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
