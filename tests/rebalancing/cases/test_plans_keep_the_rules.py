"""Where the engine knows a rule's limit, a plan that does not know it is stopped, and the plan that does is not.

Each limit is put on the Millers. The engine then plans twice: for the household as it is, and as if the limit were not
there. The rule book sees both plans beside the true facts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from clients.households import cash_flows, employer_plans
from clients.models import (
    Account,
    AssetClass,
    CashFlow,
    Hold,
    Household,
    Person,
    Security,
    TaxLot,
    Transaction,
)
from clients.policies import client_restrictions, restriction_terms
from clients.policies.restrictions import RestrictionSpec
from clients.registers import catalog, register
from clients.securities.securities import issuers_on_record
from compliance import restrictions
from compliance.models import ListKind
from compliance.people.actors import Actor
from compliance.rules.book import RULES, RULES_BY_ID
from compliance.rules.facts.case import Stage
from compliance.rules.findings.finding import InEngine
from compliance.rules.findings.severity import Severity, highest
from rebalancing.cases import cases
from rebalancing.engine import proposing
from rebalancing.engine.documents.household import Household as Document
from rebalancing.engine.documents.household import SecurityStatus
from rebalancing.engine.documents.plan import Plan
from rebalancing.engine.documents.recent_trades import RecentTrade, RecentTradeKind
from rebalancing.portfolios import portfolios
from tests import cast
from tests.clock import LAST_FRIDAY, MONDAY, SUNDAY_NOON
from tests.factories.bundles import MILLERS, bundle
from tests.factories.households import SET_UP, a_managed_household

pytestmark = pytest.mark.django_db

Change = Callable[[Document], Document]

TAXABLE = {kind: [row for row in rows if not row.startswith("11110002")] for kind, rows in MILLERS.items()}


def unchanged(household: Document) -> Document:
    return household


@dataclass(frozen=True, slots=True)
class Limit:
    """How a limit comes onto the household (terms of its policy, rows, facts of its document), and what forgets it."""

    forgotten: Change
    terms: dict[str, Any] = field(default_factory=dict)
    before: Callable[[], object] = lambda: None
    rows: Callable[[], object] = lambda: None
    facts: Change = unchanged
    stops: Severity = Severity.OVERRIDE
    """What the rule says of the plan that forgets it, at least."""


def accounts(**changes: Any) -> Change:
    return lambda household: replace(
        household, accounts=tuple(replace(one, **changes) for one in household.accounts)
    )


def lots(**changes: Any) -> Change:
    return lambda household: replace(household, lots=tuple(replace(one, **changes) for one in household.lots))


def rules(**changes: Any) -> Change:
    return lambda household: replace(household, rules=replace(household.rules, **changes))


def nothing_around(household: Document) -> Document:
    """As if nothing stood around the household: no lot locked, nothing barred, nothing frozen."""
    free = lots(lock_reason=None, locked_until=None)(rules(do_not_buy=())(household))
    return replace(
        free, securities=tuple(replace(one, status=SecurityStatus.OPEN) for one in free.securities)
    )


def richer(by: int) -> Change:
    """As if each account held so many dollars more in cash."""
    return lambda household: replace(
        household,
        accounts=tuple(
            replace(one, cash_settled=one.cash_settled + by, flows=()) for one in household.accounts
        ),
    )


def more_shares(household: Document) -> Document:
    return replace(household, lots=tuple(replace(one, quantity=one.quantity * 20) for one in household.lots))


def in_fractions(household: Document) -> Document:
    return replace(
        household,
        securities=tuple(replace(one, fractional_increment=D("0.001")) for one in household.securities),
    )


def recently(kind: RecentTradeKind, symbol: str, *, taxed: bool, **more: Any) -> Change:
    """The household with one trade of ten days ago, in the taxable account or in the IRA."""
    return lambda household: replace(
        household,
        recent_trades=(
            RecentTrade(
                id="recent",
                account=next(one.id for one in household.accounts if one.is_taxed is taxed),
                security=symbol,
                kind=kind,
                on=MONDAY - timedelta(days=10),
                shares=D(10),
                **more,
            ),
        ),
    )


def a_hold() -> None:
    account = Account.objects.get(number_last4="0002")
    Hold.objects.create(
        household=account.household,
        account=account,
        kind=Hold.Kind.LEGAL,
        reason="A court asked for it.",
        placed_at=SUNDAY_NOON,
        starts_on=LAST_FRIDAY,
        expires_on=date(2026, 12, 31),
    )


def listed() -> None:
    Security.objects.filter(symbol="ZUS").update(issuer="Invented Trust")
    restrictions.place(
        "Invented Trust",
        kind=ListKind.RESTRICTED,
        starts_on=date(2026, 11, 2),
        ends_on=None,
        reason="We advise on its merger.",
        on_record=issuers_on_record(),
        unmatched=False,
        by=Actor.person(cast.cora()),
        at=SUNDAY_NOON,
    )


def a_row(name: str, **values: Any) -> None:
    """A row of a register."""
    found = next(one for one in catalog.REGISTERS if one.name == name)
    acts: dict[str, Any] = {"user_id": None, "by": SET_UP, "at": SUNDAY_NOON}
    register.enter(found, {**dict.fromkeys(found.columns), **values}, **acts)


def an_insider() -> None:
    Security.objects.filter(symbol="ZUS").update(issuer="Invented Corp")
    mia = Person.objects.order_by("pk")[0]
    a_row(
        "insider", person=mia, issuer="Invented Corp", role="officer", starts_on=date(2020, 1, 2), source="Letter"
    )  # fmt: skip


def a_movement(symbol: str, kind: str, *, on: date, settles_on: date, shares: int, amount: int) -> None:
    """Something that the taxable account bought or sold."""
    account = Account.objects.get(number_last4="0001")
    Transaction.objects.create(
        account=account,
        security=the(symbol),
        key=f"{kind} of {symbol}",
        kind=kind,
        traded_on=on,
        settles_on=settles_on,
        quantity=D(shares),
        amount=D(amount),
    )


def bought_with_unsettled_money() -> None:
    tuesday = date(2026, 11, 24)
    a_movement("ZBD", "sell", on=LAST_FRIDAY, settles_on=tuesday, shares=-5000, amount=400_000)
    a_movement("ZUS", "buy", on=LAST_FRIDAY, settles_on=MONDAY, shares=3000, amount=-300_000)


def bought_lately() -> None:
    a_row("fund_policy", security=the("ZUS"), holding_days=30, source="Prospectus")
    a_movement("ZUS", "buy", on=date(2026, 11, 3), settles_on=date(2026, 11, 4), shares=1, amount=-100)


def a_menu(*symbols: str) -> None:
    """Both accounts belong to an employer's plan that lists these funds."""
    acts: dict[str, Any] = {"user_id": None, "by": SET_UP, "at": SUNDAY_NOON}
    plan = employer_plans.add(code="acme", name="Acme 401(k)", source="Lineup", **acts)
    for symbol in symbols:
        terms = employer_plans.Terms(starts_on=date(2026, 1, 1))
        employer_plans.add_fund(plan, Security.objects.get(symbol=symbol), terms, **acts)
    for account in Account.objects.all():
        employer_plans.choose(account, plan, reason="", **acts)


def asked(**wish: Any) -> None:
    """The Millers ask for something outside their policy."""
    household = Household.objects.get()
    terms = restriction_terms.Terms(
        reason="From my mother.", asked_by="Mia Miller", asked_on=date(2026, 11, 2),
        starts_on=date(2026, 11, 2), **wish,
    )  # fmt: skip
    client_restrictions.record(household, terms, on=MONDAY, user_id=None, by=SET_UP, at=SUNDAY_NOON)


def stocks_are_counted() -> None:
    for position, (code, name, is_equity) in enumerate(
        (("us_stock", "US stocks", True), ("us_bond", "US bonds", False), ("cash", "Cash", False))
    ):
        AssetClass.objects.create(code=code, name=name, position=position, is_equity=is_equity)


def money_is_due() -> None:
    for account in Account.objects.all():
        cash_flows.expect(
            account,
            kind=CashFlow.Kind.WITHDRAWAL,
            amount=D(-40_000),
            due_on=date(2026, 11, 27),
            note="",
            user_id=None,
            by=SET_UP,
            at=SUNDAY_NOON,
        )


YOUNG = [row.replace("2020-03-02", "2025-12-15") for row in TAXABLE["lots"] if ",A2," not in row]
YOUNG_POSITIONS = [row.replace("ZUS,5000", "ZUS,3000") for row in TAXABLE["positions"]]
YESTERDAYS = [row.replace("2020-03-02", "2026-11-20") for row in TAXABLE["lots"] if ",A2," not in row]
UNKNOWN = [
    row.replace("190000.00,covered", ",unknown").replace("120000.00,covered", ",unknown")
    for row in TAXABLE["lots"]
]
LOSING = [row.replace("190000.00", "260000.00") for row in MILLERS["lots"]]

LIMITS: dict[str, Limit] = {
    "PTC-02": Limit(
        accounts(tradable=True, not_tradable_reason=""),
        rows=lambda: Account.objects.filter(number_last4="0002").update(agreement_terminated_on=LAST_FRIDAY),
    ),
    "PTC-03": Limit(accounts(tradable=True, not_tradable_reason=""), rows=a_hold),
    "PTC-06": Limit(nothing_around, rows=an_insider),
    "PTC-07": Limit(rules(do_not_buy=(), do_not_sell=()), rows=listed),
    "PTC-08": Limit(
        rules(do_not_buy=(), do_not_sell=()),
        terms={"restrictions": [RestrictionSpec(kind="do_not_sell", symbol="ZUS", reason="From my mother.")]},
    ),
    "PTC-09": Limit(
        lots(lock_reason=None, locked_until=None),
        rows=lambda: TaxLot.objects.filter(security__symbol="ZUS").update(lock="gift", lock_reason="Pledged"),
    ),
    "PTC-14": Limit(accounts(may_buy=None), rows=lambda: a_menu("ZUS")),
    "PTC-15": Limit(
        rules(caps=()),
        terms={"equity_cap": D("0.59"), "destination_taxable": "edge", "destination_sheltered": "edge"},
        before=stocks_are_counted,
    ),
    "PTC-16": Limit(accounts(flows=()), rows=money_is_due),
    "PTC-17": Limit(
        nothing_around, rows=lambda: Security.objects.filter(symbol="ZBD").update(product="leveraged")
    ),
    "PTC-18": Limit(richer(500_000)),
    "PTC-19": Limit(richer(500_000)),
    "PTC-20": Limit(
        nothing_around,
        terms={
            "content": bundle(**TAXABLE | {"lots": YESTERDAYS, "positions": YOUNG_POSITIONS}),
            "short_term_gains_allowed": True,
        },
        rows=bought_with_unsettled_money,
    ),
    "PTC-21": Limit(
        richer(100_000), rows=lambda: Security.objects.filter(symbol="ZUS").update(settlement_days=2)
    ),
    "PTC-23": Limit(more_shares),
    "PTC-24": Limit(in_fractions),
    "PTC-26": Limit(nothing_around, terms={"content": bundle(**TAXABLE)}, rows=bought_lately),
    "PTC-29": Limit(
        rules(permanent_disallowance_allowed=True),
        terms={"content": bundle(lots=LOSING), "harvests_losses": True},
        facts=recently(RecentTradeKind.PURCHASE, "ZUS", taxed=False),
    ),
    "PTC-30": Limit(
        lambda household: replace(household, recent_trades=()),
        facts=recently(RecentTradeKind.LOSS_SALE, "ZBD", taxed=True, loss_per_share=D(5)),
    ),
    "PTC-31": Limit(
        rules(wait_for_long_term_days=0),
        terms={
            "content": bundle(**TAXABLE | {"lots": YOUNG, "positions": YOUNG_POSITIONS}),
            "short_term_gains_allowed": True,
        },
    ),
    "PTC-32": Limit(rules(gain_budget=None), terms={"gain_budget": D(2_000), "content": bundle(**TAXABLE)}),
    "PTC-36": Limit(lots(basis=D(50_000)), terms={"content": bundle(**TAXABLE | {"lots": UNKNOWN})}),
    "PTC-37": Limit(
        nothing_around,
        terms={"content": bundle(**TAXABLE)},
        rows=lambda: a_row(
            "fund_distribution",
            security=the("ZBD"),
            ex_on=date(2026, 12, 1),
            long_gain=D(4),
            is_final=False,
            source="The fund's page",
        ),
        stops=Severity.WARN,
    ),
    "PTC-44": Limit(
        nothing_around,
        rows=lambda: a_row("halt", security=the("ZUS"), kind="halt", starts_at=SUNDAY_NOON, source="Notice"),
    ),
}

OUTSIDE: dict[str, tuple[str, Limit]] = {
    "a security that is kept": (
        "PTC-08",
        Limit(rules(do_not_sell=()), rows=lambda: asked(kind="do_not_sell", security=the("ZUS"))),
    ),
    "a security that is never bought": (
        "PTC-08",
        Limit(rules(do_not_buy=()), rows=lambda: asked(kind="do_not_buy", security=the("ZBD"))),
    ),
    "an issuer on an exclusion list": (
        "PTC-08",
        Limit(
            rules(do_not_buy=()),
            rows=lambda: (
                Security.objects.filter(symbol="ZBD").update(issuer="Zed Corp"),
                Security.objects.filter(issuer="").update(issuer="Another"),
                asked(kind="do_not_buy", issuers=("Another", "Zed Corp")),
            ),
        ),
    ),
    "a class that is never bought": (
        "PTC-08",
        Limit(
            rules(do_not_buy=()),
            rows=lambda: asked(kind="do_not_buy", asset_class=AssetClass.objects.get(code="us_bond")),
        ),
    ),
    "a position kept until a day": (
        "PTC-08",
        Limit(
            rules(do_not_sell=()),
            rows=lambda: asked(kind="keep", security=the("ZUS"), ends_on=MONDAY),
        ),
    ),
    "one lot that is kept": (
        "PTC-09",
        Limit(
            lots(lock_reason=None, locked_until=None),
            rows=lambda: [
                asked(kind="do_not_sell", lot=lot) for lot in TaxLot.objects.filter(security=the("ZUS"))
            ],
        ),
    ),
}
"""What clients ask for outside their policy is obeyed like the policy: the rule, and the limit."""


def the(symbol: str) -> Security:
    return Security.objects.get(symbol=symbol)


OTHERWISE = {
    "PTC-12": "A plan is made from the policy's own model version: there is no other to forget it for.",
    "PTC-27": "A household with an open proposal or sent orders is not planned for (test_open_orders.py).",
    "PTC-35": "Every sale of a plan names its lots: the document has no sale without them.",
}
"""Rules whose limit is no part of the document, so that no plan could be made without it."""


@pytest.mark.parametrize("rule", LIMITS)
def test_a_plan_that_forgets_the_limit_is_stopped_and_the_plan_that_knows_it_is_not(rule: str) -> None:
    both_plans(rule, LIMITS[rule])


@pytest.mark.parametrize("wish", OUTSIDE)
def test_what_a_client_asks_for_outside_the_policy_is_obeyed_in_the_same_way(wish: str) -> None:
    both_plans(*OUTSIDE[wish])


def both_plans(rule: str, limit: Limit) -> None:
    """The plan that forgets the limit is stopped by the rule, and the one that knows it is not."""
    limit.before()
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui(), **limit.terms)
    limit.rows()
    loaded = portfolios.load(household, as_of_on=LAST_FRIDAY, trade_on=MONDAY)
    assert isinstance(loaded, portfolios.Portfolio), loaded
    portfolio = replace(loaded, household=limit.facts(loaded.household))

    knowing = proposing.propose(portfolio.household)
    forgetting = proposing.propose(limit.forgotten(portfolio.household))

    assert level(rule, portfolio, forgetting) >= limit.stops
    assert level(rule, portfolio, knowing) < limit.stops


def level(rule: str, portfolio: portfolios.Portfolio, plan: Plan) -> Severity:
    """What the rule says of this plan beside the true facts, when the proposal is built."""
    case = cases.build(
        portfolio, plan, proposal="pr_1", version=1, digest="digest", built_at=SUNDAY_NOON, preparers=["ana"], at=SUNDAY_NOON
    )  # fmt: skip
    return highest(one.severity for one in RULES_BY_ID[rule].check(case.at_stage(Stage.BUILD)))


def test_every_rule_that_the_engine_knows_is_shown() -> None:
    known = {rule.RULE.id for rule in RULES if isinstance(rule.RULE.engine, InEngine)}

    assert LIMITS.keys() | OTHERWISE.keys() == known
    assert not LIMITS.keys() & OTHERWISE.keys()
