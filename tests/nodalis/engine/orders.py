"""Messages as a laboratory sends them: the synthetic reports of samples/ as ORU^R01, with what a day has of corrections and addenda."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

SAMPLES = Path(__file__).resolve().parents[3] / "samples"
_ESCAPES = str.maketrans({"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\"})


@dataclass(frozen=True, slots=True)
class Order:
    """One message about one report."""

    number: str  # of the report
    control_id: str
    text: str
    status: str = "F"  # OBR-25 and OBX-11
    reported: str = "20260304100000+0100"  # OBR-22

    def message(self) -> bytes:
        """The message, segments ended by carriage returns."""
        result = "F" if self.status in "BDW" else self.status
        lines = (line.translate(_ESCAPES) for line in self.text.splitlines() or [""])
        rows = (
            f"OBX|{index}|TX|22637-3^Final diagnosis^LN||{line}||||||{self.status}|||{self.reported}" for index, line in enumerate(lines, 1)
        )
        segments = (
            f"MSH|^~\\&|LIS|LAB|NODALIS|REG|20260304101500+0100||ORU^R01^ORU_R01|{self.control_id}|P|2.5.1|||||||UNICODE UTF-8",
            f"PID|1||P{self.number}^^^HOSP&1.2.3.4&ISO^MR||DOE^JANE||19610302|F",
            f"OBR|1||{self.number}^LAB^1.2.3.5^ISO|11529-5^Surgical pathology^LN|||20260302|||||||||||||||{self.reported}|||{result}",
            *rows,
        )
        return ("\r".join(segments) + "\r").encode()


@cache
def texts() -> tuple[str, ...]:
    """The reports of samples/."""
    return tuple(path.read_text(encoding="utf-8") for path in sorted(SAMPLES.glob("*.txt")))


def day(count: int, seed: int = 1) -> Iterator[Order]:
    """So many messages: reports of their own, a quarter with an addendum in the text, one in a hundred corrected later, some taken back."""
    chance = random.Random(seed)
    sent: list[Order] = []
    for index in range(count):
        if sent and chance.random() < 0.012:
            earlier = chance.choice(sent)
            status = chance.choices("CDW", weights=(10, 1, 1))[0]
            text = earlier.text.replace("\n", f"\nCase note {index}.\n", 1) if status == "C" else earlier.text
            yield replace(earlier, control_id=f"M{seed}-{index:06}", status=status, text=text, reported=f"2026030510{index % 60:02}00+0100")
            continue
        text = f"Case note {index}.\n{chance.choice(texts())}"
        if chance.random() < 0.25:
            text += "\nADDENDUM\nEstrogen receptor: positive, 90 %.\n"
        order = Order(f"S26-{seed}-{index:06}", f"M{seed}-{index:06}", text)
        sent.append(order)
        yield order
