"""medspaCy as its users would set it up for lymph nodes: sentences, sections, target rules for pN, counts and sizes, ConText."""

from __future__ import annotations

import medspacy  # type: ignore[import-not-found]  # in an environment of its own
from loguru import logger  # type: ignore[import-not-found]  # as above
from medspacy.ner import TargetRule  # type: ignore[import-not-found]  # as above
from serve import Found, found, serve  # type: ignore[import-not-found]  # beside this script, not in a package

logger.remove()  # else it writes every token of a report to stderr, which would take most of the time
nlp = medspacy.load()  # sentences, target matcher, ConText
nlp.add_pipe("medspacy_sectionizer")
nlp.get_pipe("medspacy_target_matcher").add([
    TargetRule("pN", "CATEGORY", pattern=r"(?:\b|(?<=T[0-4X])|(?<=T[0-4][a-d]))p?N\s?(?:[0-3]|X)(?:mi|[abc])?(?:\([a-z]+[+-]?\))*"),
    TargetRule("counts", "COUNTS", pattern=r"\b\d{1,2}\s*(?:/|of|out of)\s*\d{1,2}\b(?=[^.]{0,60}\bnodes?\b)"),
    TargetRule("counts after", "COUNTS", pattern=r"\bnodes?\b[^.]{0,40}?\b\d{1,2}\s*(?:/|of|out of)\s*\d{1,2}\b"),
    TargetRule("size", "SIZE", pattern=r"\b\d+(?:\.\d+)?\s*(?:mm|cm)\b"),
    TargetRule("metastasis", "METASTASIS", pattern=r"\bmetasta(?:sis|ses|tic)\b"),
])  # fmt: skip


def read(text: str) -> Found:
    """The first pN, and the first counts that are no history and not negated."""
    entities = nlp(text).ents
    categories = [entity.text.replace(" ", "") for entity in entities if entity.label_ == "CATEGORY"]
    stated = [entity for entity in entities if not entity._.is_negated and not entity._.is_historical]
    return found(categories, (entity.text for entity in stated if entity.label_ == "COUNTS"))


if __name__ == "__main__":
    serve(("medspacy", "spacy"), read)
