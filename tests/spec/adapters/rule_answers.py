"""What the adapters of the rules have in common: cells of an example, and how a rule answers."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from compliance.rules.findings.severity import Severity
from tests.spec.adapters.reading import first, number

Json = dict[str, Any]

ADVANTAGED = ("ira", "roth", "hsa", "401k", "403b", "457", "sep", "simple", "pension")
HOLDS = ("advisor", "legal", "deceased", "transfer", "custodian", "margin_call", "cash_up_front")
LONG_AGO = date(2000, 1, 3)


def day(text: Any) -> date | None:
    return date.fromisoformat(str(text)[:10]) if text else None


def moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(str(text)) if text else None


def amount(inputs: Json, *names: str, otherwise: Any = 0) -> Decimal:
    return number(first(inputs, *names, otherwise=otherwise))


def advantaged(account: str) -> bool:
    """Whether the kind of account named in an example is tax-advantaged: `roth_ira`, `spouse_ira`, `hsa`."""
    return any(word in account.lower().replace("(", "").split("_") for word in ADVANTAGED)


def answer(severity: Severity, **figures: Any) -> Json:
    return {"severity": severity.name, **figures}
