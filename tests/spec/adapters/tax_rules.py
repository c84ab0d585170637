"""The compliance rules about taxes: wash sales, terms, budgets, thresholds, lots and their basis."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from compliance.rules import (
    gain_budget,
    income_line,
    lot_basis,
    lot_instruction,
    nearly_long_term,
    tax_per_drift,
    wash_sale_on_buy,
    wash_sale_on_loss,
)
from compliance.rules.facts.case import BasisStatus, Purchase
from compliance.rules.facts.wash_window import WINDOW_DAYS, Loss, matches
from compliance.rules.findings.severity import Severity, highest
from tests.spec.adapters.reading import first, number
from tests.spec.adapters.rule_answers import Json, advantaged, amount, answer, day


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
