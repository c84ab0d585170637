"""The optimization model can be looked at: each row and column has a name, and the printed program is the one solved.

`./evenkeel draw program` writes the program in docs/engine.md anew after a change that is meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import highspy
import pytest

from rebalancing.engine import __main__ as door
from rebalancing.engine.documents.household import Account, Household, Policy, TaxTreatment
from rebalancing.engine.documents.tax_units import FlatRates, GainBudget, TaxUnit
from rebalancing.engine.model.builder import INFINITY, Builder
from rebalancing.engine.search import branch_and_bound, highs, lp_names, relaxation
from rebalancing.engine.solving import solutions
from tests.engine import families, harvests, small_households, worked_households
from tests.engine.worked_households import D, band, fund, lot, sleeve

DOCS = Path(__file__).parents[2] / "docs"
LEGAL = re.compile(r"[a-z_]+(\([A-Za-z0-9_.#@$&!]+(,[A-Za-z0-9_.#@$&!]+)*\))?(#\d+)?")


def budgeted(household: Household) -> Household:
    budget = GainBudget(limit=Decimal(2000))
    return replace(household, rules=replace(household.rules, gain_budget=budget))


HOUSEHOLDS: dict[str, Callable[[], Household]] = {
    **{worked.__name__: worked for worked in worked_households.WORKED},
    "typical": lambda: families.household("everywhere", "typical", 0),
    "with budgets and caps": lambda: families.household("constrained", "typical", 1),
    "whose lots leave in order": lambda: families.in_queues(families.household("taxable", "typical", 1)),
    "with a budget of its own": lambda: budgeted(families.household("everywhere", "small", 1)),
    **{f"small {seed}": lambda seed=seed: small_households.household(seed) for seed in range(24)},
}


@pytest.mark.parametrize("name", HOUSEHOLDS)
def test_a_solver_that_reads_the_printed_program_finds_our_optimum(name, tmp_path):
    program, given = solutions.first_program(HOUSEHOLDS[name]())
    solver = highs.Solver(program)
    branch_and_bound.apply_node(program, solver, branch_and_bound.root_node(program))
    ours = solver.solve()
    file = tmp_path / "household.lp"
    file.write_text(relaxation.text(program, given.back), "utf-8")

    reader = highspy.Highs()
    reader.setOptionValue("output_flag", False)
    assert reader.readModel(str(file)) == highspy.HighsStatus.kOk
    reader.run()

    assert reader.getModelStatus() == highspy.HighsModelStatus.kOptimal
    assert ours is not None
    assert reader.getInfo().objective_function_value == pytest.approx(ours.objective, rel=1e-9, abs=1e-6)
    assert reader.getNumCol() == len(program.cost)


def test_every_name_is_distinct_legal_and_of_a_kind_that_is_explained():
    seen: tuple[set[str], set[str]] = set(), set()
    made = [small_households.household(seed) for seed in range(40)]
    swaps = [asked for seed in range(10) if (asked := harvests.harvest(seed)) is not None]
    for household in [*made, *swaps, budgeted(families.household("everywhere", "small", 1))]:
        program, given = solutions.first_program(household)
        for kinds, found, all_names in (
            (lp_names.COLUMNS, seen[0], program.column_names),
            (lp_names.ROWS, seen[1], program.row_names),
        ):
            texts = lp_names.written(all_names, kinds, given.back)
            assert len(set(texts)) == len(texts)
            assert [text for text in texts if not LEGAL.fullmatch(text)] == []
            found.update(str(kind) for kind, *_ in all_names)

    assert seen == (set(lp_names.COLUMNS), set(lp_names.ROWS))


def test_names_that_a_file_cannot_hold_are_told_apart():
    household = worked_households.shelter_first()
    one, other, *rest = household.lots
    odd = replace(household, lots=(replace(one, id="a lot"), replace(other, id="a-lot", account=one.account,
                                   security=one.security), *rest))  # fmt: skip
    program, given = solutions.first_program(odd)

    texts = lp_names.written(program.column_names, lp_names.COLUMNS, given.back)

    assert [text for text in texts if "a_lot" in text] == [
        "sell(joint,ALLW,a_lot)",
        "sell(joint,ALLW,a_lot)#2",
    ]


def test_each_family_says_what_it_holds_in_its_rows():
    """One taxed account, one fund at a gain, one class and cash: every coefficient can be checked by hand."""
    text = printed(a_single_account())

    assert rows_of(text) == {
        # 60% of $10,000 less the $8,000 held; what is sold leaves the class.
        "class(stocks)": "- sell(main,ALLW,main_ALLW_1) + buy(main,ALLW) + under_inside(stocks)"
        " + under_outside(stocks) - over_inside(stocks) - over_outside(stocks) = -2000",
        "class(cash)": "+ cash(main) - short_of_cash(main) + under_inside(cash) + under_outside(cash)"
        " - over_inside(cash) - over_outside(cash) = 4000",
        # A sale brings its value less two hundredths of a percent.
        "cash(main)": "- 0.9998 sell(main,ALLW,main_ALLW_1) + 1.0002 buy(main,ALLW) + cash(main)"
        " - short_of_cash(main) = 2000",
        "short_term_gains(ann)": "+ net_short(ann) = 0",
        # Bought at $75, sold at $99.98 net: 24.98 cents of gain for each dollar.
        "long_term_gains(ann)": "- 0.2498 sell(main,ALLW,main_ALLW_1) + net_long(ann) = 0",
        # With no region chosen the tax is at least the lower rate on the net gain.
        "plane(ann,ANY,1)": "- 0.15 net_short(ann) - 0.15 net_long(ann) + tax(ann) >= 0",
    }


def a_single_account() -> Household:
    return Household(
        id="single",
        as_of=worked_households.AS_OF,
        trade_on=worked_households.TRADE_ON,
        tax_units=(TaxUnit(id="ann", flat=FlatRates(short=D("0.35"), long=D("0.15"))),),
        accounts=(
            Account(
                id="main",
                tax_treatment=TaxTreatment.TAXABLE,
                tax_unit="ann",
                owner="ann",
                cash_settled=D(2000),
            ),
        ),
        securities=(fund("ALLW", "100", "stocks", "All World"),),
        lots=(lot("main", "ALLW", 1, "80", "6000", date(2020, 1, 2)),),
        policy=Policy(
            classes=(band("Stocks", "stocks", "0.60"), band("Cash", "cash", "0.40")),
            sleeves=(sleeve("stocks", "ALLW"),),
            cash_class="cash",
        ),
    )


def printed(household: Household) -> str:
    program, given = solutions.first_program(household)
    return relaxation.text(program, given.back)


def rows_of(text: str) -> dict[str, str]:
    """The rows of a printed program, each in one line, by name."""
    body = text.split("subject to\n")[1].split("bounds\n")[0]
    lines = [line for line in body.splitlines() if not line.startswith("\\")]
    rows = "\n".join(lines).replace("\n   ", " ").splitlines()
    return {name.strip(): rest.strip() for name, rest in (row.split(":", 1) for row in rows)}


def test_a_document_that_cannot_be_used_prints_its_faults_and_no_program(capsys, tmp_path):
    broken = tmp_path / "broken.json"
    text = (DOCS / "examples" / "shelter-first.json").read_text("utf-8")
    broken.write_text(text.replace('"price": "100"', '"price": "-1"'), "utf-8")

    code = door.main(["model", str(broken)])

    written = capsys.readouterr()
    assert (code, written.out) == (2, "")
    assert written.err.startswith("/securities/0/price")


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (lambda b: b.column(0.0, 2.0, 1.0, ("buy", "a", "b")), "a column's bounds leave it a value"),
        (lambda b: b.row(1.0, 0.0, ("cash", "a")), "a row's bounds leave it a value"),
        (lambda b: b.add(7, 0, 1.0), "coefficients stand in rows that exist"),
        (lambda b: b.add(0, 0, float("nan")), "coefficients are numbers"),
        (lambda b: b.column(INFINITY, 0.0, 1.0, ("buy", "a", "b")), "costs are numbers"),
        (lambda b: b.lower.append(0.0), "one of each a column"),
    ],
)
def test_a_builder_lets_no_broken_array_through(broken, why):
    builder = Builder()
    row = builder.row(0.0, INFINITY, ("cash", "a"))
    builder.column(1.0, 0.0, 1.0, ("buy", "a", "x"), (row,), (1.0,))
    assert builder.compressed() == ([0], [0], [1.0])

    broken(builder)

    with pytest.raises(AssertionError, match=why):
        builder.compressed()
