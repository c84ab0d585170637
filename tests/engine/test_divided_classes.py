"""Classes divided into sleeves with weights: each sleeve is filled from its own members, and every plan is signed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from rebalancing.engine import proposing
from rebalancing.engine.documents import parsing, serializing, validation
from rebalancing.engine.documents.household import (
    Account,
    ClassPolicy,
    ClassWeight,
    Household,
    Level,
    Lot,
    Member,
    Policy,
    Security,
    Sleeve,
    SleeveTarget,
    SleeveWeight,
    TaxTreatment,
)
from rebalancing.engine.documents.objective import Mode, Objective
from rebalancing.engine.documents.plan import Plan, Side, State
from rebalancing.engine.verifier import verification
from tests.engine import families, small_households
from tests.engine.dividing import divided
from tests.examples import seeds

FRIDAY, MONDAY = date(2026, 11, 20), date(2026, 11, 23)


def security(name: str, asset_class: str, sleeve: str = "", price: str = "100") -> Security:
    parts = (SleeveWeight(sleeve=sleeve, weight=D(1)),) if sleeve else ()
    return Security(
        id=name, price=D(price), price_on=FRIDAY, weights=(ClassWeight(asset_class=asset_class, weight=D(1)),),
        half_spread=D("0.0002"), sleeves=parts,
    )  # fmt: skip


def household(
    *held: tuple[str, int], cash: str = "0", measured: bool = False, outside: bool = False
) -> Household:
    """An IRA: 60% stocks in a band of 50% to 70%, of them 70% large and 30% small companies, and 40% bonds."""
    lots = tuple(
        Lot(id=name, account="ira", security=name, quantity=D(shares), basis=None) for name, shares in held
    )
    both = (
        SleeveWeight(sleeve="stock/large", weight=D("0.7")),
        SleeveWeight(sleeve="stock/small", weight=D("0.3")),
    )
    own = replace(security("OWN", "stock"), sleeves=both)

    def target(name: str, weight: str) -> SleeveTarget:
        part = D(weight)
        return SleeveTarget(
            id=f"stock/{name}", asset_class="stock", name=f"{name.capitalize()} companies", target=D("0.6") * part,
            lower=D("0.5") * part, upper=D("0.7") * part, is_measured=measured,
        )  # fmt: skip

    return Household(
        id="h", as_of=FRIDAY, trade_on=MONDAY, tax_units=(),
        accounts=(Account(id="ira", tax_treatment=TaxTreatment.TAX_DEFERRED, cash_settled=D(cash)),),
        securities=(
            security("BIG", "stock", "stock/large"), security("BIG2", "stock", "stock/large"),
            security("TINY", "stock", "stock/small"), security("BOND", "bond"), *((own,) if outside else ()),
        ),
        lots=lots,
        policy=Policy(
            classes=(
                ClassPolicy(id="stock", target=D("0.6"), lower=D("0.5"), upper=D("0.7")),
                ClassPolicy(id="bond", target=D("0.4"), lower=D("0.3"), upper=D("0.5")),
                ClassPolicy(id="cash", target=D(0), lower=D(0), upper=D("0.02")),
            ),
            sleeves=(
                Sleeve(id="stock/large", asset_class="stock", members=(Member(security="BIG"), Member(security="BIG2", rank=2))),
                Sleeve(id="stock/small", asset_class="stock", members=(Member(security="TINY"),)),
                Sleeve(id="bond/core", asset_class="bond", members=(Member(security="BOND"),)),
            ),
            cash_class="cash",
            sleeve_targets=(target("large", "0.7"), target("small", "0.3")),
        ),
    )  # fmt: skip


def planned(asked: Household) -> Plan:
    """The plan, signed by the verifier."""
    assert validation.faults_in(asked) == ()
    plan = proposing.propose(asked)
    assert verification.verify(asked, plan).faults == ()
    return plan


def traded(plan: Plan) -> dict[str, int]:
    return {one.security: int(one.shares if one.side is Side.BUY else -one.shares) for one in plan.orders}


def test_new_money_is_divided_by_the_sleeves_weights() -> None:
    """$100,000: 60% stocks is 42% in large and 18% in small companies; the first choice is bought."""
    plan = planned(household(cash="100000"))

    bought = traded(plan)
    assert bought.keys() == {"BIG", "TINY", "BOND"}
    assert abs(bought["BIG"] - 420) <= 1
    assert abs(bought["TINY"] - 180) <= 1
    assert [(one.asset_class, one.target, one.weight) for one in plan.after.sleeves] == [
        ("stock/large", D("0.42"), plan.after.sleeves[0].weight),
        ("stock/small", D("0.18"), plan.after.sleeves[1].weight),
    ]
    assert abs(plan.after.sleeves[0].weight - D("0.42")) < D("0.002")


def test_without_weights_the_same_money_goes_to_the_first_choice_alone() -> None:
    asked = household(cash="100000")
    bare = replace(
        asked,
        securities=tuple(replace(one, sleeves=()) for one in asked.securities),
        policy=replace(asked.policy, sleeve_targets=()),
    )

    plan = planned(bare)

    assert "TINY" not in traded(plan) or "BIG" not in traded(plan)
    assert plan.after.sleeves == ()
    assert '"sleeves":[]' not in serializing.canonical(plan).decode()
    assert "sleeve_targets" not in serializing.canonical(bare).decode()


def test_a_wrong_mix_inside_the_class_is_put_right() -> None:
    """Stocks stand at their target, all in small companies; the IRA sells at no tax and buys large ones."""
    plan = planned(household(("TINY", 600), ("BOND", 400)))

    sold = traded(plan)
    assert abs(sold["TINY"] + 420) <= 1
    assert abs(sold["BIG"] - 420) <= 1
    assert "BOND" not in sold
    assert any("Small companies: 60.0% against a target of 18.0%" in one.explanation for one in plan.orders)


def test_what_is_in_no_sleeve_counts_in_all_of_them_by_weight() -> None:
    """$30,000 of a stock in no sleeve stand for $21,000 of large and $9,000 of small companies."""
    plan = planned(household(("OWN", 300), cash="70000", outside=True))

    bought = traded(plan)
    assert abs(bought["BIG"] - 210) <= 1
    assert abs(bought["TINY"] - 90) <= 1
    assert "OWN" not in bought


@pytest.mark.parametrize(("measured", "out"), [(False, [False, False]), (True, [True, True])])
def test_a_sleeve_has_a_band_only_where_the_policy_measures_it(measured: bool, out: list[bool]) -> None:
    """At 30% and 30% both sleeves have left bands of 35–49% and 15–21%; the class stands at its target."""
    plan = planned(household(("BIG", 300), ("TINY", 300), ("BOND", 400), measured=measured))

    assert [one.out_of_band for one in plan.before.sleeves] == out
    assert not any(one.out_of_band for one in plan.before.classes)
    assert plan.state is State.READY


def test_the_document_survives_reading_and_rows_in_any_order() -> None:
    asked = household(("TINY", 100), cash="5000", measured=True)

    again = parsing.read_household(serializing.text(asked))
    shuffled = replace(
        asked,
        policy=replace(asked.policy, sleeve_targets=asked.policy.sleeve_targets[::-1]),
        securities=asked.securities[::-1],
    )

    assert serializing.canonical(again) == serializing.canonical(shuffled) == serializing.canonical(asked)
    assert serializing.canonical(planned(shuffled)) == serializing.canonical(planned(asked))


def test_no_name_of_a_sleeve_influences_a_plan() -> None:
    asked = household(("TINY", 100), cash="50000")
    names = {"stock/large": "a", "stock/small": "z"}
    swapped = {"stock/large": "z", "stock/small": "a"}

    assert traded(planned(renamed(asked, names))) == traded(planned(renamed(asked, swapped)))


def renamed(asked: Household, names: dict[str, str]) -> Household:
    return replace(
        asked,
        securities=tuple(
            replace(one, sleeves=tuple(replace(part, sleeve=names[part.sleeve]) for part in one.sleeves))
            for one in asked.securities
        ),
        policy=replace(
            asked.policy,
            sleeve_targets=tuple(replace(row, id=names[row.id]) for row in asked.policy.sleeve_targets),
        ),
    )


def spoiled(what: str) -> Household:
    asked = household(cash="1000")
    large, small = asked.policy.sleeve_targets
    big = asked.securities[0]
    rows: dict[str, Any] = {
        "targets": {"sleeve_targets": (large, replace(small, target=D("0.17")))},
        "half": {"sleeve_targets": (large,)},
        "cash": {"sleeve_targets": (large, small, replace(small, id="c", asset_class="cash", target=D(0), lower=D(0)))},
        "name": {"sleeve_targets": (replace(large, id="bond"), small)},
        "class": {"sleeve_targets": (large, small, replace(small, id="x", asset_class="gold", target=D(0), lower=D(0)))},
    }  # fmt: skip
    if what in rows:
        return replace(asked, policy=replace(asked.policy, **rows[what]))
    parts = {"part": (replace(big.sleeves[0], weight=D("0.5")),), "none": (), "stranger": (SleeveWeight(sleeve="q", weight=D(1)),)}  # fmt: skip
    return replace(asked, securities=(replace(big, sleeves=parts[what]), *asked.securities[1:]))


@pytest.mark.parametrize(
    ("what", "pointer", "words"),
    [
        ("targets", "/policy/sleeve_targets", "must sum to 0.6, not 0.59"),
        ("half", "/policy/sleeve_targets", "must sum to 0.6, not 0.42"),
        ("cash", "/policy/sleeve_targets/2/asset_class", "free cash"),
        ("name", "/policy/sleeve_targets/0/id", "is a class of the policy"),
        ("class", "/policy/sleeve_targets/2/asset_class", "no class of the policy"),
        ("part", "/securities/0/sleeves", "must sum to 1, not 0.5"),
        ("none", "/securities/0/sleeves", "must sum to 1, not 0"),
        ("stranger", "/securities/0/sleeves/0/sleeve", "has no target"),
    ],
)
def test_a_class_is_divided_whole_or_not_at_all(what: str, pointer: str, words: str) -> None:
    found = {one.pointer: one.sentence for one in validation.faults_in(spoiled(what))}

    assert pointer in found, found
    assert words in found[pointer]


@pytest.mark.parametrize("level", [Level.HOUSEHOLD, Level.ACCOUNT])
@pytest.mark.parametrize("measured", [False, True])
@pytest.mark.parametrize("seed", seeds(12))
def test_every_plan_of_a_divided_household_is_signed(seed: int, measured: bool, level: Level) -> None:
    for family in families.FAMILIES:
        asked = divided(families.household(family, "small", seed), seed, is_measured=measured)
        planned(replace(asked, level=level))


MODES = (
    Objective(mode=Mode.LEAST_TAX, drift_max=D("0.02")),
    Objective(mode=Mode.LEAST_DRIFT, gain_max=D(2_000)),
    Objective(mode=Mode.CASH_ONLY),
    Objective(mode=Mode.RAISE_CASH, raise_amount=D(3_000)),
)


@pytest.mark.parametrize("objective", MODES, ids=lambda one: one.mode.value)
@pytest.mark.parametrize("seed", seeds(9))
def test_plans_of_every_mode_are_signed(seed: int, objective: Objective) -> None:
    asked = divided(families.household("everywhere", "small", seed), seed, is_measured=seed % 2 == 0)

    planned(replace(asked, objective=objective))


@pytest.mark.parametrize("seed", seeds(60))
def test_small_households_of_every_kind_are_signed_divided(seed: int) -> None:
    asked = divided(small_households.household(seed), seed, is_measured=seed % 2 == 0)

    if not validation.faults_in(asked):
        planned(asked)
