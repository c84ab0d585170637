"""What a file says of a security is taken in; what it leaves open stays as it is on record."""

from __future__ import annotations

import pytest

from clients.models import Security
from tests.clients.bundles import MILLERS, bundle
from tests.factories import loaded, the_millers

pytestmark = pytest.mark.django_db


def facts(symbol: str) -> tuple[object, ...]:
    security = Security.objects.get(symbol=symbol)
    return (
        security.wash_group.code if security.wash_group else None,
        security.issuer,
        security.sector,
        security.trading,
        [(one.asset_class.code, str(one.weight)) for one in security.class_weights.all()],
    )


def test_an_empty_cell_takes_no_safeguard_away() -> None:
    the_millers()
    loaded(bundle())
    Security.objects.filter(symbol="ZUS").update(issuer="Zed", sector="Tobacco", trading="frozen")

    silent = ["ZUS,Invented US Stock ETF,etf,,,,1,5000000,no", *MILLERS["securities"][1:]]
    loaded(bundle(securities=silent))

    assert facts("ZUS") == ("us-total", "Zed", "Tobacco", "frozen", [("us_stock", "1.000000")])


def test_a_filled_cell_restates_what_is_on_record() -> None:
    the_millers()
    loaded(bundle())

    restated = [
        "ZUS,Invented US Stock ETF,etf,us_bond:1,bond-total,,1,5000000,no",
        *MILLERS["securities"][1:],
    ]
    loaded(bundle(securities=restated))

    assert facts("ZUS") == ("bond-total", "", "", "open", [("us_bond", "1.000000")])
