"""The linear program from which the search starts, as text: what a person looks at to debug a plan."""

from __future__ import annotations

from rebalancing.engine.evaluation.neutral_names import Names
from rebalancing.engine.model.program import Program
from rebalancing.engine.search import lp_format
from rebalancing.engine.search.branch_and_bound import apply_node, root_node
from rebalancing.engine.search.highs import Solver


def text(program: Program, back: Names, *, brief: bool = False) -> str:
    """The relaxation of ``program`` at the root of the search, in CPLEX LP format, with the names ``back`` leads to.

    Raises SolverFailed where the solver gives neither an optimum nor a proof that there is none.
    """
    solver = Solver(program)
    apply_node(program, solver, root_node(program))
    solution = solver.solve()
    household = program.situation.household
    optimum = "none" if solution is None else f"{solution.objective:.2f}"
    header = [
        f"Household {household.id}, trading on {household.trade_on}: the linear program from which the search starts.",
        f"{len(program.cost)} columns in dollars, {len(program.row_lower)} rows. Its optimum: {optimum}.",
        "The objective counts what the plan changes; a column without a bound below is at least zero.",
        "The search adds: one tax region for each return, no purchase of what is sold at a loss, the order of lots.",
    ]
    if brief:
        header.append("Brief: of each kind the first row, of each row the first terms.")
    return lp_format.text(program, solver.bounds(), back, header=header, brief=brief)
