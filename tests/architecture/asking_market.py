"""What stands at the addresses of securities, models and what is known of the market, and what is sent there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from compliance.people.actors import Actor
from tests.architecture.asking_things import Firm, Make, account
from tests.clock import LAST_FRIDAY, SUNDAY_NOON


def _schedule_a_model(firm: Firm) -> None:
    from tests.factories.model_versions import scheduled

    scheduled(firm.model)


def _policy_template(firm: Firm) -> Any:
    from clients.models import PolicyTemplate
    from clients.policies import templates

    example = templates.SHIPPED["example-balanced"]
    return PolicyTemplate.objects.first() or templates.make(
        code="balanced", name="Balanced", content=example.content, by=Actor.person(firm.rui), at=SUNDAY_NOON
    )


def _employer_plan(firm: Firm) -> Any:
    from clients.households import employer_plans
    from clients.models import EmployerPlan

    acts: dict[str, Any] = {"user_id": firm.ana.pk, "by": Actor.person(firm.ana), "at": SUNDAY_NOON}
    return EmployerPlan.objects.first() or employer_plans.add(
        code="acme", name="Acme 401(k)", source="Lineup of January", **acts
    )


def _plan_fund(firm: Firm) -> Any:
    from datetime import date

    from clients.households import employer_plans
    from clients.models import PlanFund, Security

    acts: dict[str, Any] = {"user_id": firm.ana.pk, "by": Actor.person(firm.ana), "at": SUNDAY_NOON}
    return PlanFund.objects.first() or employer_plans.add_fund(
        _employer_plan(firm),
        Security.objects.get(symbol="ZUS"),
        employer_plans.Terms(starts_on=date(2026, 1, 1)),
        **acts,
    )


def _register_row(name: str) -> Make:
    """The look-up of a row of a register."""
    from tests.factories import register_rows

    return lambda firm: register_rows.a_row(name, firm.harts, person=firm.ana).public_id


def _impact(firm: Firm) -> Any:
    from rebalancing.model_changes import impacts
    from rebalancing.models import ImpactRun

    known = ImpactRun.objects.first()
    version = firm.model.versions.get(version=1)
    return known or impacts.start(version, by=Actor.person(firm.ana), at=SUNDAY_NOON)


def _security() -> Any:
    from clients.models import Security

    return Security.objects.get(symbol="ZUS")


def _manual_price() -> int:
    from decimal import Decimal

    from clients.securities import manual_prices
    from tests import cast

    entered = manual_prices.enter(
        _security(),
        priced_on=LAST_FRIDAY,
        price=Decimal(100),
        evidence="A screen.",
        by=Actor.person(cast.cora()),
        at=SUNDAY_NOON,
    )
    return entered.pk


def _asset_class() -> int:
    from clients.models import AssetClass

    return AssetClass.objects.get(code="us_stock").pk


def _wash_group() -> int:
    from clients.models import WashGroup

    return WashGroup.objects.order_by("code")[0].pk


def _restriction(firm: Firm) -> Any:
    from compliance.models import RestrictedIssuer

    return RestrictedIssuer.objects.get()


def _restrict(firm: Firm) -> None:
    from compliance import restrictions
    from compliance.models import ListKind
    from tests import cast

    restrictions.place(
        "Invented Corp",
        kind=ListKind.RESTRICTED,
        starts_on=LAST_FRIDAY,
        reason="Inside information.",
        on_record=("Invented Corp",),
        by=Actor.person(cast.nina()),
        at=SUNDAY_NOON,
    )


OBJECTS: tuple[tuple[str, str, Make], ...] = (
    ("employer-plans/", "public_id", lambda firm: _employer_plan(firm).public_id),
    ("plan-funds/", "public_id", lambda firm: _plan_fund(firm).public_id),
    ("fund-distributions/", "public_id", lambda firm: _register_row("fund_distribution")(firm)),
    ("corporate-actions/", "public_id", lambda firm: _register_row("corporate_action")(firm)),
    ("fund-policies/", "public_id", lambda firm: _register_row("fund_policy")(firm)),
    ("quotes/", "public_id", lambda firm: _register_row("quote")(firm)),
    ("halts/", "public_id", lambda firm: _register_row("halt")(firm)),
    ("volatility-levels/", "public_id", lambda firm: _register_row("volatility_level")(firm)),
    ("insiders/", "public_id", lambda firm: _register_row("insider")(firm)),
    ("insider-windows/", "public_id", lambda firm: _register_row("insider_window")(firm)),
    ("product-approvals/", "public_id", lambda firm: _register_row("product_approval")(firm)),
    ("arranged-trades/", "public_id", lambda firm: _register_row("arranged_trade")(firm)),
    ("policies/templates/", "public_id", lambda firm: _policy_template(firm).public_id),
    ("models/", "public_id", lambda firm: firm.model.public_id),
    ("models/", "version", lambda firm: 1),
    ("models/impacts/", "public_id", lambda firm: _impact(firm).public_id),
    ("models/classes/", "code", lambda firm: "us_stock"),
    ("firm-list/", "public_id", lambda firm: _restriction(firm).public_id),
    ("securities/", "security", lambda firm: _security().pk),
    ("prices/", "price", lambda firm: _manual_price()),
    ("asset-classes/", "key", lambda firm: _asset_class()),
    ("wash-groups/", "key", lambda firm: _wash_group()),
    ("compliance/restrictions/", "public_id", lambda firm: _restriction(firm).public_id),
)


def _agree_to_the_action(firm: Firm) -> None:
    """Two people agree to the action that there is."""
    from clients.models import CorporateAction
    from tests.factories import actions

    _register_row("corporate_action")(firm)
    actions.agree(CorporateAction.objects.get())


def _an_unclear_account(firm: Firm) -> None:
    """An action of which a file tells nothing in an account."""
    from clients.models import ActionAccount, CorporateAction

    _register_row("corporate_action")(firm)
    ActionAccount.objects.create(
        action=CorporateAction.objects.get(), account=account(firm), state="unclear", looked_at=SUNDAY_NOON
    )


def _what_is_said(firm: Firm) -> dict[str, str]:
    return {"account": account(firm).public_id, "shows": "yes", "reason": "The custodian's notice."}


BEFORE: dict[str, Callable[[Firm], None]] = {
    "clients:corporate_action_take_back": _agree_to_the_action,
    "api:corporate-action-take-back": _agree_to_the_action,
    "clients:corporate_action_say": _an_unclear_account,
    "api:corporate-action-say": _an_unclear_account,
    "compliance:restriction_lift": _restrict,
    "clients:firm_list_lift": _restrict,
    "clients:firm_list_change": _restrict,
    "api:firm-list-lift": _restrict,
    "api:firm-list-change": _restrict,
    "clients:model_reschedule": _schedule_a_model,
    "api:model-reschedule": _schedule_a_model,
    "clients:model_call_off": _schedule_a_model,
    "api:model-call-off": _schedule_a_model,
}


BODIES: dict[str, Make] = {
    "clients:asset_class_decide": lambda firm: {"is_equity": "yes", "reason": "Stocks."},
    "clients:fund_distribution_enter": lambda firm: {
        "symbol": "ZUS",
        "ex_on": "2026-12-15",
        "long_gain": "1.25",
        "source": "The fund's page",
    },
    "clients:fund_distribution_file": lambda firm: {
        "rows": "symbol,ex_on,long_gain\nZUS,2026-12-15,1.25\n",
        "source": "The fund's page",
    },
    "clients:fund_distribution_end": lambda firm: {"reason": "It was another fund."},
    "api:fund-distribution-end": lambda firm: {"reason": "It was another fund."},
    "clients:corporate_action_enter": lambda firm: {
        "symbol": "ZUB",
        "kind": "split",
        "effective_on": "2026-12-15",
        "shares_new": "2",
        "shares_old": "1",
        "source": "The issuer's notice",
    },
    "clients:corporate_action_agree": lambda firm: {"evidence": "The issuer's notice."},
    "api:corporate-action-agree": lambda firm: {"evidence": "The issuer's notice."},
    "clients:corporate_action_take_back": lambda firm: {"reason": "It was called off."},
    "api:corporate-action-take-back": lambda firm: {"reason": "It was called off."},
    "clients:corporate_action_say": lambda firm: _what_is_said(firm),
    "api:corporate-action-say": lambda firm: _what_is_said(firm),
    "clients:corporate_action_end": lambda firm: {"reason": "It was called off."},
    "api:corporate-action-end": lambda firm: {"reason": "It was called off."},
    "clients:fund_policy_enter": lambda firm: {"symbol": "ZUS", "holding_days": "30", "source": "Prospectus"},
    "clients:fund_policy_end": lambda firm: {"reason": "Another."},
    "api:fund-policy-end": lambda firm: {"reason": "Another."},
    "clients:quote_enter": lambda firm: {
        "symbol": "ZUS",
        "quoted_at": "2026-11-20 15:00",
        "bid": "99",
        "ask": "101",
        "source": "A screen",
    },
    "clients:quote_end": lambda firm: {"reason": "Another."},
    "api:quote-end": lambda firm: {"reason": "Another."},
    "clients:halt_enter": lambda firm: {
        "symbol": "ZUS",
        "kind": "halt",
        "starts_at": "2026-11-20 15:00",
        "source": "Notice",
    },
    "clients:halt_end": lambda firm: {"reason": "Another."},
    "api:halt-end": lambda firm: {"reason": "Another."},
    "clients:halt_resume": lambda firm: {"ends_at": "2026-11-22 12:30"},
    "clients:volatility_level_enter": lambda firm: {
        "market_on": "2026-11-19",
        "level": "41.5",
        "source": "A screen",
    },
    "clients:volatility_level_end": lambda firm: {"reason": "Another."},
    "api:volatility-level-end": lambda firm: {"reason": "Another."},
    "clients:insider_enter": lambda firm: {
        "who": firm.harts.people.order_by("pk")[0].public_id,
        "issuer": "Zed Corp",
        "role": "officer",
        "starts_on": "2026-01-01",
        "source": "Letter",
    },
    "clients:insider_end": lambda firm: {"reason": "Another."},
    "api:insider-end": lambda firm: {"reason": "Another."},
    "clients:insider_window_enter": lambda firm: {
        "kind": "blackout",
        "starts_on": "2026-11-01",
        "ends_on": "2026-12-01",
        "source": "Notice",
    },
    "clients:insider_window_end": lambda firm: {"reason": "Another."},
    "api:insider-window-end": lambda firm: {"reason": "Another."},
    "clients:product_approval_enter": lambda firm: {
        "product": "leveraged",
        "starts_on": "2026-01-01",
        "reason": "Traded for years.",
    },
    "clients:product_approval_end": lambda firm: {"reason": "Another."},
    "api:product-approval-end": lambda firm: {"reason": "Another."},
    "clients:arranged_trade_enter": lambda firm: {
        "account": account(firm).public_id,
        "symbol": "ZUS",
        "side": "buy",
        "counterparty": "firm",
        "trade_on": "2026-11-23",
    },
    "clients:arranged_trade_end": lambda firm: {"reason": "Another."},
    "api:arranged-trade-end": lambda firm: {"reason": "Another."},
    "clients:employer_plan_add": lambda firm: {"code": "works", "name": "Works", "source": "Lineup"},
    "clients:employer_plan_retire": lambda firm: {"reason": "Closed."},
    "api:employer-plan-retire": lambda firm: {"reason": "Closed."},
    "clients:plan_fund_add": lambda firm: {"symbol": "ZUB", "starts_on": "2026-01-01"},
    "clients:plan_fund_end": lambda firm: {"reason": "Dropped."},
    "api:plan-fund-end": lambda firm: {"reason": "Dropped."},
    "compliance:restriction_place": lambda firm: {
        "issuer": "Invented Corp",
        "kind": "restricted",
        "starts_on": "2026-11-22",
        "reason": "Inside information.",
        "unmatched": "on",
    },
    "compliance:restriction_lift": lambda firm: {"reason": "Published."},
}
