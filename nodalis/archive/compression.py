"""Output compressed chunk by chunk: gzip and zstd files may be written one behind the other and are read as one."""

from __future__ import annotations

import gzip
from typing import Final, Literal

Compression = Literal["none", "gzip", "zstd"]
SUFFIXES: Final = {"none": "", "gzip": ".gz", "zstd": ".zst"}
_LEVELS: Final = {"gzip": 6, "zstd": 1}  # zstd 1 costs a tenth of the time and packs as well


def compress(data: bytes, compression: Compression) -> bytes:
    """One gzip member or zstd frame; the bytes as they are for ``none``. The same data give the same bytes."""
    if compression == "none":
        return data
    if compression == "gzip":
        return gzip.compress(data, _LEVELS["gzip"], mtime=0)
    import pyarrow

    packed: bytes = pyarrow.Codec("zstd", _LEVELS["zstd"]).compress(data, asbytes=True)
    return packed
