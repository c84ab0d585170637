"""PTC-45: no trade against the firm, an affiliate or another client without disclosure and consent, and none at all in
a retirement account.

Source: Advisers Act section 206(3) and Rule 206(3)-2; ERISA section 406; IRC 4975 (IRAs and HSAs). Consent to a principal
trade is given for that trade, before it settles.
"""

from __future__ import annotations

from datetime import date

from compliance.rules.facts.case import Case, Trade
from compliance.rules.facts.surroundings import Arranged, Counterparty
from compliance.rules.findings.finding import About, Finding, NotInEngine, Rule
from compliance.rules.findings.severity import Severity

RETIREMENT = frozenset(
    {
        *("traditional_ira", "rollover_ira", "sep_ira", "simple_ira", "roth_ira", "inherited_ira"),
        *("inherited_roth_ira", "plan_401k", "plan_403b", "plan_457", "roth_401k", "hsa", "account_530a"),
    }
)
"""Registrations under ERISA section 406 or IRC 4975."""

WORDS = {
    Counterparty.FIRM: "the firm itself",
    Counterparty.AFFILIATE: "an affiliate of the firm",
    Counterparty.CLIENT: "another client",
}

RULE = Rule(
    id="PTC-45",
    title="Principal and cross trades",
    levels=(Severity.BLOCK,),
    source="Advisers Act section 206(3); ERISA section 406",
    example="Internal cross between two clients, one ERISA plan: BLOCK",
    engine=NotInEngine(why="Plans trade at the market; a person arranges such a trade beside them."),
)


def is_retirement(kind: str | None, *, is_of_a_plan: bool = False) -> bool | None:
    """Whether ERISA or IRC 4975 covers an account; None where its registration is not known."""
    if is_of_a_plan:
        return True
    return None if kind is None else kind in RETIREMENT


def arranged_severity(
    *,
    retirement: bool,
    disclosed_on: date | None,
    consented_on: date | None,
    trade_on: date,
    settles_on: date | None,
) -> Severity:
    """BLOCK in a retirement account, without disclosure by the trade day, and without consent by settlement."""
    disclosed = disclosed_on is not None and disclosed_on <= trade_on
    consented = consented_on is not None and consented_on <= (settles_on or trade_on)
    return Severity.PASS if disclosed and consented and not retirement else Severity.BLOCK


def check(case: Case) -> tuple[Finding, ...]:
    if case.surroundings.arranged is None:
        return (RULE.missing("which trades are arranged with a counterparty"),)
    return RULE.report(
        (examine(trade, case) for trade in case.trades), nothing="This proposal trades nothing."
    )


def examine(trade: Trade, case: Case) -> Finding:
    about, name = (About(account=trade.account, security=trade.security),), case.name(trade.security)
    found = next(
        (
            one
            for one in case.surroundings.arranged or ()
            if (one.account, one.security, one.side) == (trade.account, trade.security, trade.side.value)
        ),
        None,
    )
    if found is None:
        return RULE.finding(Severity.PASS, f"The order in {name} goes to the market.", about=about)
    return _arranged(trade, found, case)


def _arranged(trade: Trade, found: Arranged, case: Case) -> Finding:
    about, name = (About(account=trade.account, security=trade.security),), case.name(trade.security)
    account = case.account(trade.account)
    own = is_retirement(
        account.kind if account else None, is_of_a_plan=bool(account and account.is_of_a_plan)
    )
    other = (
        is_retirement(found.other_kind, is_of_a_plan=found.other_is_of_a_plan)
        if found.counterparty is Counterparty.CLIENT
        else False
    )
    if own is None or other is None:
        return RULE.missing("the registration of both accounts of the cross", about=about)
    severity = arranged_severity(
        retirement=own or other,
        disclosed_on=found.disclosed_on,
        consented_on=found.consented_on,
        trade_on=case.trade_on,
        settles_on=trade.settles_on,
    )
    inputs = {
        "counterparty": found.counterparty,
        "retirement": "yes" if own or other else "no",
        "disclosed_on": found.disclosed_on or "none",
        "consented_on": found.consented_on or "none",
    }
    against = WORDS[found.counterparty]
    if severity is Severity.PASS:
        sentence = f"The trade in {name} against {against} was disclosed and consented to."
        return RULE.finding(severity, sentence, about=about, inputs=inputs)
    why = (
        "which ERISA section 406 and IRC 4975 forbid in a retirement account"
        if own or other
        else "and the client's disclosure and consent to this trade are not both on record"
    )
    return RULE.finding(
        severity,
        f"The trade in {name} is against {against}, {why}.",
        fix="Send it to the market."
        if own or other
        else "Record disclosure and consent, or send it to the market.",
        about=about,
        inputs=inputs,
    )
