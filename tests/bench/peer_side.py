"""The peer's side of ``tests/bench/peer.py``: run by the peer's own Python, with its checkout as the argument.

Reads a question as JSON and prints the answer as the last line. Imports nothing of ours.
"""

import contextlib
import datetime
import io
import json
import sys
import time


def main() -> int:
    question = json.load(sys.stdin)
    sys.path.insert(0, sys.argv[1])
    with contextlib.redirect_stdout(io.StringIO()):
        import pandas as pd
        from src.service.helpers.enums import OracleOptimizationType
        from src.service.oracle import Oracle
        from src.service.oracle_strategy import OracleStrategy

        rates = [
            {"gain_type": kind, "federal_rate": rate, "state_rate": 0.0, "total_rate": rate}
            for kind, rate in question["rates"].items()
        ]
        lots = pd.DataFrame(question["lots"])
        lots["date"] = pd.to_datetime(lots["date"])
        started = time.process_time() + _children()
        strategy = OracleStrategy(
            tax_lots=lots,
            prices=pd.DataFrame(question["prices"]),
            cash=question["cash"],
            targets=pd.DataFrame(question["targets"]),
            spreads=pd.DataFrame(question["spreads"]),
            strategy_id=1,
            optimization_type=OracleOptimizationType.TAX_AWARE,
        )
        day = datetime.date.fromisoformat(question["date"])
        oracle = Oracle(current_date=day, tax_rates=pd.DataFrame(rates), strategies=[strategy])
        oracle.initialize_wash_sale_restrictions(percentage_protection_from_inadvertent_wash_sales=0.0)
        status, _, _, trades = strategy.compute_optimal_trades(
            debug=False, dump=False, **question["settings"]
        )
        cpu_ms = (time.process_time() + _children() - started) * 1000
    rows = None
    if status == 1:
        kept = [name for name in ("identifier", "tax_lot_id", "action", "quantity") if name in trades]
        rows = json.loads(trades[kept].to_json(orient="records")) if len(trades) else []
    print(json.dumps({"cpu_ms": cpu_ms, "trades": rows}))
    return 0


def _children() -> float:
    """CPU seconds of what ran beneath: its solver is a process of its own."""
    import resource

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
