"""The bench beside another optimizer: it is asked in a process of its own, and judged by the law and by our prices."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from rebalancing.engine.documents.ordering import ordered
from tests.bench import peer
from tests.engine import single_names

SELLS_ALL_LOSSES = {
    "src/__init__.py": "",
    "src/service/__init__.py": "",
    "src/service/helpers/__init__.py": "",
    "src/service/helpers/enums.py": """
        class OracleOptimizationType:
            TAX_AWARE = "TAX_AWARE"
    """,
    "src/service/oracle.py": """
        class Oracle:
            def __init__(self, current_date, tax_rates, strategies):
                assert set(tax_rates.gain_type) == {"short_term", "long_term", "qualified_dividend"}

            def initialize_wash_sale_restrictions(self, percentage_protection_from_inadvertent_wash_sales):
                print("what it prints is no answer")
    """,
    "src/service/oracle_strategy.py": """
        class OracleStrategy:
            def __init__(self, tax_lots, prices, cash, targets, spreads, strategy_id, optimization_type):
                self.lots = tax_lots.merge(prices, on="identifier")

            def compute_optimal_trades(self, **settings):
                assert settings["trade_rounding"] == 0
                losing = self.lots[self.lots.price * self.lots.quantity < self.lots.cost_basis]
                trades = losing[["identifier", "tax_lot_id", "quantity"]].assign(action="sell")
                return STATUS, True, {}, trades
    """,
}


def checkout(folder: Path, status: int = 1) -> Path:
    """A program that is called as the peer is, and sells every lot at a loss."""
    for name, text in SELLS_ALL_LOSSES.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text).replace("STATUS", str(status)), "utf-8")
    return folder


def household():
    return ordered(single_names.FAMILIES["one fund a class, one account"](0))


def test_its_trades_are_priced_as_ours_and_the_engine_is_never_dearer_at_its_drift(tmp_path):
    found = peer.compared(checkout(tmp_path), household())

    assert found["answered"]
    assert found["engine_better_bp"] > -peer.NEAR
    assert found["peer_cpu_ms"] > 0 < found["engine_cpu_ms"]


def test_where_it_finds_nothing_it_is_not_compared(tmp_path):
    assert peer.compared(checkout(tmp_path, status=-1), household())["answered"] is False


def test_a_checkout_that_cannot_be_run_is_said(tmp_path):
    with pytest.raises(peer.PeerFailed, match="could not be run"):
        peer.compared(tmp_path, household())


def test_the_targets_it_is_told_are_all_of_the_household():
    told = peer.told(household())

    assert sum(row["target_weight"] for row in told["targets"]) == pytest.approx(1.0, abs=1e-6)
    assert peer.CASH in {row["asset_class"] for row in told["targets"]}


@pytest.mark.parametrize("family", peer.FAMILIES)
def test_every_household_it_is_asked_about_has_one_account(family):
    assert len(single_names.FAMILIES[family](0).accounts) == 1
