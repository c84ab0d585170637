"""The compliance rules: `RULES` by rule id (`PTC-01`), `ADAPTERS` for whole areas next to them.

Every rule in `OWN` goes through the same small function that its `check` uses; any other rule of the book needs no
adapter as long as its examples name its facts by their columns (`tests/compliance/rules/cases.py`). Where an example leaves something out that
its title takes for granted (an agreement's signature, a custodian's agreement on a basis), it counts as in order.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from compliance.rules import (
    account_hold,
    agreement,
    allocation_statement,
    book,
    cash_for_buys,
    cash_reserve,
    class_range,
    client_restriction,
    discretion,
    drift_growth,
    duplicate_order,
    firm_list,
    four_eyes,
    gain_budget,
    income_line,
    issuer_concentration,
    locked_lot,
    lot_basis,
    lot_instruction,
    margin_use,
    market_hours,
    model_version,
    nearly_long_term,
    opposite_sides,
    order_size,
    participation,
    policy_review,
    price_freshness,
    profile_age,
    risk_cap,
    sellable_shares,
    settlement_sequence,
    share_precision,
    stale_proposal,
    tax_per_drift,
    trade_minimum,
    wash_sale_on_buy,
    wash_sale_on_loss,
)
from compliance.rules.facts.case import BasisStatus, ListedIssuer, Listing, Purchase, Side
from compliance.rules.facts.wash_window import WINDOW_DAYS, Loss, matches
from compliance.rules.findings.severity import Severity, highest
from rebalancing.engine.market import calendars
from tests.compliance.rules import cases
from tests.spec.adapters import surroundings
from tests.spec.adapters.reading import first, number, number_or_none, only

Json = dict[str, Any]

ADVANTAGED = ("ira", "roth", "hsa", "401k", "403b", "457", "sep", "simple", "pension")
HOLDS = ("advisor", "legal", "deceased", "transfer", "custodian", "margin_call", "cash_up_front")
LONG_AGO = date(2000, 1, 3)


def day(text: Any) -> date | None:
    return date.fromisoformat(str(text)[:10]) if text else None


def moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(str(text)) if text else None


def amount(inputs: Json, *names: str, otherwise: Any = 0) -> Decimal:
    return number(first(inputs, *names, otherwise=otherwise))


def advantaged(account: str) -> bool:
    """Whether the kind of account named in an example is tax-advantaged: `roth_ira`, `spouse_ira`, `hsa`."""
    return any(word in account.lower().replace("(", "").split("_") for word in ADVANTAGED)


def answer(severity: Severity, **figures: Any) -> Json:
    return {"severity": severity.name, **figures}


def ptc_01(inputs: Json) -> Json:
    on = day(first(inputs, "as_of", "trade_date"))
    starts = day(first(inputs, "discretion_from", "authority_from", "granted"))
    ends = day(first(inputs, "discretion_until", "authority_until", "discretion_ended", "revoked"))
    in_force = inputs["authority"] == "discretionary"
    if on is not None:
        in_force = in_force and (starts is None or starts <= on) and (ends is None or on < ends)
    consent = inputs.get("consent") or {}
    same_version = consent.get("proposal_version") == inputs.get("proposal_version")
    same_hash = consent.get("proposal_hash") == inputs.get("proposal_hash")
    consented = same_version if "proposal_version" in consent else "proposal_hash" in consent
    return answer(discretion.authority_severity(discretion=in_force, consented=consented and same_hash))


def ptc_02(inputs: Json) -> Json:
    on = day(first(inputs, "as_of", "trade_date", "trade_on"))
    assert on is not None
    signed = first(inputs, "signed", "agreement_signed", "signed_on", otherwise=LONG_AGO)
    effective = first(inputs, "effective", "effective_date", "agreement_effective", otherwise=LONG_AGO)
    ended = day(first(inputs, "terminated", "terminated_on", "agreement_terminated", "termination_date"))
    closed = day(first(inputs, "closed", "account_closed", "closed_on"))
    if inputs.get("account_status") == "closed":
        closed = closed or on
    return answer(
        agreement.agreement_severity(
            signed_on=day(signed), effective_on=day(effective), ended_on=ended, closed_on=closed, on=on
        )
    )


def ptc_03(inputs: Json) -> Json:
    holds = first(inputs, "holds", "hold", "flags", "hold_flags")
    if isinstance(holds, str):
        holds = [holds]
    if isinstance(holds, dict):
        holds = [name for name, is_set in holds.items() if is_set]
    if holds is None and (flags := [name for name in HOLDS if name in inputs]):
        holds = [name for name in flags if inputs[name] is True]
    return answer(account_hold.hold_severity(holds))


def ptc_04(inputs: Json) -> Json:
    on = day(first(inputs, "as_of", "trade_date"))
    assert on is not None
    reviewed = day(inputs.get("last_review"))
    approved = first(inputs, "approved", "ips_approved", "ips_exists", "ips_present", otherwise=True)
    return answer(
        policy_review.review_severity(
            approved=bool(approved),
            last_review_on=reviewed,
            on=on,
            warn_months=int(first(inputs, "warn_months", otherwise=policy_review.WARN_MONTHS.default)),
            override_months=int(
                first(inputs, "override_months", otherwise=policy_review.OVERRIDE_MONTHS.default)
            ),
        )
    )


def ptc_05(inputs: Json) -> Json:
    on = day(first(inputs, "as_of", "trade_date"))
    assert on is not None
    profile = first(inputs, "profile_date", "profile_confirmed", "profile_confirmed_on", "last_profile")
    taxes = first(inputs, "tax_profile_date", "tax_profile", "tax_profile_confirmed", "tax_profile_on")
    if taxes is None and "tax_profile_year" in inputs:
        taxes = f"{inputs['tax_profile_year']}-12-31"
    return answer(
        highest(
            profile_age.age_severity(confirmed_on=day(given), on=on, months=months)
            for given, months in (
                (profile, profile_age.PROFILE_MONTHS.default),
                (taxes, profile_age.TAX_PROFILE_MONTHS.default),
            )
            if given is not None
        )
    )


def ptc_07(inputs: Json) -> Json:
    on = day(first(inputs, "trade_date", "as_of"))
    assert on is not None
    only(inputs, "side", "buy", "sell")  # Either side is barred alike.
    watched = inputs.get("list") in ("watch", "watch_list") or inputs.get("watch") is True
    lines = []
    for name, listing in (("restricted", Listing.RESTRICTED), ("watch", Listing.WATCH)):
        if inputs.get(f"{name}_from"):
            lines.append(
                ListedIssuer(
                    listing=Listing.WATCH if watched else listing,
                    from_on=day(inputs[f"{name}_from"]) or on,
                    until_on=day(inputs.get(f"{name}_to")),
                    security=inputs["security"],
                )
            )
    for name, listing in (("restricted_list", Listing.RESTRICTED), ("watch_list", Listing.WATCH)):
        if inputs["security"] in (inputs.get(name) or ()):
            lines.append(ListedIssuer(listing=listing, from_on=on, security=inputs["security"]))
    if watched and not lines:
        lines.append(ListedIssuer(listing=Listing.WATCH, from_on=on, security=inputs["security"]))
    return answer(firm_list.listing_severity(line.listing for line in lines if line.in_force(on)))


def ptc_08(inputs: Json) -> Json:
    side = Side(inputs["side"])
    facts = {str(first(inputs, name, otherwise="")) for name in ("security", "issuer", "sector", "symbol")}
    facts |= set(first(inputs, "screens", "tags", otherwise=()))
    excluded = {str(one) for one in first(inputs, "excluded", "exclusions", "restrictions", otherwise=())}
    kept = {str(one) for one in first(inputs, "do_not_sell", "keep", otherwise=())}
    sides = [Side.BUY] * bool(facts & excluded) + [Side.SELL] * bool(facts & kept)
    return answer(client_restriction.restriction_severity(side=side, restricted_sides=sides))


def ptc_09(inputs: Json) -> Json:
    locks = first(inputs, "locks", "lock", "lot_lock", "lot_locks", otherwise=())
    lots = first(inputs, "lots", "lots_used", otherwise=())
    found = [locks] if isinstance(locks, str) else list(locks or ())
    for lot in lots:
        if isinstance(lot, dict):
            one = first(lot, "locks", "lock", "locked")
            found += [str(one)] if one and not isinstance(one, list) else list(one or ())
    return answer(locked_lot.lock_severity(found))


def ptc_10(inputs: Json) -> Json:
    low, high = (number(one) for one in inputs["range"])
    return answer(
        class_range.range_severity(
            low=low, high=high, before=number(inputs["before"]), after=number(inputs["after"])
        )
    )


def ptc_11(inputs: Json) -> Json:
    before = amount(inputs, "before", "sum_before", "drift_before", "sum_abs_drift_before")
    after = amount(inputs, "after", "sum_after", "drift_after", "sum_abs_drift_after")
    raising = bool(first(inputs, "cash_raising", "raises_cash", "cash_raising_only"))
    return answer(drift_growth.growth_severity(before=before, after=after, raises_cash=raising))


def ptc_12(inputs: Json) -> Json:
    assigned = first(inputs, "assigned_model", "model_assigned", "account_model", "approved_model")
    used = first(inputs, "proposal_model", "model_used", "built_on")
    return answer(model_version.model_severity(assigned=assigned, used=used))


def ptc_13(inputs: Json) -> Json:
    return answer(
        issuer_concentration.concentration_severity(
            is_buy=inputs["side"] == "buy",
            after=number(inputs["after_pct"]) / 100,
            override_above=amount(
                inputs, "override_above_pct", otherwise=issuer_concentration.OVERRIDE_ABOVE.default * 100
            )
            / 100,
            block_above=amount(
                inputs, "block_above_pct", otherwise=issuer_concentration.BLOCK_ABOVE.default * 100
            )
            / 100,
        )
    )


def ptc_15(inputs: Json) -> Json:
    cap = amount(inputs, "cap", "cap_pct", "equity_cap", "equity_cap_pct", "risk_cap_pct")
    after = amount(inputs, "after", "after_pct", "equity_after", "equity_after_pct")
    return answer(risk_cap.cap_severity(after=after, cap=cap))


def ptc_16(inputs: Json) -> Json:
    projected = cash_reserve.projected_cash(
        cash_after_trades=number(inputs["cash_after_trades"]),
        withdrawals=amount(inputs, "withdrawals_next_35_days", "withdrawals"),
        fees_due=amount(inputs, "fees_due"),
    )
    reserve = number(inputs["reserve"])
    return answer(
        cash_reserve.reserve_severity(projected=projected, reserve=reserve),
        projected=projected,
        shortfall=cash_reserve.shortfall(projected=projected, reserve=reserve),
    )


def ptc_18(inputs: Json) -> Json:
    short = cash_for_buys.cash_shortfall(
        buys=number(inputs["buys"]) + amount(inputs, "costs", "trading_costs"),
        settled_cash=number(inputs["settled_cash"]),
        sales_in_time=amount(inputs, "sales_settling_in_time"),
        other_open_buys=amount(inputs, "other_open_buys"),
    )
    return answer(cash_for_buys.cash_severity(short), shortfall=short)


def ptc_19(inputs: Json) -> Json:
    if "debit" in inputs or "debit_balance" in inputs:
        debit = amount(inputs, "debit", "debit_balance")
    else:
        debit = max(-amount(inputs, "cash_after", "balance", "projected_cash"), Decimal(0))
    kind = str(first(inputs, "account", "account_type", otherwise="taxable"))
    return answer(
        margin_use.margin_severity(
            debit=debit,
            agreement=bool(first(inputs, "margin_agreement", "margin")),
            policy_permits=bool(first(inputs, "ips_permission", "ips_permits_margin", "ips_margin")),
            tax_advantaged=advantaged(kind),
        )
    )


def ptc_21(inputs: Json) -> Json:
    sell, buy = day(inputs["sell_settles"]), day(inputs["buy_settles"])
    assert sell is not None
    assert buy is not None
    needed = amount(inputs, "amount_needed_from_sell", otherwise=1)
    return answer(
        settlement_sequence.sequence_severity(sell_settles=sell, buy_settles=buy, amount_needed=needed)
    )


def ptc_22(inputs: Json) -> Json:
    now = moment(first(inputs, "order_time", "order_received_et", "now", "order_time_et"))
    assert now is not None
    calendar = calendars.new_york()
    session = now.date()
    open_today = calendar.is_session(session)
    closes = calendar.close_of(session) if open_today else now.time()
    severity = market_hours.hours_severity(
        now=now,
        opens_at=now.replace(hour=9, minute=30) if open_today else now,
        closes_at=datetime.combine(session, closes),
    )
    late = not open_today or now >= datetime.combine(session, closes)
    trade_date = session + timedelta(days=1) if late else session
    while not calendar.is_session(trade_date):
        trade_date += timedelta(days=1)
    return answer(severity, trade_date=trade_date.isoformat())


def ptc_23(inputs: Json) -> Json:
    limit = sellable_shares.sellable(
        position=number(inputs["position"]),
        open_sells=amount(inputs, "open_sells"),
        locked=amount(inputs, "locked"),
    )
    sell = number(inputs["sell"])
    return answer(sellable_shares.sell_severity(sell=sell, sellable=limit), sellable=limit)


def ptc_24(inputs: Json) -> Json:
    names = (
        "fractional",
        "fractional_supported",
        "fractional_support",
        "custodian_fractional",
        "security_fractional",
        "custodian_supports_fractional",
        "security_supports_fractional",
    )
    given = [inputs[name] for name in names if name in inputs]
    if "whole_shares_only" in inputs:
        given.append(not inputs["whole_shares_only"])
    return answer(
        share_precision.precision_severity(
            quantity=amount(inputs, "shares", "quantity"), fractions_taken=bool(given) and all(given)
        )
    )


def ptc_25(inputs: Json) -> Json:
    smallest = trade_minimum.minimum(
        account_value=number(inputs["account_value"]),
        minimum_usd=amount(inputs, "min_abs", otherwise=trade_minimum.MINIMUM_USD.default),
        minimum_fraction=amount(inputs, "min_fraction", otherwise=trade_minimum.MINIMUM_FRACTION.default),
    )
    severity = trade_minimum.size_severity(
        amount=amount(inputs, "trade_value", "order_value", "amount"),
        minimum=smallest,
        exempt=bool(first(inputs, "closing", "closes_position", "raises_cash", "raising_cash")),
    )
    decision = "KEEP" if severity is Severity.PASS else "DROP"
    return answer(severity, threshold=smallest, decision=decision)


def ptc_27(inputs: Json) -> Json:
    wanted = tuple(inputs.get(name) for name in ("account", "security", "side"))
    orders = first(inputs, "open_orders", otherwise=[])
    if not isinstance(orders, list):
        orders = [{}] * int(orders)
    alike = sum(
        all(
            order.get(name, mine) == mine
            for name, mine in zip(("account", "security", "side"), wanted, strict=True)
        )
        for order in orders
    )
    pending = first(inputs, "pending_lots", "pending_proposal_lots", otherwise=[])
    shared = set(first(inputs, "lots", otherwise=[])) & set(pending)
    return answer(duplicate_order.duplicate_severity(open_orders_alike=alike, shared_lots=shared))


def ptc_28(inputs: Json) -> Json:
    orders = first(inputs, "orders", "household_orders", otherwise=[])
    if "buy" in inputs and "sell" in inputs:
        same = inputs["buy"] == inputs["sell"]
        return answer(opposite_sides.sides_severity(bought=same, sold=same))
    sides = {(order.get("security"), order["side"]) for order in orders}
    return answer(
        highest(
            opposite_sides.sides_severity(bought=(name, "buy") in sides, sold=(name, "sell") in sides)
            for name, _ in sides
        )
    )


def ptc_29(inputs: Json) -> Json:
    sold_on = day(first(inputs, "sale_date", "trade_date")) or date(2026, 11, 23)
    loss = Loss(
        account=str(inputs.get("account", "")),
        lot=str(inputs.get("lot", "")),
        shares=number(inputs["shares"]),
        loss=number(inputs["loss_total"]),
    )
    window = timedelta(days=int(first(inputs, "window_days", otherwise=WINDOW_DAYS.default)))
    buys = []
    for bought in inputs["household_buys"]:
        if bought.get("same_lot"):
            continue
        on = bought_on(bought, sold_on)
        if abs(on - sold_on) <= window:
            buys.append(
                Purchase(
                    account=bought["account"],
                    label=bought["account"],
                    security="",
                    wash_group="",
                    on=on,
                    shares=number(bought["shares"]),
                    lot=str(bought.get("lot", "")),
                    tax_advantaged=advantaged(bought["account"]),
                )
            )
    found = matches([loss], buys)
    gone = [one for one in found if wash_sale_on_loss.is_permanent(one.buy)]
    disallowed = sum((one.amount or Decimal(0) for one in found), Decimal(0))
    return answer(
        wash_sale_on_loss.loss_sale_severity(
            shares_matched=sum((one.shares for one in found), Decimal(0)),
            shares_matched_advantaged=sum((one.shares for one in gone), Decimal(0)),
        ),
        disallowed_loss=disallowed,
        lost_loss=sum((one.amount or Decimal(0) for one in gone), Decimal(0)),
        permanently_lost=sum((one.amount or Decimal(0) for one in gone), Decimal(0)),
        allowed_loss=number(inputs["loss_total"]) - disallowed,
    )


def bought_on(bought: Json, sold_on: date) -> date:
    """The day of a household's purchase, which is given outright or in days before or after the sale."""
    if "date" in bought:
        return date.fromisoformat(bought["date"])
    if "days_after_sale" in bought:
        return sold_on + timedelta(days=int(bought["days_after_sale"]))
    return sold_on - timedelta(days=int(bought["days_before_sale"]))


def ptc_30(inputs: Json) -> Json:
    sold, bought = day(inputs["loss_sale_date"]), day(inputs["buy_date"])
    assert sold is not None
    assert bought is not None
    days = int(first(inputs, "window_days", otherwise=WINDOW_DAYS.default))
    severity = wash_sale_on_buy.buy_severity(
        loss_sale_on=sold,
        buy_on=bought,
        buyer_tax_advantaged=advantaged(str(first(inputs, "buyer", "account", otherwise="taxable"))),
        days=days,
    )
    return answer(severity, first_safe_purchase_date=str(sold + timedelta(days=days + 1)))


def ptc_31(inputs: Json) -> Json:
    saved = nearly_long_term.saving(
        gain=number(inputs["gain"]),
        rate_short=number(inputs["rate_short"]),
        rate_long=number(inputs["rate_long"]),
    )
    severity = nearly_long_term.waiting_severity(
        saved=saved,
        days_to_long_term=int(inputs["days_to_long_term"]),
        window_days=int(first(inputs, "window_days", otherwise=nearly_long_term.WINDOW_DAYS.default)),
        saving_min=amount(inputs, "min_saving", otherwise=nearly_long_term.SAVING_USD.default),
    )
    return answer(severity, tax_saving_if_waiting=saved)


def ptc_32(inputs: Json) -> Json:
    if "net_after" in inputs:
        net_after = number(inputs["net_after"])
    else:
        net_after = amount(inputs, "net_before", "ytd_net", "ytd_net_gain")
        net_after += amount(inputs, "proposed", "proposal_net_gain", "proposed_gain")
    budget = amount(inputs, "budget", "gain_budget", "annual_net_gain_budget")
    used = max(net_after, Decimal(0))
    utilization = used / budget if budget else None
    return answer(
        gain_budget.budget_severity(net_after=net_after, budget=budget),
        net_after=net_after,
        budget_used=used,
        budget_remaining=budget - used,
        utilization=utilization,
    )


def ptc_33(inputs: Json) -> Json:
    tax = number(inputs["tax"]) if "tax" in inputs else number(inputs["gain"]) * number(inputs["rate"])
    bps = tax_per_drift.tax_bps(tax=tax, value=number(inputs["account_value"]))
    removed = number(inputs["drift_points_removed"])
    severity = tax_per_drift.proportion_severity(
        bps=bps,
        points_removed=removed,
        limit=amount(inputs, "limit_bp_per_point", otherwise=tax_per_drift.BPS_PER_POINT.default),
    )
    return answer(severity, tax=tax, bp_of_account=bps, bp_per_point=bps / removed if removed else None)


def ptc_34(inputs: Json) -> Json:
    lines = [(name, number(line)) for name, line in inputs["thresholds"].items()]
    names = income_line.crossed(
        before=number(inputs["magi_before"]), after=number(inputs["magi_after"]), lines=lines
    )
    return answer(income_line.line_severity(names), crossed=list(names))


def ptc_35(inputs: Json) -> Json:
    lots = first(inputs, "lots", "lot_ids")
    standing = first(inputs, "standing_method", "standing_order")
    settles = day(first(inputs, "settlement_date", "settles_on")) or date(2026, 11, 24)
    sent = day(first(inputs, "instruction_sent", "instruction_date", "sent_on", otherwise=str(settles)))
    taxable = first(inputs, "account_taxable", "taxable", otherwise=True)
    if taxable is False or advantaged(str(first(inputs, "account", "account_type", otherwise=""))):
        return answer(Severity.PASS)
    return answer(
        lot_instruction.instruction_severity(
            lots_cover_sell=bool(lots), standing_method=bool(standing), instructed_on=sent, settles_on=settles
        )
    )


def ptc_36(inputs: Json) -> Json:
    statuses = first(inputs, "basis_status", "lot_basis_status", "status")
    if statuses is None:
        statuses = [
            lot.get("basis_status", "unknown" if lot.get("basis") is None else "covered")
            for lot in first(inputs, "lots", otherwise=[])
        ]
    every = [statuses] if isinstance(statuses, str) else list(statuses)
    names = {"noncovered": "noncovered_known", "known": "covered", "missing": "unknown"}
    return answer(
        highest(
            lot_basis.basis_severity(
                status=BasisStatus(names.get(one, one.replace("-", "_"))),
                reconciled=first(inputs, "reconciled", otherwise=True),
            )
            for one in every
        )
    )


def ptc_39(inputs: Json) -> Json:
    now, priced = moment(inputs["now"]), moment(first(inputs, "price_time", "priced_at"))
    assert now is not None
    if priced is None:
        return answer(Severity.BLOCK)
    calendar = calendars.new_york()
    is_open = calendar.is_session(now.date()) and (
        now.replace(hour=9, minute=30) <= now < datetime.combine(now.date(), calendar.close_of(now.date()))
    )
    limit = int(first(inputs, "max_age_minutes", otherwise=price_freshness.AGE_MINUTES.default))
    if is_open:
        severity = price_freshness.live_severity(now=now, priced_at=priced, max_age_minutes=limit)
    else:
        last = now.date()
        while not calendar.is_session(last) or datetime.combine(last, calendar.close_of(last)) > now:
            last -= timedelta(days=1)
        closed = datetime.combine(last, calendar.close_of(last))
        severity = price_freshness.close_severity(now=now, priced_at=priced, last_close_at=closed)
    names = ("index_move", "index_move_since_pricing", "index_move_pct")
    if any(name in inputs for name in names):
        moved = number_or_none(first(inputs, *names))
        if "index_move_pct" in inputs and moved is not None:
            moved /= 100
        severity = max(
            severity,
            price_freshness.move_severity(index_move=moved, limit=price_freshness.INDEX_MOVE.default),
        )
    return answer(severity, age_minutes=price_freshness.age_minutes(now=now, priced_at=priced))


def ptc_40(inputs: Json) -> Json:
    ordered = amount(inputs, "order_shares", "shares")
    volume = amount(inputs, "adv_shares", "adv")
    cap = volume * participation.WARN_ABOVE.default
    severity = participation.participation_severity(shares=ordered, adv_shares=volume)
    whole = int(ordered // cap) if cap else 0
    rest = ordered - whole * cap
    return answer(severity, daily_cap=cap, slices=[cap] * whole + [rest] * bool(rest))


def ptc_43(inputs: Json) -> Json:
    order, value = number(inputs["order_value"]), number(inputs["account_value"])
    reasons = order_size.large_because(
        amount=order, portfolio_value=value, usual=amount(inputs, "usual_order", "usual_size", "usual")
    )
    return answer(order_size.size_severity(reasons), fraction=order / value)


def ptc_46(inputs: Json) -> Json:
    released = moment(inputs["block_order_released"])
    assert released is not None
    return answer(
        allocation_statement.statement_severity(
            released_at=released, statement_at=moment(inputs.get("allocation_statement"))
        )
    )


def ptc_47(inputs: Json) -> Json:
    preparers = first(inputs, "preparers", "preparer")
    roles = set(inputs.get("approver_roles") or ())
    # The examples call the role that may approve "approver"; ours is the reviewer.
    ours = {"reviewer" if role == "approver" else role for role in roles}
    required = set(first(inputs, "required_roles", "needed_roles", otherwise=()))
    if inputs.get("required_role"):
        required = {inputs["required_role"]}
    needed = {"reviewer" if role == "approver" else role for role in required}
    return answer(
        four_eyes.four_eyes_severity(
            preparers={preparers} if isinstance(preparers, str) else set(preparers or ()),
            approver=inputs.get("approver"),
            approver_roles=ours,
            needed_roles=needed or four_eyes.APPROVING_ROLES,
        )
    )


def ptc_48(inputs: Json) -> Json:
    built = day(first(inputs, "built", "built_on", "built_at", "build_date"))
    on = day(
        first(inputs, "released", "released_on", "released_at", "release_date", "now", "as_of", "trade_date")
    )
    severities = []
    if built is not None and on is not None:
        calendar = calendars.new_york()
        span = (built + timedelta(days=n) for n in range((on - built).days + 1))
        age = stale_proposal.trading_days_between(
            built_on=built, on=on, trading_days=[one for one in span if calendar.is_session(one)]
        )
        severities.append(stale_proposal.age_severity(trading_days_old=age))
    for names, scale in (
        (("price_move", "max_price_move"), 1),
        (("price_move_pct", "max_price_move_pct"), 100),
    ):
        moved = first(inputs, *names)
        if moved is not None:
            severities.append(stale_proposal.move_severity(price_move=number(moved) / scale))
    if first(inputs, "positions_reconciled", "reconciled", otherwise=True) is not True:
        severities.append(Severity.BLOCK)
    return answer(highest(severities))


def by_columns(rule: str) -> Callable[[Json], Json]:
    """The adapter of a rule whose examples name its facts as a drawn table does: `bought.daily_volume`."""

    def adapter(inputs: Json) -> Json:
        named = {name: "" if inputs[name] is None else str(inputs[name]) for name in inputs if "." in name}
        return answer(cases.severity(rule, cases.drawn(named)))

    return adapter


OWN: dict[str, Callable[[Json], Json]] = {
    "PTC-01": ptc_01,
    "PTC-02": ptc_02,
    "PTC-03": ptc_03,
    "PTC-04": ptc_04,
    "PTC-05": ptc_05,
    "PTC-07": ptc_07,
    "PTC-08": ptc_08,
    "PTC-09": ptc_09,
    "PTC-10": ptc_10,
    "PTC-11": ptc_11,
    "PTC-12": ptc_12,
    "PTC-13": ptc_13,
    "PTC-15": ptc_15,
    "PTC-16": ptc_16,
    "PTC-18": ptc_18,
    "PTC-19": ptc_19,
    "PTC-21": ptc_21,
    "PTC-22": ptc_22,
    "PTC-23": ptc_23,
    "PTC-24": ptc_24,
    "PTC-25": ptc_25,
    "PTC-27": ptc_27,
    "PTC-28": ptc_28,
    "PTC-29": ptc_29,
    "PTC-30": ptc_30,
    "PTC-31": ptc_31,
    "PTC-32": ptc_32,
    "PTC-33": ptc_33,
    "PTC-34": ptc_34,
    "PTC-35": ptc_35,
    "PTC-36": ptc_36,
    "PTC-39": ptc_39,
    "PTC-40": ptc_40,
    "PTC-43": ptc_43,
    "PTC-46": ptc_46,
    "PTC-47": ptc_47,
    "PTC-48": ptc_48,
}
"""Rules whose examples say what they look at in words of their own."""

RULES = {rule: OWN.get(rule) or surroundings.OWN.get(rule) or by_columns(rule) for rule in book.RULES_BY_ID}

ADAPTERS: dict[str, Callable[[Json], Json]] = {}
