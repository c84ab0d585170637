"""The households that may lack something before they are measured and traded, found by the database in a fixed number of queries.

Only these are then read whole (`obstacles`). Who is not among them lacks nothing, so what is asked here may find too many, and
never too few: each question is that of a reason of `obstacles`, without its finer points.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, Min, OuterRef, Q, QuerySet

from clients.models import (
    Account,
    ActionAccount,
    BookEntry,
    CorporateAction,
    Hold,
    Household,
    LifeEvent,
    PlanAccount,
    PlanFund,
    Policy,
    Position,
    Restatement,
    Security,
    SleeveMember,
    TaxLot,
    TaxProfile,
)
from compliance.rules import complex_product
from rebalancing.models import Break
from rebalancing.portfolios import pending_actions
from rebalancing.portfolios.market import Market


@dataclass(frozen=True, slots=True)
class Shared:
    """What is the same for every household of a day: the securities without a usable price or a class, and what happens to some."""

    doubtful: frozenset[int]
    acted: frozenset[int]

    @classmethod
    def of(cls, market: Market, *, trade_on: date) -> Shared:
        keys = set(Security.objects.values_list("pk", flat=True))
        usable = market.prices(keys).keys() - market.disputed(keys).keys()
        unclassified = Security.objects.filter(class_weights=None).exclude(kind=Security.Kind.MONEY_MARKET)
        actions = pending_actions.in_window(on=trade_on, figures=market.settings_on(trade_on))
        return cls(
            doubtful=frozenset(keys - usable | set(unclassified.values_list("pk", flat=True))),
            acted=frozenset(one.security_id for one in actions),
        )


def of(
    households: QuerySet[Household],
    keys: Sequence[int] | None,
    shared: Shared,
    market: Market,
    *,
    trade_on: date,
) -> set[int]:
    """The keys of those of these open households that may lack something; `keys` are theirs, None where they are all."""
    mine = Q() if keys is None else Q(household__in=keys)
    held = Q() if keys is None else Q(account__household__in=keys)
    accounts = Account.objects.filter(mine, Q(closed_on=None) | Q(closed_on__gt=trade_on))
    found: set[int] = set()
    for asked in (
        _without_parts(households, trade_on=trade_on),
        _in_doubt(accounts, trade_on=trade_on),
        _without_menu(accounts, trade_on=trade_on),
        _of_models(mine, shared, market, trade_on=trade_on),
        Hold.objects.filter(mine, lifted_at=None, expires_on__gte=trade_on).values_list("household", flat=True),
        LifeEvent.objects.filter(mine, resolved_on=None, cancelled_at=None).values_list("household", flat=True),
        *(rows.filter(held).order_by().values_list("account__household", flat=True).distinct() for rows in (
            TaxLot.objects.filter(closed_on=None, basis=None, account__tax_treatment=Account.TaxTreatment.TAXABLE),
            TaxLot.objects.filter(closed_on=None, security__in=shared.doubtful),
            TaxLot.objects.filter(closed_on=None, security__in=shared.acted),
            Position.objects.filter(security__in=shared.acted),
            Position.objects.exclude(held_out="").filter(Q(security__kind=Security.Kind.OPTION) | Q(quantity__lt=0)),
            ActionAccount.objects.filter(action__in=CorporateAction.objects.filter(security__in=shared.acted)),
            Restatement.objects.filter(seen_at=None, cause__in=Restatement.ASKS),
            Break.objects.filter(queue=Break.Queue.POSITIONS, ended_at=None, account__isnull=False),
        )),
    ):  # fmt: skip
        found.update(asked)
    return found


def _without_parts(households: QuerySet[Household], *, trade_on: date) -> QuerySet[Any]:
    """Without a policy in force, an open account, an advisor or a reviewer."""
    here = {"household": OuterRef("pk")}
    entries = BookEntry.objects.on(trade_on)
    return (
        households.filter(
            ~Exists(Policy.objects.filter(state=Policy.State.ADOPTED, effective_on__lte=trade_on, **here))
            | ~Exists(Account.objects.filter(Q(closed_on=None) | Q(closed_on__gt=trade_on), **here))
            | ~Exists(entries.filter(part=BookEntry.Part.ADVISOR, **here))
            | ~Exists(entries.filter(part=BookEntry.Part.REVIEWER, **here))
        )
        .order_by()
        .values_list("pk", flat=True)
    )


def _in_doubt(accounts: QuerySet[Account], *, trade_on: date) -> QuerySet[Any]:
    """With an account whose state, agreement, cash or tax profile keeps it from being traded."""
    confirmed = TaxProfile.objects.filter(tax_year=trade_on.year, confirmed_on__isnull=False)
    no_agreement = (
        Q(agreement_signed_on=None)
        | Q(agreement_effective_on=None)
        | Q(agreement_effective_on__gt=trade_on)
        | Q(agreement_terminated_on__lte=trade_on)
    )
    return (
        accounts.filter(
            no_agreement
            | ~Q(reconciliation=Account.Reconciliation.RECONCILED)
            | Q(cash=None)
            | (Q(tax_unit__isnull=False) & ~Exists(confirmed.filter(tax_unit=OuterRef("tax_unit"))))
        )
        .order_by()
        .values_list("household", flat=True)
        .distinct()
    )


def _without_menu(accounts: QuerySet[Account], *, trade_on: date) -> QuerySet[Any]:
    """With an account of an employer's plan in which nothing may be bought."""
    funds = PlanFund.objects.filter(ended_at=None, starts_on__lte=trade_on).filter(
        Q(ends_on=None) | Q(ends_on__gte=trade_on), Q(closed_on=None) | Q(closed_on__gt=trade_on)
    )
    joined = PlanAccount.objects.filter(ended_at=None, account=OuterRef("pk"))
    return (
        accounts.filter(Q(registration__in=Account.OF_AN_EMPLOYER) | Exists(joined))
        .exclude(Exists(joined.filter(plan__in=funds.values("plan"))))
        .order_by()
        .values_list("household", flat=True)
        .distinct()
    )


def _of_models(mine: Q, shared: Shared, market: Market, *, trade_on: date) -> Iterator[int]:
    """Whose model buys what nobody has marked, or has a class of which no security has a usable price."""
    followed = Policy.objects.filter(mine, state=Policy.State.ADOPTED, effective_on__lte=trade_on)
    kinds = followed.order_by().values("model_id", "follows").annotate(one=Min("pk")).values("one")
    one_of_each = Policy.objects.filter(pk__in=kinds).order_by("pk").select_related("model__model")
    lacking = Q(pk__in=())
    for policy in one_of_each:
        version = market.model_version(policy, on=trade_on)
        if version is not None and _lacks(market.sleeves(version.pk), shared, market):
            lacking |= Q(model=policy.model_id, follows=policy.follows)
    yield from followed.filter(lacking).order_by().values_list("household", flat=True)


def _lacks(sleeves: Sequence[Any], shared: Shared, market: Market) -> bool:
    by_class: dict[int, set[int]] = {}
    for sleeve in sleeves:
        bought = {one.security_id for one in sleeve.members.all() if one.use != SleeveMember.Use.LEGACY}
        by_class.setdefault(sleeve.model_class.asset_class_id, set()).update(bought)
    if any(members <= shared.doubtful for members in by_class.values()):
        return True
    return any(map(_is_unmarked, market.securities(_members(sleeves)).values()))


def _members(sleeves: Sequence[Any]) -> Collection[int]:
    return {one.security_id for sleeve in sleeves for one in sleeve.members.all()}


def _is_unmarked(security: Security) -> bool:
    return complex_product.is_complex(security.product, name=security.name) is None
