"""One order for every list in a household, by identity, so that the order of rows cannot matter."""

from __future__ import annotations

from dataclasses import replace

from rebalancing.engine.documents.household import Household, Policy, Rules

KEPT = 4
_ORDERED: tuple[tuple[Household, Household], ...] = ()
"""The last households with their rows in order: the same object, which cannot change, is asked for by every stage."""


def ordered(household: Household) -> Household:
    """``household`` with every list whose order carries no meaning sorted by identity.

    Replacements keep their order: it says which comes first.
    """
    global _ORDERED
    for known, answer in _ORDERED:
        if known is household or answer is household:
            return answer
    answer = _sorted(household)
    _ORDERED = ((household, answer), *_ORDERED[: KEPT - 1])
    return answer


def _sorted(household: Household) -> Household:
    return replace(
        household,
        tax_units=tuple(sorted(household.tax_units, key=lambda unit: unit.id)),
        accounts=tuple(
            replace(
                account,
                cash_unsettled=tuple(sorted(account.cash_unsettled, key=lambda c: (c.on, c.amount, c.label))),
                flows=tuple(sorted(account.flows, key=lambda flow: (flow.on, flow.amount, flow.label))),
                flows_later=tuple(
                    sorted(account.flows_later, key=lambda flow: (flow.on, flow.amount, flow.label))
                ),
                may_buy=None if account.may_buy is None else tuple(sorted(set(account.may_buy))),
            )
            for account in sorted(household.accounts, key=lambda account: account.id)
        ),
        securities=tuple(
            replace(
                security,
                weights=tuple(sorted(security.weights, key=lambda part: part.asset_class)),
                sleeves=tuple(sorted(security.sleeves, key=lambda part: part.sleeve)),
            )
            for security in sorted(household.securities, key=lambda security: security.id)
        ),
        lots=tuple(sorted(household.lots, key=lambda lot: lot.id)),
        recent_trades=tuple(sorted(household.recent_trades, key=lambda recent: recent.id)),
        policy=_policy(household.policy),
        rules=_rules(household.rules),
        edits=tuple(sorted(household.edits, key=lambda forced: forced.id)),
        objective=replace(
            household.objective,
            gives=tuple(sorted(household.objective.gives)),
            harvest=tuple(sorted(household.objective.harvest, key=lambda row: row.lot)),
        ),
    )


def _policy(policy: Policy) -> Policy:
    return replace(
        policy,
        classes=tuple(sorted(policy.classes, key=lambda asset_class: asset_class.id)),
        sleeves=tuple(
            replace(
                sleeve,
                members=tuple(
                    replace(member, treatments=tuple(sorted(set(member.treatments))))
                    for member in sorted(
                        sleeve.members, key=lambda m: (m.rank, m.security, sorted(m.treatments))
                    )
                ),
            )
            for sleeve in sorted(policy.sleeves, key=lambda sleeve: sleeve.id)
        ),
        sleeve_targets=tuple(sorted(policy.sleeve_targets, key=lambda sleeve: sleeve.id)),
        location=tuple(sorted(policy.location, key=lambda cost: (cost.asset_class, cost.treatment))),
    )


def _rules(rules: Rules) -> Rules:
    return replace(
        rules,
        do_not_sell=tuple(sorted(rules.do_not_sell, key=lambda r: (r.security, r.account or "", r.reason))),
        do_not_buy=tuple(sorted(rules.do_not_buy, key=lambda r: (r.security, r.account or "", r.reason))),
        caps=tuple(sorted(rules.caps, key=lambda cap: (cap.kind, cap.id))),
        wind_down=tuple(sorted(rules.wind_down, key=lambda legacy: legacy.security)),
    )
