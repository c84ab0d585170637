"""The worked households of the documentation: documents, plans, prose and programs stand in docs/examples and stay true.

`./evenkeel draw examples` writes them anew after a change that is meant.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from rebalancing.engine import __main__ as door
from rebalancing.engine import proposing
from rebalancing.engine.documents import parsing, serializing
from rebalancing.engine.documents.plan import Side
from rebalancing.engine.explanations import plain_text
from rebalancing.engine.verifier import verification
from tests.engine import worked_households

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


@pytest.mark.parametrize("worked", worked_households.WORKED)
def test_the_plan_on_file_is_signed_by_the_verifier(worked):
    household = worked()
    plan = parsing.read_plan((EXAMPLES / f"{household.id}.plan.json").read_bytes())

    assert verification.verify(household, plan).signed


def test_every_number_in_the_prose_is_in_the_plan():
    """The page changes when the plan's numbers do, and needs no household to be written."""
    household = worked_households.withdrawal_within_a_budget()
    plan = proposing.propose(household)

    bare = plain_text.page(plan)

    assert f"${plan.orders[0].amount:,.0f}" in bare
    assert "{" not in bare


def test_the_overweight_is_sold_in_the_ira_and_the_joint_account_is_left_alone():
    plan = proposing.propose(worked_households.shelter_first())

    assert [(o.account, o.side, o.security, str(o.shares)) for o in plan.orders] == [
        ("ira", Side.SELL, "ALLW", "501"),
        ("ira", Side.BUY, "CORE", "1001"),
    ]
    assert plan.tax_change == 0


def test_the_loss_is_taken_and_nothing_in_the_household_buys_it_back():
    plan = proposing.propose(worked_households.harvest_without_a_wash())

    sold = {sale.lot for order in plan.orders for sale in order.lots}
    bought = {order.security for order in plan.orders if order.side is Side.BUY}
    assert "brokerage-USTM-1" in sold
    assert "USTM" not in bought
    assert "US1K" in bought
    assert plan.tax_change < 0


def test_the_withdrawal_is_met_within_the_budget_and_the_young_lot_waits():
    plan = proposing.propose(worked_households.withdrawal_within_a_budget())

    sold = {sale.lot for order in plan.orders for sale in order.lots}
    (tax,) = plan.tax
    assert "family-GRTH-1" not in sold
    assert tax.budget_used <= tax.budget_limit
    assert [step.balance for step in plan.cash if step.account == "family"][-1] >= 3000


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    code = door.main(list(arguments))
    written = capsys.readouterr()
    return code, written.out, written.err


def test_the_command_line_plans_verifies_and_explains(capsys, tmp_path):
    household = EXAMPLES / "harvest-without-a-wash.json"
    plan = EXAMPLES / "harvest-without-a-wash.plan.json"

    assert run(capsys, "plan", str(household)) == (0, plan.read_text("utf-8"), "")
    code, out, _ = run(capsys, "verify", str(household), str(plan))
    assert (code, out[:7]) == (0, "signed ")
    told = (EXAMPLES / "harvest-without-a-wash.txt").read_text("utf-8")
    assert run(capsys, "explain", str(plan), str(household)) == (0, told, "")
    code, out, _ = run(capsys, "frontier", str(household), "--points", "5")
    assert (code, '"frontier/1"' in out) == (0, True)


def test_the_command_line_refuses_a_forged_plan(capsys, tmp_path):
    household = EXAMPLES / "shelter-first.json"
    plan = parsing.read_plan((EXAMPLES / "shelter-first.plan.json").read_bytes())
    forged = tmp_path / "forged.json"
    forged.write_text(serializing.text(plan).replace('"1001"', '"1000"', 1), "utf-8")

    code, out, err = run(capsys, "verify", str(household), str(forged))

    assert (code, out) == (1, "")
    assert "/orders/1" in err


def test_a_plan_is_not_explained_with_the_names_of_another_household(capsys):
    code, out, err = run(
        capsys,
        "explain",
        str(EXAMPLES / "shelter-first.plan.json"),
        str(EXAMPLES / "harvest-without-a-wash.json"),
    )

    assert (code, out) == (2, "")
    assert (
        err
        == "/id: is 'harvest-without-a-wash', and the plan is for 'shelter-first'; its names would be wrong there\n"
    )


def test_the_command_line_lists_faults_with_their_pointers(capsys, tmp_path):
    text = (EXAMPLES / "shelter-first.json").read_text("utf-8")
    broken = tmp_path / "broken.json"
    broken.write_text(
        text.replace('"price": "100"', '"price": "-1"').replace('"joint-ALLW-1"', '"joint-CORE-1"')
    )

    code, out, err = run(capsys, "plan", str(broken))

    assert (code, out) == (2, "")
    assert [line.split(":")[0] for line in err.splitlines()] == ["/lots/3/id", "/securities/0/price"]


def test_a_missing_file_is_one_sentence(capsys, tmp_path):
    code, _, err = run(capsys, "plan", str(tmp_path / "nowhere.json"))

    assert code == 2
    assert err.strip().endswith("No such file or directory")
