"""Drift, bands and destinations: percents on the way in and out, fractions of one in between.

Inputs are read loosely, because the golden file shapes each example to its point; what an example leaves
unsaid takes the product's default.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from rebalancing.engine import proposing
from rebalancing.engine.documents.household import Destination, Household, Level
from rebalancing.engine.documents.objective import Mode, Objective
from rebalancing.engine.documents.ordering import ordered
from rebalancing.engine.documents.plan import Side
from rebalancing.engine.evaluation import situations
from rebalancing.engine.money import ONE, ZERO
from rebalancing.engine.portfolio import bands, destinations, drift
from rebalancing.engine.portfolio.bands import Band
from rebalancing.triggers import columns
from rebalancing.triggers import tracking_error as trigger
from tests.spec.adapters import documents
from tests.spec.adapters.reading import HUNDRED, fraction, fractions, number, numbers, only, percent

Json = dict[str, Any]


def drift_bands(inputs: Json) -> Json:
    edge = inputs.get("edge_is_breach", True)
    if "start_weight" in inputs and "end_weight" not in inputs:
        ahead = number(inputs.get("relative_outperformance", inputs.get("outperformance")))
        return {"end_weight": drift.drifted_weight(number(inputs["start_weight"]), outperformance=ahead)}
    if "start_weight" in inputs:
        return {
            "relative_outperformance": drift.outperformance_needed(
                number(inputs["start_weight"]), number(inputs["end_weight"])
            )
        }
    if "sigma_class" in inputs:
        return volatility_band(inputs)
    if "covariance" in inputs or "correlation" in inputs:
        return tracking(inputs, edge)
    if "accounts" in inputs:
        return household_drift(inputs, edge)
    if "cash_reserve_excluded" in inputs:
        return reserve_drift(inputs, edge)
    if "values" in inputs:
        return report(inputs, edge)
    if "targets_pct" in inputs:
        return widths(inputs)
    return one_band(inputs, edge)


def band_of(target: Decimal, inputs: Json) -> Band:
    """The band an example describes, in the words it uses."""
    kind = str(inputs.get("band_kind", inputs.get("combine", "absolute"))).lower()
    points = inputs.get("absolute_pp", inputs.get("absolute_band_pp", inputs.get("half_width_pp")))
    relative = inputs.get("relative_pct")
    if "below" in inputs or "band_below" in inputs or "lower_width" in inputs or kind == "asymmetric":
        below = inputs.get("below", inputs.get("band_below", inputs.get("lower_width")))
        above = inputs.get("above", inputs.get("band_above", inputs.get("upper_width")))
        return bands.asymmetric(
            target,
            below=None if below is None else fraction(below),
            above=None if above is None else fraction(above),
        )
    if "soft_band" in inputs:
        return bands.hard_and_soft(
            bands.absolute(target, fraction(inputs["soft_band"])),
            bands.absolute(target, fraction(inputs["hard_band"])),
        )
    if "narrow" in kind or "wide" in kind or "combined" in kind:
        build = bands.wider if "wide" in kind else bands.narrower
        return build(target, points=fraction(points), fraction=fraction(relative))
    if kind == "relative":
        return bands.relative(target, fraction(inputs.get("band", relative)))
    return bands.absolute(target, fraction(inputs.get("band", points)))


def policy_band(target: Decimal, inputs: Json) -> Band:
    """The band as a policy states it, by its edges, where the example gives as many points on either side."""
    points = inputs.get("half_width_pp")
    if points is None or not fraction(points) <= target <= ONE - fraction(points):
        return band_of(target, inputs)
    return bands.between(target - fraction(points), target, target + fraction(points))


def one_band(inputs: Json, edge: bool) -> Json:
    target = fraction(inputs["target_pct"])
    band = band_of(target, inputs)
    answer: Json = {
        "lower": percent(band.lower),
        "upper": percent(band.upper),
        "half_width_pp": percent(band.width_on(bands.Side.OVER) or band.width_on(bands.Side.UNDER)),
        "valid": not bands.faults(band),
    }
    if "actual_pct" in inputs:
        actual = fraction(inputs["actual_pct"])
        reach = band.reach(actual, edge_is_breach=edge)
        answer |= {
            "breach": reach is not bands.Reach.INSIDE,
            "hard_breach": reach is bands.Reach.HARD,
            "drift_pp": percent(actual - target),
            "relative_drift_pct": percent((actual - target) / target) if target else None,
        }
    return answer


def widths(inputs: Json) -> Json:
    def width(target: Any) -> Decimal | None:
        return percent(band_of(fraction(target), inputs).width_on(bands.Side.OVER))

    targets = inputs["targets_pct"]
    if isinstance(targets, Mapping):
        return {"half_widths_pp": {name: width(target) for name, target in targets.items()}}
    return {"half_widths_pp": [width(target) for target in targets]}


def volatility_band(inputs: Json) -> Json:
    target = number(inputs["target"]) if "target" in inputs else fraction(inputs["target_pct"])
    relative = bands.relative_volatility(
        number(inputs["sigma_class"]), number(inputs["sigma_rest"]), number(inputs["correlation"])
    )
    band = bands.volatility_scaled(
        target,
        volatility=relative,
        multiple=number(inputs["k"]),
        years_per_look=number(inputs["look_days"]) / number(inputs.get("trading_days", 252)),
    )
    return {
        "sigma_relative": relative,
        "half_width_pp": percent(band.width_on(bands.Side.OVER)),
        "lower": percent(band.lower),
        "upper": percent(band.upper),
        "breach_probability": bands.breach_probability(band, volatility=relative, years=ONE),
    }


def tracking(inputs: Json, edge: bool) -> Json:
    if "covariance" in inputs:
        matrix = [[number(cell) for cell in row] for row in inputs["covariance"]]
    else:
        matrix = [
            list(row)
            for row in bands.covariance_from(
                [number(each) for each in inputs["sigmas"]],
                [[number(cell) for cell in row] for row in inputs["correlation"]],
            )
        ]
    if "drift_pp" in inputs:
        off = [fraction(each) for each in listed(inputs["drift_pp"])]
    else:
        pairs = zip(listed(inputs["actual_pct"]), listed(inputs["targets_pct"]), strict=True)
        off = [fraction(actual) - fraction(target) for actual, target in pairs]
    error = bands.tracking_error(off, matrix)
    answer: Json = {"tracking_error": error, "tracking_error_pct": percent(error)}
    for name, scale in (("limit", ONE), ("limit_pct", HUNDRED), ("tracking_error_limit", ONE)):
        if name in inputs:
            limit = number(inputs[name]) / scale
            answer["breach"] = columns.holds(
                trigger.fires,
                variance=bands.tracking_variance(off, matrix),
                limit=limit,
                edge_is_breach=edge,
            )
    return answer


def listed(values: Any) -> list[Any]:
    return list(values.values()) if isinstance(values, Mapping) else list(values)


def bands_for(targets: Mapping[str, Decimal], inputs: Json) -> dict[str, Band] | None:
    words = {"band", "absolute_pp", "absolute_band_pp", "relative_pct", "half_width_pp"}
    if not words & inputs.keys():
        return None
    return {name: band_of(target, inputs) for name, target in targets.items() if target}


def report(inputs: Json, edge: bool) -> Json:
    targets = fractions(inputs["targets_pct"])
    reading = drift.measure(
        numbers(inputs["values"]), targets, bands_for(targets, inputs), edge_is_breach=edge
    )
    return {
        "weights_pct": {each.name: percent(each.weight) for each in reading.classes},
        "drift_pp": {each.name: percent(each.drift) for each in reading.classes},
        "relative_drift_pct": {each.name: percent(each.drift_relative) for each in reading.classes},
        "one_way_turnover_to_target_pct": percent(reading.turnover_to_target),
        "max_abs_drift_pp": percent(reading.drift_max),
        "breach": reading.is_breached,
        "breaches": {each.name: each.is_breached for each in reading.classes},
    }


def household_drift(inputs: Json, edge: bool) -> Json:
    whole, by_account = readings(inputs, Level.HOUSEHOLD, edge), readings(inputs, Level.ACCOUNT, edge)
    (household,) = whole.values()
    breached = {name: each.is_breached for name, each in by_account.items()}
    level = Level(inputs.get("management_level", "household"))
    return {
        "household_weights_pct": {each.name: percent(each.weight) for each in household.classes},
        "household_breach": household.is_breached,
        "account_breach_if_managed_separately": breached,
        "account_weights_pct": {
            name: {each.name: percent(each.weight) for each in account.classes}
            for name, account in by_account.items()
        },
        "breach": household.is_breached if level is Level.HOUSEHOLD else any(breached.values()),
    }


def readings(inputs: Json, level: Level, edge: bool) -> dict[str | None, drift.Reading]:
    """The example as a household's document, weighed as the scan weighs it: one reading for each set of weights."""
    targets = fractions(inputs["targets_pct"])
    points = inputs.get("absolute_band_pp", inputs.get("absolute_pp", inputs.get("half_width_pp")))
    document = documents.household(
        [documents.account(name) for name in inputs["accounts"]],
        [
            documents.held(account, name, value)
            for account, values in inputs["accounts"].items()
            for name, value in numbers(values).items()
        ],
        documents.class_policies(targets, points=ONE if points is None else fraction(points)),
        level=level,
    )
    return weighed(document, edge)


def weighed(document: Household, edge: bool) -> dict[str | None, drift.Reading]:
    classes = document.policy.classes
    return {
        scope.account: drift.measure(
            scope.values,
            {row.id: row.target for row in classes},
            {row.id: bands.between(row.lower, row.target, row.upper) for row in classes},
            edge_is_breach=edge,
        )
        for scope in situations.lay_out(ordered(document)).scopes
        if scope.investable > ZERO
    }


def reserve_drift(inputs: Json, edge: bool) -> Json:
    if "values" in inputs:
        values = {name.upper(): value for name, value in numbers(inputs["values"]).items()}
    else:
        names = ("stock", "bond", "cash")
        values = {name.upper(): number(inputs[name]) for name in names if name in inputs}
    target = fraction(inputs["target_stock_pct"])
    points = inputs.get("absolute_band_pp", inputs.get("absolute_pp", inputs.get("half_width_pp")))
    account = documents.account(
        "account", cash_settled=values.pop("CASH"), minimum_cash=number(inputs["cash_reserve_excluded"])
    )
    document = documents.household(
        [account],
        [documents.held("account", name, value) for name, value in values.items()],
        documents.class_policies(
            {"STOCK": target, "BOND": ONE - target, "CASH": ZERO},
            points=ONE if points is None else fraction(points),
        ),
        cash_class="CASH",
    )
    (reading,) = weighed(document, edge).values()
    stock = next(each for each in reading.classes if each.name == "STOCK")
    return {
        "investable": reading.investable,
        "stock_pct_of_investable": percent(stock.weight),
        "drift_pp": percent(stock.drift),
        "breach": stock.is_breached,
    }


def rebalance_destination(inputs: Json) -> Json:
    edge = inputs.get("edge_is_breach", True)
    if "accounts" in inputs:
        return household_reduction(inputs)
    if "targets_pct" in inputs:
        only(inputs, "funding", "pro_rata_to_distance_from_target")
        targets, weights = fractions(inputs["targets_pct"]), fractions(inputs["actual_pct"])
        moved = destinations.moves(
            weights,
            targets,
            {name: band_of(target, inputs) for name, target in targets.items() if target},
            destination_named(inputs.get("mode", "target")),
            only_breached=inputs.get("only_out_of_band_classes_trigger", True),
            edge_is_breach=edge,
        )
        return {
            "trades_pp": {name: percent(move) for name, move in moved.items()},
            "weights_after_pct": {
                name: percent(weights.get(name, ZERO) + move) for name, move in moved.items()
            },
        }
    target, actual = fraction(inputs["target_pct"]), fraction(inputs["actual_pct"])
    if "rebalance_band_relative_pct" in inputs:
        outer, inner = destinations.opportunistic(
            target,
            fraction=fraction(inputs["rebalance_band_relative_pct"]),
            tolerance_part=number(inputs.get("tolerance_fraction_of_band", "0.5")),
        )
        return inner_edge(actual, outer, inner, edge)
    if "threshold_bps" in inputs:
        outer, inner = destinations.threshold_and_destination(
            target,
            threshold=number(inputs["threshold_bps"]) / 10_000,
            destination=number(inputs["destination_bps"]) / 10_000,
        )
        return inner_edge(actual, outer, inner, edge)
    band = policy_band(target, inputs)
    side = band.side_breached(actual, edge_is_breach=edge)

    def moved(where: Destination) -> Decimal:
        return destinations.destination_of(band, side, where) - actual if side else ZERO

    return {
        "breach": side is not None,
        "unit": "points of portfolio; negative = sell",
        **{
            name: percent(moved(where))
            for name, where in (
                ("to_target", Destination.TARGET),
                ("to_edge", Destination.EDGE),
                ("halfway", Destination.HALFWAY),
            )
        },
    }


def destination_named(name: str) -> Destination:
    return Destination(name.removeprefix("to_").removeprefix("nearest_"))


def inner_edge(actual: Decimal, outer: Band, inner: Band, edge: bool) -> Json:
    after = destinations.weight_after_inner(actual, outer, inner, edge_is_breach=edge)
    traded = outer.side_breached(actual, edge_is_breach=edge) is not None
    return {
        "trade": traded,
        "breach": traded,
        "rebalance_band": [percent(outer.lower), percent(outer.upper)],
        "tolerance_band": [percent(inner.lower), percent(inner.upper)],
        "trade_to": percent(after) if traded else None,
        "trade_pp": percent(after - actual),
    }


def household_reduction(inputs: Json) -> Json:
    """The plan of the engine that reaches the target at the least tax, each account spending its own proceeds."""
    target, rate = fraction(inputs["target_stock_pct"]), number(inputs["rate_long"])
    lots, taxed = [], {}
    for name, values in inputs["accounts"].items():
        taxed[name] = any("basis" in key for key in values)
        for asset in ("STOCK", "BOND"):
            basis = values.get(f"{asset.lower()}_basis")
            lots.append(
                documents.held(name, asset, number(values[asset]), None if basis is None else number(basis))
            )
    plan = proposing.propose(
        documents.household(
            [documents.account(name, is_taxed=is_taxed) for name, is_taxed in taxed.items()],
            lots,
            documents.class_policies({"STOCK": target, "BOND": ONE - target}),
            tax_unit=documents.flat_return(short=rate, long=rate),
            objective=Objective(mode=Mode.LEAST_TAX, drift_max=ZERO),
        )
    )
    answer: Json = {name: {"STOCK": ZERO, "BOND": ZERO} for name in taxed}
    for order in plan.orders:
        answer[order.account][order.security] += order.shares if order.side is Side.BUY else -order.shares
    return {
        **answer,
        "stock_to_sell_household": -sum((moved["STOCK"] for moved in answer.values()), ZERO),
        "tax": sum((unit.change for unit in plan.tax), ZERO),
    }
