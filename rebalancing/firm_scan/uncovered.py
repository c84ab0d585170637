"""What keeps a household from being settled by the arrays: features that only a full reading knows how to answer.

Each is a mask over the households. It names at least those that the feature concerns: a household too many is read in full,
which costs a little; one too few would be settled wrongly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta

import numpy as np
from django.db import connection
from django.db.models import Q

from clients.households import distribution_facts
from clients.models import (
    Account,
    ActionAccount,
    BasisElection,
    CashFlow,
    Hold,
    Person,
    RealizedGain,
    Transaction,
)
from rebalancing.distributions.record import EARLIEST_AGE
from rebalancing.engine.market.calendars import new_york
from rebalancing.firm_scan.facts import FirmFacts
from rebalancing.firm_scan.holdings import EXACT_MAX
from rebalancing.firm_scan.policies import among
from rebalancing.firm_scan.shared import Flags, Ints
from rebalancing.models import Break, Order, Proposal
from rebalancing.portfolios import pending_actions
from rebalancing.portfolios.record_rows import HORIZON_DAYS, PURCHASES, WASH_DAYS

Feature = Callable[[FirmFacts], Flags]

DOLLARS_MAX = 10**9
"""Up to here the sums of a full reading are exact in 28 digits, as ours are."""
RELEASED_WITHIN = timedelta(days=7)

_OPEN_ORDERS = """
    SELECT DISTINCT a.household_id
    FROM rebalancing_order AS o
    JOIN clients_account AS a ON a.id = o.account_id
    JOIN rebalancing_orderbatch AS b ON b.id = o.batch_id
    LEFT JOIN rebalancing_block AS k ON k.id = o.block_id
    LEFT JOIN clients_cashbalance AS c ON c.account_id = a.id
    WHERE NOT o.state = ANY(%(not_traded)s) AND (
        o.state = 'held' OR a.reconciled_on IS NULL
        OR coalesce(k.trade_on, (b.released_at AT TIME ZONE 'America/New_York')::date + 7)
            > least(a.reconciled_on, c.as_of_on)
    )
"""


def has_open_proposal(facts: FirmFacts) -> Flags:
    """A proposal is open, which is renewed first, or orders are out."""
    open_ones = Proposal.objects.filter(state__in=Proposal.OPEN_STATES)
    found = _mask(facts, open_ones.values_list("household_id", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_ORDERS, {"not_traded": [str(state) for state in Order.NOT_TRADED]})
        return found | _mask(facts, [key for (key,) in cursor.fetchall()])


def cannot_be_measured(facts: FirmFacts) -> Flags:
    """No account, no version of the model, a price or a class that is missing or in dispute, a policy out of range."""
    terms, held, lots = facts.policies, facts.securities, facts.lots
    found = np.ones(len(facts.households), dtype=np.bool_)
    found[facts.accounts.household] = False
    found |= ~terms.is_sound
    for (version, follows), one in facts.versions.items():
        if one is None or not one.is_fit:
            found |= (terms.version == version) & (terms.follows == follows)
    unfit = ~held.is_whole | ~held.is_classified
    found[facts.household_of_lot[unfit[lots.security]]] = True
    if facts.classes.names[facts.classes.cash] != "Cash":
        # Where no policy names cash, a document calls it by its usual name.
        found |= ~terms.named[:, facts.classes.cash]
    return found


def holds_what_arrays_do_not(facts: FirmFacts) -> Flags:
    """Positions out of the rebalancing or short, lots that were given or averaged or are in the future, figures too large."""
    lots, own = facts.lots, facts.accounts
    odd = facts.stated.is_apart | (~own.has_cash & ~facts.has_swept)
    odd[lots.account[~lots.is_plain | (lots.quantity <= 0) | (lots.micro >= EXACT_MAX)]] = True
    elected = BasisElection.objects.filter(ended_at=None).values_list("account_id", flat=True)
    _, places = among(own.key, np.array(sorted(set(elected)), dtype=np.int64))
    odd[places] = True
    found = _of_accounts(facts, odd)
    worth = np.bincount(
        facts.household_of_lot,
        weights=lots.quantity * np.nan_to_num(facts.securities.price)[lots.security],
        minlength=len(facts.households),
    )
    cash = np.bincount(own.household, weights=np.abs(facts.cash) / 100, minlength=len(facts.households))
    return found | (worth + cash > DOLLARS_MAX)


def cannot_trade(facts: FirmFacts) -> Flags:
    """An account that may not be traded, or may wait: of a household as one portfolio all of them, of another any."""
    own = facts.accounts
    fit = own.is_fit & (own.has_cash | facts.has_swept)
    differing = Break.objects.filter(queue=Break.Queue.POSITIONS, ended_at=None, account__isnull=False)
    keys = sorted(set(differing.values_list("account_id", flat=True)))
    _, places = among(own.key, np.array(keys, dtype=np.int64))
    fit[places] = False
    can = np.bincount(own.household, weights=fit, minlength=len(facts.households))
    every = np.bincount(own.household, minlength=len(facts.households))
    unfiled = _of_accounts(facts, ~own.is_filed)
    held = Hold.objects.filter(
        lifted_at=None, starts_on__lte=facts.trade_on, expires_on__gte=facts.trade_on
    ).values_list("household_id", flat=True)
    return np.where(facts.policies.pools, can == 0, can < every) | unfiled | _mask(facts, held)


def waits_for_an_action(facts: FirmFacts) -> Flags:
    """A corporate action may be pending on what the household holds."""
    figures = facts.market.settings_on(facts.trade_on)
    every = pending_actions.in_window(on=facts.trade_on, figures=figures)
    if not every:
        return np.zeros(len(facts.households), dtype=np.bool_)
    keys = {key for one in every for key in (one.security_id, one.new_security_id) if key is not None}
    which = np.zeros(len(facts.securities.keys), dtype=np.bool_)
    which[facts.securities.places(keys)] = True
    odd = np.zeros(len(facts.accounts.key), dtype=np.bool_)
    odd[facts.lots.account[which[facts.lots.security]]] = True
    odd[facts.stated.account[which[facts.stated.security]]] = True
    known = ActionAccount.objects.filter(action__in=every).values_list("account__household_id", flat=True)
    return _of_accounts(facts, odd) | _mask(facts, known)


def has_money_due(facts: FirmFacts) -> Flags:
    """Money is due out, or an owner may have to take a distribution."""
    until = facts.trade_on + timedelta(days=HORIZON_DAYS)
    flows = CashFlow.objects.filter(amount__lt=0, due_on__lte=until, done_on=None, cancelled_at=None)
    found = _mask(facts, flows.values_list("account__household_id", flat=True))
    year = facts.trade_on.year
    asking = Account.objects.filter(registration__in=sorted(distribution_facts.CONCERNED)).filter(
        Q(closed_on=None) | Q(closed_on__gte=date(year - 1, 1, 1))
    )
    terms = distribution_facts.terms_in_force().values_list("account_id", flat=True)
    certain = asking.filter(Q(registration__in=sorted(distribution_facts.INHERITED)) | Q(pk__in=terms))
    found |= _mask(facts, certain.values_list("household_id", flat=True))
    births = Person.objects.filter(accounts__registration__in=sorted(distribution_facts.CONCERNED))
    old = {
        key
        for key, born_on in births.distinct().values_list("pk", "born_on_text")
        if not born_on or year - int(born_on[:4]) >= EARLIEST_AGE
    }
    owners = asking.values_list("household_id", "owner_id")
    return found | _mask(facts, [household for household, owner in owners if owner in old])


def traded_lately_beside(facts: FirmFacts) -> Flags:
    """What was bought or lost lately, and is held no more, has no price or an older one than all that is read."""
    held, on = facts.securities, facts.trade_on
    window = on - timedelta(days=WASH_DAYS)
    bought = Transaction.objects.filter(
        security__isnull=False, traded_on__gte=window, kind__in=PURCHASES, quantity__gt=0
    )
    lost = RealizedGain.objects.filter(sold_on__gte=window)
    sent = Order.objects.exclude(state__in=Order.NOT_TRADED).filter(
        batch__released_at__date__gte=window - RELEASED_WITHIN
    )
    found = _mask(facts, bought.filter(traded_on__gt=on).values_list("account__household_id", flat=True))
    found |= _mask(facts, lost.filter(sold_on__gt=on).values_list("account__household_id", flat=True))
    pairs = {
        pair
        for rows in (bought, lost, sent)
        for pair in rows.order_by().values_list("account__household_id", "security_id").distinct()
    }
    if not pairs:
        return found
    given = np.array(sorted(pairs), dtype=np.int64)
    row, at = among(facts.households, given[:, 0])
    security = np.searchsorted(held.keys, given[row, 1])
    oldest = prices_from(facts)
    odd = ~held.is_whole[security] | (held.oldest_on[security] < oldest[at])
    found[at[odd]] = True
    return found


def prices_from(facts: FirmFacts) -> Ints:
    """The day of the oldest price that each household reads, as an ordinal: shape (households,)."""
    held, today = facts.securities, facts.market_on.toordinal()
    found = np.full(len(facts.households), today, dtype=np.int64)
    for (version, follows), one in facts.versions.items():
        if one is not None:
            reads = (facts.policies.version == version) & (facts.policies.follows == follows)
            found[reads] = np.minimum(found[reads], one.oldest_on)
    older = held.oldest_on[facts.lots.security] < today
    np.minimum.at(found, facts.household_of_lot[older], held.oldest_on[facts.lots.security[older]])
    return found


def holds_what_is_replaced(facts: FirmFacts) -> Flags:
    """It holds what its model no longer buys."""
    found = np.zeros(len(facts.households), dtype=np.bool_)
    for (version, follows), one in facts.versions.items():
        if one is None or not one.replaced:
            continue
        which = np.zeros(len(facts.securities.keys), dtype=np.bool_)
        which[list(one.replaced)] = True
        holds = np.zeros(len(facts.households), dtype=np.bool_)
        holds[facts.household_of_lot[which[facts.lots.security]]] = True
        reads = (facts.policies.version == version) & (facts.policies.follows == follows)
        found |= holds & reads
    return found


def measures_more(facts: FirmFacts) -> Flags:
    """The policy has bands for parts of classes, or limits the tracking error."""
    return facts.policies.sleeve_bands | facts.policies.limits_tracking


def may_take_losses(facts: FirmFacts) -> Flags:
    """The policy harvests, and a taxed lot stands below its cost or too near to it to tell."""
    lots, own = facts.lots, facts.accounts
    asks = facts.policies.harvests[own.household] & own.is_taxed
    if not asks.any():
        return np.zeros(len(facts.households), dtype=np.bool_)
    worth = lots.quantity * facts.securities.price[lots.security]
    near = 1e-9 * np.maximum(1.0, worth)
    loses = asks[lots.account] & ~np.isnan(lots.basis) & (worth <= lots.basis + near)
    found = np.zeros(len(facts.households), dtype=np.bool_)
    found[facts.household_of_lot[loses]] = True
    return found


def is_no_trade_day(facts: FirmFacts) -> Flags:
    """The day is one on which no document can be made."""
    is_one = facts.trade_on >= facts.market_on and new_york().is_session(facts.trade_on)
    return np.full(len(facts.households), not is_one)


FEATURES: dict[str, Feature] = {
    "no trade day": is_no_trade_day,
    "proposal or orders open": has_open_proposal,
    "cannot be measured": cannot_be_measured,
    "holdings apart": holds_what_arrays_do_not,
    "accounts not traded": cannot_trade,
    "corporate action": waits_for_an_action,
    "money due": has_money_due,
    "traded lately": traded_lately_beside,
    "sleeves or tracking error": measures_more,
    "replaced securities": holds_what_is_replaced,
    "losses": may_take_losses,
}
"""By a name that a bench prints, in the order in which a household is counted."""


def _mask(facts: FirmFacts, keys: Iterable[int]) -> Flags:
    found = np.zeros(len(facts.households), dtype=np.bool_)
    _, at = among(facts.households, np.array(sorted(set(keys)), dtype=np.int64))
    found[at] = True
    return found


def _of_accounts(facts: FirmFacts, which: Flags) -> Flags:
    found = np.zeros(len(facts.households), dtype=np.bool_)
    found[facts.accounts.household[which]] = True
    return found
