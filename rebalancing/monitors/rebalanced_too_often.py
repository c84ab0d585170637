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
from compliance.firm.monitor_figures import SELLS_A_YEAR, SHORT_SHARE, TURNOVER_A_YEAR
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
    "turnover",
    "turnover_most",
)


def fires(facts: Columns) -> Truth:
    """Taxable, and sold in too often, or with too many short-term gains, or turned over too much, in twelve months."""
    return is_set(facts["is_taxable"]) & (
        more_than(facts["rebalances"], facts["most"])
        | more_than(facts["short_share"], facts["short_most"])
        | more_than(facts["turnover"], facts["turnover_most"])
    )


def cases(firm: Firm) -> list[Case]:
    by_account: dict[int, list[Released]] = defaultdict(list)
    for batch in firm.released:
        for traded in batch.by_account:
            by_account[traded].append(batch)
    shares = short_shares(firm.on)
    taxes = _taxes([batch.revision for batch in firm.released])
    values = _values(firm)
    found = []
    for key, account in firm.accounts.items():
        batches = by_account.get(key, [])
        if account.tax_treatment != Account.TaxTreatment.TAXABLE or (not batches and key not in shares):
            continue
        selling = [one for one in batches if one.by_account[key].sold]
        bought = sum((one.by_account[key].bought for one in batches), ZERO)
        sold = sum((one.by_account[key].sold for one in batches), ZERO)
        value = values.get(account.public_id)
        tax = sum((taxes.get(one.revision, ZERO) for one in selling), ZERO)
        found.append(
            Case(
                account.household_id,
                {
                    "is_taxable": True,
                    "rebalances": len(selling),
                    "most": firm.of(SELLS_A_YEAR),
                    "short_share": shares.get(key),
                    "short_most": firm.of(SHORT_SHARE),
                    "turnover": min(bought, sold) / value if value else None,
                    "turnover_most": firm.of(TURNOVER_A_YEAR),
                },
                about=account.public_id,
                words={"account": account.name, "tax": figures.money(tax, cents=False)},
            )
        )
    return found


def tell(case: Case) -> str:
    facts, told = case.facts, []
    if facts["rebalances"] > facts["most"]:  # type: ignore[operator]  # Both are counts.
        told.append(f"{facts['rebalances']} rebalances sold in it")
    for share, most, words in (
        ("short_share", "short_most", "{} of its gains were short-term"),
        ("turnover", "turnover_most", "{} of it was turned over"),
    ):
        value = facts[share]
        if isinstance(value, Decimal) and value > facts[most]:  # type: ignore[operator]
            told.append(words.format(f"{value * 100:.0f}%"))
    return (
        f"{case.words['account']}, in twelve months: {'; '.join(told)}. "
        f"The proposals that sold in it were estimated to cost {case.words['tax']} of tax."
    )


def short_shares(on: date) -> dict[int, Decimal]:
    """The short-term share of what each account gained in twelve months, of the gains on record with known basis."""
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
        account: by_term.get(RealizedGain.Term.SHORT, ZERO) / total
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
