"""Another program beside the engine, on the same households in the same run: ``./evenkeel bench engine --peer PATH``.

``PATH`` is a checkout of Oracle, the open lot optimizer of Double Finance (the folder that holds its ``src``), with an environment
of its own in ``.venv`` (its requirements, and CBC); without one it runs in ours. Nothing of it is kept here, and without
the option only our side is printed. It optimizes one account at a time, so that it is asked about households of one account.

It runs in a process of its own, is told the household as it wants it, and answers with shares. What its trades cost is
computed by the same law as the engine's, and the engine is asked for the least cost at the drift that it reaches, as
with the other ways (``tests/engine/ways``).
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import replace
from decimal import ROUND_DOWN, Decimal
from pathlib import Path
from typing import Any

from rebalancing.engine.documents.household import Household
from rebalancing.engine.documents.objective import Mode, Objective
from rebalancing.engine.documents.ordering import ordered
from rebalancing.engine.evaluation import evaluate, situations, tradables
from rebalancing.engine.evaluation.order_lines import Trades
from rebalancing.engine.evaluation.situations import Situation
from rebalancing.engine.model.classes import parts_of
from rebalancing.engine.money import ZERO
from rebalancing.engine.portfolio import objective_prices
from rebalancing.engine.solving import solutions
from tests.engine import single_names

FAMILIES = ("one fund a class, one account", "losses everywhere", "gains everywhere")
TERMS = ("tax", "spread", "location", "rank")
CASH = "_CASH_123"  # What it calls cash.
SETTINGS = {
    "weight_tax": 1.0,
    "weight_drift": 1.0,
    "weight_transaction": 1.0,
    "weight_cash_drag": 1.0,
    "rebalance_threshold": 0.0,
    "buy_threshold": 0.0,
    "min_notional": 0,
    "trade_rounding": 0,
}
NEAR = 0.1  # Basis points: whole shares at the limit, as with the other ways.
SIDE = Path(__file__).with_name("peer_side.py")


class PeerFailed(Exception):
    """The checkout could not be run."""


def measure(checkout: Path, count: int) -> dict[str, Any]:
    """The peer and the engine on ``count`` households of each family of one account. Raises PeerFailed."""
    rows = []
    for family in FAMILIES:
        for seed in range(count):
            rows.append(
                {"family": family, "seed": seed, **compared(checkout, single_names.FAMILIES[family](seed))}
            )
    found = [row for row in rows if row["answered"]]
    better = [row["engine_better_bp"] for row in found]
    return {
        "rows": rows,
        "answered": len(found),
        "asked": len(rows),
        "worse": sum(row["engine_better_bp"] < -NEAR for row in found),
        "slower": sum(row["engine_cpu_ms"] > row["peer_cpu_ms"] for row in found),
        "median_bp": statistics.median(better) if better else None,
        "peer_cpu_ms": statistics.median(row["peer_cpu_ms"] for row in found) if found else None,
        "engine_cpu_ms": statistics.median(row["engine_cpu_ms"] for row in found) if found else None,
    }


def compared(checkout: Path, household: Household) -> dict[str, Any]:
    """One household: CPU ms of both, and by how many basis points the engine is cheaper at the peer's drift."""
    household = ordered(household)
    answer = asked(checkout, told(household))
    if answer["trades"] is None:
        return {"answered": False, "peer_cpu_ms": answer["cpu_ms"]}
    situation = situations.lay_out(household)
    able, prices = tradables.find(situation), objective_prices.prices_for(household)
    theirs = evaluate.evaluate(situation, able, prices, trades_of(situation, answer["trades"]))
    limit = theirs.drift / situation.investable
    objective = Objective(mode=Mode.LEAST_TAX, drift_max=limit)
    wanted = replace(household, objective=objective)
    start = time.process_time()
    ours = solutions.solve(wanted, objective_prices.prices_for(wanted)).evaluation
    cpu_ms = (time.process_time() - start) * 1000
    costs = [sum((one.terms[name] for name in TERMS), ZERO) for one in (theirs, ours)]
    return {
        "answered": True,
        "engine_better_bp": float((costs[0] - costs[1]) / situation.investable * 10_000),
        "peer_cpu_ms": answer["cpu_ms"],
        "engine_cpu_ms": cpu_ms,
        "peer_short_of_cash": any(rule == "cash" for rule, _ in theirs.slack),
    }


def told(household: Household) -> dict[str, Any]:
    """The household of one account as the peer wants it."""
    (account,) = household.accounts
    (unit,) = household.tax_units
    assert unit.flat is not None, "the families have rates that a program with two of them can be told"
    short, long = float(unit.flat.short), float(unit.flat.long)
    of_class = {name: one.id for one in household.securities for name, _ in parts_of(one)}
    return {
        "date": household.trade_on.isoformat(),
        "cash": float(account.cash_settled),
        "lots": [
            {
                "tax_lot_id": lot.id,
                "identifier": lot.security,
                "quantity": float(lot.quantity),
                "cost_basis": float(lot.basis or 0),
                "date": (lot.acquired or household.trade_on).isoformat(),
            }
            for lot in household.lots
        ],
        "prices": [{"identifier": one.id, "price": float(one.price)} for one in household.securities],
        "spreads": [{"identifier": one.id, "spread": float(one.half_spread)} for one in household.securities],
        "targets": [
            {
                "asset_class": CASH if row.id == household.policy.cash_class else row.id,
                "target_weight": float(row.target),
                "identifiers": [CASH if row.id == household.policy.cash_class else of_class[row.id]],
            }
            for row in household.policy.classes
        ],
        "rates": {"short_term": short, "long_term": long, "qualified_dividend": long},
        "settings": SETTINGS,
    }


def asked(checkout: Path, question: dict[str, Any]) -> dict[str, Any]:
    """The peer's answer: its CPU ms, and its trades, None where it found none. Raises PeerFailed."""
    own = checkout / ".venv" / "bin" / "python"
    command = [str(own if own.exists() else sys.executable), str(SIDE), str(checkout)]
    done = subprocess.run(command, input=json.dumps(question), capture_output=True, text=True, check=False)
    if done.returncode:
        raise PeerFailed(f"The peer in {checkout} could not be run:\n{done.stderr.strip()[-2000:]}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def trades_of(situation: Situation, rows: list[dict[str, Any]]) -> Trades:
    """The peer's trades in whole increments: a lot is sold in full where all of it is."""
    (account,) = situation.household.accounts
    sold: dict[tuple[str, str, str], Decimal] = defaultdict(lambda: ZERO)
    bought: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    for row in rows:
        security = row["identifier"]
        step = situation.securities[security].increment_in(account)
        shares = (Decimal(repr(row["quantity"])) / step).to_integral_value(ROUND_DOWN) * step
        if shares <= 0:
            continue
        if row["action"] == "buy":
            bought[account.id, security] += shares
        else:
            held = situation.lots[row["tax_lot_id"]].quantity
            sold[account.id, security, row["tax_lot_id"]] += min(shares, held)
    return Trades(dict(sold), dict(bought))


def report(figures: dict[str, Any]) -> list[str]:
    """The comparison as text."""
    lines = [
        "",
        f"Beside the peer: {figures['answered']} of {figures['asked']} households of one account answered by it",
    ]
    if not figures["answered"]:
        return lines
    lines.append(
        f"at its drift the engine is cheaper by {figures['median_bp']:.2f} bp in the median, dearer on {figures['worse']};"
        f" {figures['engine_cpu_ms']:.0f} CPU ms against {figures['peer_cpu_ms']:.0f}, slower on {figures['slower']}"
    )
    return lines
