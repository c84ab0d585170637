"""PTC-38: a sale that makes a fund's loss long-term or void, or a dividend no longer qualified.

Source: IRC 852(b)(4) (shares held six months or less: the loss is long-term to the extent of capital gain dividends, and
void to the extent of exempt-interest dividends), IRC 1(h)(11)(B)(iii) (more than 60 of the 121 days around the ex-day).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from compliance.rules.facts.case import Case, LotUse, Term, Trade
from compliance.rules.facts.surroundings import Distribution
from compliance.rules.findings.finding import About, Finding, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import dollars
from rebalancing.engine.tax.fund_rules import FundLoss, fund_loss, has_qualified_holding
from rebalancing.engine.tax.holding_periods import Term as TaxTerm

RULE = Rule(
    id="PTC-38",
    title="Six-month fund loss / dividend holding",
    levels=(Severity.WARN,),
    source="IRC 852(b)(4), 1(h)(11)",
    example="Fund held 4 months, 50 of LT distribution, loss 150: 50 becomes long-term: WARN",
)

CENT = Decimal("0.01")


def loss_severity(found: FundLoss, *, loss: Decimal, term: TaxTerm) -> Severity:
    """WARN where a part of the loss changes its character or is void."""
    expected = found.short_term if term is TaxTerm.SHORT else found.long_term
    return Severity.PASS if expected == loss else Severity.WARN


def received(lot: LotUse, distributions: Iterable[Distribution], *, sold_on: date) -> tuple[Decimal, Decimal]:
    """Capital gain and exempt-interest dividends on the shares of a lot that are sold, in dollars."""
    assert lot.acquired_on is not None, "asked of lots with a day"
    gains = exempt = Decimal(0)
    for one in distributions:
        if lot.acquired_on < one.ex_on <= sold_on:
            gains += (one.long_gain or Decimal(0)) * lot.shares
            exempt += (one.exempt or Decimal(0)) * lot.shares
    return gains.quantize(CENT), exempt.quantize(CENT)


def check(case: Case) -> tuple[Finding, ...]:
    if case.surroundings.distributions is None:
        return (RULE.missing("what distributions funds have paid"),)
    sold = [
        (lot, trade)
        for trade in case.sells
        if ((account := case.account(trade.account)) is None or account.taxable)
        and any(case.surroundings.distributions_of(trade.security))
        for lot in trade.lots
    ]
    return RULE.report(
        (examine(lot, trade, case) for lot, trade in sold),
        nothing="This proposal sells no fund that has distributed lately.",
    )


def examine(lot: LotUse, trade: Trade, case: Case) -> Finding:
    about = (About(account=trade.account, security=trade.security, lot=lot.lot),)
    name = case.name(trade.security)
    if lot.acquired_on is None or lot.gain is None or lot.term is None:
        return RULE.missing(f"gain and holding period of lot {lot.lot} of {name}", about=about)
    distributions = tuple(case.surroundings.distributions_of(trade.security))
    gains, exempt = received(lot, distributions, sold_on=case.trade_on)
    term = TaxTerm.SHORT if lot.term is Term.SHORT else TaxTerm.LONG
    loss = max(-lot.gain, Decimal(0))
    found = fund_loss(
        loss,
        acquired_on=lot.acquired_on,
        sold_on=case.trade_on,
        term=term,
        capital_gain_distributions=gains,
        exempt_interest_dividends=exempt,
    )
    inputs = {
        "loss": loss,
        "acquired_on": lot.acquired_on,
        "capital_gain_dividends": gains,
        "exempt_interest_dividends": exempt,
        "long_term": found.long_term,
        "disallowed": found.disallowed,
    }
    if loss and loss_severity(found, loss=loss, term=term) is Severity.WARN:
        moved = found.long_term if term is TaxTerm.SHORT else Decimal(0)
        parts = [f"{dollars(moved)} of the loss becomes long-term"] if moved else []
        parts += [f"{dollars(found.disallowed)} of it is void"] if found.disallowed else []
        return RULE.finding(
            Severity.WARN,
            f"Lot {lot.lot} of {name} was held for six months or less and received distributions: {', and '.join(parts)}.",
            fix="Sell after six months, or sell other lots.",
            about=about,
            inputs=inputs,
        )
    broken = [
        one.ex_on
        for one in distributions
        if one.qualified
        and lot.acquired_on < one.ex_on <= case.trade_on
        and not has_qualified_holding(acquired_on=lot.acquired_on, sold_on=case.trade_on, ex_date=one.ex_on)
    ]
    if broken:
        return RULE.finding(
            Severity.WARN,
            f"Lot {lot.lot} of {name} is sold before it was held for more than 60 days around its dividend of "
            f"{max(broken)}, which is then taxed as ordinary income.",
            fix="Sell it later, or sell other lots.",
            about=about,
            inputs=inputs,
        )
    return RULE.finding(
        Severity.PASS, f"The sale changes nothing of what {name} has distributed.", about=about, inputs=inputs
    )
