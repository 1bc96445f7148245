"""Where a message stands, and what somebody must be told of it: closed lists."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """Where a message stands; one with several reports has the first of their stages in this order."""

    DEAD = "dead"  # the FHIR server refused it, or was not there for too long
    QUARANTINED = "quarantined"  # can never be read
    REVIEW = "review"  # a person must look at it
    RECEIVED = "received"  # waits to be read and extracted
    EXTRACTED = "extracted"  # waits for its delivery, or is preliminary and waits for the final report
    EXPORTED = "exported"  # the FHIR server has it
    DUPLICATE = "duplicate"  # changed nothing


UNFINISHED = (Stage.DEAD, Stage.REVIEW, Stage.RECEIVED, Stage.EXTRACTED)  # what a later version of the report may still change
SETTLED = (Stage.EXPORTED, Stage.DUPLICATE)


class Alarm(StrEnum):
    """What somebody must be told."""

    CONTROL_ID_REUSED = "control_id_reused"  # two messages of one sender with one control id and different content
    WRONG_PATIENT = "wrong_patient"  # a report was taken back as reported by mistake
    NUMBER_REUSED = "number_reused"  # versions of one report number name different patients
    WITHDRAWN = "withdrawn"  # what was sent of a report was taken back, since a later version of it needs review
    NOT_DELIVERED = "not_delivered"  # a bundle was given up
