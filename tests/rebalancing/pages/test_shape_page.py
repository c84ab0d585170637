"""Shaping a plan: several requests at once, what each of them costs before it is kept, and the revision that is kept."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D
from typing import Any

import pytest
from django.urls import reverse

from clients.models import Price
from compliance.models import Comment
from compliance.people.actors import Actor
from rebalancing.engine.documents.objective import EditKind, Mode
from rebalancing.proposals import proposals, revisions, shaping, wishes
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.desk import Desk, a_desk
from tests.pages import as_, page_of, words_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]


@pytest.fixture
def desk() -> Desk:
    made = a_desk()
    made.propose()
    return made


def the_plan(desk: Desk) -> Any:
    return revisions.plan_of(proposals.current(desk.proposal))


def url(desk: Desk) -> str:
    return reverse("rebalancing:shape", args=[desk.proposal.public_id])


def typed(*rows: dict[str, Any], op: str = "solve", **aim: Any) -> dict[str, Any]:
    """The form as a browser sends it."""
    given = {"rows-TOTAL_FORMS": len(rows), "rows-INITIAL_FORMS": 0, "op": op, "aim-aim": "default"}
    given |= {f"aim-{name}": value for name, value in aim.items()}
    for number, row in enumerate(rows):
        given |= {f"rows-{number}-{name}": value for name, value in row.items()}
    return given


def ask(desk: Desk, *rows: dict[str, Any], **more: Any) -> Any:
    return as_(desk.ana).post(url(desk), typed(*rows, **more))


def first(desk: Desk, side: str = "sell") -> Any:
    return next(order for order in the_plan(desk).orders if order.side == side)


def line(kind: str, order: Any, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "account": order.account, "security": order.security, **more}


def shares_then(page: Any, order: Any) -> Any:
    """What the plan that was worked out trades where this order stands now."""
    places = (order.account, order.side, order.security)
    return next(one.shares for one in page.outcome.orders if (one.account, one.side, one.security) == places)


# ── Before anything is kept ──────────────────────────────────────────────────────────────────────


def test_it_opens_with_the_trades_of_now_and_one_empty_request(desk: Desk) -> None:
    answer = as_(desk.ana).get(url(desk))

    page = page_of(answer)
    assert page.outcome is None
    assert [(row.side, row.symbol, row.shares) for row in page.trades] == [
        (order.side, order.security, order.shares) for order in the_plan(desk).orders
    ]
    assert "Request 1" in words_of(answer)
    assert "Request 2" not in words_of(answer)


def test_a_smaller_sale_is_worked_out_with_its_cost_and_nothing_is_stored(desk: Desk) -> None:
    order = first(desk)
    half = (order.shares / 2).to_integral_value()

    page = page_of(ask(desk, line("sell", order, amount=half, unit="shares")))

    assert shares_then(page, order) == half
    (cost,) = page.outcome.costs
    assert cost.said.startswith(f"Sell exactly {half:f} shares of {order.security} in ")
    # What the retirement account no longer sells is sold where it is taxed.
    assert (cost.tax > 0, cost.drift) == (True, 0)
    assert page.outcome.refusal == ""
    assert proposals.current(desk.proposal).number == 1


def test_each_request_is_priced_against_the_plan_without_it(desk: Desk) -> None:
    sale, purchase = first(desk), first(desk, "buy")
    rows = (
        line("sell", sale, amount=(sale.shares / 2).to_integral_value(), unit="shares"),
        line("leave", purchase),
    )

    page = page_of(ask(desk, *rows))

    both = page.outcome
    alone = page_of(ask(desk, rows[0])).outcome
    assert len(both.costs) == 2
    drift = {row.name: row.asked for row in both.figures}["Distance from target"]
    assert drift != {row.name: row.asked for row in alone.figures}["Distance from target"]
    assert f"Leave {purchase.security}" in both.costs[1].said


def test_dollars_become_whole_increments_never_more_than_asked(desk: Desk) -> None:
    order = first(desk)

    page = page_of(ask(desk, line("sell", order, amount="10000", unit="dollars")))

    shares = shares_then(page, order)
    assert shares * order.price <= D(10000) < (shares + 1) * order.price


def test_a_button_beside_a_trade_fills_in_a_request_and_works_nothing_out(desk: Desk) -> None:
    page = page_of(as_(desk.ana).get(url(desk)))
    row = page.trades[0]

    answer = ask(desk, {"kind": ""}, op=f"add:{row.exactly}")

    assert page_of(answer).outcome is None
    filled = answer.context["forms"].rows.forms[0]
    assert (filled["kind"].value(), filled["security"].value()) == (row.side, row.symbol)
    assert D(filled["amount"].value()) == row.shares


# ── Kept ─────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_looked_at_is_kept_as_a_revision_with_its_requests_in_words(desk: Desk) -> None:
    order = first(desk)
    row = line("sell", order, amount=(order.shares / 2).to_integral_value(), unit="shares")
    seen = page_of(ask(desk, row)).outcome.seen

    data = typed(row, op="keep", why="The client asked us to go slowly.") | {"seen": seen}
    answer = as_(desk.ana).post(url(desk), data)

    assert answer.status_code == 302
    current = proposals.current(desk.proposal)
    assert current.number == 2
    (edit,) = revisions.household_of(current).edits
    assert (edit.kind, edit.security, edit.shares) == (EditKind.SELL, order.security, row["amount"])
    said = Comment.objects.latest("pk").text
    assert "The client asked us to go slowly." in said
    assert "Sell exactly" in said


def test_a_revision_begins_from_the_requests_of_the_one_before(desk: Desk) -> None:
    test_what_was_looked_at_is_kept_as_a_revision_with_its_requests_in_words(desk)

    forms = as_(desk.ana).get(url(desk)).context["forms"]

    assert [row["kind"].value() for row in forms.rows.forms] == ["sell", None]


def test_a_plan_that_nobody_looked_at_is_not_kept(desk: Desk) -> None:
    answer = ask(desk, line("leave", first(desk, "buy")), op="keep", why="Later.")

    assert answer.status_code == 409
    assert "worked out again below" in words_of(answer)
    assert proposals.current(desk.proposal).number == 1


def test_facts_that_moved_in_between_are_told_and_the_new_plan_is_shown(desk: Desk) -> None:
    row = line("leave", first(desk, "buy"))
    seen = page_of(ask(desk, row)).outcome.seen
    Price.objects.filter(security__symbol="ZUS").update(price=D("90"))

    answer = as_(desk.ana).post(url(desk), typed(row, op="keep", why="Later.") | {"seen": seen})

    page = page_of(answer, status=409)
    assert page.refused is not None
    assert page.outcome.seen != seen
    assert proposals.current(desk.proposal).number == 1


def test_the_least_drift_within_a_tax_is_one_of_the_aims(desk: Desk) -> None:
    data = typed(aim="least_drift", tax_max="0", op="solve", why="")
    answer = as_(desk.ana).post(url(desk), data)
    seen = page_of(answer).outcome.seen

    as_(desk.ana).post(url(desk), data | {"op": "keep", "aim-why": "No tax this year.", "seen": seen})

    objective = revisions.household_of(proposals.current(desk.proposal)).objective
    assert (objective.mode, objective.tax_max) == (Mode.LEAST_DRIFT, D(0))


# ── An order in parts ──────────────────────────────────────────────────────────────────────────

PARTS = (
    ({"amount": "2", "unit": "parts"}, lambda order: (order.shares / 2).to_integral_value("ROUND_DOWN"), " into 2 equal parts: one now"),
    ({"amount": "3", "unit": "parts"}, lambda order: (order.shares / 3).to_integral_value("ROUND_DOWN"), " into 3 equal parts: one now"),
    ({"amount": "100", "unit": "shares"}, lambda order: D(100), ": 100 shares now"),
    ({"amount": "10050", "unit": "dollars"}, lambda order: D(100), ": $10,050.00 now"),
)  # fmt: skip


@pytest.mark.parametrize(("asked", "shares", "words"), PARTS, ids=[words for _, _, words in PARTS])
def test_a_part_is_traded_now_and_the_rest_waits(
    desk: Desk, asked: dict[str, str], shares: Any, words: str
) -> None:
    order = first(desk)

    page = page_of(ask(desk, line("split", order, **asked)))

    assert shares_then(page, order) == shares(order)
    (cost,) = page.outcome.costs
    assert cost.said == f"Split the trade of {order.security} in IRA{words}, the rest at a later look."
    assert cost.tax is not None
    assert proposals.current(desk.proposal).number == 1


def test_the_rest_is_traded_in_another_account_or_as_another_security(desk: Desk) -> None:
    household, plan = revisions.household_of(proposals.current(desk.proposal)), the_plan(desk)
    order = first(desk)
    there = next(one for one in household.accounts if one.id != order.account)
    other = next(one for one in household.securities if one.symbol == "ZBD")
    split = wishes.Wish(
        wishes.WishKind.SPLIT, order.account, order.security, amount=D(2), unit=wishes.Unit.PARTS
    )
    part = (order.shares / 2).to_integral_value("ROUND_DOWN")

    ((now, elsewhere),) = wishes.edits_of([replace(split, to_account=there.id)], household, plan)
    ((also_now, instead),) = wishes.edits_of([replace(split, instead=other.id)], household, plan)

    assert (now.kind, now.account, now.shares, now.reason) == (EditKind.SELL, order.account, part, "")
    assert now == also_now
    assert (elsewhere.kind, elsewhere.account, elsewhere.security) == (
        EditKind.SELL,
        there.id,
        order.security,
    )
    assert elsewhere.shares == order.shares - part
    assert (instead.kind, instead.account, instead.security) == (EditKind.SELL, order.account, other.id)
    rest = (order.shares - part) * order.price
    assert instead.shares * other.price <= rest < (instead.shares + 1) * other.price


def test_a_split_is_kept_with_its_cost_seen_and_told_to_the_reviewer(desk: Desk) -> None:
    order = first(desk)
    row = line("split", order, amount="2", unit="parts")
    seen = page_of(ask(desk, row)).outcome.seen

    as_(desk.ana).post(url(desk), typed(row, op="keep", why="The market is thin.") | {"seen": seen})

    current = proposals.current(desk.proposal)
    (edit,) = revisions.household_of(current).edits
    part = (order.shares / 2).to_integral_value("ROUND_DOWN")
    assert (edit.kind, edit.shares, edit.reason) == (EditKind.SELL, part, "The rest waits for a later look.")
    assert shares_of(current, order) == part
    assert "Split the trade of" in Comment.objects.latest("pk").text


def shares_of(revision: Any, order: Any) -> Any:
    """What a stored revision trades where this order stood."""
    places = (order.account, order.side, order.security)
    plan = revisions.plan_of(revision)
    return next(one.shares for one in plan.orders if (one.account, one.side, one.security) == places)


def test_a_button_splits_a_trade_in_half(desk: Desk) -> None:
    row = page_of(as_(desk.ana).get(url(desk))).trades[0]

    filled = ask(desk, {"kind": ""}, op=f"add:{row.split}").context["forms"].rows.forms[0]

    assert [filled[name].value() for name in ("kind", "security", "amount", "unit")] == [
        "split", row.symbol, "2", "parts",
    ]  # fmt: skip


@pytest.mark.parametrize("way", ["no realized gain", "halfway", "to target"])
def test_a_split_of_a_revision_along_the_frontier_keeps_to_its_plan(desk: Desk, way: str) -> None:
    along = proposals.revise(
        desk.proposal, way=way, did="chose a plan of the frontier", by=Actor.person(desk.ana), at=SUNDAY_NOON
    )
    wanted = revisions.household_of(along)
    order = next(one for one in revisions.plan_of(along).orders if one.shares > 10)
    row = line("split", order, amount="2", unit="parts")
    assert as_(desk.ana).get(url(desk)).context["forms"].aim["aim"].value() == "along"
    data = typed(row) | {"aim-aim": "along"}
    seen = page_of(as_(desk.ana).post(url(desk), data)).outcome.seen

    as_(desk.ana).post(url(desk), data | {"op": "keep", "aim-why": "Slowly.", "seen": seen})

    made = proposals.current(desk.proposal)
    kept = revisions.household_of(made)
    assert made.number == 3
    assert (kept.objective, kept.policy) == (wanted.objective, wanted.policy)
    assert shares_of(made, order) == (order.shares / 2).to_integral_value("ROUND_DOWN")


# ── What cannot be asked ─────────────────────────────────────────────────────────────────────────

WRONG = [
    ({"kind": "sell"}, "Choose the account."),
    ({"kind": "sell", "account": "of the plan"}, "Enter the security&#x27;s symbol."),
    ({"kind": "sell", "account": "of the plan", "security": "of the plan"}, "Enter how many shares or dollars."),
    ({"kind": "sell", "account": "of the plan", "security": "XXXX", "amount": "1"}, "neither held here nor in the model"),
    ({"kind": "sell", "account": "of the plan", "security": "of the plan", "amount": "999999999"}, "than IRA holds"),
    ({"kind": "sell", "account": "of the plan", "security": "of the plan", "amount": "0.00000001"}, "less than the smallest amount"),
    ({"kind": "lot", "account": "of the plan"}, "Choose the lot with the button"),
    ({"kind": "swap", "account": "of the plan", "security": "of the plan"}, "Enter the symbol of the other security."),
    ({"kind": "swap", "account": "of the plan", "security": "of the plan", "instead": "of the plan"}, "names the same security twice"),
    ({"kind": "move", "account": "of the plan", "security": "of the plan"}, "Choose the other account."),
    ({"kind": "sell", "account": "of the plan", "security": "of the plan", "amount": "NaN"}, "Enter a number"),
    ({"kind": "sell", "account": "of the plan", "security": "of the plan", "amount": "2", "unit": "parts"}, "is no split, so it has no parts"),
    ({"kind": "split", "account": "of the plan", "security": "of the plan"}, "Enter how many shares or dollars."),
    ({"kind": "split", "account": "of the plan", "security": "of the plan", "amount": "1", "unit": "parts"}, "does not say how many parts"),
    ({"kind": "split", "account": "of the plan", "security": "of the plan", "amount": "2.5", "unit": "parts"}, "does not say how many parts"),
    ({"kind": "split", "account": "of the plan", "security": "of the plan", "amount": "999999999", "unit": "shares"}, "leaves no rest"),
    ({"kind": "split", "account": "of the plan", "security": "of the plan", "amount": "2", "unit": "parts", "to_account": "the same"}, "names the same place twice"),
    ({"kind": "split", "account": "of the plan", "security": "ZUB", "amount": "2", "unit": "parts"}, "a trade that the plan does not have"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "sentence"), WRONG, ids=[sentence for _, sentence in WRONG])
def test_a_request_that_cannot_be_asked_is_told_at_its_line(
    desk: Desk, row: dict[str, str], sentence: str
) -> None:
    order = first(desk)
    stands_for = {"account": order.account, "security": order.security, "instead": order.security}
    filled = {name: stands_for[name] if value == "of the plan" else value for name, value in row.items()}
    if filled.get("to_account"):
        filled["to_account"] = order.account

    answer = ask(desk, filled)

    assert answer.status_code == 422
    assert sentence in words_of(answer)


def test_two_requests_about_one_trade_are_refused(desk: Desk) -> None:
    order = first(desk)

    answer = ask(desk, line("sell", order, amount="1"), line("sell", order, amount="2"))

    assert answer.status_code == 422
    assert "another request is about already" in words_of(answer)


def test_without_a_reason_nothing_is_kept(desk: Desk) -> None:
    answer = ask(desk, line("leave", first(desk)), op="keep", why="")

    assert answer.status_code == 422
    assert "Say why the plan should change" in words_of(answer)


def test_only_an_advisor_shapes_a_plan(desk: Desk) -> None:
    assert as_(desk.rui).get(url(desk)).status_code == 403
    assert as_(desk.tom).get(url(desk)).status_code == 403
    assert as_(cast.someone("Otto", "advisor")).get(url(desk)).status_code == 404


def test_a_closed_proposal_is_not_shaped(desk: Desk) -> None:
    proposals.withdraw(desk.proposal, reason="Not now.", by=Actor.person(desk.ana), at=SUNDAY_NOON)

    assert as_(desk.ana).get(url(desk)).status_code == 409


# ── Each kind of wish as the engine's edits ──────────────────────────────────────────────────────


def test_another_security_and_another_account_take_the_plans_own_amount(desk: Desk) -> None:
    household, plan = revisions.household_of(proposals.current(desk.proposal)), the_plan(desk)
    order = first(desk, "buy")
    other = next(one for one in household.securities if one.id != order.security)
    there = next(one for one in household.accounts if one.id != order.account)
    swap = wishes.Wish(wishes.WishKind.SWAP, order.account, order.security, instead=other.id)
    move = wishes.Wish(wishes.WishKind.MOVE, order.account, order.security, to_account=there.id)

    ((left, bought),) = wishes.edits_of([swap], household, plan)
    ((also_left, moved),) = wishes.edits_of([move], household, plan)

    assert left.kind is also_left.kind is EditKind.NO_TRADE
    assert (bought.kind, bought.account, bought.security) == (EditKind.BUY, order.account, other.id)
    assert bought.shares * other.price <= order.shares * order.price < (bought.shares + 1) * other.price
    assert (moved.kind, moved.account, moved.security, moved.shares) == (
        EditKind.BUY,
        there.id,
        order.security,
        order.shares,
    )


def test_it_is_worked_out_as_the_revision_is(desk: Desk) -> None:
    proposal = desk.proposal
    tried = shaping.try_out(proposal, proposals.current(proposal), objective=None, at=SUNDAY_NOON)

    assert tried.plan == the_plan(desk)
