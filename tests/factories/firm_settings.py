"""A firm that has decided about its settings: Ada asks, Cora approves."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from compliance.clock import EASTERN
from compliance.firm import firm_settings
from compliance.firm.catalog import BY_CODE
from compliance.firm.setting import Setting
from compliance.models import SettingVersion
from compliance.people.actors import Actor
from rebalancing.client_reports.letterheads import Letterhead
from tests import cast
from tests.clock import FRIDAY_EVENING

A_LETTERHEAD = Letterhead(
    "Harbor Advisers LLC",
    lines=("An SEC-registered investment adviser",),
    address=("12 Quay Street", "Boston, MA 02110"),
    contact="desk@harbor.example",
)


def decided(
    setting: Setting[Any], value: Any, *, on: date | None = None, at: datetime = FRIDAY_EVENING
) -> SettingVersion:
    """The version that sets one setting, from the day it is decided or a later one."""
    return firm_settings.adopt(
        setting.group,
        {setting.code: value},
        effective_on=on or at.astimezone(EASTERN).date(),
        reason="The firm decided so.",
        asked_by=cast.ada(),
        by=Actor.person(cast.cora()),
        at=at,
    )


def looking_twice() -> SettingVersion:
    """A firm that wants a second look at orders above 15% of a household: the Millers' two are."""
    return decided(BY_CODE["rules.order_fraction"], Decimal("0.15"))
