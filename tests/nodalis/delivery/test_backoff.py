"""Waiting, giving up, and taking a server for down, with clocks that the tests move."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from nodalis.delivery.backoff import Patience, wait_seconds
from nodalis.delivery.breaker import Breaker


class Clocks:
    """A wall clock that may be set, and one that only runs."""

    def __init__(self) -> None:
        self.wall, self.ran = datetime(2026, 3, 2, tzinfo=UTC), 1000.0

    def pass_by(self, **time: float) -> None:
        self.wall += timedelta(**time)
        self.ran += timedelta(**time).total_seconds()

    def now(self) -> datetime:
        return self.wall

    def elapsed(self) -> float:
        return self.ran


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.mark.parametrize(("failures", "seconds"), [(1, 1), (2, 2), (3, 4), (8, 128), (9, 256)])
def test_a_wait_doubles_and_spreads_by_a_fifth(failures: int, seconds: float) -> None:
    chance = random.Random(7)
    waits = [wait_seconds(failures, chance=chance) for _ in range(2000)]
    assert 0.8 * seconds <= min(waits) < 0.85 * seconds
    assert min(300, 1.15 * seconds) <= max(waits) <= min(300, 1.2 * seconds)


@pytest.mark.parametrize("failures", [10, 11, 300, 10**9])
def test_no_wait_is_longer_than_five_minutes(failures: int) -> None:
    assert 240 <= wait_seconds(failures) <= 300


def test_a_report_is_given_up_a_day_after_it_was_first_sent(clocks: Clocks) -> None:
    patience = Patience(24, clocks.now, clocks.elapsed)
    first = clocks.now()
    assert not patience.is_over(None)
    clocks.pass_by(hours=23, minutes=59)
    assert not patience.is_over(first)
    clocks.pass_by(minutes=1)
    assert patience.is_over(first)


def test_the_day_goes_on_while_nobody_runs(clocks: Clocks) -> None:
    first = clocks.now()
    clocks.pass_by(hours=25)
    assert Patience(24, clocks.now, clocks.elapsed).is_over(first)


@pytest.mark.parametrize("hours", [25, 24 * 365 * 12])
def test_a_clock_set_forward_gives_nothing_up_early(clocks: Clocks, hours: float) -> None:
    patience = Patience(24, clocks.now, clocks.elapsed)
    first = clocks.now()
    clocks.wall += timedelta(hours=hours)
    assert not patience.is_over(first)
    clocks.pass_by(hours=23)
    assert not patience.is_over(first)
    clocks.pass_by(hours=1)
    assert patience.is_over(first)


def test_a_clock_set_back_gives_nothing_up_early(clocks: Clocks) -> None:
    patience = Patience(24, clocks.now, clocks.elapsed)
    first = clocks.now()
    clocks.wall -= timedelta(hours=1)
    clocks.pass_by(hours=24)
    assert not patience.is_over(first)
    assert patience.leap() == timedelta(hours=-1)


def test_one_bad_report_never_makes_a_server_look_down(clocks: Clocks) -> None:
    breaker = Breaker(clocks.elapsed)
    for _ in range(100):
        breaker.failed(7, None)
    assert not breaker.is_open


def test_reports_that_fail_between_others_that_do_not_are_bad_themselves(clocks: Clocks) -> None:
    breaker = Breaker(clocks.elapsed)
    for report in range(100):
        breaker.failed(report, None)
        if report % 4 == 3:
            breaker.answered()
    assert not breaker.is_open


def test_a_server_that_takes_nothing_is_tried_with_one_report_at_growing_intervals_of_at_most_half_a_minute(clocks: Clocks) -> None:
    breaker = Breaker(clocks.elapsed)
    for report in range(5):
        breaker.failed(report, None)
    assert breaker.is_open
    waits = []
    for report in range(5, 20):
        waits.append(breaker.seconds)
        breaker.failed(1000 + report, None)  # was on its way already
        assert breaker.seconds == waits[-1]
        clocks.pass_by(seconds=breaker.seconds + 0.001)
        assert breaker.seconds == 0
        assert breaker.is_open
        breaker.failed(report, None)
    assert waits[0] <= 1.2
    assert all(later > earlier for earlier, later in pairwise(waits[:5]))
    assert 24 <= waits[-1] <= 30


def test_a_server_that_answers_is_there_again(clocks: Clocks) -> None:
    breaker = Breaker(clocks.elapsed)
    for report in range(5):
        breaker.failed(report, None)
    breaker.answered()
    assert not breaker.is_open
    assert breaker.seconds == 0


def test_a_server_that_asks_for_a_pause_gets_it_at_once(clocks: Clocks) -> None:
    breaker = Breaker(clocks.elapsed)
    breaker.failed(1, 120)
    breaker.failed(2, 7)
    assert breaker.seconds == 120
    clocks.pass_by(seconds=121)
    assert breaker.is_open
    assert breaker.seconds == 0
