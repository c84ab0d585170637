"""Whether a revision is stale: compares every input with the current record."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from compliance.refusals import Cause
from compliance.rules.stale_proposal import PRICE_MOVE
from rebalancing import market_days
from rebalancing.engine.documents import household as document
from rebalancing.engine.documents import parsing
from rebalancing.engine.documents.plan import Order, Side
from rebalancing.engine.documents.recent_trades import RecentTrade, RecentTradeKind
from rebalancing.models import Revision
from rebalancing.portfolios import portfolios
from rebalancing.portfolios.record_rows import HORIZON_DAYS
from rebalancing.proposals import restated
from rebalancing.triggers import cash_due
from rebalancing.waiting import circumstances


def causes(
    revision: Revision, *, at: datetime
) -> tuple[portfolios.Portfolio | portfolios.NotMeasurable, tuple[Cause, ...]]:
    """The portfolio as it is now, and everything that differs from what the revision was made on."""
    now = portfolios.load(
        revision.proposal.household,
        as_of_on=market_days.last_close(at),
        trade_on=market_days.trade_day(at),
    )
    if isinstance(now, portfolios.NotMeasurable):
        return now, tuple(Cause(input="record", sentence=reason) for reason in now.reasons)
    shown = parsing.read_household(revision.household_document)
    figures = now.rows.figures
    orders = list(revision.orders.values_list("account__public_id", "security__symbol", "side"))
    traded = frozenset((account, symbol) for account, symbol, _ in orders)
    symbols = {symbol for _, symbol in traded}
    bought = frozenset((account, symbol) for account, symbol, side in orders if side == "buy")
    found = [
        *_policy(revision, now),
        *_model(revision, now),
        *_prices(shown, now.household, move_max=figures.thresholds().of(PRICE_MOVE)),
        *_lots(revision, shown, now.household),
        *_accounts(shown, now.household),
        *_actions(now, symbols),
        *_securities(shown, now.household, symbols),
        *_forbidden(shown, now.household, symbols, bought),
        *_wash_window(shown, now.household, symbols),
        *_tax_units(shown, now.household, {account for account, _ in traded}),
        *_life_events(revision, on=now.household.trade_on),
    ]
    return now, tuple(found)


def inputs_apart(
    before: Revision,
    shown: document.Household,
    after: Revision,
    now: document.Household,
    *,
    orders: Sequence[Order],
) -> tuple[Cause, ...]:
    """What a later revision was made on that an earlier one was not, prices left out: policy, model, lots, accounts, and of
    `orders` what concerns them."""
    traded = {order.security for order in orders}
    found: list[Cause] = []
    if before.policy_id != after.policy_id:
        versions = (before.policy.version, after.policy.version)
        found.append(Cause(input="policy", shown=f"IPS {versions[0]}", now=f"IPS {versions[1]}"))
    if _model_of(before) != _model_of(after):
        models = (before.model_used, after.model_used)
        shown_model, now_model = (f"{one.model.name}, version {one.version}" for one in models)
        found.append(Cause(input="model", shown=shown_model, now=now_model))
    return (
        *found,
        *(
            Cause(input=f"lots of {one}", sentence=f"The tax lots of {one} have changed.")
            for one in _changed_lots(shown, now)
        ),
        *_accounts(shown, now),
        *_securities(shown, now, traded),
        *_forbidden(
            shown, now, traded, {(one.account, one.security) for one in orders if one.side is Side.BUY}
        ),
        *_wash_window(shown, now, traded),
        *_tax_units(shown, now, {order.account for order in orders}),
    )


def decided_otherwise(revision: Revision, now: portfolios.Portfolio) -> tuple[Cause, ...]:
    """What somebody has decided since a revision was approved, so that the rest of it is not what they would have now: another
    policy, another version of the model, a life event that is open.
    """
    return (
        *_policy(revision, now),
        *_model(revision, now),
        *_life_events(revision, on=now.household.trade_on),
    )


def _policy(revision: Revision, now: portfolios.Portfolio) -> Iterator[Cause]:
    before, after = revision.policy, now.policy
    if before.pk != after.pk:
        yield Cause(input="policy", shown=f"IPS {before.version}", now=f"IPS {after.version}")


def _model(revision: Revision, now: portfolios.Portfolio) -> Iterator[Cause]:
    """Another version of the model has taken effect, or the policy follows another model."""
    after = now.model_version
    if _model_of(revision) != after.pk:
        before = revision.model_used
        yield Cause(
            input="model",
            shown=f"{before.model.name}, version {before.version}",
            now=f"{after.model.name}, version {after.version}",
        )


def _model_of(revision: Revision) -> int:
    """The key of the version of the model that a revision was made with."""
    return revision.model_version_id or revision.policy.model_id


def _prices(shown: document.Household, now: document.Household, *, move_max: Decimal) -> Iterator[Cause]:
    """Prices that moved further, up or down, than a revision stands (rule PTC-48)."""
    today = {row.id: row.price for row in now.securities}
    held = {lot.security for lot in shown.lots}
    for row in shown.securities:
        price = today.get(row.id)
        if row.id in held and price is not None and abs(price / row.price - 1) > move_max:
            yield Cause(input=f"price of {row.symbol}", shown=f"{row.price:.2f}", now=f"{price:.2f}")


def _lots(revision: Revision, shown: document.Household, now: document.Household) -> Iterator[Cause]:
    symbols = _changed_lots(shown, now)
    told = restated.sentences(revision) if symbols else {}
    for symbol in symbols:
        changed = f"The tax lots of {symbol} have changed."
        yield Cause(
            input=f"lots of {symbol}",
            sentence=told.get(symbol, changed),
            shown=_position(shown, symbol),
            now=_position(now, symbol),
        )


def _position(household: document.Household, symbol: str) -> str:
    """What is held of a security, in words: shares, lots, and the basis where every lot has one."""
    lots = [lot for lot in household.lots if lot.security == symbol]
    if not lots:
        return "none"
    shares = sum((lot.quantity for lot in lots), Decimal(0))
    bases = [lot.basis for lot in lots]
    known = [basis for basis in bases if basis is not None]
    basis = f"basis ${sum(known, Decimal(0)):,.2f}" if len(known) == len(bases) else "basis unknown"
    return f"{shares.normalize():,f} shares in {len(lots)} lot{'' if len(lots) == 1 else 's'}, {basis}"


def _changed_lots(shown: document.Household, now: document.Household) -> list[str]:
    before, after = ({lot.id: _of_lot(lot) for lot in one.lots} for one in (shown, now))
    return sorted(
        {
            (before.get(key) or after[key])[0]
            for key in before.keys() | after.keys()
            if before.get(key) != after.get(key)
        }
    )


def _of_lot(lot: document.Lot) -> tuple[str, object]:
    """The security of a lot, and what a sale of it rests on."""
    return lot.security, (lot.quantity, lot.basis, lot.held_since, lot.gift)


def _accounts(shown: document.Household, now: document.Household) -> Iterator[Cause]:
    today = {account.id: account for account in now.accounts}
    # The horizon moves with the trade day, so a flow that lies within only one of the two is not a change.
    first = max(shown.as_of, now.as_of)
    last = min(shown.trade_on, now.trade_on) + timedelta(days=HORIZON_DAYS)
    facts: tuple[tuple[str, Callable[[document.Account], object]], ...] = (
        ("cash", lambda account: f"{_cash(account):.2f}"),
        ("minimum cash", lambda account: f"{account.minimum_cash:.2f}"),
        (
            "planned flows",
            lambda account: _flows(account, first=first, last=last),
        ),
        ("permission to trade", lambda account: account.not_tradable_reason or "may be traded"),
    )
    for before in shown.accounts:
        after = today.pop(before.id, None)
        if after is None:
            yield Cause(input=before.name, sentence=f"{before.name} is closed.")
            continue
        for name, fact in facts:
            if fact(before) != fact(after):
                if isinstance(fact(before), str):
                    yield Cause(
                        input=f"{name} of {before.name}", shown=str(fact(before)), now=str(fact(after))
                    )
                else:
                    yield Cause(
                        input=f"{name} of {before.name}",
                        sentence=f"The {name} of {before.name} have changed.",
                        shown=_flow_words(_flows(before, first=first, last=last)),
                        now=_flow_words(_flows(after, first=first, last=last)),
                    )
    for opened in today.values():
        yield Cause(input=opened.name, sentence=f"{opened.name} was opened.")


def _flows(account: document.Account, *, first: date, last: date) -> dict[date, Decimal]:
    """What is due on each day, whether it is raised now or later."""
    found: dict[date, Decimal] = {}
    for flow in (*account.flows, *account.flows_later):
        if first < flow.on <= last:
            found[flow.on] = found.get(flow.on, Decimal(0)) + flow.amount
    return found


def _flow_words(flows: dict[date, Decimal]) -> str:
    return (
        "; ".join(f"{amount:,.2f} on {day:%b} {day.day}" for day, amount in sorted(flows.items())) or "none"
    )


def _cash(account: document.Account) -> Decimal:
    """Settled and unsettled together, so that settlement alone does not make a revision stale."""
    return account.cash_settled + sum((part.amount for part in account.cash_unsettled), Decimal(0))


def _securities(
    shown: document.Household, now: document.Household, traded: Collection[str]
) -> Iterator[Cause]:
    """A hold or freeze on a traded security, or a change of what counts as substantially identical."""
    before = {row.id: row for row in shown.securities}
    for after in now.securities:
        if after.id not in traded or after.id not in before:
            continue
        was = before[after.id]
        if was.status is not after.status:
            yield Cause(input=f"trading of {after.symbol}", shown=was.status.value, now=after.status.value)
        if (was.wash_group, was.wash_applies) != (after.wash_group, after.wash_applies):
            yield Cause(
                input=f"wash group of {after.symbol}",
                sentence=f"What counts as substantially identical to {after.symbol} has changed.",
            )


def _actions(now: portfolios.Portfolio, traded: Collection[str]) -> Iterator[Cause]:
    """A corporate action that is pending on what is traded: its shares will be others."""
    for key, words in now.pending.securities.items():
        symbol = now.rows.securities[key].symbol if key in now.rows.securities else ""
        if symbol in traded:
            yield Cause(
                input=f"corporate action of {symbol}",
                sentence=f"A corporate action is pending on {symbol}: {words}.",
            )


def _forbidden(
    shown: document.Household,
    now: document.Household,
    traded: Collection[str],
    bought: Collection[tuple[str, str]],
) -> Iterator[Cause]:
    """What the client, the firm or an employer's plan forbids since, of what is traded. What allows more is no cause."""
    symbols_bought = {symbol for _, symbol in bought}
    for name, concerned, before, after in (
        ("buy", symbols_bought, shown.rules.do_not_buy, now.rules.do_not_buy),
        ("sell", set(traded), shown.rules.do_not_sell, now.rules.do_not_sell),
    ):
        for one in after:
            if one.security in concerned and one not in before:
                yield Cause(
                    input=f"restriction on {one.security}",
                    sentence=f"{one.security} is not to be {'bought' if name == 'buy' else 'sold'}: {one.reason}.",
                )
    caps = {(one.kind, one.id): one.weight_max for one in shown.rules.caps}
    for cap in now.rules.caps:
        if cap.weight_max < caps.get((cap.kind, cap.id), Decimal(1)):
            yield Cause(input=f"cap on {cap.id}", sentence=f"No more than {cap.weight_max:.2%} of {cap.id}.")
    locked = {lot.id for lot in shown.lots if lot.lock_reason}
    for lot in now.lots:
        if lot.lock_reason and lot.id not in locked and lot.security in traded:
            yield Cause(
                input=f"lots of {lot.security}",
                sentence=f"A lot of {lot.security} is locked: {lot.lock_reason}.",
            )
    menus = {account.id: account.may_buy for account in now.accounts}
    names = {account.id: account.name for account in now.accounts}
    for account_id, symbol in sorted(bought):
        menu = menus.get(account_id)
        if menu is not None and symbol not in menu:
            yield Cause(
                input=f"menu of {names[account_id]}",
                sentence=f"{symbol} may not be bought in {names[account_id]}: its employer's plan does not list it.",
            )


def _wash_window(
    shown: document.Household, now: document.Household, traded: Collection[str]
) -> Iterator[Cause]:
    """New purchases and loss sales, in any account, of traded or substantially identical securities. A trade
    that has left the window only allows more, so it is no cause.
    """
    groups = {row.id: row.wash_group or row.id for row in now.securities}
    alike = {groups.get(symbol, symbol) for symbol in traded}
    known = {_movement(row) for row in shown.recent_trades}
    fresh = {row.security for row in now.recent_trades if _movement(row) not in known}
    for symbol in sorted(fresh):
        if groups[symbol] in alike:
            yield Cause(
                input=f"wash sales of {symbol}",
                sentence=f"A purchase or loss sale of {symbol} within 30 days was recorded since.",
            )


def _movement(row: RecentTrade) -> tuple[object, ...]:
    is_loss = row.kind is RecentTradeKind.LOSS_SALE
    return (is_loss, row.account, row.security, row.on, row.shares)


def _tax_units(
    shown: document.Household, now: document.Household, traded: Collection[str]
) -> Iterator[Cause]:
    """Income, gains realized, losses carried in and budgets of the returns that the trades go on."""
    concerned = {account.tax_unit for account in shown.accounts if account.id in traded}
    before = {unit.id: unit for unit in shown.tax_units}
    for after in now.tax_units:
        if after.id in concerned and before.get(after.id) != after:
            name = after.name or after.id
            yield Cause(input=f"tax figures of {name}", sentence=f"The tax figures of {name} have changed.")


def _life_events(revision: Revision, *, on: date) -> Iterator[Cause]:
    """A life event also holds back a proposal already in review, unless it raises cash that is due."""
    if any(one["code"] == cash_due.CODE for one in revision.triggers):
        return
    for held in circumstances.find(revision.proposal.household, raises_cash=False, on=on):
        yield Cause(input="life event", sentence=held.sentence)
