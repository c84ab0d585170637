"""The columns of the record that rules read by name, copied as they are: the default path of a fact into a case."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import models

from clients.models import Account, Household, Policy, Security, TaxLot, TaxProfile
from compliance.rules import book
from compliance.rules.facts.recorded import Recorded, Subject

ROWS: Mapping[Subject, type[models.Model]] = {
    Subject.HOUSEHOLD: Household,
    Subject.POLICY: Policy,
    Subject.ACCOUNT: Account,
    Subject.TAX_PROFILE: TaxProfile,
    Subject.SECURITY: Security,
    Subject.LOT: TaxLot,
}

UNKNOWN = frozenset({"", "unknown"})
"""How a text column says that nobody knows."""


def recorded(subject: Subject, row: models.Model | None) -> Recorded:
    """What the rules of the book read of this row, by name; nothing of a row that there is not."""
    if row is None:
        return ()
    assert isinstance(row, ROWS[subject]), f"{row!r} is no {subject.value}"
    return tuple((fact.name, _known(getattr(row, fact.name))) for fact in book.FACTS[subject])


def _known(value: object) -> object:
    return None if isinstance(value, str) and value in UNKNOWN else value
