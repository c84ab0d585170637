"""What the households of the synthetic firm hold, drawn by the database from their numbers and a seed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from tests.bench.synthetic import market, sql
from tests.bench.synthetic.market import ACCOUNTS, DAY_BEFORE
from tests.clock import LAST_FRIDAY, SUNDAY_NOON

GOLDEN = 0.6180339887498949
"""Multiples of it fill the unit interval evenly, so that every stretch of numbers has its share of each situation."""

INSIDE = 0.4
"""How far inside its band a household may be, as a share of the narrower of its two bands."""

OUTSIDE = (0.065, 0.11)
"""How much of a household has moved between stocks and bonds where it is flagged."""


def draw(
    households: int, templates: list[Any], *, seed: int, flagged: float, others: Iterable[tuple[str, float]]
) -> None:
    """Temporary tables of the households and their situations, and of what accounts may hold."""
    _slots()
    sql.run("CREATE TEMP TABLE bench_model (number int, household bigint, leans int, inside float8)")
    for number, (model, household) in enumerate(zip(market.MODELS, templates, strict=True)):
        band = min(0.05, 0.25 * float(min(model.weights["us_stock"], model.weights["us_bond"])))
        sql.run(
            "INSERT INTO bench_model VALUES (%s, %s, %s, %s)",
            (number, household.pk, model.leans, INSIDE * band),
        )
    edges, at = [], 0.0
    for name, share in others:
        at += share
        edges.append(f"WHEN u < {at} THEN '{name}'")
    base = max(one.pk for one in templates)
    sql.run(
        f"""
        CREATE TEMP TABLE bench_household AS
        SELECT n, {base} + n AS id, m.household AS template, n > {len(templates)} AS is_copy, m.number AS model,
            CASE WHEN n <= {len(templates)} THEN 'in_band' {" ".join(edges)} WHEN u < {at + flagged} THEN 'flagged' ELSE 'in_band' END
                AS situation,
            exp(ln(250000) + {_u("n", 1, seed)} * ln(12)) AS value, m.leans, m.inside, NULL::bigint AS person, NULL::bigint AS unit,
            0.0::float8 AS tilt
        FROM (SELECT n, n * {GOLDEN} - floor(n * {GOLDEN}) AS u FROM generate_series(1, {households}) AS n) AS numbers
        JOIN bench_model AS m ON m.number = (n - 1) % {len(templates)}
        """
    )
    sql.run("UPDATE bench_household SET id = template WHERE NOT is_copy")
    sql.run(
        f"""
        UPDATE bench_household SET tilt = CASE
            WHEN situation IN ('flagged', 'held') THEN
                (CASE WHEN leans <> 0 THEN leans WHEN {_u("n", 2, seed)} < 0.5 THEN 1 ELSE -1 END)
                * ({OUTSIDE[0]} + {OUTSIDE[1] - OUTSIDE[0]} * {_u("n", 3, seed)})
            ELSE inside * (2 * {_u("n", 3, seed)} - 1) END
        """
    )
    sql.run("CREATE UNIQUE INDEX ON bench_household (n)")
    sql.run("CREATE TEMP TABLE bench_account (n bigint, position int, id bigint)")
    sql.run("CREATE TEMP TABLE bench_seed AS SELECT %s::bigint AS seed", (seed,))


def write() -> None:
    """The positions, and the lots that add up to them: two in a taxable account, one elsewhere."""
    from clients.models import TaxLot

    ((seed,),) = sql.run("SELECT seed FROM bench_seed")
    drawn = "(a.id * 32 + s.slot)"
    sql.run("CREATE INDEX ON bench_account (n)")
    sql.run("ANALYZE bench_account")
    sql.run("ANALYZE bench_household")
    sql.run(
        f"""
        CREATE TEMP TABLE bench_holding AS
        SELECT a.id AS account, a.position, s.slot, p.security_id AS security, p.price,
            greatest(1, round((h.value * (ARRAY{[part for *_, part in ACCOUNTS]})[a.position + 1] * (s.weight + h.tilt * s.lean)
                * (0.97 + 0.06 * {_u(drawn, 4, seed)}))::numeric / p.price)) AS quantity
        FROM bench_household AS h JOIN bench_account AS a USING (n) JOIN bench_slot AS s ON s.model = h.model
        JOIN clients_price AS p ON p.as_of_on = DATE '{LAST_FRIDAY}'
            AND p.security_id = s.pool[1 + (h.n * 7 + a.position * 3 + s.slot) % cardinality(s.pool)]
        ORDER BY a.id, p.security_id
        """
    )
    sql.run(
        f"""
        INSERT INTO clients_position (account_id, security_id, quantity, market_value, held_out, reinvests_dividends, as_of_on)
        SELECT account, security, quantity, round(quantity * price, 2), '', false, DATE '{LAST_FRIDAY}' FROM bench_holding
        """
    )
    base = sql.base_of(TaxLot)
    mixed = "(account * 32 + slot)"
    sql.run(
        f"""
        INSERT INTO clients_taxlot (id, public_id, account_id, security_id, key, acquired_on, quantity, basis, basis_status,
            acquired_by, is_average_cost, lock, lock_reason, as_of_on)
        SELECT id, {sql.public_id(TaxLot, "id")}, account, security, 'L' || lot, DATE '{LAST_FRIDAY}' - days::int, quantity,
            round((quantity * price * share)::numeric, 2), 'covered', 'purchase', false, '', '', DATE '{LAST_FRIDAY}'
        FROM (
            SELECT {base} + row_number() OVER () AS id, account, security, price, lot,
                CASE WHEN position > 0 THEN quantity WHEN lot = 1 THEN quantity - floor(quantity * 0.4) ELSE floor(quantity * 0.4) END
                    AS quantity,
                CASE WHEN lot = 1 THEN 400 + floor(2000 * {_u(mixed, 5, seed)}) ELSE 60 + floor(600 * {_u(mixed, 6, seed)}) END AS days,
                CASE WHEN lot = 1 THEN 0.50 + 0.50 * {_u(mixed, 7, seed)} ELSE 0.85 + 0.25 * {_u(mixed, 8, seed)} END AS share
            FROM bench_holding JOIN generate_series(1, 2) AS lot ON lot = 1 OR position = 0
        ) AS lots WHERE quantity > 0
        """
    )


def surroundings() -> None:
    """Cash of two percent in every account; holds, money due out and accounts that do not add up, where a situation has them."""
    from clients.models import CashFlow, Hold

    sql.run(
        f"""
        INSERT INTO clients_cashbalance (account_id, settled, unsettled, as_of_on)
        SELECT account, round(sum(quantity * price) * 0.02 / 0.98, 2), 0, DATE '{LAST_FRIDAY}' FROM bench_holding GROUP BY account
        """
    )
    sql.run(
        f"""
        INSERT INTO clients_hold (public_id, kind, reason, placed_at, starts_on, expires_on, household_id, lift_reason)
        SELECT '{Hold._meta.get_field("public_id").prefix}_' || lpad(to_hex(id), 12, '0'), 'legal', 'A claim is being settled.',
            TIMESTAMPTZ '{SUNDAY_NOON.isoformat()}', DATE '{LAST_FRIDAY}', DATE '{LAST_FRIDAY}' + 60, id, ''
        FROM bench_household WHERE situation = 'held'
        """
    )
    sql.run(
        f"""
        INSERT INTO clients_cashflow (public_id, account_id, kind, amount, due_on, note, cancel_reason)
        SELECT '{CashFlow._meta.get_field("public_id").prefix}_' || lpad(to_hex(a.id), 12, '0'), a.id, 'withdrawal',
            -round((h.value * 0.05)::numeric, 2), DATE '{LAST_FRIDAY}' + 5, 'House', ''
        FROM bench_household AS h JOIN bench_account AS a USING (n) WHERE h.situation = 'cash_due' AND a.position = 0
        """
    )
    sql.run(
        """
        UPDATE clients_account SET reconciliation = 'broken', reconciliation_note = 'The lots of one security are fewer than its position.'
        FROM bench_household AS h JOIN bench_account AS a USING (n)
        WHERE clients_account.id = a.id AND h.situation = 'broken' AND a.position = 2
        """
    )


def readings() -> None:
    """A finished run of the market day before: everybody who has a policy was inside the bands."""
    from rebalancing.models import Reading, ScanRun

    at = f"TIMESTAMPTZ '{DAY_BEFORE} 22:30+00'"
    ((count,),) = sql.run("SELECT count(*) FROM bench_household")
    moment = datetime(DAY_BEFORE.year, DAY_BEFORE.month, DAY_BEFORE.day, 22, 30, tzinfo=UTC)
    run = ScanRun.objects.create(
        scan=ScanRun.Scan.DAILY, market_on=DAY_BEFORE, sequence=0, state=ScanRun.State.COMPLETED, started_at=moment,
        finished_at=moment, heartbeat_at=moment, code_version="bench", households=count, tally={"done": count},
    ).pk  # fmt: skip
    sql.run(
        f"""
        INSERT INTO rebalancing_scanitem (run_id, household_id, state, attempt, leased_to, error, finished_at)
        SELECT {run}, id, 'done', 1, '', '', {at} FROM bench_household
        """
    )
    first = sql.base_of(Reading)
    sql.run(
        f"""
        INSERT INTO rebalancing_reading (id, public_id, run_id, household_id, outcome, reason, value, worst_drift, worst_class,
            outside_value, measures, account_weights, triggers, holds, looked, input_digest, prices_as_of_on, read_at)
        SELECT {first} + h.n, {sql.public_id(Reading, f"({first} + h.n)")}, {run}, h.id,
            CASE WHEN h.situation = 'no_policy' THEN 'no_policy' ELSE 'in_band' END,
            CASE WHEN h.situation = 'no_policy' THEN 'No investment policy is in force.' ELSE 'Every class is inside its band.' END,
            CASE WHEN h.situation = 'no_policy' THEN NULL ELSE round(h.value::numeric, 2) END,
            CASE WHEN h.situation = 'no_policy' THEN NULL ELSE 0.004 END,
            CASE WHEN h.situation = 'no_policy' THEN '' ELSE 'US stocks' END,
            CASE WHEN h.situation = 'no_policy' THEN NULL ELSE 0 END,
            coalesce((SELECT jsonb_agg(jsonb_build_object('account', NULL, 'asset_class', c.code, 'name', c.name,
                'value', round((h.value * t.weight_target::float8)::numeric, 2)::text, 'weight', t.weight_target::text,
                'target', t.weight_target::text, 'lower', t.weight_lower::text, 'upper', t.weight_upper::text, 'drift', '0',
                'is_breached', false, 'in_policy', true) ORDER BY c.position)
                FROM clients_policy AS p JOIN clients_policytarget AS t ON t.policy_id = p.id
                JOIN clients_assetclass AS c ON c.id = t.asset_class_id
                WHERE p.household_id = h.id AND p.state = 'adopted'), '[]'),
            '[]', '[]', '[]', '{{}}', '', DATE '{DAY_BEFORE}', {at}
        FROM bench_household AS h
        """
    )


def situations() -> dict[str, int]:
    return dict(sql.run("SELECT situation, count(*) FROM bench_household GROUP BY 1 ORDER BY 1"))


def numbers(situation: str, count: int) -> list[int]:
    """The keys of the first households in a situation."""
    found = sql.run(
        "SELECT id FROM bench_household WHERE situation = %s ORDER BY n LIMIT %s", (situation, count)
    )
    return [key for (key,) in found]


def _slots() -> None:
    sql.run("CREATE TEMP TABLE bench_slot (model int, slot int, weight float8, lean float8, pool bigint[])")
    keys = dict(sql.run("SELECT symbol, id FROM clients_security"))
    for number, model in enumerate(market.MODELS):
        for slot, (one, pool) in enumerate(zip(market.SLOTS, market.pools(), strict=True)):
            lean = {"us_stock": one.share, "us_bond": -one.share}.get(one.kind, 0.0)
            weight = one.share * market.direct(model, one.kind)
            sql.run(
                "INSERT INTO bench_slot VALUES (%s, %s, %s, %s, %s)",
                (number, slot, weight, lean, [keys[name] for name in pool]),
            )


def _u(of: str, what: int, seed: int) -> str:
    """A number from 0 to 1 drawn from an expression; `what` tells draws for different things apart."""
    return f"((hashint8extended({of}::bigint, {seed * 1000 + what}) & 1048575) / 1048576.0)"
