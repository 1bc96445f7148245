"""The session in docs/spark.md prints what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.spark.reports import ROOT, Run

RUN = """
import doctest, re, sys
text = open(sys.argv[1], encoding="utf-8").read()
examples = "\\n".join(re.findall(r"^```pycon\\n(.*?)^```$", text, flags=re.M | re.S))
test = doctest.DocTestParser().get_doctest(examples, {}, "spark.md", None, None)
result = doctest.DocTestRunner().run(test)
sys.exit(result.failed or result.attempted < 8)
"""


@pytest.mark.slow
def test_the_session_prints_what_the_document_says(on_spark: Run, tmp_path: Path) -> None:
    done = on_spark("-c", RUN, ROOT / "docs" / "spark.md")
    assert done.returncode == 0, done.stdout
