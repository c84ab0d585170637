"""Whether a worked example runs through the code that the product runs: measured while it runs, never declared alone.

`live`: every function of ours that the example calls is reached from a door of the product
(`tests/architecture/reachability.py`). `library`: it calls something that waits for the issue which wires it. An
example that calls no function of ours proves nothing and is a fault.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from importlib.util import find_spec
from types import FrameType
from typing import Any

APPS = ("advisory", "clients", "compliance", "rebalancing")


class Kind(StrEnum):
    LIVE = "live"
    LIBRARY = "library"


def can_tell() -> bool:
    """Whether the rest of the product is here: a copy of the arithmetic alone knows no doors."""
    return find_spec("tests.architecture") is not None


def kind(calls: set[str]) -> Kind:
    return Kind.LIBRARY if unreached(calls) else Kind.LIVE


def unreached(calls: set[str]) -> set[str]:
    """Those of the functions called that no door of the product reaches."""
    from tests.architecture import reachability  # Reads the whole product, which takes seconds.

    reach = reachability.of_the_product()
    return {name for name in calls if name in reach.definitions and name not in reach.reached}


def issue(calls: set[str]) -> str:
    """The issue that gives the first of the unreached functions a door; empty where all are live."""
    from tests.architecture import waiting

    return next((waiting.issue_of(name) for name in sorted(unreached(calls))), "")


@contextmanager
def watching() -> Iterator[set[str]]:
    """Collects the functions and classes of ours that are called inside, by their dotted names."""
    calls: set[str] = set()

    def note(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call" and (name := named(frame)):
            calls.add(name)

    before: Callable[..., Any] | None = sys.getprofile()
    sys.setprofile(note)
    try:
        yield calls
    finally:
        sys.setprofile(before)


def named(frame: FrameType) -> str:
    """`rebalancing.engine.money.cents`; what is inside a function counts as that function."""
    module = str(frame.f_globals.get("__name__", ""))
    if module.split(".")[0] not in APPS:
        return ""
    if (
        frame.f_code.co_filename == "<string>"
    ):  # What a dataclass wrote for itself: it says that the class is used.
        return f"{module}.{type(frame.f_locals.get('self')).__qualname__}"
    function = re.split(r"\.?<", frame.f_code.co_qualname)[0]
    return f"{module}.{function}" if function else ""
