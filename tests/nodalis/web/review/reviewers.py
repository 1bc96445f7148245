"""People who decide by real requests: what each saw, what they sent, what was answered."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import unescape

import httpx

from tests.nodalis.web.review.serving_review import PASSWORD

_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


@dataclass(frozen=True)
class Attempt:
    """A decision that was sent, and the answer."""

    report_id: int
    versions: str  # the set that the person saw
    last: str  # the decision that they saw last
    action: str
    reviewer: str
    status: int


@dataclass
class Reviewer:
    """Somebody who is signed in."""

    name: str
    client: httpx.Client
    attempts: list[Attempt] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)

    @classmethod
    def signed_in(cls, name: str, url: str) -> Reviewer:
        """Somebody at the page of this address."""
        client = httpx.Client(base_url=url, timeout=60)
        token = _hidden(client.get("/sign-in").text)["csrf"]
        answer = client.post("/sign-in", data={"csrf": token, "name": name, "password": PASSWORD, "next": "/"})
        assert answer.status_code == 303, answer.status_code
        return cls(name, client)

    def look(self, report_id: int) -> httpx.Response:
        """A report."""
        answer = self.client.get(f"/reports/{report_id}")
        self.answers[answer.status_code] += 1
        return answer

    def decide(self, report_id: int, page: str, chance: random.Random) -> int:
        """Decide something that the page offers; the status of the answer."""
        fields = _hidden(page)
        may = ["undo"] if 'value="undo"' in page else ["set_aside"]
        may += ["accept", "correct"] if 'value="accept"' in page else []
        action = chance.choice(may)
        given = {**fields, "action": action, "reason": "looked at it"}
        if action == "correct":
            given["new-tumor.grade"] = chance.choice(("1", "3"))
        answer = self.client.post(f"/reports/{report_id}/decision", data=given)
        self.answers[answer.status_code] += 1
        self.attempts.append(Attempt(report_id, fields["versions"], fields["last"], action, self.name, answer.status_code))
        return answer.status_code

    def work(self, report_ids: Sequence[int], rounds: int, seed: str) -> None:
        """Look at reports and decide about them, now and then at the list as well."""
        chance = random.Random(seed)
        for number in range(rounds):
            report_id = chance.choice(report_ids)
            answer = self.look(report_id)
            if number % 5 == 4:
                self.answers[self.client.get("/").status_code] += 1
            if answer.status_code == 200:
                self.decide(report_id, answer.text, chance)


def _hidden(page: str) -> dict[str, str]:
    """The hidden fields of the forms of a page."""
    return {name: unescape(value) for name, value in _HIDDEN.findall(page)}
