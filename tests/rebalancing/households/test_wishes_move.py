"""What clients asked for outside their policies goes on where it belongs when households merge and split."""

from __future__ import annotations

from typing import Any

import pytest

from clients.models import Security
from clients.policies import client_restrictions
from clients.policies.restriction_terms import Terms
from compliance.audit_trail import audit
from tests.clock import SUNDAY_NOON
from tests.factories import two_families
from tests.factories.households import SET_UP
from tests.factories.two_families import TwoFamilies, merged

RECORD = "two families"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]
TODAY = SUNDAY_NOON.date()


@pytest.fixture
def firm() -> TwoFamilies:
    return two_families.on_record()


def asked(household: Any, symbol: str, **place: Any) -> Any:
    terms = Terms(
        kind="do_not_sell", security=Security.objects.get(symbol=symbol), reason="From her mother.",
        asked_by="Hanna Hart", asked_on=TODAY, starts_on=TODAY, **place,
    )  # fmt: skip
    return client_restrictions.record(household, terms, on=TODAY, user_id=None, by=SET_UP, at=SUNDAY_NOON)


def test_a_merger_carries_the_absorbed_ones_wishes_along(firm: TwoFamilies) -> None:
    account = firm.harts.accounts.order_by("pk")[0]
    everywhere, here = asked(firm.harts, "ZUS"), asked(firm.harts, "ZBD", account=account)

    merged(firm, firm.millers, firm.harts)

    carried = client_restrictions.standing_in(firm.millers, on=TODAY)
    assert [(one.what, one.account, one.replaces, one.reason) for one in carried] == [
        ("ZUS", None, everywhere, "From her mother."),
        ("ZBD", account, here, "From her mother."),
    ]
    assert client_restrictions.standing_in(firm.harts, on=TODAY) == []
    assert audit.differences(about=[*carried, everywhere, here]) == []
