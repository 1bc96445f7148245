"""The N and T categories that a report prints, and the result of each method on its nodes."""

from __future__ import annotations

import re
from dataclasses import replace

from .document import Document, Mention
from .model import Category, Section, Version

_ELSEWHERE = frozenset({Section.HISTORY, Section.BOILERPLATE, Section.GROSS, Section.SPECIMENS})
_POST_THERAPY = re.compile(r"y\s?p?\s?\Z")
_NEAR = 250  # characters between them, fewer than these
_LIST = 4  # so many different categories close together are a legend or a template, not a result


def stated_categories(document: Document) -> list[tuple[Category, Mention]]:
    """The pathological N categories that the report prints as its own, in order, one an overlapping match."""
    found: list[tuple[Category, Mention]] = []
    for mention in document.of("category"):
        category = mention.values.get("match") or mention.values.get("category")
        if (
            not isinstance(category, Category)
            or category.base.startswith("c")
            or mention.section in _ELSEWHERE
            or mention.version is Version.SUPERSEDED
        ):
            continue
        if mention.rule == "category.after_t" and _POST_THERAPY.search(document.clean, max(0, mention.start - 3), mention.start):
            category = replace(category, prefix="y")
        if found and found[-1][1].overlaps(mention):
            if mention.end - mention.start > found[-1][1].end - found[-1][1].start:
                found[-1] = (category, mention)
            continue
        found.append((category, mention))
    return [item for item in found if not in_list(document, item[1])]


def in_list(document: Document, mention: Mention) -> bool:
    """Whether a mention stands among so many different N categories that they are a legend or a template."""
    beside = document.within(mention.start - _NEAR + 1, mention.start + _NEAR, "category")
    near = {str(other.values.get("match") or other.values.get("category")) for other in beside}
    return len(near) >= _LIST


def stated_category(document: Document) -> tuple[Category | None, list[Mention], bool]:
    """The printed category, its words, and whether the report prints categories that contradict each other.

    A later version of the report replaces an earlier one; of a category and a closer one ("pN1", "pN1a") the closer stays.
    """
    found = stated_categories(document)
    for version in (Version.AMENDMENT, Version.ADDENDUM):
        later = [item for item in found if item[1].version is version]
        if later:
            found = later
            break
    if not found:
        return None, [], False
    assessed = [item for item in found if item[0].base != "pNX"]  # what one specimen cannot tell, another may
    found = assessed or found
    chosen, _ = max(found, key=lambda item: (len(item[0].base), -item[1].start))
    contradicting = any(not compatible(category.base, chosen.base) for category, _ in found)
    if contradicting:
        chosen = found[-1][0]
    suffixes = set(chosen.suffixes) | {suffix for category, _ in found for suffix in category.suffixes}
    if document.of("sentinel_suffix"):
        suffixes.add("sn")
    prefix = next((category.prefix for category, _ in found if category.prefix), "")
    category = replace(chosen, suffixes=tuple(suffix for suffix in ("sn", "f") if suffix in suffixes), prefix=prefix)
    return category, [mention for _, mention in found], contradicting


def compatible(one: str, other: str) -> bool:
    """Whether two category strings can be the same finding: equal, or one says less than the other.

    >>> compatible("pN1", "pN1a"), compatible("pN0", "pN0(i-)"), compatible("pN0", "pN0(i+)"), compatible("pN1", "pN1mi")
    (True, True, True, True)
    """
    return one == other or other.startswith(one) or one.startswith(other) or {one, other} <= {"pN0", "pN0(i-)", "pN0(mol-)"}


def agree(stated: str, derived: str) -> bool:
    """Whether a printed category can be the derived one: isolated tumour cells or a molecular finding must be in both or in neither.

    >>> agree("pN1", "pN1mi"), agree("pN0", "pN0(i-)"), agree("pN0", "pN0(i+)"), agree("pN0(mol+)", "pN0")
    (True, True, False, False)
    """
    return compatible(stated, derived) and stated.endswith("+)") == derived.endswith("+)")
