"""The weights of a model's sleeves are followed: in the document, in the plan, on the household's and the proposal's page."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D
from typing import Any

import pytest
from django.urls import reverse

from clients.models import Household, ModelVersion, Price, Replacement, Security, TaxLot
from clients.policies import model_portfolios
from clients.policies.model_trees import ClassSpec, MemberSpec, SleeveSpec
from compliance.models.reviews import SubjectKind
from compliance.people.actors import Actor
from rebalancing.engine.documents import serializing
from rebalancing.models import Proposal, Reading
from rebalancing.portfolios import portfolios
from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.proposals import proposals
from tests import cast
from tests.clock import LAST_FRIDAY, MONDAY, SUNDAY_NOON
from tests.factories.deciding import scan
from tests.factories.households import SET_UP, a_managed_household, approved
from tests.pages import as_, page_of, words_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]

LARGE = SleeveSpec("large", (MemberSpec("ZUS"),), weight=D("0.7"))
SMALL = SleeveSpec("small", (MemberSpec("ZUB"),), weight=D("0.3"))


@pytest.fixture
def millers() -> Household:
    return a_managed_household(advisor=cast.ana(), reviewer=cast.rui(), follows="model")


def follow(*stocks: SleeveSpec, cash: tuple[SleeveSpec, ...] = ()) -> ModelVersion:
    """Balanced with these sleeves of stocks, in force on Monday."""
    rui = cast.rui()
    version = model_portfolios.draft(
        code="60-40", name="", description="",
        classes=[
            ClassSpec("us_stock", D("0.58"), stocks),
            ClassSpec("us_bond", D("0.40"), (SleeveSpec("core", (MemberSpec("ZBD"),)),)),
            ClassSpec("cash", D("0.02"), cash),
        ],
        by=SET_UP, at=SUNDAY_NOON,
    )  # fmt: skip
    return model_portfolios.publish(
        version,
        approval=approved(
            SubjectKind.MODEL, f"v{version.pk}", model_portfolios.fingerprint_of(version), reviewer=rui
        ),
        effective_on=MONDAY,
        user_id=rui.pk,
        by=Actor.person(rui),
        at=SUNDAY_NOON,
    )


def loaded(household: Household) -> Portfolio:
    found = portfolios.load(household, as_of_on=LAST_FRIDAY, trade_on=MONDAY)
    assert isinstance(found, Portfolio)
    return found


def test_each_sleeve_has_its_part_of_the_classs_target_and_band(millers: Household) -> None:
    follow(LARGE, SMALL)

    policy = loaded(millers).household.policy

    stock = next(one for one in policy.classes if one.id == "us_stock")
    assert [(one.id, one.name, one.target, one.lower, one.upper) for one in policy.sleeve_targets] == [
        ("us_stock/large", "US stocks: large", stock.target * D("0.7"), stock.lower * D("0.7"), stock.upper * D("0.7")),
        ("us_stock/small", "US stocks: small", stock.target * D("0.3"), stock.lower * D("0.3"), stock.upper * D("0.3")),
    ]  # fmt: skip


def test_with_one_sleeve_a_class_the_document_is_what_it_always_was(millers: Household) -> None:
    before = serializing.canonical(loaded(millers).household)
    follow(replace(LARGE, weight=D(1), members=(*LARGE.members, MemberSpec("ZUB", use="alternate", rank=2))))

    after = serializing.canonical(loaded(millers).household).replace(b"us_stock/large", b"us_stock/total")

    assert after == before
    assert b"sleeve_targets" not in after


def parts(household: Household) -> dict[str, list[tuple[str, D]]]:
    return {
        one.id: [(part.sleeve, part.weight) for part in one.sleeves]
        for one in loaded(household).household.securities
        if one.sleeves
    }


def test_a_security_counts_in_its_sleeve_its_replacement_with_it_and_a_strange_one_in_all(
    millers: Household,
) -> None:
    """Nothing names ZUB, which is held: it counts in both by their weights. As ZUS's replacement it counts where ZUS does."""
    stock, other = (Security.objects.get(symbol=symbol) for symbol in ("ZUS", "ZUB"))
    Replacement.objects.all().delete()
    another = another_stock(like=other)
    TaxLot.objects.filter(key="B1").update(security=other)
    follow(LARGE, replace(SMALL, members=(MemberSpec(another.symbol),)))

    assert parts(millers) == {
        "ZUS": [("us_stock/large", D(1))],
        "ZNW": [("us_stock/small", D(1))],
        "ZUB": [("us_stock/large", D("0.7")), ("us_stock/small", D("0.3"))],
    }
    Replacement.objects.create(security=stock, replacement=other, rank=9)
    assert parts(millers)["ZUB"] == [("us_stock/large", D(1))]


def another_stock(*, like: Security) -> Security:
    """A security of the same classes, priced alike."""
    weights, prices = list(like.class_weights.all()), list(Price.objects.filter(security=like))
    copy = Security.objects.get(pk=like.pk)
    copy.pk, copy.symbol, copy.cusip, copy.wash_group = None, "ZNW", "", None
    copy.save()
    for row in (*weights, *prices):
        row.pk, row.security = None, copy
        row.save()
    return copy


@pytest.mark.parametrize(
    "stocks",
    [
        (LARGE, replace(SMALL, members=(MemberSpec("ZUB", use="legacy"),))),
        (LARGE, replace(SMALL, members=())),
    ],
)
def test_a_sleeve_that_nobody_can_buy_leaves_the_class_whole(
    millers: Household, stocks: tuple[SleeveSpec, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Versions from before the editor asked for it: the class is filled from what can be bought."""
    monkeypatch.setattr(model_portfolios.model_trees, "faults", lambda classes: [])
    follow(*stocks)

    assert loaded(millers).household.policy.sleeve_targets == ()


def test_the_plan_puts_the_mix_right_and_pages_show_it(millers: Household) -> None:
    """The Millers hold ZUS alone; a third of their stocks has to be ZUB. The IRA sells at no tax."""
    follow(LARGE, SMALL)
    scan()

    assert Reading.objects.get().outcome == "proposed"
    proposal = Proposal.objects.get()
    bought = {
        one.security.symbol: one.amount
        for one in proposals.current(proposal).orders.filter(side="buy").select_related("security")
    }
    assert bought["ZUB"] > 0
    shown = page_of(as_(cast.ana()).get(reverse("rebalancing:proposal", args=[proposal.public_id])))
    bars = {bar.label: bar for one in shown.outcome.allocations for bar in one.bars}
    small = bars["US stocks: small"]
    assert (small.before, small.lower, small.upper) == (0, 0, 1)
    assert small.after is not None
    assert small.after > 0
    answer = as_(cast.ana()).get(reverse("clients:household", args=[millers.public_id]))
    assert "Household: parts of divided classes" in words_of(answer)
    assert "US stocks: small" in words_of(answer)


def test_a_draft_whose_weights_could_not_be_followed_is_not_sent_to_review() -> None:
    def told(*stocks: SleeveSpec, cash: tuple[SleeveSpec, ...] = ()) -> list[str]:
        classes = [ClassSpec("us_stock", D("0.98"), stocks), ClassSpec("cash", D("0.02"), cash)]
        return model_portfolios.model_trees.faults(classes)

    assert told(LARGE, SMALL) == []
    assert told(LARGE, replace(SMALL, members=(MemberSpec("ZUB", use="legacy"),))) == [
        "Nothing is bought in the sleeve small of us_stock. Give it a first choice."
    ]
    halves: Any = (replace(LARGE, weight=D("0.5")), replace(SMALL, weight=D("0.5")))
    assert told(replace(LARGE, weight=D(1)), cash=halves) == [
        "Cash has one sleeve at most: free cash is in none, so that shares of it cannot be followed. Put its securities "
        "into one sleeve."
    ]
