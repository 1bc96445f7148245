"""``nodalis doctor``: every check of the engine, one line each."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from typing import Final

from ..exits import Exit, unexpected
from ..printable import one_line
from ..service import logs
from ..service.checks.audit import audit
from ..service.checks.certificates import certificates, secrets
from ..service.checks.endpoint import endpoint, token
from ..service.checks.finding import Check, Finding, Verdict, problem
from ..service.checks.machine import clock, limits, programs, rules
from ..service.checks.network import peers, plain_text, ports
from ..service.checks.store import store
from ..settings import LogSettings, Settings

_CHECKS: Final[tuple[Check, ...]] = (
    store, audit, rules, programs, peers, plain_text, ports, certificates, secrets, endpoint, token, limits, clock,
)  # fmt: skip


def run(settings: Settings, as_json: bool, show: bool) -> Exit:
    """Print what was found; a problem gives ``Exit.PROBLEMS``. With ``show`` print the settings instead."""
    if show:
        print(settings.model_dump_json(indent=2))
        return Exit.OK
    logs.configure(LogSettings(level="error", format=settings.log.format))
    found = [finding for check in _CHECKS for finding in _checked(check, settings)]
    count = Counter(finding.verdict for finding in found)
    if as_json:
        figures = {"problems": count[Verdict.PROBLEM], "warnings": count[Verdict.WARNING]}
        print(json.dumps(figures | {"checks": [asdict(finding) for finding in found]}, indent=2))
    else:
        for finding in found:
            print(_line(finding))
        print(f"{count[Verdict.PROBLEM]} problems, {count[Verdict.WARNING]} warnings, {count[Verdict.OK]} ok")
    return Exit.PROBLEMS if count[Verdict.PROBLEM] else Exit.OK


def _checked(check: Check, settings: Settings) -> Iterable[Finding]:
    try:
        return list(check(settings))
    except Exception as error:
        return [problem(check.__name__, unexpected(error), "please report it")]


def _line(finding: Finding) -> str:
    advice = f"; {finding.advice}" if finding.advice else ""
    return one_line(f"{finding.verdict:<8} {finding.check:<24} {finding.found}{advice}")
