"""The investment policy of a household, version by version, with every band worked out in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse

from clients import access, figures
from clients.drawings import BandBar
from clients.models import Policy, PolicyTarget
from clients.pages.record import RestrictionRow, restriction_row


@dataclass(frozen=True, slots=True)
class TargetRow:
    """One class: its target and the band as numbers, and how the band was said."""

    name: str
    bar: BandBar
    rule: str
    hard: str


@dataclass(frozen=True, slots=True)
class VersionLink:
    label: str
    state: str
    url: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class PolicyPage:
    policy: Policy
    heading: str
    read_only: str
    household_url: str
    model_url: str
    model_label: str
    targets: tuple[TargetRow, ...]
    target_total: Decimal
    restrictions: tuple[RestrictionRow, ...]
    terms: tuple[tuple[str, str], ...]
    dates: tuple[tuple[str, Any], ...]
    versions: tuple[VersionLink, ...]


def show(user: Any, policy: Policy) -> PolicyPage:
    """The page; five queries."""
    targets = list(policy.targets.select_related("asset_class"))
    return PolicyPage(
        policy=policy,
        heading=_heading(policy),
        read_only=_read_only(policy),
        household_url=reverse("clients:household", args=[policy.household.public_id]),
        model_url=reverse("clients:model", args=[policy.model.model.public_id])
        if access.models_for(user).filter(pk=policy.model.model_id).exists()
        else "",
        model_label=policy.model_label,
        targets=tuple(_target(target) for target in targets),
        target_total=sum((target.weight_target for target in targets), Decimal(0)),
        restrictions=tuple(
            restriction_row(row) for row in policy.restrictions.select_related("security", "account")
        ),
        terms=_terms(policy),
        dates=(
            ("In force from", policy.effective_on),
            ("Last reviewed", policy.reviewed_on),
            ("Next review", policy.next_review_on),
            ("Signed by the client", policy.signed_by_client_on),
            ("Signed by the advisor", policy.signed_by_advisor_on),
        ),
        versions=tuple(
            VersionLink(
                f"Version {other.version}",
                other.state,
                reverse("clients:policy", args=[other.public_id]),
                other.pk == policy.pk,
            )
            for other in access.policies_for(user).filter(household=policy.household).order_by("-version")
        ),
    )


def _heading(policy: Policy) -> str:
    what = {
        Policy.State.ADOPTED: f"in force since {figures.day(policy.effective_on)}",
        Policy.State.DRAFT: "a draft",
        Policy.State.SUPERSEDED: "replaced by a later version",
    }[Policy.State(policy.state)]
    return f"Investment policy of {policy.household.name}, version {policy.version}: {what}"


def _read_only(policy: Policy) -> str:
    if policy.state == Policy.State.DRAFT:
        return "A draft binds nobody. It is adopted through the review desk once both signatures are on it."
    return "An adopted version never changes. A change is a new version, with its own signatures and review."


def _target(target: PolicyTarget) -> TargetRow:
    hard = ""
    if target.hard_lower is not None or target.hard_upper is not None:
        low = figures.weight_trimmed(target.hard_lower) if target.hard_lower is not None else "0"
        high = figures.weight_trimmed(target.hard_upper) if target.hard_upper is not None else "100"
        hard = f"{low} to {high}%"
    return TargetRow(
        name=target.asset_class.name,
        bar=BandBar(
            label=target.asset_class.name,
            target=target.weight_target,
            lower=target.weight_lower,
            upper=target.weight_upper,
            before=None,
        ),
        rule=_rule(target),
        hard=hard,
    )


def _rule(target: PolicyTarget) -> str:
    points = f"{figures.weight_trimmed(target.band_points)} points" if target.band_points is not None else ""
    share = (
        f"{figures.weight_trimmed(target.band_share)}% of the target" if target.band_share is not None else ""
    )
    kind = PolicyTarget.BandKind(target.band_kind)
    said = {
        PolicyTarget.BandKind.ABSOLUTE: f"{points} either side",
        PolicyTarget.BandKind.RELATIVE: f"{share} either side",
        PolicyTarget.BandKind.NARROWER: f"the narrower of {points} and {share}",
        PolicyTarget.BandKind.WIDER: f"the wider of {points} and {share}",
        PolicyTarget.BandKind.VOLATILITY: f"{points} either side, set for how much the class moves",
        PolicyTarget.BandKind.ASYMMETRIC: "its own low and high",
    }
    return said[kind]


def _terms(policy: Policy) -> tuple[tuple[str, str], ...]:
    budget = (
        figures.money(policy.gain_budget, cents=False) if policy.gain_budget is not None else "none agreed"
    )
    cap = figures.weight(policy.equity_cap, places=1) if policy.equity_cap is not None else "none"
    return (
        ("Measured", policy.get_level_display()),
        ("Reviewed", policy.get_look_display()),
        (
            "Rebalanced on a schedule",
            policy.get_calendar_display() if policy.calendar else "no, by bands only",
        ),
        ("A weight exactly on the edge", "is outside" if policy.edge_is_breach else "is inside"),
        ("Traded back, taxable accounts", policy.get_destination_taxable_display().lower()),
        ("Traded back, other accounts", policy.get_destination_sheltered_display().lower()),
        ("New money and withdrawals rebalance first", "yes" if policy.uses_cash_flows else "no"),
        ("Losses are harvested", "yes" if policy.harvests_losses else "no"),
        ("Short-term gains are allowed", "yes" if policy.short_term_gains_allowed else "no"),
        ("Realized gains a year", budget),
        ("Most that may be in stocks", cap),
        ("Kept in cash", figures.money(policy.cash_reserve, cents=False)),
        ("Smallest trade", figures.money(policy.minimum_trade, cents=False)),
        ("Horizon", f"{policy.horizon_years} years"),
        ("Risk", policy.risk),
    )
