"""Where each column of a policy is read: what is changed, and whose answer has to change with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal as D
from typing import Any

from django.db import models

from clients.models import (
    Account,
    AssetClass,
    Policy,
    PolicyRestriction,
    PolicySection,
    PolicyTarget,
)
from compliance.rules import book
from compliance.rules.facts.case import Stage
from rebalancing.cases import cases
from rebalancing.client_reports import policy_documents
from rebalancing.engine import proposing
from rebalancing.engine.documents import serializing
from rebalancing.portfolios import portfolios
from rebalancing.proposals import cash_first, harvests
from rebalancing.triggers import due_dates, looks, losses, measures, triggers
from rebalancing.triggers import history as histories
from rebalancing.triggers.trigger import Trigger
from tests.clock import LAST_FRIDAY, MONDAY, SUNDAY_NOON
from tests.spec.drawn import rows

LIFE = {
    "id": "the row",
    "public_id": "its address, in every link",
    "household": "whose it is",
    "version": "the rule book's approved version, and every page",
    "state": "what is in force (clients.policies.policies.in_force)",
    "effective_on": "what is in force on a day; PTC-04; the printed document",
    "starts_on": "when a signed version is adopted (test_policy_life)",
    "signed_by_client_on": "the workbook and the API",
    "signed_by_advisor_on": "the workbook and the API",
    "adopted_at": "the moment of the printed document",
    "adopted_by": "the policy's page",
    "superseded_at": "the policy's page",
    "fingerprint": "the printed document and every signature",
}
"""Columns of a version's life, which no author writes, and where each is read."""

READ = """
    column                   | from           | to              | by
    level                    | household      | account         | document
    pooling_allowed          | True           | False           | document
    edge_is_breach           | True           | False           | document
    follows                  | version        | model           | print
    equity_cap               | 0.7            | 0.6             | document
    equity_cap               | 1              | 0.5             | rules
    discretion               | full           | consent         | rules
    look                     | daily          | annual          | due
    calendar                 |                | quarterly       | due
    due_session              | 1              | 4               | due
    due_day                  |                | 9               | due
    soft_breach              | at_once        | waits           | look
    tracking_error_limit     |                | 0.001           | triggers
    destination_taxable      | halfway        | target          | document
    destination_sheltered    | halfway        | target          | sheltered
    destination_additions    |                | edge            | document
    uses_cash_flows          | True           | False           | plan
    harvests_losses          | True           | False           | document
    harvest_rebalances       | False          | True            | harvest
    short_term_gains_allowed | True           | False           | document
    gain_budget              |                | 5000            | document
    cash_reserve             | 0              | 9000            | document
    minimum_trade            | 250            | 5000            | document
    reviewed_on              | 2026-03-02     | 2025-03-02      | rules
    next_review_on           | 2027-03-02     | 2026-11-01      | rules
    band_preference          | usual          | tight           | bands
    band_preference          | usual          | loose           | bands
    sheltered_band_share     | 1              | 0.5             | bands
    objectives               | Growth.        | Income.         | print
    risk                     | Low            | High            | print
    horizon_years            | 5              | 6               | print
    loss_limit               | 0.2            | 0.3             | print
    benchmark                | World          | Home            | print
    tax_guidance             | Long-term.     | Losses first.   | print
    text                     |                | Anything else.  | print
"""
"""The columns an author writes, each with a change and what answers differently because of it."""

TARGET_READ = """
    column              | from     | to         | by
    weight_target       | 0.58     | 0.60       | document
    weight_lower        | 0.53     | 0.50       | document
    weight_upper        | 0.63     | 0.65       | document
    sheltered_lower     | 0.54     | 0.55       | sheltered
    sheltered_upper     | 0.62     | 0.61       | sheltered
    hard_lower          |          | 0.10       | ranges
    hard_upper          |          | 0.90       | ranges
    band_kind           | absolute | asymmetric | print
    band_points         | 0.05     | 0.04       | bands
    band_share          | 0.25     | 0.05       | bands
    band_multiple       | 1.5      | 2          | bands
    band_risk           | 0.005    | 0.006      | bands
    relative_volatility |          | 0.16       | print
    benchmark           |          | World      | print
"""
WISH_READ = """
    column     | from       | to           | by
    kind       | do_not_buy | do_not_sell  | document
    issuer     |            | Invented Co. | rules
    sector     |            | Energy       | rules
    weight_cap | 0.2        | 0.1          | document
    until_on   | 2026-11-22 | 2027-11-22   | document
    reason     | Faith.     | Health.      | document
"""
POLICY, TARGETS, WISHES = (tuple(rows(table)) for table in (READ, TARGET_READ, WISH_READ))
ELSEWHERE = {
    # What a model means: test_following_a_model.py; parts of classes, falls: test_sleeve_bands.py, test_sharp_falls.py.
    Policy: {*LIFE, "model", "sleeve_bands", "on_fall", "fall_classes"},
    PolicyTarget: {"id", "policy", "asset_class"},
    PolicyRestriction: {"id", "policy", "security", "account"},
    PolicySection: {"id", "policy", "code", "text"},
}
"""Columns with a test of their own below, and keys."""


def fresh(draft: Policy) -> Policy:
    return Policy.objects.select_related("model__model", "household").get(pk=draft.pk)


def loaded(draft: Policy, accounts: list[Account] | None = None) -> portfolios.Portfolio:
    found = portfolios.load(draft.household, as_of_on=LAST_FRIDAY, trade_on=MONDAY, accounts=accounts)
    assert isinstance(found, portfolios.Portfolio), found
    return found


def document(draft: Policy) -> object:
    return serializing.text(loaded(draft).household)


def sheltered(draft: Policy) -> object:
    """The document of a household of which no account is taxable."""
    iras = list(
        Account.objects.filter(tax_treatment="tax_deferred").select_related("cash", "tax_unit", "owner")
    )
    return serializing.text(loaded(draft, iras).household)


def plan(draft: Policy) -> object:
    return cash_first.propose(loaded(draft))[1].orders


def harvest(draft: Policy) -> object:
    """Whether losses alone are swapped for their replacements."""
    called = Trigger(code=losses.CODE, sentence="-", figures={})
    Policy.objects.filter(pk=draft.pk).update(harvests_losses=True)
    return harvests.is_alone(loaded(draft), (called,))


def found_triggers(draft: Policy) -> object:
    portfolio = loaded(draft)
    return triggers.find(portfolio, measures.measure(portfolio))


def due(draft: Policy) -> object:
    """Why it is not evaluated, and what the calendar asks for, on the day after an evaluation."""
    days = {"market_on": date(2026, 11, 23), "trade_on": date(2026, 11, 24)}
    policy = fresh(draft)
    history = histories.of(policy.household, before=days["market_on"])
    return (
        due_dates.reason_not_due(policy, history, trade_on=days["trade_on"]),
        due_dates.calendar_trigger(policy, history, trade_on=days["trade_on"]),
    )


def look(draft: Policy) -> object:
    """What is looked at while stocks are outside their band."""
    portfolio = loaded(draft)
    found = triggers.find(portfolio, measures.measure(portfolio))
    return looks.on(portfolio, found, market_on=LAST_FRIDAY, trade_on=MONDAY)


def the_case(draft: Policy) -> Any:
    portfolio = loaded(draft)
    return cases.build(
        portfolio,
        proposing.propose(portfolio.household),
        proposal="pr_1",
        version=1,
        digest="0" * 64,
        built_at=SUNDAY_NOON,
        preparers=("1",),
        at=SUNDAY_NOON,
    )


def answers(draft: Policy) -> object:
    examined = book.examine(the_case(draft), Stage.BUILD)
    return [(one.rule, one.severity, one.sentence) for one in examined.findings]


def ranges(draft: Policy) -> object:
    """The ranges that rule PTC-10 lets no trade leave."""
    return the_case(draft).policy.ranges


def printed(draft: Policy) -> object:
    return policy_documents.template_values(fresh(draft))


READERS: dict[str, Callable[[Policy], object]] = {
    "document": document,
    "sheltered": sheltered,
    "plan": plan,
    "harvest": harvest,
    "triggers": found_triggers,
    "due": due,
    "look": look,
    "rules": answers,
    "ranges": ranges,
    "print": printed,
}


def put(row: models.Model, column: str, text: str) -> None:
    field = type(row)._meta.get_field(column)
    value = field.to_python(None if text == "" and field.null else text)  # type: ignore[union-attr]
    type(row)._default_manager.filter(pk=row.pk).update(**{column: value})


def answer_both(draft: Policy, row: models.Model, given: dict[str, str]) -> tuple[object, object]:
    told = []
    for text in (given["from"], given["to"]):
        put(row, given["column"], text)
        told.append(READERS[given["by"]](draft))
    return told[0], told[1]


def assume() -> None:
    """The firm's assumptions, so that tracking error, scaled bands and the share of stocks can be computed."""
    AssetClass.objects.update(is_equity=False)
    AssetClass.objects.filter(code="us_stock").update(is_equity=True)
    for code, volatility, correlation in (("us_stock", "0.16", "1"), ("us_bond", "0.05", "0.1")):
        AssetClass.objects.filter(code=code).update(
            volatility=D(volatility), market_correlation=D(correlation)
        )
