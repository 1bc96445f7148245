"""Messages for the tests of the interface engine, each of one report; all persons and numbers are made up."""

from __future__ import annotations

PID = "PID|1||0815^^^HOSP&1.2.4&ISO^MR||DOE^JANE||19610312|F"
POSITIVE = (
    r"A. Left breast, mastectomy: invasive ductal carcinoma, grade 2, 1.4 cm.\.br\B. Left axillary sentinel lymph nodes: metastatic "
    r"carcinoma in one of two lymph nodes (1/2), largest deposit 3 mm.\.br\pT1c pN1a(sn)"
)
NEGATIVE = (
    r"A. Left breast, mastectomy: invasive ductal carcinoma, grade 2, 1.4 cm.\.br\B. Left axillary sentinel lymph nodes: two lymph nodes, "
    r"negative for metastatic carcinoma (0/2).\.br\pT1c pN0(sn)"
)
DOUBTFUL = POSITIVE.replace("(1/2)", "(3/2)")
PROSTATE = r"Prostate, radical prostatectomy: adenocarcinoma, Gleason 3+4=7.\.br\Pelvic lymph nodes: 0/12. pT2 pN0"
NO_FACT = "Left breast, core biopsy: fibroadenoma. Benign breast tissue."


def obx(text: str, status: str = "F") -> str:
    return f"OBX|1|FT|22637-3^Final diagnosis^LN||{text}||||||{status}"


def message(
    *rows: str,
    order: str = "F",
    reported: str = "20260303100000+0100",
    sent: str = "20260304101500+0100",
    facility: str = "ST ANNA",
    number: str = "S26-1^LIS^1.2.3^ISO",
    pid: str = PID,
    kind: str = "ORU^R01^ORU_R01",
    charset: str = "",
) -> bytes:
    """A message of a report, with these rows behind its OBR."""
    header = rf"MSH|^~\&|LIS|{facility}|REG|STATE|{sent}||{kind}|M1|P|2.5.1||||||{charset}"
    obr = f"OBR|1||{number}|11529-5^Surgical pathology study^LN|||20260302|||||||||||||||{reported}|||{order}"
    return "".join(f"{row}\r" for row in (header, pid, obr, *rows)).encode()
