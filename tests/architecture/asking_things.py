"""What stands at addresses of more than one noun, and what is sent to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.factories.the_firm import TheFirm

Firm = TheFirm
Make = Callable[[Firm], Any]


def account(firm: Firm) -> Any:
    return firm.harts.accounts.order_by("pk")[0]
