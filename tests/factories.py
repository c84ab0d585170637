"""Households and files made through the product's own verbs, never by writing rows around them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

from clients import custodian_files, households
from clients.models import CustodianFile, Household, Person, TaxUnit
from compliance.actors import Actor
from tests.clock import SUNDAY_NOON

SET_UP = Actor.system("test set-up")


def the_millers() -> Household:
    """A household of one person and one tax unit, without accounts yet."""
    household = households.open_household(
        code="miller",
        name="Miller",
        opened_on=date(2020, 1, 2),
        profile_confirmed_on=date(2026, 3, 2),
        by=SET_UP,
        at=SUNDAY_NOON,
    )
    mia = households.add_person(
        household,
        given_name="Mia",
        family_name="Miller",
        part=Person.Part.HEAD,
        born_on=date(1970, 5, 4),
        tax_number="900-00-0001",
        by=SET_UP,
        at=SUNDAY_NOON,
    )
    unit = households.add_tax_unit(
        household,
        code="mia",
        name="Mia Miller",
        filing_status=TaxUnit.FilingStatus.SINGLE,
        state="CO",
        members=[mia],
        by=SET_UP,
        at=SUNDAY_NOON,
    )
    households.confirm_tax_profile(
        unit,
        tax_year=2026,
        confirmed_on=date(2026, 3, 2),
        by=SET_UP,
        at=SUNDAY_NOON,
        wages=D(180_000),
        state_rate=D("0.044"),
    )
    return household


def received(content: bytes, *, name: str = "bundle.zip", user: Any = None) -> CustodianFile:
    """A file handed in through the front door."""
    return custodian_files.receive(
        content,
        name=name,
        channel=CustodianFile.Channel.COMMAND,
        user_id=user.pk if user else None,
        by=SET_UP,
        at=SUNDAY_NOON,
    ).file


def loaded(content: bytes, *, name: str = "bundle.zip") -> CustodianFile:
    """A file handed in and taken into the record."""
    return custodian_files.load(received(content, name=name), user_id=None, by=SET_UP, at=SUNDAY_NOON)
