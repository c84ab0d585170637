"""Securities added, corrected and retired by hand, and what later files may still say about them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from clients.models import AssetClass, Security, SecurityDecision
from clients.securities import asset_classes, decisions, security_facts, wash_groups
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict, NotAllowed
from tests import cast
from tests.clock import MONDAY_NOON
from tests.factories.bundles import MILLERS, bundle, table
from tests.factories.desk import a_desk
from tests.factories.households import loaded, received, the_millers

pytestmark = pytest.mark.django_db


@pytest.fixture
def cora() -> dict[str, Any]:
    return {"by": Actor.person(cast.cora()), "at": MONDAY_NOON}


@pytest.fixture
def zus() -> Security:
    the_millers()
    loaded(bundle())
    return Security.objects.get(symbol="ZUS")


def klass(code: str) -> AssetClass:
    return AssetClass.objects.get(code=code)


def weights(security: Security) -> dict[str, D]:
    return {one.code: weight for one, weight in security_facts.weights_of(security).items()}


ROW = "ZUS,Another Name,stock,us_bond:1,us-other,ZBD,9,7000000,yes"


def test_what_compliance_decided_stays_and_the_preview_says_so(zus: Security, cora: Any) -> None:
    security_facts.decide(
        zus,
        facts={"kind": "etf", "half_spread": D("0.0003"), "name": "US Stock ETF"},
        weights={klass("us_stock"): D("0.9"), klass("us_bond"): D("0.1")},
        reason="Prospectus of June 2026.",
        **cora,
    )

    file = received(table("securities", [ROW]), name="securities.csv")
    told = [one["sentence"] for one in file.preview["warnings"]]
    loaded(table("securities", [ROW]), name="securities.csv")

    assert told == [
        "ZUS keeps its name US Stock ETF, as Cora decided on 2026-11-23; the file states another.",
        "ZUS keeps its half spread 0.0003, as Cora decided on 2026-11-23; the file states another.",
        "ZUS keeps its asset classes us_stock 90, us_bond 10, as Cora decided on 2026-11-23; the file states another.",
    ]
    now = Security.objects.get(symbol="ZUS")
    assert (now.name, now.half_spread, now.kind, now.is_fractional, now.daily_volume) == (
        *("US Stock ETF", D("0.0003"), "stock"),  # Nobody decided the kind: it did not differ.
        *(True, D(7_000_000)),
    )
    assert weights(now) == {"us_stock": D("0.9"), "us_bond": D("0.1")}
    assert audit.verify().first_bad is None


def test_a_fact_handed_back_is_the_files_again(zus: Security, cora: Any) -> None:
    security_facts.decide(zus, facts={"name": "Mine"}, reason="Shorter.", **cora)
    security_facts.hand_back(zus, facts=["name"], reason="The custodian's is right.", **cora)

    loaded(table("securities", [ROW]), name="securities.csv")

    assert Security.objects.get(symbol="ZUS").name == "Another Name"
    history = zus.decisions.order_by("id").values_list("fact", "value", "holds", "reason")
    assert list(history) == [
        ("name", "Mine", True, "Shorter."),
        ("name", "Mine", False, "The custodian's is right."),
    ]


def test_the_change_is_on_the_trail_with_both_values(zus: Security, cora: Any) -> None:
    security_facts.decide(zus, facts={"settlement_days": 2, "name": zus.name}, reason="T+2.", **cora)

    event = audit.trail(about=zus).last()
    assert event is not None
    assert '"changed":{"settlement_days":{"after":"2","before":"1"}}' in event.facts


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"us_stock": "0.6"}, "The classes add up to 60 percent."),
        ({"us_stock": "0.6", "us_bond": "0.5"}, "The classes add up to 110 percent."),
        ({"us_stock": "1.5", "us_bond": "-0.5"}, "A class weighs more than 0 and at most 100 percent."),
        ({"us_stock": "1"}, "Nothing would change."),
    ],
)
def test_weights_that_cannot_be_are_refused_and_nothing_is_kept(
    zus: Security, cora: Any, given: dict[str, str], sentence: str
) -> None:
    named = {klass(code): D(weight) for code, weight in given.items()}

    with pytest.raises(BadInput, match=sentence):
        security_facts.decide(zus, facts={}, weights=named, reason="Look-through.", **cora)

    assert (weights(zus), SecurityDecision.objects.count()) == ({"us_stock": D(1)}, 0)


def test_only_compliance_decides(zus: Security) -> None:
    with pytest.raises(NotAllowed):
        security_facts.decide(
            zus, facts={"name": "x"}, reason="x", by=Actor.person(cast.tom()), at=MONDAY_NOON
        )


@pytest.mark.parametrize(
    ("symbol", "error", "sentence"),
    [
        ("zus", Conflict, "ZUS is already on record"),
        ("<script>", BadInput, "not a security's symbol"),
        ("=1+1", BadInput, "not a security's symbol"),
        ("", BadInput, "not a security's symbol"),
    ],
)
def test_a_security_with_a_symbol_that_cannot_be_is_not_added(
    zus: Security, cora: Any, symbol: str, error: Any, sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        security_facts.add(symbol, facts={"name": "x", "kind": "etf"}, weights={}, reason="New.", **cora)

    assert Security.objects.count() == 3


def test_a_security_added_by_hand_is_kept_against_files(zus: Security, cora: Any) -> None:
    added = security_facts.add(
        "brk b",
        facts={"name": "Berkshire", "kind": "stock", "issuer": "Berkshire"},
        weights={klass("us_stock"): D(1)},
        reason="Held by a new client.",
        **cora,
    )

    loaded(table("securities", ["BRK.B,Other,etf,us_bond:1,,,1,1,no"]), name="securities.csv")

    added.refresh_from_db()
    assert (added.symbol, added.name, added.kind, weights(added)) == (
        *("BRK.B", "Berkshire", "stock"),
        {"us_stock": D(1)},
    )


def test_only_what_nobody_holds_and_no_model_names_is_retired(cora: Any) -> None:
    a_desk()
    on = date(2026, 11, 23)
    held, alternate = Security.objects.get(symbol="ZUS"), Security.objects.get(symbol="ZUB")
    free = security_facts.add("ZZZ", facts={"name": "Free", "kind": "etf"}, weights={}, reason="x", **cora)

    with pytest.raises(Conflict, match="ZUS is held"):
        security_facts.retire(held, reason="x", on=on, **cora)
    with pytest.raises(Conflict, match="ZUB is in the model"):
        security_facts.retire(alternate, reason="x", on=on, **cora)
    retired = security_facts.retire(free, reason="Liquidated.", on=on, **cora)
    assert (retired.retired_on, retired.trading) == (on, "sell_only")
    reopened = security_facts.reopen(free, reason="A mistake.", **cora)
    assert (reopened.retired_on, reopened.trading) == (None, "open")


def test_replacements_are_put_in_order_ahead_of_a_files_own(zus: Security, cora: Any) -> None:
    zbd, zub = Security.objects.get(symbol="ZBD"), Security.objects.get(symbol="ZUB")

    def order() -> list[tuple[str, int, bool]]:
        rows = zus.replacements.order_by("rank")
        return [(one.replacement.symbol, one.rank, one.approved_by_id is not None) for one in rows]

    decisions.order_replacements(zus, [zbd], **cora)
    assert order() == [("ZBD", 1, True), ("ZUB", 2, False)]
    decisions.order_replacements(zus, [zub, zbd], **cora)
    assert order() == [("ZUB", 1, True), ("ZBD", 2, True)]
    loaded(table("securities", MILLERS["securities"]), name="again.csv")
    assert order() == [("ZUB", 1, True), ("ZBD", 2, True)]
    decisions.order_replacements(zus, [], **cora)
    assert order() == []
    assert audit.verify().first_bad is None


def test_a_renamed_group_keeps_its_members_against_a_file_with_the_old_code(zus: Security, cora: Any) -> None:
    assert zus.wash_group is not None
    wash_groups.rename(zus.wash_group, code="sp500", reason="Same index.", **cora)

    loaded(table("securities", MILLERS["securities"]), name="again.csv")

    assert str(Security.objects.get(symbol="ZUS").wash_group) == "sp500"
    with pytest.raises(Conflict, match="ZUS is in the group sp500"):
        wash_groups.retire(zus.wash_group, reason="x", on=date(2026, 11, 23), **cora)
    empty = wash_groups.add("empty", reason="For later.", **cora)
    assert wash_groups.retire(empty, reason="x", on=date(2026, 11, 23), **cora).retired_on is not None


def test_a_class_is_added_renamed_and_retired_while_nothing_uses_it(zus: Security, cora: Any) -> None:
    added = asset_classes.add("gold", label="Gold", position=7, is_equity=False, reason="A metal.", **cora)
    renamed = asset_classes.rename(added, label="Precious metals", position=8, **cora)
    retired = asset_classes.retire(added, reason="Unused.", on=date(2026, 11, 23), **cora)

    assert (str(renamed), renamed.position, retired.is_equity) == ("Precious metals", 8, False)
    with pytest.raises(Conflict, match="ZUB belongs to US stocks"):
        asset_classes.retire(klass("us_stock"), reason="x", on=date(2026, 11, 23), **cora)
    with pytest.raises(Conflict, match="on record already"):
        asset_classes.add("gold", label="Gold", position=7, is_equity=False, reason="x", **cora)
