"""A file layout describes itself, at the end of the module that reads it; ``registry.py`` lists them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from clients.custodians.kinds import RowKind
from clients.custodians.reading import Upload
from clients.custodians.rows import ParsedFile


@dataclass(frozen=True, slots=True)
class Layout:
    """A file layout: how it is called, what it brings, how to tell it and how to read it.

    `confirmed` says where the layout is known from. A layout that is not confirmed has no entry here.
    `reason_not` answers None for a file of this layout, else why it is not one, in words that fit
    after "not a Schwab positions export: ".
    """

    slug: str
    name: str
    custodian: str | None
    confirmed: str
    page: str
    kinds: frozenset[RowKind]
    reason_not: Callable[[Upload], str | None]
    parse: Callable[[Upload], ParsedFile]
