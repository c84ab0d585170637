"""The checks of the day on which a block leaves, where that is not the day of its release: the rule book, with that day's facts.

At release every rule that counts there was asked, with the facts of that moment. What leaves later is asked the same rules
again: prices, cash, lots, holds, restrictions, wash sales, halts, blackouts, position breaks and all the others. A rule
that nobody may override holds until its cause is gone; what a person may accept, whoever may accept it at release accepts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from clients import figures
from clients.models import Account
from compliance.firm import order_figures
from compliance.people.actors import Actor
from compliance.rules.book import Examination
from compliance.rules.findings.finding import Finding
from compliance.rules.findings.severity import Severity
from compliance.rules.stale_proposal import PRICE_MOVE
from rebalancing import market_days
from rebalancing.engine.documents import household as document
from rebalancing.engine.documents.plan import Plan, Side
from rebalancing.engine.market.calendars import new_york
from rebalancing.execution import account_cash
from rebalancing.models import Block, Order, Revision
from rebalancing.portfolios import open_orders, portfolios
from rebalancing.portfolios.portfolios import NotMeasurable, Portfolio
from rebalancing.proposals import examinations, revisions, staleness, what_is_left
from rebalancing.proposals.what_is_left import Left

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Against:
    """What speaks against sending a block today. `can_be_accepted`: whoever may override such a finding may let it go."""

    sentence: str
    can_be_accepted: bool = False


def load(block: Block, *, at: datetime) -> dict[int, Portfolio | NotMeasurable]:
    """Each household of a block as it is now. Its orders that are held have not left, so that they are not yet counted."""
    found: dict[int, Portfolio | NotMeasurable] = {}
    for order in _orders(block):
        household = order.batch.revision.proposal.household
        if household.pk not in found:
            found[household.pk] = portfolios.load(
                household,
                as_of_on=market_days.last_close(at),
                trade_on=market_days.trade_day(at),
                unsent=_held(order),
            )
    return found


def of(
    block: Block, loaded: Mapping[int, Portfolio | NotMeasurable] | None = None, *, at: datetime
) -> list[Against]:
    """What speaks against sending a block today, what nobody may accept first."""
    loaded = load(block, at=at) if loaded is None else loaded
    found: list[Against] = []
    for order in _orders(block):
        portfolio = loaded[order.batch.revision.proposal.household_id]
        if isinstance(portfolio, NotMeasurable):
            found.append(Against(f"{order.account.name}: {portfolio.reasons[0]}"))
            continue
        own = list(_of_record(block, order, portfolio))
        found += own or _of_the_book(block, order, portfolio, at=at)
    return sorted(dict.fromkeys(found), key=lambda one: one.can_be_accepted)


def _orders(block: Block) -> list[Order]:
    return list(
        block.orders.exclude(state=Order.State.CANCELED)
        .select_related(
            "account",
            "proposed",
            "security",
            "batch__approval__approved_by",
            "batch__revision__proposal__household",
            "batch__revision__policy",
            "batch__revision__review",
        )
        .prefetch_related("lots__lot")
        .order_by("pk")
    )


def _held(order: Order) -> list[int]:
    """What of the same batch has not left."""
    return list(
        Order.objects.filter(batch=order.batch_id, state__in=Order.UNSENT).values_list("pk", flat=True)
    )


def _of_record(block: Block, order: Order, portfolio: Portfolio) -> Iterator[Against]:
    """What is no longer as it was approved; where that is so, the rules have nothing left to look at."""
    account = next((one for one in portfolio.accounts if one.pk == order.account_id), None)
    known = next((one for one in portfolio.household.accounts if one.id == order.account.public_id), None)
    if account is None or known is None:
        yield Against(f"{order.account.name} is no longer open.")
        return
    if not known.tradable:
        yield Against(f"{account.name}: {known.not_tradable_reason}")
    row = next((one for one in portfolio.household.securities if one.id == block.security.symbol), None)
    if row is None:
        yield Against(f"There is no price of {block.security.symbol}.")
        return
    if row.status is document.SecurityStatus.FROZEN:
        yield Against(f"{block.security.symbol} does not trade.")
    revision = order.batch.revision
    for cause in staleness.decided_otherwise(revision, portfolio):
        yield Against(f"Since it was approved, this was decided otherwise: {cause}.".replace("..", "."))
    days = portfolio.rows.figures.of(order_figures.SLICE_DAYS)
    released = market_days.trade_day(order.batch.released_at)
    age = len(new_york().sessions_between(released, block.trade_on)) - 1
    if age > days:
        yield Against(f"It was released {age} market days ago, and an order is sent over {days} at most.")
    if order.side == "sell":
        for use in order.lots.all():
            if use.lot.closed_on is not None or use.lot.quantity < use.quantity:
                yield Against(f"{account.name} no longer holds the lots that were to be sold.")
                break
        found = account_cash.violation(
            portfolio,
            account,
            security=block.security,
            amount=order.quantity * row.price,
            on=block.trade_on,
            settles_on=block.settles_on,
        )
        if found is not None:
            yield Against(f"{block.security.symbol} in {account.name} {found}.")
    moved = abs(row.price / order.proposed.price - 1)
    if moved > portfolio.rows.figures.thresholds().of(PRICE_MOVE):
        yield Against(
            f"{block.security.symbol} was approved at {figures.money(order.proposed.price)} and is at "
            f"{figures.money(row.price)}.",
            can_be_accepted=True,
        )


def _of_the_book(block: Block, order: Order, portfolio: Portfolio, *, at: datetime) -> list[Against]:
    """What the rule book says of this order among all that leaves for its household today."""
    revision = order.batch.revision
    own = _of_batch(order)
    today = [
        one
        for one in own
        if one.state in Order.UNSENT
        and one.block is not None
        and one.block.trade_on == block.trade_on
        and (one.block_id == block.pk or not one.waits_for_sales or one.cleared_at is not None)
    ]
    plan = what_is_left.plan(
        revisions.plan_of(revision),
        portfolio.household,
        today=[_left(one, one.quantity) for one in today],
        every=[_left(one, _counted(one)) for one in own if not _is_shown(one)],
    )
    if plan is None:
        return [Against(f"{order.account.name} no longer holds the lots that were to be sold.")]
    unsent = [one.pk for one in own if one.state in Order.UNSENT]
    answer = _examined(revision, order, portfolio, plan, but=unsent, at=at)
    return [
        Against(one.sentence, can_be_accepted=one.severity is Severity.OVERRIDE)
        for one in (*answer.blocks, *answer.outstanding)
        if _is_about(one, order)
    ]


def _examined(
    revision: Revision,
    order: Order,
    portfolio: Portfolio,
    plan: Plan,
    *,
    but: Collection[int],
    at: datetime,
) -> Examination:
    return examinations.of_what_is_left(
        revision,
        portfolio,
        plan,
        household=_with_ours(portfolio, but=but),
        review=revisions.review_of(revision),
        approver=Actor.person(order.batch.approval.approved_by),
        at=at,
    )


def _is_about(finding: Finding, order: Order) -> bool:
    """Whether a finding concerns an order: itself, its account or security, or the household as a whole."""
    return not finding.about or any(
        one.account in ("", order.account.public_id) and one.security in ("", order.security.symbol)
        for one in finding.about
    )


def _of_batch(order: Order) -> list[Order]:
    """All of the batch that can still trade or has traded."""
    return list(
        Order.objects.filter(batch=order.batch_id)
        .exclude(state__in=Order.NOT_TRADED)
        .select_related("account__cash", "security", "block")
        .prefetch_related("lots__lot")
        .order_by("pk")
    )


def _is_shown(order: Order) -> bool:
    """Whether the record is of the order's session or later, so that it shows what traded."""
    if order.block is None or order.state in Order.UNSENT:
        return False
    return order.block.trade_on <= open_orders.known_on(order.account)


def _counted(order: Order) -> Decimal:
    return order.filled_quantity if order.state in Order.ENDED else order.quantity


def _left(order: Order, shares: Decimal) -> Left:
    """So many shares of an order; of a sale that traded in part, its lots in the order in which they were chosen."""
    lots: dict[str, Decimal] = {}
    wanted = shares
    for use in order.lots.all():
        if taken := min(wanted, use.quantity):
            lots[use.lot.public_id] = taken
            wanted -= taken
    return Left(order.account.public_id, order.security.symbol, Side(order.side), shares, lots)


def _with_ours(portfolio: Portfolio, *, but: Collection[int]) -> document.Household:
    """The household with what we sent and no file shows yet: its cash comes and goes, its lots are smaller."""
    accounts = {one.public_id: one for one in portfolio.accounts}
    sold: dict[str, Decimal] = {}
    for one in _sent_sales(portfolio.accounts, but=but):
        for lot, shares in _left(one, _counted(one)).lots.items():
            sold[lot] = sold.get(lot, ZERO) + shares
    lots = (
        replace(lot, quantity=lot.quantity - sold[lot.id]) if lot.id in sold else lot
        for lot in portfolio.household.lots
    )
    return replace(
        portfolio.household,
        accounts=tuple(
            replace(one, cash_unsettled=(*one.cash_unsettled, *_moves(accounts[one.id], but=but)))
            for one in portfolio.household.accounts
        ),
        lots=tuple(lot for lot in lots if lot.quantity > ZERO),
    )


def _moves(account: Account, *, but: Collection[int]) -> Iterator[document.DatedAmount]:
    for move in account_cash.ours(account, but=but):
        yield document.DatedAmount(on=move.on, amount=move.amount, label="our own orders")


def _sent_sales(accounts: Sequence[Account], *, but: Collection[int]) -> list[Order]:
    """Sales of these accounts that have left and that no file shows yet."""
    sent = (
        Order.objects.filter(account__in=[one.pk for one in accounts], side="sell")
        .exclude(state__in=(*Order.NOT_TRADED, *Order.UNSENT))
        .exclude(pk__in=but)
        .filter(block__isnull=False)
        .select_related("account__cash", "security", "block")
        .prefetch_related("lots__lot")
        .order_by("pk")
    )
    return [one for one in sent if not _is_shown(one)]
