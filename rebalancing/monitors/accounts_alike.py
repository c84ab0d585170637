"""CM-04: a gain is taken in a taxable account while an untaxed account of the household could have sold the same class."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from clients import figures
from clients.models import Account
from compliance.firm.monitor_figures import AVOIDABLE_GAIN
from rebalancing.engine.documents import household as document
from rebalancing.engine.documents.parsing import read_household
from rebalancing.engine.money import cents
from rebalancing.models import Alarm, ProposedOrder, Revision
from rebalancing.monitors.firm import ZERO, Firm, classes_of
from rebalancing.monitors.monitor import Case
from rebalancing.triggers.columns import Columns, Truth, more_than

CODE: str = Alarm.Monitor.ALIKE
NEEDS: tuple[str, ...] = ("avoidable_gain", "least")
STANDS = timedelta(days=30)


def fires(facts: Columns) -> Truth:
    """The gain that could have been avoided is more than the firm lets pass."""
    return more_than(facts["avoidable_gain"], facts["least"])


@dataclass(frozen=True, slots=True)
class OfClass:
    """One class in one batch: dollars sold with a gain where it is taxed, the gain, and what untaxed accounts had left."""

    taxed: Decimal = ZERO
    gain: Decimal = ZERO
    untaxed_left: Decimal = ZERO


def avoidable_gain(by_class: Mapping[str, OfClass]) -> Decimal:
    """The gain on that part of each class that an untaxed account could have sold in the taxable one's place."""
    return cents(
        sum(
            (
                one.gain * min(Decimal(1), one.untaxed_left / one.taxed)
                for one in by_class.values()
                if one.taxed > 0 and one.gain > 0
            ),
            ZERO,
        )
    )


def cases(firm: Firm) -> list[Case]:
    recent = [one for one in firm.released if firm.on - one.on <= STANDS]
    documents = dict(
        Revision.objects.filter(pk__in=[one.revision for one in recent]).values_list(
            "pk", "household_document"
        )
    )
    orders: dict[int, list[ProposedOrder]] = defaultdict(list)
    traded = ProposedOrder.objects.filter(revision__in=documents, side=ProposedOrder.Side.SELL)
    for order in traded.select_related("account", "security").prefetch_related(
        "lots", "security__class_weights__asset_class"
    ):
        orders[order.revision_id].append(order)
    found = []
    for batch in recent:
        by_class = _by_class(orders[batch.revision], read_household(documents[batch.revision]))
        gain = avoidable_gain(by_class)
        found.append(
            Case(
                batch.household,
                {"avoidable_gain": gain, "least": firm.of(AVOIDABLE_GAIN)},
                about=batch.public_id,
                words={"on": figures.day(batch.on), "gain": figures.money(gain, cents=False)},
            )
        )
    return found


def tell(case: Case) -> str:
    return (
        f"Orders of {case.words['on']} took {case.words['gain']} of gains in taxable accounts while untaxed accounts "
        "still held, and could have sold, the same classes."
    )


def _by_class(orders: list[ProposedOrder], household: document.Household) -> dict[str, OfClass]:
    left = _untaxed(household)
    found: dict[str, OfClass] = defaultdict(OfClass)
    for order in orders:
        taxable = order.account.tax_treatment == Account.TaxTreatment.TAXABLE
        gain = sum((lot.gain for lot in order.lots.all() if lot.gain is not None), ZERO)
        for code, share in classes_of(order.security).items():
            was = found[code]
            if not taxable:
                left[code] = left.get(code, ZERO) - order.amount * share
            elif gain > 0:
                found[code] = OfClass(was.taxed + order.amount * share, was.gain + gain * share)
    return {
        code: OfClass(one.taxed, one.gain, max(ZERO, left.get(code, ZERO))) for code, one in found.items()
    }


def _untaxed(household: document.Household) -> dict[str, Decimal]:
    """What the household's untaxed accounts could sell of each class when the plan was made."""
    sheltered = {
        one.id
        for one in household.accounts
        if one.tradable and one.tax_treatment is not document.TaxTreatment.TAXABLE
    }
    securities = {one.id: one for one in household.securities}
    found: dict[str, Decimal] = defaultdict(Decimal)
    for lot in household.lots:
        if lot.account in sheltered and lot.lock_reason is None:
            security = securities[lot.security]
            for weight in security.weights:
                found[weight.asset_class] += lot.quantity * security.price * weight.weight
    return found
