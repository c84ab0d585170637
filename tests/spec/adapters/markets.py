"""Drift, bands, destinations, cash flows, settlement, cash, location, attribution, performance.

Inputs are read loosely, because the golden file shapes each example to its point: percents become fractions
of one on the way in and percents again on the way out, and what an example leaves unsaid takes the
product's default.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from rebalancing.engine import (
    allocations,
    attribution,
    bands,
    calendars,
    cash_accounts,
    cash_flows,
    cash_needs,
    destinations,
    distributions,
    drift,
    locations,
    order_slicing,
    performance,
    rebalancing_premium,
    records_retention,
    settlement,
)
from rebalancing.engine.bands import Band
from rebalancing.engine.household import Destination, Level
from rebalancing.engine.money import cents
from tests.spec.adapters.reading import day, number

Json = dict[str, Any]
ZERO, ONE, HUNDRED = Decimal(0), Decimal(1), Decimal(100)
NEW_YORK = calendars.new_york()


def fraction(percent: Any) -> Decimal:
    return number(percent) / HUNDRED


def percent(part: Decimal | None) -> Decimal | None:
    return None if part is None else part * HUNDRED


def numbers(table: Mapping[str, Any]) -> dict[str, Decimal]:
    return {name: number(value) for name, value in table.items()}


def fractions(table: Mapping[str, Any]) -> dict[str, Decimal]:
    return {name: fraction(value) for name, value in table.items()}


# ── Drift and bands ──────────────────────────────────────────────────────────────────────────────


def drift_bands(inputs: Json) -> Json:
    edge = inputs.get("edge_is_breach", True)
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
    if "narrow" in kind or "wide" in kind or "combined" in kind:
        build = bands.wider if "wide" in kind else bands.narrower
        return build(target, points=fraction(points), fraction=fraction(relative))
    if kind == "relative":
        return bands.relative(target, fraction(inputs.get("band", relative)))
    return bands.absolute(target, fraction(inputs.get("band", points)))


def one_band(inputs: Json, edge: bool) -> Json:
    target, actual = fraction(inputs["target_pct"]), fraction(inputs["actual_pct"])
    band = band_of(target, inputs)
    return {
        "lower": percent(band.lower),
        "upper": percent(band.upper),
        "breach": band.side_breached(actual, edge_is_breach=edge) is not None,
        "drift_pp": percent(actual - target),
        "relative_drift_pct": percent((actual - target) / target) if target else None,
        "half_width_pp": percent(band.width_on(bands.Side.OVER) or band.width_on(bands.Side.UNDER)),
        "valid": not bands.faults(band),
    }


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
            answer["breach"] = bands.tracking_error_breached(off, matrix, limit=limit, edge_is_breach=edge)
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
    targets = fractions(inputs["targets_pct"])
    reading = drift.measure_household(
        {account: numbers(values) for account, values in inputs["accounts"].items()},
        targets,
        bands_for(targets, inputs),
        level=Level(inputs.get("management_level", "household")),
        edge_is_breach=edge,
    )
    return {
        "household_weights_pct": {each.name: percent(each.weight) for each in reading.household.classes},
        "household_breach": reading.household.is_breached,
        "account_breach_if_managed_separately": {
            name: each.is_breached for name, each in reading.accounts.items()
        },
        "account_weights_pct": {
            name: {each.name: percent(each.weight) for each in account.classes}
            for name, account in reading.accounts.items()
        },
        "breach": reading.is_breached,
    }


def reserve_drift(inputs: Json, edge: bool) -> Json:
    if "values" in inputs:
        values = {name.upper(): value for name, value in numbers(inputs["values"]).items()}
    else:
        names = ("stock", "bond", "cash")
        values = {name.upper(): number(inputs[name]) for name in names if name in inputs}
    kept = drift.without_reserve(values, reserve=number(inputs["cash_reserve_excluded"]))
    target = fraction(inputs["target_stock_pct"])
    investable = sum(kept.values(), ZERO)
    weight = kept["STOCK"] / investable
    answer: Json = {
        "investable": investable,
        "stock_pct_of_investable": percent(weight),
        "drift_pp": percent(weight - target),
    }
    if band := bands_for({"STOCK": target}, inputs):
        side = band["STOCK"].side_breached(kept["STOCK"], of=investable, edge_is_breach=edge)
        answer["breach"] = side is not None
    return answer


# ── Destinations ─────────────────────────────────────────────────────────────────────────────────


def rebalance_destination(inputs: Json) -> Json:
    edge = inputs.get("edge_is_breach", True)
    if "accounts" in inputs:
        return household_reduction(inputs)
    if "targets_pct" in inputs:
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
    band = band_of(target, inputs)
    return {
        "breach": band.side_breached(actual, edge_is_breach=edge) is not None,
        "unit": "points of portfolio; negative = sell",
        **{
            name: percent(destinations.weight_after(actual, band, where, edge_is_breach=edge) - actual)
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
    """Sell the overweight class where it is cheapest; each account spends its own proceeds."""
    target = fraction(inputs["target_stock_pct"])
    accounts = {name: dict(values) for name, values in inputs["accounts"].items()}
    stock = sum((number(each["STOCK"]) for each in accounts.values()), ZERO)
    total = stock + sum((number(each["BOND"]) for each in accounts.values()), ZERO)
    excess = stock - target * total
    sold, bought = ("STOCK", "BOND") if excess >= ZERO else ("BOND", "STOCK")
    sources = []
    for name, values in accounts.items():
        available = number(values[sold])
        basis = values.get(f"{sold.lower()}_basis")
        sheltered = not any("basis" in key for key in values)
        gain_part = ZERO if basis is None or not available else ONE - number(basis) / available
        tax = ZERO if sheltered else gain_part * number(inputs.get("rate_long", 0))
        sources.append(locations.Source(name, available, tax_per_dollar=tax, is_sheltered=sheltered))
    reductions = locations.reduce(abs(excess), sources)
    answer: Json = {name: {"STOCK": ZERO, "BOND": ZERO} for name in accounts}
    for each in reductions:
        answer[each.source.account] = {sold: -each.amount, bought: each.amount}
    return {
        **answer,
        "stock_to_sell_household": excess,
        "tax": cents(sum((each.tax for each in reductions), ZERO)),
    }


# ── Cash flows and cash needs ────────────────────────────────────────────────────────────────────


def cash_flow_rebalance(inputs: Json) -> Json:
    values, targets = numbers(inputs["values"]), fractions(inputs["targets_pct"])
    answer: Json = {
        "contribution_needed_without_any_sale": cash_flows.contribution_without_sale(values, targets)
    }
    if "cash_flow" in inputs:
        method = str(inputs.get("method", cash_flows.Method.PRO_RATA))
        traded = cash_flows.trades(
            values,
            targets,
            number(inputs["cash_flow"]),
            cash_flows.Method.LEAST_SQUARES
            if "least" in method or "water" in method
            else cash_flows.Method.PRO_RATA,
        )
        after = cash_flows.weights_after(values, traded)
        answer["trades"] = cash_flows.to_cents(traded)
        answer["weights_after_pct"] = {name: percent(weight) for name, weight in after.items()}
    return answer


def rmd_cash(inputs: Json) -> Json:
    if "shortfall" in inputs:
        excise = distributions.excise(
            number(inputs["shortfall"]),
            corrected_in_window=inputs["corrected_in_window"],
            year=inputs.get("year", inputs.get("distribution_year", 2026)),
        )
        return {"excise": excise}
    if "already_distributed" in inputs:
        return distribution_cash(inputs)
    if "balances" in inputs:
        return pooled(inputs)
    born_on = day(inputs["birth_date"])
    answer: Json = {
        "applicable_age": distributions.applicable_age(born_on),
        "first_distribution_year": distributions.first_year(born_on),
        "required_beginning_date": distributions.required_beginning_date(born_on).isoformat(),
    }
    if "distribution_year" in inputs:
        required = distributions.required(
            number(inputs["balance_prior_year_end"]),
            born_on=born_on,
            year=inputs["distribution_year"],
            plan=plan_named(str(inputs.get("account", "traditional_ira"))),
        )
        answer |= {
            "age_in_year": required.age,
            "factor": required.divisor,
            "rmd": required.amount,
            "first_rmd_year": required.is_first,
            "deadline": required.deadline.isoformat() if required.deadline else None,
        }
    return answer


def plan_named(name: str) -> distributions.Plan:
    name = name.lower()
    if "roth" in name:
        is_plan = "401" in name or "403" in name
        return distributions.Plan.PLAN_ROTH_401K if is_plan else distributions.Plan.ROTH_IRA
    if "403" in name:
        return distributions.Plan.PLAN_403B
    return distributions.Plan.PLAN_401K if "401" in name else distributions.Plan.TRADITIONAL_IRA


def pooled(inputs: Json) -> Json:
    year = inputs.get("distribution_year", 2026)
    age = inputs["age_in_year"] if "age_in_year" in inputs else year - day(inputs["birth_date"]).year
    requirements = distributions.requirements(
        {name: (plan_named(name), number(value)) for name, value in inputs["balances"].items()},
        age=age,
        year=year,
    )
    answer: Json = {"factor": distributions.divisor_for(age, year)}
    for each in requirements:
        if each.plan is distributions.Plan.TRADITIONAL_IRA:
            answer["ira_total_required"] = each.amount
            answer["ira_may_be_taken_from_any_ira"] = True
        elif each.plan is distributions.Plan.PLAN_403B:
            answer["b403_total_required"] = each.amount
            answer["b403_may_be_taken_from_any_b403"] = True
        answer |= {f"{account}_required": each.amount for account in each.accounts if len(each.accounts) == 1}
    # Nothing is required of accounts that no requirement names.
    named = {account for each in requirements for account in each.accounts}
    return answer | {f"{account}_required": ZERO for account in inputs["balances"] if account not in named}


def distribution_cash(inputs: Json) -> Json:
    left = distributions.remaining(
        number(inputs["rmd"]),
        taken=number(inputs["already_distributed"]),
        charitable=number(inputs.get("qcd", inputs.get("charitable", 0))),
    )
    other = sum((number(inputs[name]) for name in ("withdrawals", "fees", "tax") if name in inputs), ZERO)
    need = cash_needs.cash_need(
        left + other, cash=number(inputs["account_cash"]), minimum=number(inputs.get("minimum_cash", 0))
    )
    return {"remaining_rmd": left, "cash_available": need.available, "cash_to_raise": need.to_raise}


def asset_location(inputs: Json) -> Json:
    if "muni_yield" in inputs:
        compared = locations.compare_bonds(
            municipal_yield=number(inputs["muni_yield"]),
            taxable_yield=number(inputs["taxable_yield"]),
            rate=number(inputs["marginal_rate_on_interest"]),
        )
        return {
            "taxable_after_tax": compared.taxable_after_tax,
            "better": str(compared.better),
            "break_even_rate": compared.break_even_rate,
        }
    if "expected_withdrawal_rate" in inputs:
        rate = number(inputs["expected_withdrawal_rate"])
        accounts = [
            (numbers(values), rate if deferred(name) else ZERO)
            for name, values in inputs.items()
            if isinstance(values, Mapping)
        ]
        before, after = locations.pre_tax_weights(accounts), locations.after_tax_weights(accounts)
        return {
            **{f"pre_tax_{name.lower()}_pct": percent(weight) for name, weight in before.items()},
            **{f"after_tax_{name.lower()}_pct": percent(weight) for name, weight in after.items()},
        }
    rates = locations.Rates(
        number(inputs["rate_ordinary"]),
        number(inputs["rate_qualified"]),
        number(inputs.get("rate_realised_gain", inputs["rate_qualified"])),
    )
    if "assets" in inputs:
        yields = {
            name: locations.Yields(
                number(each.get("ordinary_yield", 0)),
                number(each.get("qualified_yield", 0)),
                number(each.get("realised_gain_yield", 0)),
            )
            for name, each in inputs["assets"].items()
        }
        return {
            "annual_tax_drag": {name: locations.tax_drag(each, rates) for name, each in yields.items()},
            "order_into_tax_deferred": list(locations.order_into_deferred(yields, rates)),
        }
    swap = locations.bond_swap(
        amount_each=number(inputs["amount_each_account"]),
        bonds=locations.Yields(ordinary=number(inputs["bond_yield"])),
        stocks=locations.Yields(qualified=number(inputs["stock_qualified_yield"])),
        rates=rates,
    )
    return {
        "annual_tax_bonds_in_ira": swap.tax_bonds_deferred,
        "annual_tax_bonds_in_taxable": swap.tax_bonds_taxable,
        "annual_saving": swap.saving,
        "saving_bps_of_total": swap.saving_of_total * 10_000,
    }


def deferred(account: str) -> bool:
    name = account.lower()
    return "roth" not in name and any(word in name for word in ("ira", "401", "403", "deferred"))


# ── Settlement and cash accounts ─────────────────────────────────────────────────────────────────


def settlement_calendar(inputs: Json) -> Json:
    calendar = NEW_YORK.closing(map(day, inputs.get("ad_hoc_closures", ())))
    if "year" in inputs:
        return year_facts(calendar, inputs["year"])
    asset = asset_named(str(inputs.get("asset", "etf")))
    days = cycle(inputs)
    if "order_received_et" not in inputs:
        trade_on = day(inputs.get("trade_date", inputs.get("trade_on")))
        days = settlement.cycle_days(asset, trade_on, calendar) if days is None else days
        return {"settlement_date": settlement.settlement_date(trade_on, days, calendar).isoformat()}
    cut_off = str(inputs.get("cut_off_et", "market_close"))
    answer = settlement.settle(
        datetime.fromisoformat(inputs["order_received_et"]),
        asset,
        calendar,
        cut_off=None if cut_off == "market_close" else time.fromisoformat(cut_off),
        days=days,
    )
    return {
        "trade_date": answer.trade_on.isoformat(),
        "settlement_date": answer.settles_on.isoformat(),
        "lot_instruction_deadline": settlement.lot_instruction_deadline(answer).isoformat(),
    }


def cycle(inputs: Json) -> int | None:
    """The security's own cycle, however it is written: 2, "T+2", under any of the usual names."""
    for name in ("settlement_cycle", "cycle", "settlement_days", "settles_in_days", "cycle_days"):
        if name in inputs:
            return int(str(inputs[name]).upper().removeprefix("T+"))
    written = str(inputs.get("asset", "")).lower().replace("+", "").rpartition("_t")[2]
    return int(written) if written.isdigit() else None


def asset_named(name: str) -> settlement.Asset:
    name = name.lower()
    if "money" in name:
        return settlement.Asset.MONEY_FUND
    if "fund" in name:
        return settlement.Asset.MUTUAL_FUND
    if "muni" in name:
        return settlement.Asset.MUNICIPAL_BOND
    for asset in settlement.Asset:
        if asset.value in name or name in asset.value:
            return asset
    return settlement.Asset.STOCK


def year_facts(calendar: calendars.MarketCalendar, year: int) -> Json:
    """Everything a year's example may ask, with `closed_on_…` and `early_close_on_…` for every day."""
    days = [
        date.fromordinal(n) for n in range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1)
    ]
    return {
        "early_closes": [each.isoformat() for each in calendar.early_closes_in(year)],
        "closures": [each.isoformat() for each in calendar.closures_in(year)],
        **{f"closed_on_{each:%Y_%m_%d}": not calendar.is_session(each) for each in days},
        **{f"early_close_on_{each:%Y_%m_%d}": calendar.is_early_close(each) for each in days},
        **{f"settlement_day_on_{each:%Y_%m_%d}": calendar.is_settlement_day(each) for each in days},
    }


def cash_account(inputs: Json) -> Json:
    days = cycle(inputs)

    def settles(trade_on: date, own_days: int | None = None) -> date:
        standard = NEW_YORK.standard_days(trade_on)
        chosen = next(each for each in (own_days, days, standard) if each is not None)
        return settlement.settlement_date(trade_on, chosen, NEW_YORK)

    if "events" in inputs:
        return cash_review(inputs, settles)
    bought_on = day(inputs.get("buy_trade_date", inputs.get("funding_sale_trade_date")))
    funding = inputs.get("funding_sale_trade_date")
    clean = cash_accounts.earliest_clean_sale(
        bought_on=bought_on, funds_settle_on=settles(day(funding)) if funding else None
    )
    return {"earliest_clean_sale_date": clean.isoformat()}


def cash_review(inputs: Json, settles: Callable[[date, int | None], date]) -> Json:
    events = [
        cash_accounts.Event(
            on=day(each["date"]),
            kind=cash_accounts.Kind(each["side"]),
            amount=number(each["amount"]),
            settles_on=settles(day(each["date"]), cycle(each)),
            security=each.get("security", ""),
            is_fully_paid=each.get("fully_paid", False),
        )
        for each in inputs["events"]
    ]
    review = cash_accounts.review(events, settled_cash=number(inputs.get("settled_cash_start", 0)))
    if inputs.get("account_type", "cash") != "cash" or not review.findings:
        return {"violation": None, "violations": [], "restriction_days": 0}
    first = review.findings[0]
    restricted = cash_accounts.restriction(review.findings, on=events[-1].on)
    return {
        "violation": str(first.violation),
        "violations": [str(each.violation) for each in review.findings],
        "restriction_days": restricted.days if restricted else 0,
    }


# ── Premium, attribution, performance ────────────────────────────────────────────────────────────


def premium(inputs: Json) -> Json:
    if "risky_returns" in inputs:
        weight = number(inputs["weight_risky"])
        other = inputs.get("other_return", inputs.get("other_returns", 0))
        risky = [number(each) for each in inputs["risky_returns"]]
        others = [number(each) for each in other] if isinstance(other, list) else [number(other)] * len(risky)
        grown = rebalancing_premium.growth([weight, ONE - weight], list(zip(risky, others, strict=True)))
        return {
            "rebalanced_growth": grown.rebalanced,
            "buy_and_hold_growth": grown.buy_and_hold,
            "difference": grown.difference,
        }
    answer = rebalancing_premium.premium(
        [number(each) for each in inputs["weights"]],
        [number(each) for each in inputs["sigmas"]],
        [[number(cell) for cell in row] for row in inputs["correlation"]],
    )
    return {
        "portfolio_variance": answer.portfolio_variance,
        "weighted_variance": answer.weighted_variance,
        "diversification_return": answer.diversification_return,
    }


def attribution_of(inputs: Json) -> Json:
    targets = fractions(inputs["targets_pct"])
    start = {name: number(inputs["start_value"]) * target for name, target in targets.items()}
    flows = [number(each) for each in inputs.get("flows_after_period", ())]
    flows += [ZERO] * (len(inputs["period_returns"]) - len(flows))
    periods = [
        attribution.Period(numbers(returns), flow)
        for returns, flow in zip(inputs["period_returns"], flows, strict=True)
    ]
    beside = attribution.shadow(start, periods)
    trades = inputs.get("rebalance_to_target_after_each_period_but_last", True)
    actual = attribution.rebalanced(start, targets, periods) if trades else beside
    charges = numbers(inputs.get("tax_and_cost", {}))
    effect = attribution.effect(actual, beside, tax=charges.get("tax", ZERO), cost=charges.get("cost", ZERO))
    return {
        "actual_end": actual.end,
        "shadow_end": beside.end,
        "effect_dollars": effect.effect,
        "actual_twr": actual.time_weighted_return,
        "shadow_twr": beside.time_weighted_return,
        "effect_pp": percent(effect.effect_return),
        "effect_after_tax_and_cost_dollars": effect.effect_after_tax_and_cost,
    }


def performance_of(inputs: Json) -> Json:
    if "sub_periods" in inputs:
        returned = performance.time_weighted(
            performance.SubPeriod(number(each["start_after_flow"]), number(each["end_before_flow"]))
            for each in inputs["sub_periods"]
        )
        return {"time_weighted_return": returned}
    if "cumulative_return" in inputs:
        months = inputs["months"] if "months" in inputs else int(number(inputs["years"]) * 12)
        return {"annualised": performance.annualised_over_months(number(inputs["cumulative_return"]), months)}
    if "begin_value" in inputs:
        dietz = performance.modified_dietz(
            number(inputs["begin_value"]),
            number(inputs["end_value"]),
            days=inputs["days"],
            flows=[performance.Flow(each["day"], number(each["amount"])) for each in inputs.get("flows", ())],
            timing=performance.FlowTiming(inputs.get("flow_timing", "end_of_day")),
        )
        return {
            "gain": dietz.gain,
            "average_capital": dietz.average_capital,
            "modified_dietz": dietz.rate,
        }
    key = next(name for name in inputs if name.endswith("_gross_returns"))
    returns = [number(each) for each in inputs[key]]
    charged = str(inputs.get("fee_charged", ""))
    net = performance.net_of_fees(
        returns,
        yearly_fee=number(inputs["annual_fee"]),
        periods_per_year={"monthly": 12, "quarterly": 4}.get(key.split("_")[0], 1),
        charge=performance.FeeCharge.IN_ADVANCE if "advance" in charged else performance.FeeCharge.IN_ARREARS,
    )
    return {"gross": performance.linked(returns), "net": net}


# ── Fills, slices, records ───────────────────────────────────────────────────────────────────────


def trade_allocation(inputs: Json) -> Json:
    if "fills" in inputs:
        block = allocations.block_price(
            [allocations.Fill(number(each["shares"]), number(each["price"])) for each in inputs["fills"]],
            places=inputs.get("decimals", 4),
        )
        return {"average_price": block.average, "total_shares": block.shares, "total_cost": block.total}
    statement = numbers(inputs["allocation_statement"])
    allocated = allocations.allocate(
        statement,
        number(inputs["filled"]),
        increment=number(inputs.get("increment", 1)),
        minimum=number(inputs.get("minimum_allocation", 0)),
    )
    answer: Json = {
        "allocation": dict(allocated.shares_by_account),
        "deviation_from_statement": allocated.deviates_from_statement,
        "written_explanation_required": allocated.needs_written_reason,
    }
    for name in ("costs", "total_cost", "commission", "transaction_cost", "cost"):
        if name in inputs:
            shared = allocations.share_costs(number(inputs[name]), allocated.shares_by_account)
            answer |= {"cost_shares": shared, "costs": shared, "cost_allocation": shared}
    return answer


def order_slicing_of(inputs: Json) -> Json:
    if "now_et" in inputs:
        return release(inputs)
    if "adv_shares" in inputs:
        cut = order_slicing.slices(
            number(inputs["order_shares"]),
            volume_shares=number(inputs["adv_shares"]),
            participation_max=number(inputs.get("max_participation", "0.1")),
        )
        return {"daily_cap": cut.daily_cap, "slices": list(cut.shares), "days": cut.days}
    if "bid" in inputs:
        price = order_slicing.limit_price(
            order_slicing.Side(inputs["side"]),
            bid=number(inputs["bid"]),
            ask=number(inputs["ask"]),
            collar_bps=number(inputs["collar_bps"]),
            tick=number(inputs.get("tick", "0.01")),
        )
        return {"limit_price": price}
    if "average_close_price" in inputs:
        lots = order_slicing.split_round_lots(number(inputs["shares"]), number(inputs["average_close_price"]))
        return {"round_lot": lots.round_lot, "round_lots": lots.round_lots, "odd_shares": lots.odd_shares}
    if "trade_value" in inputs:
        size = order_slicing.size_decision(
            number(inputs["trade_value"]),
            number(inputs["account_value"]),
            least=number(inputs.get("min_abs", 250)),
            least_part=number(inputs.get("min_fraction", "0.001")),
            is_exempt=bool(inputs.get("closing_position") or inputs.get("raises_named_cash")),
        )
        return {"threshold": size.threshold, "decision": str(size.decision)}
    return whole_shares(inputs)


def release(inputs: Json) -> Json:
    given = inputs.get("policy", {})
    shipped = order_slicing.IlliquidPolicy()
    decision = order_slicing.release_decision(
        datetime.fromisoformat(inputs["now_et"]),
        NEW_YORK,
        volume_usd=number(inputs["adv_usd"]),
        spread=number(inputs["spread_fraction"]),
        policy=order_slicing.IlliquidPolicy(
            volume_usd_least=number(given.get("illiquid_if_adv_usd_below", shipped.volume_usd_least)),
            spread_most=number(given.get("illiquid_if_spread_above", shipped.spread_most)),
            last_minutes=given.get("no_new_illiquid_orders_last_minutes", shipped.last_minutes),
            first_minutes=given.get("no_new_illiquid_orders_first_minutes", shipped.first_minutes),
        ),
    )
    return {
        "illiquid": decision.is_illiquid,
        "minutes_to_close": decision.minutes_to_close,
        "decision": str(decision.decision),
    }


def whole_shares(inputs: Json) -> Json:
    side = order_slicing.Side(inputs["side"])
    said = " ".join(str(value) for value in inputs.values() if isinstance(value, str)).lower()
    raising = "rais" in said or "cash" in said or inputs.get("raise_cash") or inputs.get("raises_cash")
    closing = "clos" in said or inputs.get("closing")
    held = inputs.get("position", inputs.get("position_shares", inputs.get("held")))
    sized = order_slicing.quantity(
        side,
        number(inputs.get("target_amount", 0)),
        number(inputs["price"]),
        purpose=order_slicing.Purpose.CLOSE
        if closing
        else order_slicing.Purpose.RAISE_CASH
        if raising
        else order_slicing.Purpose.REBALANCE,
        held=None if held is None else number(held),
        increment=ONE if inputs.get("whole_shares_only", True) else number(inputs.get("increment", "0.001")),
    )
    return {"shares": sized.shares, "amount": sized.amount, "difference": sized.difference}


RECORDS = {
    "compliance_policy": records_retention.Record.POLICY,
    "policy": records_retention.Record.POLICY,
    "entity_records": records_retention.Record.ENTITY,
    "entity_record": records_retention.Record.ENTITY,
    "articles": records_retention.Record.ENTITY,
    "advertisement": records_retention.Record.USE,
    "performance_support": records_retention.Record.USE,
}


def records_retention_of(inputs: Json) -> Json:
    record = RECORDS.get(inputs["record"], records_retention.Record.ENTRY)
    last_on = next(
        value
        for name, value in inputs.items()
        if name not in ("record", "fiscal_year_end") and isinstance(value, str) and len(value) == 10
    )
    month, end = (int(part) for part in str(inputs.get("fiscal_year_end", "12-31")).split("-"))
    kept = records_retention.retention(record, day(last_on), fiscal_year_end=(month, end))
    return {
        "keep_through": kept.keep_through.isoformat(),
        "in_office_through": kept.in_office_through.isoformat() if kept.in_office_through else None,
    }


ADAPTERS: dict[str, Callable[[Json], Json]] = {
    "asset_location": asset_location,
    "attribution": attribution_of,
    "cash_account": cash_account,
    "cash_flow_rebalance": cash_flow_rebalance,
    "drift_bands": drift_bands,
    "order_slicing": order_slicing_of,
    "performance": performance_of,
    "rebalance_destination": rebalance_destination,
    "rebalancing_premium": premium,
    "records_retention": records_retention_of,
    "rmd_cash": rmd_cash,
    "settlement_calendar": settlement_calendar,
    "trade_allocation": trade_allocation,
}
