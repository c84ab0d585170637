"""Every setting of the firm, by group, and what must hold between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from compliance.firm import (
    batch_figures,
    cash_figures,
    corporate_action_figures,
    desk_figures,
    distribution_figures,
    firm_facts,
    harvest_figures,
    monitor_figures,
    order_figures,
    policy_defaults,
    price_figures,
    reconciliation_figures,
    rule_figures,
    tax_figures,
    trigger_figures,
    waiting_figures,
)
from compliance.firm.setting import BAND_KINDS, Group, Setting

SETTINGS: tuple[Setting[Any], ...] = (
    *firm_facts.SETTINGS,
    *policy_defaults.SETTINGS,
    *desk_figures.SETTINGS,
    *batch_figures.SETTINGS,
    *trigger_figures.SETTINGS,
    *waiting_figures.SETTINGS,
    *harvest_figures.SETTINGS,
    *distribution_figures.SETTINGS,
    *cash_figures.SETTINGS,
    *monitor_figures.SETTINGS,
    *order_figures.SETTINGS,
    *price_figures.SETTINGS,
    *reconciliation_figures.SETTINGS,
    *corporate_action_figures.SETTINGS,
    *tax_figures.SETTINGS,
    *rule_figures.SETTINGS,
)
BY_CODE: dict[str, Setting[Any]] = {one.code: one for one in SETTINGS}
assert len(BY_CODE) == len(SETTINGS), "every setting has a code of its own"

RISING: tuple[tuple[str, ...], ...] = (
    ("rules.review_warn_months", "rules.review_override_months"),
    ("rules.issuer_override", "rules.issuer_block"),
    ("rules.budget_warn", "rules.budget_override", "rules.budget_block"),
    ("rules.participation_warn", "rules.participation_override"),
    ("waiting.event_reminder", "waiting.event_escalation"),
)
"""Settings of which each is at most the next: the milder answer comes first."""

Of = Callable[[Setting[Any]], Any]


def in_group(group: Group) -> tuple[Setting[Any], ...]:
    """The settings of one group, as they are shown."""
    return tuple(one for one in SETTINGS if one.group is group)


def faults_between(of: Of) -> Iterator[tuple[str, str]]:
    """What does not fit together among values, as the code of the setting to correct and a sentence."""
    for codes in RISING:
        for lower, upper in pairwise(codes):
            low, high = BY_CODE[lower], BY_CODE[upper]
            if of(low) > of(high):
                yield (
                    upper,
                    f"{high.name} ({high.shown(of(high))}) cannot be below {low.name} ({low.shown(of(low))}).",
                )
    lines = of(firm_facts.LETTERHEAD).splitlines()
    if len(lines) > 3:
        yield firm_facts.LETTERHEAD.code, "The letterhead has room for three lines."
    if len(of(firm_facts.ADDRESS).splitlines()) > 5:
        yield firm_facts.ADDRESS.code, "The letterhead has room for five lines of address."
    assert dict(policy_defaults.BAND_KIND.choices).keys() == BAND_KINDS.keys(), (
        "the usual band is one of the kinds"
    )
