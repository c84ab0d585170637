"""What each kind of row and column is, and how its name is written out.

A name is its kind and what it is about: ``sell(brokerage,US1K,lot_7)``, ``class(us_stock)``, ``plane(carla,R1,3)``. Names
are legal in a CPLEX LP file: every character such a file does not allow becomes an underscore.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from rebalancing.engine.evaluation.neutral_names import Names
from rebalancing.engine.model.builder import Name

ILLEGAL = re.compile(r"[^A-Za-z0-9_.#@$&!]")


class Part(Enum):
    """What one part of a name refers to."""

    ACCOUNT = "account"
    SECURITY = "security"
    LOT = "lot"
    CLASS = "class"
    UNIT = "tax unit"
    GROUP = "wash group"
    RULE = "rule"
    SUBJECT = "subject"
    OTHER = "number, date, region or edit"


OF_RULE = (Part.RULE, Part.SUBJECT)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of row or column: what it says, and the parts of its name. Parts that are empty are not written."""

    meaning: str
    parts: tuple[Part, ...] = ()


COLUMNS: Mapping[str, Kind] = {
    "sell": Kind(
        "dollars sold of a lot, or of a position where nothing is taxed",
        (Part.ACCOUNT, Part.SECURITY, Part.LOT),
    ),
    "buy": Kind("dollars bought", (Part.ACCOUNT, Part.SECURITY)),
    "cash": Kind("cash left when everything has settled", (Part.ACCOUNT,)),
    "short_of_cash": Kind("what is missing of the minimum cash", (Part.ACCOUNT,)),
    "short_of_cash_before_settlement": Kind("what is missing of it on an earlier day", (Part.ACCOUNT,)),
    "under_inside": Kind(
        "dollars below where a class costs nothing, inside its zone", (Part.ACCOUNT, Part.CLASS)
    ),
    "under_outside": Kind("dollars below, outside the zone", (Part.ACCOUNT, Part.CLASS)),
    "over_inside": Kind(
        "dollars above where a class costs nothing, inside its zone", (Part.ACCOUNT, Part.CLASS)
    ),
    "over_outside": Kind("dollars above, outside the zone", (Part.ACCOUNT, Part.CLASS)),
    "cash_without_class": Kind("cash outside the policy", (Part.ACCOUNT,)),
    "missing_cash_without_class": Kind("cash below the minimum, which has its own price", (Part.ACCOUNT,)),
    "budget_used": Kind("net gain that counts towards the household's budget", (Part.UNIT,)),
    "net_short": Kind("net short-term gain of the year", (Part.UNIT,)),
    "net_long": Kind("net long-term gain of the year", (Part.UNIT,)),
    "tax": Kind("tax of the year, less what carried losses are worth", (Part.UNIT,)),
    "slack": Kind("dollars by which a rule is not met", OF_RULE),
    "allowed": Kind("dollars sold of a lot with its loss allowed", (Part.LOT,)),
    "disallowed": Kind("dollars sold of a lot with its loss disallowed", (Part.LOT,)),
    "deferred": Kind("dollars sold of a lot with its loss moved into other shares' basis", (Part.LOT,)),
    "matched": Kind("one where all replacement shares are matched", (Part.GROUP,)),
    "recent_lots": Kind("one where only losses of lots bought within 30 days are allowed", (Part.GROUP,)),
    "single_lot": Kind("one where this is the only lot sold at a loss", (Part.LOT,)),
}

ROWS: Mapping[str, Kind] = {
    "class": Kind("balance of a class against where its deviation costs nothing", (Part.ACCOUNT, Part.CLASS)),
    "cash_without_class": Kind("cash that belongs to no class", (Part.ACCOUNT,)),
    "cash": Kind("cash when everything has settled", (Part.ACCOUNT,)),
    "cash_on": Kind("minimum cash on an earlier settlement day", (Part.ACCOUNT, Part.OTHER)),
    "short_term_gains": Kind("net short-term gain from the year to date and what is sold", (Part.UNIT,)),
    "long_term_gains": Kind("net long-term gain likewise", (Part.UNIT,)),
    "cap": Kind("the most that may be held", OF_RULE),
    "turnover": Kind("half of everything traded"),
    "drift": Kind("half of all deviations"),
    "net_gain_limit": Kind("net gain over all returns"),
    "tax_limit": Kind("tax over all returns"),
    "forced": Kind("an advisor's sale of so many shares", (Part.OTHER,)),
    "queue": Kind(
        "no step of a queue is sold by a larger part than the one before it",
        (Part.ACCOUNT, Part.SECURITY, Part.OTHER),
    ),
    "split": Kind("what is sold of a losing lot, with its loss and without", (Part.LOT,)),
    "allowed_limit": Kind("losses are allowed only where a choice is made", (Part.LOT,)),
    "matched": Kind("replacement shares that are matched", (Part.GROUP,)),
    "recent_lots": Kind("replacement shares matched before the last recent lot", (Part.GROUP,)),
    "single_lot": Kind("replacement shares matched where this is the only lot sold at a loss", (Part.LOT,)),
    "one_choice": Kind("at most one of these choices is made", (Part.GROUP,)),
    "deferred_limit": Kind("shares of the same taxpayer into whose basis losses can move", (Part.GROUP,)),
    "in_order": Kind("losses are allowed in the law's order", (Part.LOT,)),
    "part": Kind(
        "what harvested losses bring, less what replaces them", (Part.ACCOUNT, Part.CLASS, Part.CLASS)
    ),
    "replacement": Kind(
        "no more of a replacement than what it stands in for brings", (Part.ACCOUNT, Part.SECURITY)
    ),
    "gain_budget": Kind("the gain budget of a return, or of the household", (Part.UNIT,)),
    "budget_used": Kind("net gain that counts towards the household's budget", (Part.UNIT,)),
    "net_gain": Kind("net gain of the year, for the choice of a tax region", (Part.UNIT,)),
    "plane": Kind("a plane under the tax, of the region that is chosen", (Part.UNIT, Part.OTHER, Part.OTHER)),
}


def written(names: Iterable[Name], kinds: Mapping[str, Kind], back: Names) -> list[str]:
    """Each of ``names``, distinct, with the identities that ``back`` leads to."""
    seen: Counter[str] = Counter()
    texts = []
    for name in names:
        text = _text(name, kinds, back)
        seen[text] += 1
        texts.append(text if seen[text] == 1 else f"{text}#{seen[text]}")
    return texts


def _text(name: Name, kinds: Mapping[str, Kind], back: Names) -> str:
    kind, *given = name
    parts = kinds[str(kind)].parts
    assert len(given) <= len(parts), f"{name} has more parts than {kind} is declared with"
    texts = [
        _identity(part, str(value), str(given[0]), back) for part, value in zip(parts, given, strict=False)
    ]
    legal = [ILLEGAL.sub("_", text) for text in texts if text]
    return f"{kind}({','.join(legal)})" if legal else str(kind)


def _identity(part: Part, value: str, rule: str, back: Names) -> str:
    """What the document calls ``value``."""
    if part is Part.SUBJECT:
        return back.subject(rule, value)
    maps: dict[Part, Mapping[str, str]] = {
        Part.ACCOUNT: back.accounts,
        Part.SECURITY: back.securities,
        Part.LOT: back.lots,
        Part.CLASS: back.classes,
        Part.UNIT: back.units,
        Part.GROUP: back.groups,
    }
    return maps[part].get(value, value) if part in maps else value
