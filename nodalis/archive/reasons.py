"""What each reason for review means, in a few words. ``docs/issues.md`` says more, and what to look at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from parser.model import IssueKind

MEANINGS: Final[Mapping[str, str]] = {
    IssueKind.TOTAL_DIFFERS_FROM_PARTS: "A printed total of nodes is not the sum of its parts",
    IssueKind.COUNTS_DIFFER: "Two passages give different counts for the same nodes",
    IssueKind.POSITIVE_EXCEEDS_EXAMINED: "More nodes positive than examined",
    IssueKind.IMPOSSIBLE_COUNT: "A number that cannot be a count of nodes",
    IssueKind.COUNT_MISSING: "Nodes are called positive or negative, without a number to rely on",
    IssueKind.RESULT_MISSING: "Nodes were counted, and nothing says whether they hold tumour",
    IssueKind.TUMOUR_NODULE: "A tumour nodule in axillary fat, which the counts may or may not include",
    IssueKind.SIZE_SPANS_CLASSES: "The size of a deposit allows more than one category",
    IssueKind.WORDS_DIFFER_FROM_SIZE: "Words and measured size of a deposit disagree",
    IssueKind.CELLS_AT_BOUNDARY: "Between isolated tumour cells and micrometastasis by the number of cells",
    IssueKind.STATED_DIFFERS_FROM_DERIVED: "The printed category does not follow from the counts and sizes",
    IssueKind.STATED_CATEGORIES_DIFFER: "Two different categories are printed for the same cancer",
    IssueKind.CATEGORY_NOT_DERIVED: "A category is printed, and the facts are not enough to check it",
    IssueKind.STAGING_TABLE_SILENT: "The edition says nothing on these facts",
    IssueKind.MOLECULAR_ONLY: "Positive by a molecular test only, no deposit seen",
    IssueKind.SIDES_DIFFER: "Left and right do not fit together",
    IssueKind.TWO_CANCERS: "More than one invasive cancer, each staged for itself",
    IssueKind.INTRAOPERATIVE_ONLY: "Frozen section or touch preparation only, no permanent section",
    IssueKind.GROSS_ONLY: "Counted in the gross description only",
    IssueKind.NEEDLE_SAMPLE_ONLY: "Proven by a needle sample only, no node removed",
    IssueKind.RESULT_PENDING: "A result is still to come",
    IssueKind.HEDGED_RESULT: "A result is worded as uncertain",
    IssueKind.UNREAD_NODE_STATEMENT: "A passage on lymph nodes that no rule explains",
    IssueKind.TEMPLATE_BLANK: "A field of the form was left blank or unchosen",
    IssueKind.NO_NODE_STATEMENT: "Nothing is said about lymph nodes",
    IssueKind.NOT_BREAST: "Another organ, or no breast cancer",
    IssueKind.EMPTY_TEXT: "No text, or a header only",
    IssueKind.UNREADABLE_TEXT: "Characters were lost, hidden or guessed",
    IssueKind.TEXT_FROM_SCAN: "Read from a scan, where 1 and l, 0 and O look alike",
    IssueKind.TEXT_LEFT_OUT: "Words that are struck out or cannot be seen were left out",
    IssueKind.ANSWERS_DIFFER: "The answers of a checklist and the text differ",
    IssueKind.VERSIONS_UNCLEAR: "Which version of the report holds, or whose it is, is not clear",
}
