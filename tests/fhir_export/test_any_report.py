"""Whatever combination of facts a report holds, what is exported of it is right."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from fhir_export import Context, dumps, to_bundle, to_resources
from fhir_export.checks import problems
from parser.model import (
    Category,
    Decision,
    Deposit,
    DepositClass,
    Evidence,
    Issue,
    IssueKind,
    Measure,
    Method,
    NodeGroup,
    Nodes,
    Region,
    Report,
    Side,
    Span,
    Tumor,
    Value,
    Version,
)
from tests.fhir_export.reports import report


def valued(values: st.SearchStrategy[object]) -> st.SearchStrategy[Value[object] | None]:
    """A value with one or two passages, or none."""
    places = st.builds(lambda start, size: Span(start, start + size), st.integers(0, 10**6), st.integers(1, 500))
    evidence = st.lists(st.builds(Evidence, places, st.text(max_size=9), st.just("test.rule")), min_size=1, max_size=2).map(tuple)
    return st.none() | st.builds(Value, values, evidence)


COUNTS = st.integers(0, 60)
SIZES = st.builds(Measure.of, st.decimals(0, 99, places=2), st.sampled_from(["", "<", "<=", ">", ">=", "~"]))
BASES = ["pNX", "pN0", "pN0(i+)", "pN0(i-)", "pN0(mol+)", "pN1mi", "pN1a", "pN1b", "pN1c", "pN2a", "pN2b", "pN3a", "pN3b", "pN3c", "cN1"]
CATEGORIES = st.builds(
    Category, st.sampled_from(BASES), st.sampled_from(["", "y", "r", "yr"]), st.sampled_from([(), ("sn",), ("f",), ("sn", "f")])
)
RESULTS = st.sampled_from(["positive", "negative"])
NODES = st.builds(
    Nodes,
    *[valued(COUNTS)] * 8,
    largest_deposit=valued(SIZES),
    extranodal_extension=valued(st.booleans()),
    ihc=valued(st.sampled_from(["positive", "negative", "performed", "not done"])),
    molecular=valued(RESULTS),
    molecular_method=valued(st.sampled_from(Method)),
)
TUMORS = st.builds(
    Tumor,
    laterality=valued(st.sampled_from(Side)),
    size=valued(SIZES),
    histology=valued(st.sampled_from(["ductal", "lobular", "mixed"])),
    grade=valued(st.integers(1, 3)),
    pt_stated=valued(st.sampled_from(["pT1c", "pT2(m)", "ypT0", "pTis(DCIS)", "pTX"])),
    er=valued(RESULTS),
    pr=valued(RESULTS),
    her2=valued(st.sampled_from(["positive", "negative", "equivocal"])),
    ki67_percent=valued(st.decimals(0, 100, places=1)),
    oncotype_score=valued(st.integers(0, 100)),
)
DEPOSITS = st.lists(st.builds(Deposit, st.integers(1, 3), st.none() | st.sampled_from(DepositClass), st.none() | SIZES), max_size=2)
GROUPS = st.builds(
    NodeGroup,
    st.none(),
    st.sampled_from(Region),
    st.none() | st.sampled_from(Side),
    st.none() | COUNTS,
    st.none() | COUNTS,
    DEPOSITS.map(tuple),
    st.sampled_from(Version),
)
DECISIONS = st.builds(
    lambda category, basis: {"AJCC 8": Decision("AJCC 8", category, "breast.ajcc8.n1a", None, {"macro": 1}, (), basis)},
    st.none() | CATEGORIES,
    st.sampled_from(["derived", "stated"]),
)
ISSUES = st.lists(st.builds(Issue, st.sampled_from(IssueKind), st.just("a doubt"), blocking=st.booleans()), max_size=2).map(tuple)
REPORTS = st.builds(report, NODES, TUMORS, valued(CATEGORIES), DECISIONS | st.just({}), st.lists(GROUPS, max_size=3).map(tuple), ISSUES)
CONTEXTS = st.builds(
    Context,
    report_id=st.just("S26-00417"),
    issuer=st.just("urn:oid:1.2.3"),
    status=st.sampled_from(["preliminary", "final", "amended", "corrected", "entered-in-error"]),
    sex=st.sampled_from([None, "female", "male"]),
    international=st.booleans(),
    include_quotes=st.booleans(),
    recorded=st.sampled_from([None, "2026-03-04T10:00:00Z"]),
)


@given(REPORTS, CONTEXTS)
@settings(max_examples=150)
def test_any_report_passes_the_checks(found: Report, context: Context) -> None:
    for form in ("collection", "transaction"):
        assert problems([to_bundle(found, context, form=form)]) == []
    resources = to_resources(found, context)
    assert problems(resources) == []
    dumps({"all": resources})


@given(REPORTS, CONTEXTS)
def test_no_report_without_metastasis_gives_a_secondary_cancer(found: Report, context: Context) -> None:
    decision = found.staging.get("AJCC 8")
    category = decision.category if decision else None
    codes = [
        coding["code"]
        for resource in to_resources(found, context)
        if resource["resourceType"] == "Condition"
        for coding in resource["category"][1]["coding"]
    ]
    if category is None or category.base[2] in "0X":
        assert "128462008" not in codes


@given(st.decimals(0, 99, places=3))
def test_any_size_is_written_with_its_digits(size: Decimal) -> None:
    found = report(Nodes(largest_deposit=Value(Measure.of(size), (Evidence(Span(0, 1), "x", "test.rule"),))))
    resource = to_resources(found, Context(report_id="1", issuer="urn:oid:1.2.3"))[2]
    assert f'"value":{size:f},'.encode() in dumps(resource)
