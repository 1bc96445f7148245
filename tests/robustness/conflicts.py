"""Conflicts made from the samples: one place changed of a fact that the report states at least twice."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.robustness.variants import Edit

Truth = Mapping[str, object]

# The other place of these facts is another operation, another side or a superseded version, so a change makes no conflict.
NOT_TWICE = frozenset({"addendum_corrects_counts", "amended_supersedes_previous", "lettered_history_other_side"})
_RATIO = re.compile(r"(?<![\d/.,])(\d{1,2}) ?/ ?(\d{1,2})(?![\d/]|\.\d)")
_EXAMINED = re.compile(r"^[^\n:]*\bnodes?\b[^\n:]*\b(?:examined|number|total)\b[^\n:]*:\s+(\d{1,2})$", re.IGNORECASE | re.MULTILINE)
_POSITIVE = re.compile(r"^[^\n:]*\bnodes?\b[^\n:]*\bpositive\b[^\n:]*:\s+(\d{1,2})$", re.IGNORECASE | re.MULTILINE)
_PART_LABEL = re.compile(r"sentinel|axillary|mammary", re.IGNORECASE)
_STATED = re.compile(r"(?<![A-Za-z])(?P<prefix>[yr]?p) ?N ?(?P<base>\d[a-c]?(?:mi)?(?:\((?:i|mol)[+-]\))?)(?![A-Za-z0-9])", re.IGNORECASE)
_SIDE = re.compile(r"\b(left|right)\b(?=[^\n]{0,40}(?:breast|axill|sentinel|node))|(?<=laterality: )(left|right)\b", re.IGNORECASE)
_LARGEST = re.compile(r"largest|biggest|greatest", re.IGNORECASE)
_MARGIN = re.compile(r"margin|closest|distance", re.IGNORECASE)
_DIGITS = ("pN0", "pN1a", "pN2a", "pN3a")
_CLASS_SIZES_MM = {"itc": ("0.05", "0.1", "0.15"), "micro": ("0.5", "1.1", "1.9"), "macro": ("2.4", "4", "9")}


@dataclass(frozen=True, slots=True)
class Conflict:
    """A text that contradicts itself, and how it was made."""

    kind: str
    sample: str
    what: str
    text: str


def conflicts(name: str, text: str, truth: Truth, generator: random.Random) -> Iterator[Conflict]:
    """Every conflict that can be made of a sample, in a fixed order."""
    if name in NOT_TWICE:
        return
    yield from _counts(name, text, truth, generator)
    yield from _categories(name, text, truth)
    yield from _sides(name, text, truth)
    yield from _sizes(name, text, truth)


def _conflict(kind: str, name: str, text: str, *edits: Edit) -> Conflict:
    for edit in sorted(edits, key=lambda edit: -edit.start):
        text = edit.apply(text)
    start = min(edit.start for edit in edits)
    around = text[max(0, start - 30) : start + 30].replace("\n", " | ")
    return Conflict(kind, name, f"{edits[0].old} -> {edits[0].new} in {around!r}", text)


def _counts(name: str, text: str, truth: Truth, generator: random.Random) -> Iterator[Conflict]:
    """A total that stands in two places, changed in one of them; a part where the total of the parts is printed."""
    positive, examined = truth["positive_as_printed"], truth["examined"]
    if not isinstance(positive, int) or not isinstance(examined, int) or examined == 0:
        return
    ratios = [found for found in _RATIO.finditer(text) if int(found[1]) <= int(found[2])]
    whole = [found for found in ratios if (int(found[1]), int(found[2])) == (positive, examined)]
    parts = [found for found in ratios if found not in whole and int(found[2]) < examined]
    adds_up = sum(int(found[1]) for found in parts) == positive and sum(int(found[2]) for found in parts) == examined
    for field, label, group in ((examined, _EXAMINED, 2), (positive, _POSITIVE, 1)):
        labels = [found for found in label.finditer(text) if int(found[1]) == field and not _PART_LABEL.search(found[0])]
        places = [*((found.start(group), found.end(group)) for found in whole), *((found.start(1), found.end(1)) for found in labels)]
        if len(places) >= 2 or (places and adds_up):
            for place in places:
                for new in _other_counts(field, generator):
                    yield _conflict("total", name, text, Edit(*place, str(field), new))
        if places and adds_up:
            for found in parts:
                for new in _other_counts(int(found[group]), generator):
                    yield _conflict("part", name, text, Edit(found.start(group), found.end(group), found[group], new))


def _other_counts(count: int, generator: random.Random) -> list[str]:
    return [str(new) for new in generator.sample([new for new in range(1, 30) if new != count], 5)]


def _categories(name: str, text: str, truth: Truth) -> Iterator[Conflict]:
    """The printed category changed to another, everywhere it is printed; the counts and sizes give the first."""
    derived, positive = truth["pn_ajcc8"], truth["positive"]
    stated = str(truth["pn_stated"])
    if derived is None or positive is None or not truth["examined"] or stated == "None":
        return
    base = re.sub(r"^[yr]+|\((?:sn|f)\)", "", stated)
    found = [item for item in _STATED.finditer(text) if "p" + "N" + item["base"].lower() == base]
    targets = [target for target in _DIGITS if target[2] != base[2]]
    if truth["largest_deposit_mm"] is not None and positive == 1 and base[2] == "1":
        targets.append("pN1a" if base == "pN1mi" else "pN1mi")
    if base == "pN0(i+)":
        targets.append("pN1mi")
    for target in targets:
        if found:
            yield _conflict(
                "category", name, text, *(Edit(item.start("base"), item.end("base"), item["base"], target[2:]) for item in found)
            )


def _sides(name: str, text: str, truth: Truth) -> Iterator[Conflict]:
    """One of the sides outside the gross description changed."""
    if truth["laterality"] not in ("left", "right") or "prophylactic" in name:
        return
    gross = re.search(r"^gross|^clinical", text, re.IGNORECASE | re.MULTILINE)
    body = text[: gross.start()] if gross and gross.start() > len(text) / 2 else text
    sides = [found for found in _SIDE.finditer(body) if found[0].lower() == truth["laterality"]]
    if len(sides) < 2:
        return
    for found in sides:
        other = "right" if found[0].lower() == "left" else "left"
        new = other.upper() if found[0].isupper() else other.title() if found[0].istitle() else other
        yield _conflict("side", name, text, Edit(found.start(), found.end(), found[0], new))


def _sizes(name: str, text: str, truth: Truth) -> Iterator[Conflict]:
    """The largest deposit changed to another class, everywhere it is printed; words or the category say the first class."""
    size, stated = truth["largest_deposit_mm"], str(truth["pn_stated"])
    if size is None or not re.fullmatch(r"[\d.]+", str(size)) or not re.search(r"1mi|i\+|[123]a", stated):
        return
    mm = float(str(size))
    size_class = "itc" if mm <= 0.2 else "micro" if mm <= 2 else "macro"
    printed = {_number(number) + rf" ?{unit}\b" for number, unit in ((mm, "mm"), (mm / 10, "cm"))}
    found = [item for pattern in printed for item in re.finditer(rf"(?<![\d.,]){pattern}", text, re.IGNORECASE)]
    found = [item for item in found if not _MARGIN.search(text, max(0, item.start() - 30), item.end() + 10)]
    several = isinstance(truth["positive_as_printed"], int) and truth["positive_as_printed"] > 1
    largest = any(_LARGEST.search(text[max(0, item.start() - 40) : item.start()]) for item in found)
    if not found or (several and size_class != "micro" and not largest):
        return
    for other, sizes in _CLASS_SIZES_MM.items():
        for new in sizes if other != size_class and name != "cap_pn1mi_over_200_cells" else ():  # there the cells decide
            if {size_class, other} == {"itc", "micro"} and several and size_class == "micro":
                continue  # another node may still hold the micrometastasis
            yield _conflict("size", name, text, *(Edit(item.start(), item.end(), item[0], f"{new} mm") for item in found))


def _number(number: float) -> str:
    """A pattern of the number as it may be printed: 2, 2.0, 2,0."""
    whole, _, part = f"{number:g}".partition(".")
    return rf"{whole}[.,]{part}0?" if part else rf"{whole}(?:[.,]0)?"
