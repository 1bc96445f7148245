"""What a staging table asks for, out of a ledger: one reading of the facts, or several where a size spans classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from .deposits import Counts, tally
from .groups import Group
from .ledger import Ledger
from .model import Category, Decision, Deposit, Region
from .staging import decide, editions, load_table, sentinel_suffix

_NO_DEPOSIT = (Counts(0, 0, 0, 0),)
_AXES = {Region.INTERNAL_MAMMARY: "im", Region.INFRACLAVICULAR: "infraclav", Region.SUPRACLAVICULAR: "supraclav"}


@lru_cache(maxsize=4096)  # most reports have one of few facts, such as three nodes, all negative
def _decided(
    edition: str, readings: tuple[Counts, ...], beside: tuple[tuple[str, int | str], ...], prefix: str, suffixes: tuple[str, ...]
) -> Decision:
    """What a table makes of each reading of the deposits together with what is told beside them."""
    decision = decide(load_table(edition), [{**reading._asdict(), **dict(beside)} for reading in readings])
    if decision.category is None:
        return decision
    return replace(decision, category=replace(decision.category, prefix=prefix, suffixes=suffixes))


def _suffixes(edition: str, sentinel: bool, examined: int | None, dissection: bool) -> tuple[str, ...]:
    return ("sn",) if sentinel_suffix(load_table(edition), sentinel, examined, dissection) else ()


@lru_cache(maxsize=1024)  # most nodes are negative
def _without_deposits(
    beside: tuple[tuple[str, int | str], ...], prefix: str, sentinel: bool, examined: int | None, dissection: bool
) -> Mapping[str, Decision]:
    """The decision of each edition where no node bears tumour."""
    return {
        edition: _decided(edition, _NO_DEPOSIT, beside, prefix, _suffixes(edition, sentinel, examined, dissection))
        for edition in editions()
    }


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

    def stage(self) -> dict[str, Decision]:
        """The decision of each edition."""
        if self.undecided:
            return {edition: Decision(edition, None) for edition in editions()}
        ledger = self.ledger
        sentinel = bool(ledger.sentinel_examined or (self.stated and "sn" in self.stated.suffixes))
        dissection = any(not group.sentinel for group in ledger.groups)
        prefix = self.stated.prefix if self.stated else ""
        beside: tuple[tuple[str, int | str], ...] = (
            *self.axes.items(),
            ("examined", ledger.examined if ledger.examined is not None else int(ledger.positive is not None)),
            ("sought", int(ledger.examined == 0)),
            ("ihc", self.ihc if self.ihc == "negative" else "not_done"),
            ("mol", self.molecular or "not_done"),
        )
        if not self.counted:
            return dict(_without_deposits(beside, prefix, sentinel, ledger.examined, dissection))
        return {
            edition: _decided(
                edition,
                tuple(tally(load_table(edition), self.counted)),
                beside,
                prefix,
                _suffixes(edition, sentinel, ledger.examined, dissection),
            )
            for edition in editions()
        }


def as_stated(decision: Decision, stated: Category) -> Decision:
    """The printed category, where the facts decide nothing."""
    return replace(decision, category=stated, basis="stated", possible=(stated.base,))
