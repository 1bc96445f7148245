"""HL7 v2: files and batches into messages, messages into reports, in the words of the standard (2.3 to 2.9).

Splitting and unescaping are small, so they are done here: libraries drop text at an escape they do not know, read a file with
line feeds as one segment, or spend a hundred times the time.
"""

from .framing import MAX_BYTES, MAX_SEGMENTS, Frame, frames, plain_segments
from .message import Message, MessageError, parse
from .results import Result, results
from .status import Change
from .times import Moments

__all__ = [
    "MAX_BYTES", "MAX_SEGMENTS", "Change", "Frame", "Message", "MessageError", "Moments", "Result", "frames", "parse",
    "plain_segments", "results",
]  # fmt: skip
