"""Warnings for readers of a plan: limits that could not be met, and figures to read with care."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from rebalancing.engine.documents.household import Account
from rebalancing.engine.documents.plan import FewerOrders, Limit, Slack
from rebalancing.engine.documents.serializing import decimal_text
from rebalancing.engine.evaluation.evaluate import Evaluation
from rebalancing.engine.evaluation.situations import Situation
from rebalancing.engine.explanations.names import (
    account_name,
    cap_name,
    edit_name,
    listing,
    lot_name,
    security_name,
    unit_name,
)
from rebalancing.engine.money import ZERO, cents
from rebalancing.engine.wording import capitalized, dollars, percent


def unmet(situation: Situation, evaluation: Evaluation) -> tuple[Slack, ...]:
    """Every rule that the plan does not keep, with the amount and its sentence."""
    return tuple(
        Slack(
            rule=Limit(rule),
            subject=subject,
            amount=cents(amount),
            explanation=slack_sentence(situation, rule, subject, amount),
        )
        for (rule, subject), amount in sorted(evaluation.slack.items())
        if cents(amount) > ZERO
    )


def slack_sentence(situation: Situation, rule: str, subject: str, amount: Decimal) -> str:
    """What could not be met, by how much, in words; without capital and full stop."""
    short = dollars(amount)
    for cap in situation.household.rules.caps:
        if (rule, subject) == (cap.rule, cap.id):
            name = cap_name(situation, cap.kind, cap.id)
            return f"{short} more is held of {name} than the limit of {percent(cap.weight_max)} allows"
    if rule == Limit.CASH:
        return f"{account_name(situation, subject)} stays {short} below its minimum cash"
    if rule == Limit.CASH_UNTIL_SETTLEMENT:
        name = account_name(situation, subject)
        return f"{name} is {short} below its minimum cash until pending movements settle"
    if rule == Limit.GAIN_BUDGET:
        whose = f"of {unit_name(situation, subject)}" if subject else "of the household"
        return f"the gain budget {whose} is exceeded by {short}"
    if rule == Limit.EDIT:
        (edit,) = [edit for edit in situation.household.edits if edit.id == subject]
        return f"{edit_name(situation, edit)}, asked for by the advisor, falls {short} short"
    text = {
        Limit.DRIFT: f"drift stays {short} above the requested limit",
        Limit.TURNOVER: f"turnover exceeds its limit by {short}",
        Limit.NET_GAIN: f"net gains stay {short} above the requested limit",
        Limit.TAX: f"the tax stays {short} above the requested limit",
    }
    return text[Limit(rule)]


def fewer_orders(orders_saved: int, cost: Decimal, gap_bps: Decimal) -> FewerOrders:
    """The orders left out and what that costs, in dollars and in basis points of the value."""
    what = "One order is" if orders_saved == 1 else f"{orders_saved} orders are"
    exact = cents(cost)
    text = (
        f"leaving {'it' if orders_saved == 1 else 'them'} out costs {dollars(exact, cents=True)}"
        f" ({decimal_text(gap_bps)} basis points of the value)"
        if exact > ZERO
        else "that costs nothing"
    )
    return FewerOrders(
        orders_saved=orders_saved,
        cost=exact,
        explanation=f"{what} left out as not worth sending; {text}.",
    )


def warnings(
    situation: Situation,
    evaluation: Evaluation,
    *,
    is_bounded: bool,
    is_complete: bool,
) -> tuple[str, ...]:
    """Sentences about the figures of the plan; ``is_complete`` false where the search was stopped by a count of its steps,
    ``is_bounded`` false where the plan is better than its bound."""
    text = [
        *_unknown_basis(situation, evaluation),
        *_lots(situation, evaluation),
        *_prices(situation, evaluation),
        *_returns(situation),
        *_menus(situation),
    ]
    if not is_bounded:
        text.append(
            "The distance to the optimum is unknown: shares sold take over the holding period of shares sold at a loss,"
            " which the bound does not model."
        )
    if not is_complete:
        text.append("The search reached its limit; the gap bounds the distance to the optimum.")
    return tuple(text)


def _menus(situation: Situation) -> Iterator[str]:
    """Accounts that may not buy everything the policy's sleeves name, because a plan lists what may be bought."""
    for account in situation.household.accounts:
        if account.may_buy is None or not account.tradable:
            continue
        name = account_name(situation, account.id)
        if not account.may_buy:
            yield f"{name}: nothing may be bought in it, so what is sold there stays in cash."
        elif _members(situation, account) - set(account.may_buy):
            listed = listing([security_name(situation, one) for one in sorted(account.may_buy)])
            yield f"{name}: only what its plan lists may be bought in it: {listed}."


def _members(situation: Situation, account: Account) -> set[str]:
    """What the policy's sleeves name for an account."""
    return {
        member.security
        for sleeve in situation.household.policy.sleeves
        for member in sleeve.members
        if not member.treatments or account.tax_treatment in member.treatments
    }


def _unknown_basis(situation: Situation, evaluation: Evaluation) -> Iterator[str]:
    sold = {sale.lot for line in evaluation.lines for sale in line.lots}
    still = [lot for lot in situation.household.lots if lot.basis is None and lot.id not in sold]
    for account in situation.household.accounts:
        lots = [lot for lot in still if lot.account == account.id]
        if account.is_taxed and lots:
            name, count = account_name(situation, account.id), len(lots)
            yield (
                f"{name}: the basis of {count} lots is not known; they are left alone."
                if count > 1
                else f"{name}: the basis of one lot is not known; it is left alone."
            )


def _lots(situation: Situation, evaluation: Evaluation) -> Iterator[str]:
    for line in evaluation.lines:
        for sale in line.lots:
            name = capitalized(lot_name(situation, situation.lots[sale.lot]))
            if situation.accounts[line.account].is_taxed and sale.gain is None:
                yield (
                    f"{name}: its basis is not known, so neither is its tax. The figures count all of its"
                    f" {dollars(sale.proceeds)} as gain, which is the most that can be taxed."
                )
            if sale.disallowed:
                yield f"{name}: {dollars(sale.disallowed)} of the loss is disallowed (wash sale)."


def _prices(situation: Situation, evaluation: Evaluation) -> Iterator[str]:
    as_of = situation.household.as_of
    stale = {security.id for security in situation.household.securities if security.price_on < as_of}
    used = sorted({line.security for line in evaluation.lines} & stale)
    if used:
        yield f"Prices older than the holdings: {listing([security_name(situation, one) for one in used])}."


def _returns(situation: Situation) -> Iterator[str]:
    for unit in situation.household.tax_units:
        name = unit_name(situation, unit.id)
        if unit.realized_unknown:
            yield (
                f"{name}: the gain or loss of sales this year is not known and not in its figures "
                f"({unit.realized_unknown})."
            )
        if unit.income is not None and unit.income.tax_year != situation.household.trade_on.year:
            yield (
                f"{name}: the tax is computed with the brackets and limits of {unit.income.tax_year}, not with those "
                f"of {situation.household.trade_on.year}. Read it as an estimate."
            )
