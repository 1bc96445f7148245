"""Read-only mappings go from one process to another, by import of this module in the one that sends them.

Reports and abstracts hold such mappings. Their type has no name that pickle finds, so that a function of ours makes them.
"""

from __future__ import annotations

import copyreg
from types import MappingProxyType
from typing import Any


def read_only(values: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    """The mapping, to be read only.

    >>> import pickle
    >>> pickle.loads(pickle.dumps(read_only({"a": 1})))
    mappingproxy({'a': 1})
    """
    return MappingProxyType(values)


copyreg.pickle(MappingProxyType, lambda view: (read_only, (dict(view),)))
