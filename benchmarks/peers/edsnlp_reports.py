"""EDS-NLP as its users would set it up for lymph nodes: sentences, its TNM matcher, a matcher for counts, negation."""

from __future__ import annotations

import edsnlp  # type: ignore[import-not-found]  # in an environment of its own
import edsnlp.pipes as eds  # type: ignore[import-not-found]  # as above
from serve import Found, found, serve  # type: ignore[import-not-found]  # beside this script, not in a package

_COUNTS = (
    r"(?i)\b\d{1,2}\s*(?:/|of|out of)\s*\d{1,2}\b(?=[^.]{0,60}\bnodes?\b)|\bnodes?\b[^.]{0,40}?\b\d{1,2}\s*(?:/|of|out of)\s*\d{1,2}\b"
)

nlp = edsnlp.blank("eds")
nlp.add_pipe(eds.sentences())
nlp.add_pipe(eds.matcher(regex={"counts": [_COUNTS]}, attr="TEXT"))
nlp.add_pipe(eds.tnm())
nlp.add_pipe(eds.negation())


def read(text: str) -> Found:
    """The first pN, and the first counts that are not negated."""
    doc = nlp(text)
    stages = [span._.value for span in doc.spans.get("tnm", ())]
    categories = [f"pN{stage.node}{stage.node_specification or ''}" for stage in stages if stage is not None and stage.node]
    return found(categories, (span.text for span in doc.ents if span.label_ == "counts" and not span._.negation))


if __name__ == "__main__":
    serve(("edsnlp", "spacy"), read)
