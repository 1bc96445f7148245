"""Ways of doing the same work, measured in turns: a busy machine slows all of them alike, so that ratios hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from statistics import median
from time import process_time
from typing import TypeAlias

Way: TypeAlias = Callable[[int], float]  # number of the round -> CPU seconds a report


def timed(reports: int, work: Callable[[int], object]) -> Way:
    """Work of this process on so many reports as a way."""

    def way(number: int) -> float:
        start = process_time()
        work(number)
        return (process_time() - start) / reports

    return way


def medians(ways: Mapping[str, Way], rounds: int) -> dict[str, float]:
    """CPU seconds a report of each way: the median of its rounds. Round 0 warms up and does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, way in ways.items():
            spent = way(number)
            if number:
                seconds[name].append(spent)
    return {name: median(spent) for name, spent in seconds.items()}
