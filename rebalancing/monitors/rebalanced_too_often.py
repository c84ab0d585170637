"""CM-01: a taxable account is rebalanced so often that taxes and costs eat what it brings."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal

from django.db.models import DecimalField, F, JSONField, Sum
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from clients import figures
from clients.models import Account, RealizedGain
from compliance.firm.monitor_figures import AVOIDABLE_GAIN, SELLS_A_YEAR, SHORT_SHARE, TURNOVER_A_YEAR
from rebalancing.models import Alarm, Revision
from rebalancing.monitors.firm import YEAR, ZERO, Firm, Released
from rebalancing.monitors.monitor import Case
from rebalancing.triggers.columns import Columns, Truth, is_set, more_than

CODE: str = Alarm.Monitor.OFTEN
NEEDS: tuple[str, ...] = (
    "is_taxable",
    "rebalances",
    "most",
    "short_share",
    "short_most",
    "short_gain",
    "gain_least",
    "turnover",
    "turnover_most",
)


def fires(facts: Columns) -> Truth:
    """Taxable, and in twelve months sold in too often, or with too many short-term gains that count, or turned over too much."""
    return is_set(facts["is_taxable"]) & (
        more_than(facts["rebalances"], facts["most"])
        | (
            more_than(facts["short_share"], facts["short_most"])
            & more_than(facts["short_gain"], facts["gain_least"])
        )
        | more_than(facts["turnover"], facts["turnover_most"])
    )


def cases(firm: Firm) -> list[Case]:
    by_account: dict[int, list[Released]] = defaultdict(list)
    for batch in firm.released:
        for traded in batch.by_account:
            by_account[traded].append(batch)
    gains = gains_of(firm.on)
    taxes = _taxes([batch.revision for batch in firm.released])
    values = _values(firm)
    found = []
    for key, account in firm.accounts.items():
        batches = by_account.get(key, [])
        if account.tax_treatment != Account.TaxTreatment.TAXABLE or (not batches and key not in gains):
            continue
        selling = [one for one in batches if one.by_account[key].sold]
        bought = sum((one.by_account[key].bought for one in batches), ZERO)
        sold = sum((one.by_account[key].sold for one in batches), ZERO)
        value = values.get(account.public_id)
        tax = sum((taxes.get(one.revision, ZERO) for one in selling), ZERO)
        short, gained = gains.get(key, (None, None))
        found.append(
            Case(
                account.household_id,
                {
                    "is_taxable": True,
                    "rebalances": len(selling),
                    "most": firm.of(SELLS_A_YEAR),
                    "short_share": short / gained if short is not None and gained else None,
                    "short_most": firm.of(SHORT_SHARE),
                    "short_gain": short,
                    "gain_least": firm.of(AVOIDABLE_GAIN),
                    "turnover": min(bought, sold) / value if value else None,
                    "turnover_most": firm.of(TURNOVER_A_YEAR),
                },
                about=account.public_id,
                words={
                    "account": account.name,
                    "tax": figures.money(tax, cents=False),
                    "gained": figures.money(gained or ZERO, cents=False),
                },
            )
        )
    return found


def tell(case: Case) -> str:
    facts, told = case.facts, []
    if facts["rebalances"] > facts["most"]:  # type: ignore[operator]  # Both are counts.
        told.append(f"{facts['rebalances']} rebalances sold in it")
    short, share, turnover = facts["short_gain"], facts["short_share"], facts["turnover"]
    if (
        isinstance(share, Decimal)
        and isinstance(short, Decimal)
        and share > facts["short_most"]  # type: ignore[operator]
        and short > facts["gain_least"]  # type: ignore[operator]
    ):
        told.append(
            f"{figures.money(short, cents=False)} of {case.words['gained']} of gains were short-term "
            f"({share * 100:.0f}%)"
        )
    if isinstance(turnover, Decimal) and turnover > facts["turnover_most"]:  # type: ignore[operator]
        told.append(f"{turnover * 100:.0f}% of it was turned over")
    sentence = f"{case.words['account']}, in twelve months: {'; '.join(told)}."
    if not facts["rebalances"]:
        return sentence
    return f"{sentence} The proposals that sold in it were estimated to cost {case.words['tax']} of tax."


def gains_of(on: date) -> dict[int, tuple[Decimal, Decimal]]:
    """What each account gained short-term and in all, in twelve months, of the gains on record with known basis."""
    rows = (
        RealizedGain.objects.filter(
            sold_on__gt=on - YEAR, sold_on__lte=on, basis__isnull=False, proceeds__gt=F("basis")
        )
        .order_by()
        .values_list("account", "term")
        .annotate(gain=Sum(F("proceeds") - F("basis")))
    )
    gains: dict[int, dict[str, Decimal]] = defaultdict(dict)
    for account, term, gain in rows:
        gains[account][term] = gain
    return {
        account: (by_term.get(RealizedGain.Term.SHORT, ZERO), total)
        for account, by_term in gains.items()
        if (total := sum(by_term.values(), ZERO))
    }


def _taxes(revisions: list[int]) -> dict[int, Decimal]:
    """What each plan was estimated to cost in tax."""
    tax = Cast(
        KeyTextTransform("tax_change", Cast("plan_document", JSONField())),
        DecimalField(max_digits=18, decimal_places=2),
    )
    found = Revision.objects.filter(pk__in=revisions).annotate(tax=tax).values_list("pk", "tax")
    return {key: cost for key, cost in found if cost is not None}


def _values(firm: Firm) -> dict[str, Decimal]:
    """What each account was worth in the last reading, by its public id, where the reading says it."""
    return {
        one["account"]: Decimal(one["value"])
        for reading in firm.measured.values()
        for one in reading.account_weights
        if Decimal(one["value"]) > 0
    }
