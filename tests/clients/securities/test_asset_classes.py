"""What counts as stocks is said by compliance, and a policy cannot aim above its own cap on stocks."""

from __future__ import annotations

from decimal import Decimal as D
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from clients.models import AssetClass, Household, Policy
from clients.policies import policies
from clients.policies.restrictions import RestrictionSpec
from clients.policies.targets import TargetSpec
from clients.securities import asset_classes
from compliance.audit_trail import audit
from compliance.models import FindingRow, SeverityLevel
from compliance.people.actors import Actor
from compliance.refusals import BadInput, NotAllowed
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.bundles import bundle
from tests.factories.deciding import scan
from tests.factories.households import (
    SET_UP,
    a_managed_household,
    a_published_model,
    an_adopted_policy,
    loaded,
    the_millers,
)

pytestmark = pytest.mark.django_db


def said(code: str, is_equity: bool | None) -> None:
    AssetClass.objects.filter(code=code).update(is_equity=is_equity)


def draft(household: Household, model: Any, **terms: Any) -> Policy:
    return policies.draft(
        household,
        model=model,
        targets=[
            TargetSpec(asset_class="us_stock", target=D("0.58"), points=D("0.05")),
            TargetSpec(asset_class="us_bond", target=D("0.40"), points=D("0.05")),
            TargetSpec(asset_class="cash", target=D("0.02"), band="asymmetric", lower=D(0), upper=D("0.05")),
        ],
        objectives="Growth",
        risk="Moderate",
        horizon_years=10,
        by=SET_UP,
        at=SUNDAY_NOON,
        **terms,
    )


def test_a_class_that_a_file_brings_counts_as_nothing_until_somebody_says_so() -> None:
    the_millers()
    loaded(bundle())

    found = dict(AssetClass.objects.values_list("code", "is_equity"))

    assert {code: found[code] for code in ("us_stock", "us_bond")} == {"us_stock": None, "us_bond": None}


def test_compliance_decides_on_the_page_and_the_trail_keeps_the_reason(client: Client) -> None:
    the_millers()
    loaded(bundle())
    client.force_login(cast.cora())
    address = reverse("clients:asset_class_decide", args=["us_stock"])

    assert client.post(address, {"is_equity": "", "reason": "x"}).status_code == 422
    assert client.post(address, {"is_equity": "yes", "reason": "Shares of companies."}).status_code == 302

    assert AssetClass.objects.get(code="us_stock").is_equity is True
    [event] = audit.trail(about=audit.Ref("assetclass", "us_stock"))
    assert (event.action, '"Shares of companies."' in event.facts) == ("asset_class.decided", True)
    assert "Counts as stocks" in client.get(reverse("clients:model_list")).content.decode()


def test_nobody_else_decides_and_cash_is_never_stocks() -> None:
    stocks = AssetClass.objects.create(code="us_stock", name="US stocks")
    cash, _ = AssetClass.objects.get_or_create(code="cash", defaults={"name": "Cash"})
    with pytest.raises(NotAllowed):
        asset_classes.decide(stocks, is_equity=True, reason="x", by=Actor.person(cast.ana()), at=SUNDAY_NOON)
    with pytest.raises(BadInput, match="Cash does not count"):
        asset_classes.decide(cash, is_equity=True, reason="x", by=Actor.person(cast.cora()), at=SUNDAY_NOON)


def test_the_command_decides_like_the_page() -> None:
    AssetClass.objects.create(code="emerging", name="Emerging markets")
    cast.cora()
    out = StringIO()

    call_command(
        "decide_class",
        "emerging",
        "--stocks",
        "yes",
        "--by",
        "cora@firm.example",
        "--reason",
        "Shares.",
        stdout=out,
    )
    with pytest.raises(CommandError, match="No asset class nothing is on record"):
        call_command(
            "decide_class", "nothing", "--stocks", "no", "--by", "cora@firm.example", "--reason", "x"
        )

    assert out.getvalue() == "Emerging markets counts as stocks.\n"


def test_a_policy_whose_own_targets_exceed_its_cap_is_refused() -> None:
    household = the_millers()
    loaded(bundle())
    model = a_published_model(reviewer=cast.rui())

    with pytest.raises(
        BadInput, match="It has not been decided whether these classes count as stocks: US bonds, US stocks"
    ):
        draft(household, model, equity_cap=D("0.50"))
    said("us_stock", True)
    said("us_bond", False)
    with pytest.raises(
        BadInput, match=r"The targets hold 58\.\d*% in stocks, and the policy's own cap is 50\.\d*%"
    ):
        draft(household, model, equity_cap=D("0.50"))

    assert draft(household, model, equity_cap=D("0.58")).equity_cap == D("0.58")


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ({"symbol": "ZZZZ"}, "There is no security 'ZZZZ' on record"),
        ({"issuer": "zzz nobody"}, "There is no issuer 'zzz nobody' on record"),
        ({"sector": "Tobbacco"}, "There is no sector 'Tobbacco' on record"),
        ({}, "names a security, an issuer or a sector"),
    ],
)
def test_a_wish_that_would_restrict_nothing_is_refused(wish: Any, says: str) -> None:
    household = the_millers()
    loaded(bundle())
    model = a_published_model(reviewer=cast.rui())

    with pytest.raises(BadInput, match=says):
        draft(household, model, restrictions=[RestrictionSpec(kind="do_not_buy", reason="x", **wish)])

    assert not Policy.objects.exists()


def a_household_with_a_cap(cap: str) -> None:
    household = the_millers()
    loaded(bundle())
    said("us_stock", True)
    said("us_bond", False)
    rui = cast.rui()
    an_adopted_policy(household, model=a_published_model(reviewer=rui), reviewer=rui, equity_cap=D(cap))


def finding() -> tuple[str, str]:
    row = FindingRow.objects.get(rule="PTC-15", examination__stage="build")
    return row.severity, row.sentence


def test_the_share_of_stocks_is_measured_against_the_cap() -> None:
    a_household_with_a_cap("0.62")

    scan()

    severity, sentence = finding()
    assert severity == SeverityLevel.PASS
    assert sentence.replace("\u00a0", "") == "After the trades 60.5% is in stocks, within 62.0%."


def test_a_cap_on_stocks_fails_where_nobody_has_said_what_counts() -> None:
    a_household_with_a_cap("0.62")
    said("us_stock", None)

    scan()

    severity, sentence = finding()
    assert severity == SeverityLevel.BLOCK
    assert sentence.startswith("We do not know the share of stocks after the trades")


def test_without_a_cap_nothing_needs_to_be_said() -> None:
    a_managed_household(advisor=cast.ana(), reviewer=cast.rui())

    scan()

    assert finding() == (SeverityLevel.PASS, "The client's policy sets no cap on stocks.")
