"""Generates the households of the demonstration firm: names, people, returns, accounts. Pure, from the seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal as D

from advisory.showroom.demo import shapes, situations
from advisory.showroom.demo.models import MODELS
from advisory.showroom.demo.shapes import CHILD, HEAD, SPOUSE, Shape
from advisory.showroom.demo.situations import Situation

_FIRST = ("Bramble", "Quill", "Thistle", "Lantern", "Pepper", "Candle", "Otter", "Copper", "Salt", "Fern",
          "Button", "Clover", "Juniper", "Marrow", "Tinder", "Velvet")  # fmt: skip
_LAST = ("worth", "feather", "shade", "brook", "wick", "stead", "mere", "ley")
_GIVEN = ("Abel", "Beatrix", "Cyrus", "Delphine", "Edwin", "Flora", "Gideon", "Hester", "Ivo", "Josephine",
          "Konrad", "Lavinia", "Magnus", "Nell", "Osric", "Petra", "Quentin", "Rosalind", "Silas", "Tamsin",
          "Ulric", "Verity", "Wilbur", "Xenia", "Yorick", "Zelda")  # fmt: skip
_STATES = (("CO", "0.044"), ("CA", "0.093"), ("NY", "0.0685"), ("TX", "0"), ("MA", "0.05"), ("OR", "0.0875"),
           ("FL", "0"), ("NC", "0.0399"))  # fmt: skip
_DEAREST_STATE = ("CA", "0.133")
_CUSTODIANS = ("schwab", "schwab", "schwab", "fidelity", "fidelity", "vanguard", "ibkr")
_ADVISORS = ("ada", "bruno", "celia", "dario")
_REVIEWERS = ("rhea", "rufus")
_VALUES = ("420000", "610000", "780000", "950000", "1200000", "1650000", "2400000", "3800000", "6200000")


@dataclass(frozen=True, slots=True)
class PersonPlan:
    """Somebody of a household. The tax number is of the kind that is never issued."""

    given: str
    family: str
    part: str
    born_on: date
    tax_number: str

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}"


@dataclass(frozen=True, slots=True)
class UnitPlan:
    """A return: who files it, and the year's figures."""

    code: str
    name: str
    filing_status: str
    members: tuple[int, ...]
    wages: D


@dataclass(frozen=True, slots=True)
class AccountPlan:
    """An account of a household and which file brings its holdings."""

    number: str
    registration: str
    owner: int
    second: int | None
    share: D
    label: str
    custodian: str
    feed: str
    discretion: str
    aside: str
    opened_on: date
    reinvests: bool

    @property
    def is_taxable(self) -> bool:
        return self.registration in TAXABLE

    @property
    def is_plan(self) -> bool:
        return self.registration in {"plan_401k", "plan_403b", "plan_457", "roth_401k"}

    @property
    def is_tax_free(self) -> bool:
        return self.registration in {"roth_ira", "inherited_roth_ira", "roth_401k", "hsa", "education_529"}


TAXABLE = frozenset(
    {
        "individual",
        "joint",
        "transfer_on_death",
        "community",
        "revocable_trust",
        "irrevocable_trust",
        "custodial_minor",
        "corporation",
        "partnership",
    }
)


@dataclass(frozen=True, slots=True)
class Family:
    """A generated household, before anything is on record."""

    place: int
    code: str
    name: str
    situation: Situation
    model: str
    value: D
    state: str
    state_rate: D
    people: dict[int, PersonPlan]
    units: tuple[UnitPlan, ...]
    accounts: tuple[AccountPlan, ...]
    advisor: str
    reviewer: str
    opened_on: date
    confirmed_on: date


def draw(*, seed: int, count: int, as_of: date) -> tuple[Family, ...]:
    """`count` households: each situation once, then as often as it may, the rest (at least one) inside its
    bands.
    """
    once = list(situations.SITUATIONS)
    again = [one for one in once for _ in range(one.count - 1)]
    wanted = (once + again)[: count - 1]
    wanted += [situations.INSIDE] * (count - len(wanted))
    # Interleaved, so that every advisor's book has some of each situation.
    order = random.Random(f"{seed}/order")
    order.shuffle(wanted)
    used: set[str] = set()
    return tuple(
        _family(seed, place, situation, as_of=as_of, used=used) for place, situation in enumerate(wanted)
    )


def _family(seed: int, place: int, situation: Situation, *, as_of: date, used: set[str]) -> Family:
    chance = random.Random(f"{seed}/family/{place}")
    name = _surname(chance, used)
    shape = shapes.BY_CODE[situation.shape] if situation.shape else shapes.SHAPES[place % len(shapes.SHAPES)]
    state, rate = chance.choice(_STATES)
    people = _people(chance, shape, name, place, as_of)
    if situation.code == "tax_exceeds":
        state, rate = _DEAREST_STATE
    value = D(chance.choice(_VALUES)) + D(chance.randrange(0, 90_000, 500))
    advisor = _ADVISORS[place % len(_ADVISORS)]
    model = situation.model or chance.choice([model.code for model in MODELS if model.code != "direct"])
    opened_on = as_of - timedelta(days=chance.randrange(1200, 3600))
    return Family(
        place=place,
        code=name.lower(),
        name=name,
        situation=situation,
        model=model,
        value=value,
        state=state,
        state_rate=D(rate),
        people=people,
        units=_units(chance, shape, people, rich=situation.code == "tax_exceeds"),
        accounts=_accounts(chance, shape, situation, place, opened_on),
        advisor=advisor,
        reviewer=_REVIEWERS[place % len(_REVIEWERS)],
        opened_on=opened_on,
        confirmed_on=as_of - timedelta(days=chance.randrange(20, 250)),
    )


def _surname(chance: random.Random, used: set[str]) -> str:
    """A name that no other family has; double names once there are more families than single ones."""
    is_double = len(used) >= len(_FIRST) * len(_LAST)
    while True:
        name = chance.choice(_FIRST) + chance.choice(_LAST)
        if is_double:
            name += f"-{chance.choice(_FIRST)}{chance.choice(_LAST)}"
        if name not in used:
            used.add(name)
            return name


def _people(chance: random.Random, shape: Shape, name: str, place: int, as_of: date) -> dict[int, PersonPlan]:
    given = chance.sample(_GIVEN, 3)
    age = chance.randrange(38, 74)
    parts = [(HEAD, "head", age)]
    if shape.married:
        parts.append((SPOUSE, "spouse", age + chance.randrange(-4, 5)))
    if shape.child:
        parts.append((CHILD, "child", chance.randrange(4, 15)))
    return {
        which: PersonPlan(
            given=given[which],
            family=name,
            part=part,
            born_on=date(as_of.year - years, chance.randrange(1, 13), chance.randrange(1, 29)),
            tax_number=f"9{place % 100:02d}-00-{1001 + which:04d}",
        )
        for which, part, years in parts
    }


def _units(
    chance: random.Random, shape: Shape, people: dict[int, PersonPlan], *, rich: bool
) -> tuple[UnitPlan, ...]:
    head = people[HEAD]
    wages = D(900_000) if rich else D(chance.randrange(60, 420)) * 1000
    if shape.married:
        units = [UnitPlan("couple", f"{head.given} and {people[SPOUSE].name}", "mfj", (HEAD, SPOUSE), wages)]
    else:
        units = [UnitPlan("own", head.name, "single", (HEAD,), wages)]
    if shape.child:
        units.append(UnitPlan("child", people[CHILD].name, "single", (CHILD,), D(0)))
    if shape.trust:
        units.append(UnitPlan("trust", f"{head.family} {shape.trust.lower()}", "trust", (), D(0)))
    return tuple(units)


def _accounts(
    chance: random.Random, shape: Shape, situation: Situation, place: int, opened_on: date
) -> tuple[AccountPlan, ...]:
    custodian = chance.choice(_CUSTODIANS)
    planned = []
    for index, one in enumerate(shape.accounts):
        feed = situation.feed if index == 0 else ""
        at = {"schwab": "schwab", "fidelity": "fidelity", "ibkr": "ibkr", "ofx": "vanguard"}.get(
            feed, custodian
        )
        planned.append(
            AccountPlan(
                number=_number(at, place, index),
                registration=one.registration,
                owner=one.owner,
                second=one.second,
                share=one.share,
                label=one.label,
                custodian=at,
                feed=feed or "house",
                discretion="none" if situation.code == "non_discretionary" else "full",
                aside=one.aside,
                opened_on=opened_on - timedelta(days=30 * index),
                reinvests=chance.random() < 0.6,
            )
        )
    return tuple(planned)


def _number(custodian: str, place: int, index: int) -> str:
    """A number of the custodian's form; the tail differs from account to account."""
    tail = f"{(place * 131 + index * 17 + 4003) % 10000:04d}"
    serial = f"{place:02d}{index}"
    return {
        "schwab": f"4{serial}{tail}",
        "fidelity": f"Z2{serial}{tail}",
        "ibkr": f"U0{serial}{tail}",
        "vanguard": f"8{serial}{tail}",
    }[custodian]
