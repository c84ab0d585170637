"""What is held of each class: the one exact sum behind every weight.

A plan is made of it (`evaluation.situations`), and the scan of a whole firm decides by it wherever its floats are too near an edge
(`rebalancing.firm_scan.exact`): dollars as decimals there, whole units here, the same steps.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from decimal import Decimal
from typing import TypeVar

Amount = TypeVar("Amount", Decimal, int)
Class = TypeVar("Class", bound=Hashable)


def by_class(
    held: Iterable[tuple[Amount, Iterable[tuple[Class, Amount]]]], *, cash_class: Class, cash: Amount
) -> dict[Class, Amount]:
    """The value of an account by class: each holding, with the parts of it that are of a class, looked through; and free cash."""
    values: dict[Class, Amount] = {}
    for value, parts in held:
        for name, part in parts:
            values[name] = values.get(name, 0) + value * part
    values[cash_class] = values.get(cash_class, 0) + cash
    return values
