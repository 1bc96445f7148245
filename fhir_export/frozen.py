"""Read-only dicts and lists for the parts that many resources share.

A coding is built once and stands in every resource that needs it. If it were a plain dict, changing one resource would
change all of them; these refuse to be changed instead. To JSON, to ``==`` and to ``isinstance`` they are a dict and a list;
``copy.deepcopy`` and pickle give plain ones.
"""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = ["FrozenList", "FrozenObject", "freeze"]


def _refuse(self: object, *args: object, **kwargs: object) -> NoReturn:
    raise TypeError("this part is shared by many resources: copy.deepcopy the resource before changing it")


class FrozenObject(dict[str, Any]):
    """A JSON object that cannot be changed."""

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[type[dict[str, Any]], tuple[dict[str, Any]]]:
        return dict, (dict(self),)


class FrozenList(list[Any]):
    """A JSON array that cannot be changed."""

    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = extend = insert = remove = pop = clear = sort = reverse = _refuse

    def __reduce__(self) -> tuple[type[list[Any]], tuple[list[Any]]]:
        return list, (list(self),)


def freeze(value: Any) -> Any:
    """The same JSON value, read-only all the way down.

    >>> freeze({"coding": [{"code": "1"}]}) == {"coding": [{"code": "1"}]}
    True
    """
    if isinstance(value, dict):
        return FrozenObject({key: freeze(inner) for key, inner in value.items()})
    if isinstance(value, list):
        return FrozenList([freeze(inner) for inner in value])
    return value
