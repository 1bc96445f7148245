"""What a staging table asks for, out of a ledger: one reading of the facts, or several where a size spans classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from .deposits import Counts, tally
from .groups import Group
from .ledger import Ledger
from .model import Category, Decision, Deposit, Region
from .staging import decide, load_table, sentinel_suffix

_AXES = {Region.INTERNAL_MAMMARY: "im", Region.INFRACLAVICULAR: "infraclav", Region.SUPRACLAVICULAR: "supraclav"}


@lru_cache(maxsize=4096)  # most reports have one of few facts, such as three nodes, all negative
def _decided(edition: str, alternatives: tuple[tuple[tuple[str, int | str], ...], ...], prefix: str, suffixes: tuple[str, ...]) -> Decision:
    decision = decide(load_table(edition), [dict(inputs) for inputs in alternatives])
    if decision.category is None:
        return decision
    return replace(decision, category=replace(decision.category, prefix=prefix, suffixes=suffixes))


class Facts:
    """What a staging table asks for, in one or several readings."""

    def __init__(
        self,
        ledger: Ledger,
        deposits: Sequence[tuple[Group | None, Deposit]],
        ihc: str | None,
        molecular: str | None,
        stated: Category | None,
        clinical: bool,
    ) -> None:
        self.ledger, self.deposits, self.ihc, self.molecular, self.stated = ledger, deposits, ihc, molecular, stated
        self.axes = {
            _AXES[group.region]: ("clinical" if clinical else "occult_sln") if group.region is Region.INTERNAL_MAMMARY else 1
            for group in ledger.groups
            if group.region in _AXES and group.positive
        }
        self.counted = [deposit for group, deposit in deposits if group is None or group.region not in _AXES]

    @property
    def undecided(self) -> bool:
        """Whether the positive nodes are not counted."""
        none_found = self.ledger.examined == 0 and not self.ledger.nodules  # a tumour nodule may be what is left of a node
        return self.ledger.positive is None and not self.deposits and not none_found

    def stage(self, edition: str) -> Decision:
        """The decision of one edition."""
        table = load_table(edition)
        if self.undecided:
            return Decision(edition, None)
        sentinel = bool(self.ledger.sentinel_examined or (self.stated and "sn" in self.stated.suffixes))
        dissection = any(not group.sentinel for group in self.ledger.groups)
        suffix = ("sn",) if sentinel_suffix(table, sentinel, self.ledger.examined, dissection) else ()
        prefix = self.stated.prefix if self.stated else ""
        return _decided(edition, tuple(self._inputs(reading) for reading in tally(table, self.counted)), prefix, suffix)

    def _inputs(self, reading: Counts) -> tuple[tuple[str, int | str], ...]:
        inputs: dict[str, int | str] = {
            "macro": reading.macro,
            "micro": reading.micro,
            "unsized": reading.unsized,
            "itc": reading.itc,
            **self.axes,
        }
        inputs["examined"] = self.ledger.examined if self.ledger.examined is not None else int(self.ledger.positive is not None)
        inputs["sought"] = int(self.ledger.examined == 0)
        inputs["ihc"] = self.ihc if self.ihc == "negative" else "not_done"
        inputs["mol"] = self.molecular or "not_done"
        return tuple(inputs.items())


def as_stated(decision: Decision, stated: Category) -> Decision:
    """The printed category, where the facts decide nothing."""
    return replace(decision, category=stated, basis="stated", possible=(stated.base,))
