"""The sections of a proposal page as documents: each field has the name and the value that the page has."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from compliance.api import fields
from compliance.api.fields import words
from rebalancing.models import ProposedLot, ProposedOrder
from rebalancing.pages.proposal import alternatives, changes, checks, decision, makers, outcome, taxes, trades
from rebalancing.proposals.moves import Move

SEVERITIES = tuple(checks.SEVERITY_NAMES.values())


def whole(**options: Any) -> serializers.IntegerField:
    return serializers.IntegerField(read_only=True, **options)


def day(**options: Any) -> serializers.DateField:
    return serializers.DateField(read_only=True, **options)


def moment(**options: Any) -> serializers.DateTimeField:
    return serializers.DateTimeField(read_only=True, **options)


def sentences() -> serializers.ListField:
    return serializers.ListField(child=serializers.CharField(), read_only=True)


class KeyFigureOut(serializers.Serializer[outcome.KeyFigure]):
    """A figure as the page words it, with what it was before."""

    name = words("label")
    value = words()
    before = words()
    note = words()
    tone = words()


class BandOut(serializers.Serializer[Any]):
    """A class against its band; weights are fractions of one."""

    name = words("label")
    target = fields.figure()
    lower = fields.figure()
    upper = fields.figure()
    before = fields.figure(allow_null=True)
    after = fields.figure(allow_null=True)
    is_outside_before = serializers.BooleanField(read_only=True, allow_null=True)
    is_outside_after = serializers.BooleanField(read_only=True, allow_null=True)


class AllocationOut(serializers.Serializer[outcome.Allocation]):
    caption = words()
    bars = BandOut(many=True, read_only=True)


class OutcomeOut(serializers.Serializer[outcome.Outcome]):
    """What the trades would do to the household."""

    tax_change = fields.dollars(help_text="Tax with the plan less tax without it, all returns together.")
    figures = KeyFigureOut(many=True, read_only=True)
    allocations = AllocationOut(many=True, read_only=True)


class ChangedOrderOut(serializers.Serializer[changes.ChangedOrder]):
    """An order that differs; shares of null: it is not there on that side."""

    how = words()
    account = words()
    side = serializers.ChoiceField(choices=ProposedOrder.Side.choices, read_only=True)
    symbol = words()
    shares_before = fields.figure(allow_null=True)
    shares_after = fields.figure(allow_null=True)


class PriceMoveOut(serializers.Serializer[Move]):
    """A price that moved between two revisions; `by` is a signed fraction of one."""

    symbol = words()
    before = fields.figure()
    now = fields.figure()
    by = fields.figure()


class ChangesOut(serializers.Serializer[changes.Changes]):
    """The difference from revision `base`, the last before this one that the caller opened, or else the one before; drift as a
    fraction of one. `why` is empty for a revision that a person made."""

    base = whole()
    orders = ChangedOrderOut(many=True, read_only=True)
    tax_before = fields.dollars()
    tax_after = fields.dollars()
    drift_before = fields.figure()
    drift_after = fields.figure()
    inputs_are_the_same = serializers.BooleanField(read_only=True)
    looked_at = serializers.DateTimeField(
        read_only=True,
        allow_null=True,
        help_text="When the caller opened revision `base`; null where they did not.",
    )
    inputs = serializers.ListField(
        child=serializers.CharField(), read_only=True, help_text="What changed besides prices, in words."
    )
    prices = PriceMoveOut(many=True, read_only=True)
    prices_more = whole(help_text="How many more prices moved, by less.")
    why = words(help_text="Why the machine made it by itself; empty where a person did.")
    approval_fell = serializers.BooleanField(read_only=True)


class SoldLotOut(serializers.Serializer[trades.LotRow]):
    """The shares of one lot a sale uses; a gain of null is unknown, or not taxed where the term says so."""

    acquired_on = day(allow_null=True)
    shares = fields.figure()
    proceeds = fields.dollars()
    basis = fields.dollars(allow_null=True)
    gain = fields.dollars(allow_null=True)
    term = serializers.ChoiceField(choices=ProposedLot.Term.choices, read_only=True)
    disallowed = fields.dollars()


class ProposedOrderOut(serializers.Serializer[trades.OrderRow]):
    side = serializers.ChoiceField(choices=ProposedOrder.Side.choices, read_only=True)
    symbol = words()
    name = words()
    shares = fields.figure()
    price = fields.figure()
    amount = fields.dollars(help_text="Estimated proceeds or cost, spread included; always positive.")
    cost = fields.dollars()
    gain = fields.dollars(allow_null=True)
    is_taxed = serializers.BooleanField(read_only=True)
    settles_on = day()
    reason = words()
    why = words()
    without = words(help_text="What leaving this order out would mean.")
    lots = SoldLotOut(many=True, read_only=True)


class AccountTradesOut(serializers.Serializer[trades.AccountTrades]):
    """One account's orders; `cash_after` is what it holds when everything has settled."""

    account = words("public_id")
    name = words()
    number_last4 = words("last_four")
    treatment = words()
    custodian = words()
    discretion = words()
    bought = fields.dollars()
    sold = fields.dollars()
    gain = fields.dollars(allow_null=True)
    cash_after = fields.dollars()
    looked_at_by = serializers.ListField(
        child=serializers.CharField(),
        read_only=True,
        help_text="Who ticked the trades of this account as looked at. Only a person in a browser can.",
    )
    orders = ProposedOrderOut(many=True, read_only=True)


class CashLineOut(serializers.Serializer[trades.CashLine]):
    on = day()
    what = words()
    amount = fields.dollars()
    balance = fields.dollars()


class AccountCashOut(serializers.Serializer[trades.AccountCash]):
    """Every movement of one account's cash until its trades have settled."""

    name = words()
    steps = CashLineOut(many=True, read_only=True)


class TradesOut(serializers.Serializer[trades.Trades]):
    accounts = AccountTradesOut(many=True, read_only=True)
    cash = AccountCashOut(many=True, read_only=True)
    orders_count = whole()
    priced_on = day()


class SkippedOut(serializers.Serializer[trades.SkippedRow]):
    """A trade that was considered and not made."""

    account = words(help_text="Its name, or that it was all of them.")
    symbol = words()
    side = words()
    lot_on = day(allow_null=True)
    why = words()
    cost_for_thousand = fields.figure(
        allow_null=True, help_text="What it would add, in dollars for each $1,000 traded; null: it is barred."
    )


class NotTradedOut(serializers.Serializer[trades.LeftAlone]):
    rows = SkippedOut(many=True, read_only=True)
    not_met = sentences()
    binding = sentences()
    warnings = sentences()


class TaxOut(serializers.Serializer[taxes.TaxRow]):
    """One return's estimate: gains by term, the tax they add, and how it was worked out."""

    name = words()
    method = words()
    short = fields.dollars()
    long = fields.dollars()
    disallowed = fields.dollars()
    net_short = fields.dollars()
    net_long = fields.dollars()
    federal = fields.dollars()
    niit = fields.dollars()
    state = fields.dollars()
    change = fields.dollars(help_text="Tax with the plan less tax without it.")
    budget_limit = fields.dollars(allow_null=True)
    budget_used = fields.dollars(allow_null=True)


class TaxesOut(serializers.Serializer[taxes.Taxes]):
    returns = TaxOut(many=True, read_only=True)
    left_out = words()


class TermOut(serializers.Serializer[alternatives.TermRow]):
    """One part of what the plan weighs, in dollars."""

    name = words()
    nothing = fields.dollars()
    plan = fields.dollars()


class WayOut(serializers.Serializer[alternatives.WayRow]):
    """Another complete plan on the same facts; drift and turnover as fractions of one."""

    name = words()
    tax = fields.dollars()
    net_gain = fields.dollars()
    drift = fields.figure()
    out_of_band = whole()
    turnover = fields.figure()
    orders = whole()
    is_proposed = serializers.BooleanField(read_only=True)


class AlternativesOut(serializers.Serializer[alternatives.Alternatives]):
    terms = TermOut(many=True, read_only=True)
    gap = words()
    ways = WayOut(many=True, read_only=True)
    missing = words()


class AnswerOut(serializers.Serializer[checks.Answer]):
    approver = words()
    reason = words()
    text = words()
    given_at = moment()
    expires_at = moment()


class FindingOut(serializers.Serializer[checks.FindingLine]):
    """A check's answer. `key` names the concern; an override is given for it."""

    key = words()
    rule = words()
    rule_version = whole()
    severity = serializers.ChoiceField(choices=SEVERITIES, read_only=True)
    sentence = words()
    how_to_fix = words()
    about = words()
    answer = AnswerOut(read_only=True, allow_null=True)
    refusal_to_override = serializers.CharField(read_only=True, allow_null=True)
    alike = serializers.IntegerField(
        read_only=True,
        help_text="How many findings of its rule wait for a reason; one answer may settle them.",
    )
    split_text = serializers.CharField(
        read_only=True, help_text="How the order can be split as it advises; empty: it cannot, or not by you."
    )


class ChecksOut(serializers.Serializer[checks.Checks]):
    """What the rules said when they last ran, the gravest first; `passed` of `total` rules are in order."""

    examined_at = moment(allow_null=True)
    total = whole()
    passed = whole()
    unanswered = whole()
    findings = FindingOut(many=True, read_only=True)


class DeedOut(serializers.Serializer[makers.Deed]):
    """What somebody did that shaped the revision; `done_at` for a fact that was entered before it."""

    name = words()
    did = words()
    done_at = moment(allow_null=True)


class ChangeRequestedOut(serializers.Serializer[decision.ChangeRequested]):
    asked_by = words()
    asked_at = moment()
    text = words()


class ConsentGivenOut(serializers.Serializer[decision.ConsentGiven]):
    given_by = words()
    channel = words()
    given_at = moment()
    evidence = words()
