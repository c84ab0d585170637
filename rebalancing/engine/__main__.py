"""The engine from a command line: documents in, documents out, nothing else needed.

    python -m rebalancing.engine plan     < household.json > plan.json
    python -m rebalancing.engine verify   household.json plan.json
    python -m rebalancing.engine reprice  household.json plan.json > plan-of-the-same-orders.json
    python -m rebalancing.engine frontier < household.json > points.json
    python -m rebalancing.engine explain  plan.json [household.json]
    python -m rebalancing.engine model    < household.json > household.lp
    python -m rebalancing.engine schema   household | plan

Exit 0: an answer (also "hold", "impossible"). 1: the verifier refuses the plan. 2: a document that cannot be used, or a
wrong call; every fault stands on standard error, one a line, with its JSON pointer. 3: the solver gave no optimum.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from rebalancing.engine import frontier, proposing, repricing
from rebalancing.engine.documents import schemas, serializing
from rebalancing.engine.documents.faults import Fault
from rebalancing.engine.documents.parsing import BadDocument, read_household, read_plan
from rebalancing.engine.explanations import plain_text
from rebalancing.engine.search import relaxation
from rebalancing.engine.search.highs import SolverFailed
from rebalancing.engine.solving import solutions
from rebalancing.engine.verifier import verification

ANSWERED, REFUSED, BAD_DOCUMENT, NO_OPTIMUM = 0, 1, 2, 3


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit code. Reads standard input where no file is named."""
    args = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = args.command
    try:
        return command(args)
    except BadDocument as refused:
        for fault in refused.faults:
            sys.stderr.write(f"{fault}\n")
        return BAD_DOCUMENT
    except OSError as error:
        sys.stderr.write(f"{error.filename}: {error.strerror}\n")
        return BAD_DOCUMENT
    except SolverFailed as error:
        sys.stderr.write(f"{error}\n")
        return NO_OPTIMUM


def _plan(args: argparse.Namespace) -> int:
    household = read_household(_read(args.household))
    sys.stdout.write(serializing.text(proposing.propose(household, removal_costs=not args.no_removal_costs)))
    return ANSWERED


def _verify(args: argparse.Namespace) -> int:
    verdict = verification.verify(read_household(_read(args.household)), read_plan(_read(args.plan)))
    if verdict.signed:
        sys.stdout.write(f"signed {verdict.signature}\n")
        return ANSWERED
    for fault in verdict.faults:
        sys.stderr.write(f"{fault}\n")
    return REFUSED


def _reprice(args: argparse.Namespace) -> int:
    household, plan = read_household(_read(args.household)), read_plan(_read(args.plan))
    found = repricing.repriced(household, plan.orders, removal_costs=False)
    if found is None:
        sys.stderr.write("one of these orders cannot be made for this household\n")
        return REFUSED
    sys.stdout.write(serializing.text(found))
    return ANSWERED


def _frontier(args: argparse.Namespace) -> int:
    household = read_household(_read(args.household))
    sys.stdout.write(frontier.text(frontier.trace(household, count=args.points)))
    return ANSWERED


def _explain(args: argparse.Namespace) -> int:
    plan = read_plan(_read(args.plan))
    household = None if args.household is None else read_household(_read(args.household))
    if household is not None and household.id != plan.household:
        mismatch = (
            f"is {household.id!r}, and the plan is for {plan.household!r}; its names would be wrong there"
        )
        raise BadDocument((Fault("/id", mismatch),))
    sys.stdout.write(plain_text.page(plan, household))
    return ANSWERED


def _model(args: argparse.Namespace) -> int:
    program, names = solutions.first_program(read_household(_read(args.household)))
    sys.stdout.write(relaxation.text(program, names.back, brief=args.brief))
    return ANSWERED


def _schema(args: argparse.Namespace) -> int:
    sys.stdout.write(schemas.schema_text(args.document))
    return ANSWERED


def _read(path: str) -> bytes:
    return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m rebalancing.engine",
        description="Plan, verify and explain the trades of one household, and look at the model behind them.",
        epilog="Exit 0: an answer; 1: the verifier refuses; 2: a bad document; 3: the solver gave no optimum.",
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    plan = commands.add_parser("plan", help="the best plan for a household document")
    plan.add_argument(
        "household", nargs="?", default="-", help="a household/1 file; standard input when left out"
    )
    plan.add_argument(
        "--no-removal-costs", action="store_true", help="leave out what removing each order would cost"
    )
    plan.set_defaults(command=_plan)
    verify = commands.add_parser("verify", help="sign a plan, or list everything wrong with it")
    verify.add_argument("household")
    verify.add_argument("plan")
    verify.set_defaults(command=_verify)
    reprice = commands.add_parser(
        "reprice", help="the plan of exactly a plan's orders, at this household's prices"
    )
    reprice.add_argument("household")
    reprice.add_argument("plan")
    reprice.set_defaults(command=_reprice)
    points = commands.add_parser("frontier", help="plans from doing nothing to exactly on target")
    points.add_argument("household", nargs="?", default="-")
    points.add_argument("--points", type=int, default=10, choices=range(5, 21), metavar="5..20")
    points.set_defaults(command=_frontier)
    explain = commands.add_parser("explain", help="a plan in plain words")
    explain.add_argument("plan", nargs="?", default="-")
    explain.add_argument("household", nargs="?", help="gives accounts, securities and classes their names")
    explain.set_defaults(command=_explain)
    model = commands.add_parser(
        "model",
        help="the linear program from which the search starts, in CPLEX LP format with named rows and columns",
    )
    model.add_argument("household", nargs="?", default="-")
    model.add_argument(
        "--brief",
        action="store_true",
        help="the first row of each kind and its first terms; for reading alone",
    )
    model.set_defaults(command=_model)
    schema = commands.add_parser("schema", help="the JSON Schema of a document")
    schema.add_argument("document", choices=sorted(schemas.DOCUMENTS))
    schema.set_defaults(command=_schema)
    return parser


if __name__ == "__main__":
    sys.exit(main())
