"""Specimens whose sides do not fit need review; those that fit do not."""

from __future__ import annotations

import pytest

from parser import parse
from parser.model import IssueKind

CANCER = "C. Left breast, mastectomy: invasive ductal carcinoma, 2 cm.\n"
NODES = "FINAL DIAGNOSIS:\nA. Left sentinel lymph node: negative (0/1).\nB. Left axillary contents: negative (0/9).\n"


def told(text: str) -> bool:
    return IssueKind.SIDES_DIFFER in parse(text).reasons


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(NODES + CANCER, id="one side"),
        pytest.param(NODES + CANCER + "D. Right breast, mastectomy: benign breast tissue.\n", id="the other breast too"),
        pytest.param(
            "CLINICAL HISTORY: Right breast cancer in 2009, prior mastectomy.\n" + NODES + CANCER, id="an earlier cancer of the other"
        ),
        pytest.param("FINAL DIAGNOSIS:\nA. Left axillary contents: one of nine nodes positive (1/9).\n", id="nodes without a breast"),
        pytest.param(NODES + CANCER + "SYNOPTIC:\nLaterality: Left\n", id="label"),
    ],
)
def test_sides_that_fit(text: str) -> None:
    assert not told(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(NODES.replace("Left sentinel", "Right sentinel") + CANCER, id="nodes of a side without a breast"),
        pytest.param(NODES + CANCER.replace("Left", "Right"), id="all nodes on the side without the cancer"),
        pytest.param(NODES + CANCER + "SYNOPTIC:\nLaterality: Right\n", id="label"),
        pytest.param("SPECIMENS RECEIVED:\nA. Right axilla\nC. Right breast\n\n" + NODES + CANCER, id="list of specimens"),
        pytest.param(NODES + CANCER + "D. Right breast, medial margin: no tumor.\n", id="a margin of a breast not operated on"),
        pytest.param("CLINICAL INFORMATION: Right breast cancer.\n\n" + NODES + CANCER, id="clinical note"),
        pytest.param("Breast, left, mastectomy, and right axilla, contents: Infiltrating carcinoma, 2/9 nodes positive.", id="one title"),
    ],
)
def test_sides_that_do_not_fit(text: str) -> None:
    assert told(text)
