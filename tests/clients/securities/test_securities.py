"""What a file says of a security is taken in; what it leaves open stays as it is on record."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from clients.models import Replacement, Security
from clients.securities import decisions
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import NotAllowed
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.bundles import MILLERS, bundle
from tests.factories.households import loaded, received, the_millers

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


def decide(*said: str, by: str = "cora@firm.example") -> str:
    out = StringIO()
    call_command("decide_security", *said, "--by", by, stdout=out)
    return out.getvalue()


def test_what_compliance_decided_outlives_a_file_and_the_preview_says_so(it_is_sunday_noon: None) -> None:
    the_millers()
    loaded(bundle())
    cast.cora()
    decide("ZUS", "--wash-group", "us-equity", "--reason", "Both track all of it.")
    decide("ZUS", "--replacement", "ZBD")
    other = [
        "ZUS,Invented US Stock ETF,etf,us_stock:1,us-broad,ZUB,1,5000000,no",
        *MILLERS["securities"][1:],
    ]
    file = received(bundle(securities=other))

    told = [one["sentence"] for one in file.preview["warnings"]]
    loaded(bundle(securities=[*other, "ZNW,New,etf,us_stock:1,,,1,1,no"]))

    assert told == [
        "ZUS keeps the wash-sale group us-equity, as Cora decided on 2026-11-22; the file says us-broad.",
        "ZUS keeps the replacement ZBD, which Cora approved on 2026-11-22; the file does not name it.",
    ]
    assert facts("ZUS")[0] == "us-equity"
    assert [
        (one.replacement.symbol, one.rank, str(one.approved_by or ""))
        for one in Replacement.objects.filter(security__symbol="ZUS")
    ] == [("ZBD", 1, "Cora"), ("ZUB", 2, "")]
    zus = Security.objects.get(symbol="ZUS")
    assert [event.action for event in audit.trail(about=zus)] == ["security.changed"] * 2


def test_a_file_that_names_what_was_approved_leaves_the_approval_and_says_nothing() -> None:
    the_millers()
    loaded(bundle())
    cast.cora()
    decide("ZUS", "--replacement", "ZUB")

    file = loaded(bundle(securities=[*MILLERS["securities"], "ZNW,New,etf,us_stock:1,,,1,1,no"]))

    assert file.preview["warnings"] == []
    assert [str(one.approved_by) for one in Replacement.objects.filter(security__symbol="ZUS")] == ["Cora"]


def test_only_compliance_decides_about_securities() -> None:
    the_millers()
    loaded(bundle())
    ana = cast.ana()
    zus, zub = Security.objects.get(symbol="ZUS"), Security.objects.get(symbol="ZUB")

    with pytest.raises(NotAllowed):
        decisions.decide_wash_group(zus, code="", reason="", by=Actor.person(ana), at=SUNDAY_NOON)
    with pytest.raises(NotAllowed):
        decisions.approve_replacement(zus, zub, by=Actor.person(ana), at=SUNDAY_NOON)
    with pytest.raises(CommandError, match="Only compliance can decide"):
        decide("ZUS", "--wash-group", "", by="ana@firm.example")
    with pytest.raises(CommandError, match="No security NONE"):
        decide("NONE", "--wash-group", "", by="ana@firm.example")
    with pytest.raises(CommandError, match="Nobody signs in as"):
        decide("ZUS", "--wash-group", "", by="nobody@firm.example")
