"""The compliance rules: `RULES` by rule id (`PTC-01`), `ADAPTERS` for whole areas next to them.

Every rule in `OWN` goes through the same small function that its `check` uses; any other rule of the book needs no
adapter as long as its examples name its facts by their columns (`tests/compliance/rules/cases.py`). Where an example leaves something out that
its title takes for granted (an agreement's signature, a custodian's agreement on a basis), it counts as in order.
"""

from __future__ import annotations

from collections.abc import Callable

from compliance.rules import (
    book,
)
from tests.compliance.rules import cases
from tests.spec.adapters import surroundings
from tests.spec.adapters.order_rules import (
    ptc_18,
    ptc_19,
    ptc_21,
    ptc_22,
    ptc_23,
    ptc_24,
    ptc_25,
    ptc_27,
    ptc_28,
    ptc_39,
    ptc_40,
    ptc_43,
)
from tests.spec.adapters.permission_rules import (
    ptc_01,
    ptc_02,
    ptc_03,
    ptc_04,
    ptc_05,
    ptc_07,
    ptc_08,
    ptc_09,
    ptc_12,
    ptc_46,
    ptc_47,
    ptc_48,
)
from tests.spec.adapters.portfolio_rules import ptc_10, ptc_11, ptc_13, ptc_15, ptc_16
from tests.spec.adapters.rule_answers import Json, answer
from tests.spec.adapters.tax_rules import ptc_29, ptc_30, ptc_31, ptc_32, ptc_33, ptc_34, ptc_35, ptc_36


def by_columns(rule: str) -> Callable[[Json], Json]:
    """The adapter of a rule whose examples name its facts as a drawn table does: `bought.daily_volume`."""

    def adapter(inputs: Json) -> Json:
        named = {name: "" if inputs[name] is None else str(inputs[name]) for name in inputs if "." in name}
        return answer(cases.severity(rule, cases.drawn(named)))

    return adapter


OWN: dict[str, Callable[[Json], Json]] = {
    "PTC-01": ptc_01,
    "PTC-02": ptc_02,
    "PTC-03": ptc_03,
    "PTC-04": ptc_04,
    "PTC-05": ptc_05,
    "PTC-07": ptc_07,
    "PTC-08": ptc_08,
    "PTC-09": ptc_09,
    "PTC-10": ptc_10,
    "PTC-11": ptc_11,
    "PTC-12": ptc_12,
    "PTC-13": ptc_13,
    "PTC-15": ptc_15,
    "PTC-16": ptc_16,
    "PTC-18": ptc_18,
    "PTC-19": ptc_19,
    "PTC-21": ptc_21,
    "PTC-22": ptc_22,
    "PTC-23": ptc_23,
    "PTC-24": ptc_24,
    "PTC-25": ptc_25,
    "PTC-27": ptc_27,
    "PTC-28": ptc_28,
    "PTC-29": ptc_29,
    "PTC-30": ptc_30,
    "PTC-31": ptc_31,
    "PTC-32": ptc_32,
    "PTC-33": ptc_33,
    "PTC-34": ptc_34,
    "PTC-35": ptc_35,
    "PTC-36": ptc_36,
    "PTC-39": ptc_39,
    "PTC-40": ptc_40,
    "PTC-43": ptc_43,
    "PTC-46": ptc_46,
    "PTC-47": ptc_47,
    "PTC-48": ptc_48,
}
"""Rules whose examples say what they look at in words of their own."""

RULES = {rule: OWN.get(rule) or surroundings.OWN.get(rule) or by_columns(rule) for rule in book.RULES_BY_ID}

ADAPTERS: dict[str, Callable[[Json], Json]] = {}
