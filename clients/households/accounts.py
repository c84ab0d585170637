"""Accounts: opening them from the firm's files, and recognizing them in a custodian's files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from clients.custodians.kinds import Discretion
from clients.custodians.rows import AccountRow, AccountSeen
from clients.encryption import blind_index
from clients.households import former_numbers
from clients.models import Account, AccountBinding, FormerNumber, Household, Person, TaxUnit
from compliance.audit_trail import audit
from compliance.people.actors import Actor

NUMBER = "clients.account.number"
MASK_MAX, LABEL_MAX = 40, 120

_R = Account.Registration
_T = Account.TaxTreatment

# The tax treatment of trades in each kind of account.
TAX_TREATMENT = {
    _R.INDIVIDUAL: _T.TAXABLE,
    _R.JOINT: _T.TAXABLE,
    _R.TRANSFER_ON_DEATH: _T.TAXABLE,
    _R.COMMUNITY: _T.TAXABLE,
    _R.REVOCABLE_TRUST: _T.TAXABLE,  # Taxed to the grantor: IRC 671-677.
    _R.IRREVOCABLE_TRUST: _T.TAXABLE,  # Taxed to the trust: IRC 641-663.
    _R.CUSTODIAL_MINOR: _T.TAXABLE,  # Taxed to the child: IRC 1(g).
    _R.CORPORATION: _T.TAXABLE,
    _R.PARTNERSHIP: _T.TAXABLE,
    _R.PRIVATE_FOUNDATION: _T.TAX_EXEMPT,
    _R.CHARITY: _T.TAX_EXEMPT,
    _R.DONOR_ADVISED_FUND: _T.TAX_EXEMPT,
    _R.TRADITIONAL_IRA: _T.TAX_DEFERRED,
    _R.ROLLOVER_IRA: _T.TAX_DEFERRED,
    _R.SEP_IRA: _T.TAX_DEFERRED,
    _R.SIMPLE_IRA: _T.TAX_DEFERRED,
    _R.INHERITED_IRA: _T.TAX_DEFERRED,
    _R.PLAN_401K: _T.TAX_DEFERRED,
    _R.PLAN_403B: _T.TAX_DEFERRED,
    _R.PLAN_457: _T.TAX_DEFERRED,
    _R.ANNUITY: _T.TAX_DEFERRED,
    _R.ROTH_IRA: _T.TAX_FREE,
    _R.INHERITED_ROTH_IRA: _T.TAX_FREE,
    _R.ROTH_401K: _T.TAX_FREE,
    _R.HSA: _T.TAX_FREE,
    _R.EDUCATION_529: _T.TAX_FREE,
    _R.GROWTH_530A: _T.TAX_DEFERRED,
}
ERISA = {_R.PLAN_401K, _R.PLAN_403B, _R.PLAN_457, _R.ROTH_401K}


@dataclass(frozen=True, slots=True)
class Unusable:
    """Why an account row of a file cannot be imported, and how to fix it."""

    rule: str
    how_to_fix: str


@dataclass(frozen=True, slots=True)
class OnRecord:
    """The households and accounts that account rows name, fetched together, since a firm's file names
    hundreds.
    """

    households_by_code: dict[str, Household]
    accounts_by_number: dict[str, list[Account]]
    former: dict[str, FormerNumber] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Sequence[AccountRow]) -> OnRecord:
        households = Household.objects.filter(code__in={row.household for row in rows})
        indexes = {blind_index(row.number, purpose=NUMBER) for row in rows}
        accounts = Account.objects.filter(number_index__in=indexes).select_related(
            "household", "owner", "joint_owner", "tax_unit"
        )
        by_number: dict[str, list[Account]] = defaultdict(list)
        for one in accounts:
            by_number[one.number_index].append(one)
        return cls(
            {
                one.code: one
                for one in households.select_related("merged_into").prefetch_related(
                    "people", "tax_units__members"
                )
            },
            by_number,
            former_numbers.of(indexes - by_number.keys()),
        )

    def account(self, index: str, *, custodian: str | None, household: Household) -> Account | None:
        """The account of a number: at this custodian, else the household's only one under that number.

        A household's account keeps its identity when the firm corrects where it is held, or does not say.
        """
        found = self.accounts_by_number.get(index, [])
        at_custodian = [one for one in found if one.custodian == custodian]
        own = [one for one in found if one.household_id == household.pk]
        if at_custodian:
            return at_custodian[0]
        if len(own) == 1:
            return own[0]
        return found[0] if custodian is None and len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class Described:
    """An account that a file describes: opened, restated or unchanged, and its previous custodian."""

    account: Account
    is_new: bool = False
    changed: tuple[str, ...] = ()
    custodian_before: str = ""


def open_or_restate(row: AccountRow, *, on_record: OnRecord, by: Actor, at: datetime) -> Described | Unusable:
    """Open the account that a house file describes, or restate what may change about it.

    The household, its people and its tax units must be on record: a file of accounts cannot create clients.
    """
    household = on_record.households_by_code.get(row.household)
    if household is None:
        return Unusable(
            f"No household with the code {row.household} is on record.",
            "Add the household first, or correct the code.",
        )
    if household.merged_into is not None:
        return Unusable(
            f"Household {row.household} was merged into {household.merged_into.code} on {household.closed_on}.",
            f"Write {household.merged_into.code} as its household.",
        )
    owners = {str(person): person for person in household.people.all()}
    names = [row.owner, *([row.owner_second] if row.owner_second else [])]
    if missing := [name for name in names if name not in owners]:
        return Unusable(
            f"{missing[0]} is not a person of household {row.household}.",
            f"Write a name as it is on record: {', '.join(sorted(owners)) or 'no person is on record'}.",
        )
    if row.custodian is not None and row.custodian not in Account.Custodian.values:
        return Unusable(
            f"The custodian {row.custodian} is not known.",
            f"Write one of {', '.join(Account.Custodian.values)}.",
        )
    owner = owners[row.owner]
    treatment = TAX_TREATMENT[_R(str(row.registration))]
    index = blind_index(row.number, purpose=NUMBER)
    account = on_record.account(index, custodian=row.custodian, household=household)
    unit = None
    if treatment == _T.TAXABLE:
        found = tax_unit_for(household, owner, _R(str(row.registration)), named=row.tax_unit)
        if isinstance(found, Unusable):
            said = account is not None and (account.owner_id, account.registration) == (
                owner.pk,
                str(row.registration),
            )
            # A file that does not say it leaves the return that somebody has named.
            if account is None or account.tax_unit is None or row.tax_unit is not None or not said:
                return found
            found = account.tax_unit
        unit = found
    custodian_before = account.custodian if account else ""
    facts = {
        "custodian": row.custodian or custodian_before or str(Account.Custodian.HOUSE),
        "household": household,
        "owner": owner,
        "joint_owner": owners[row.owner_second] if row.owner_second else None,
        "tax_unit": unit,
        "name": row.label or _R(str(row.registration)).label,
        "registration": str(row.registration),
        "tax_treatment": treatment,
        "opened_on": row.opened_on,
        "closed_on": row.closed_on,
        "agreement_signed_on": row.agreement_on,
        "agreement_effective_on": row.agreement_on,
        "agreement_terminated_on": row.agreement_ends_on,
        "margin": Account.Margin.FULL if row.margin else Account.Margin.NONE,
        "is_erisa": _R(str(row.registration)) in ERISA,
        "lot_method": str(row.lot_method) if row.lot_method else Account.LotMethod.UNKNOWN,
        "lot_method_since_on": row.lot_method_since_on,
        "minimum_cash": row.cash_minimum or 0,
        **_discretion(row),
    }
    if account is not None and account.household_id != household.pk:
        return Unusable(
            f"The account ····{account.number_last4} already belongs to household {account.household.code}.",
            "A file cannot move an account to another household. Correct the household's code.",
        )
    if account is None and (former := on_record.former.get(index)) is not None:
        return Unusable(
            f"The number ····{former.number_last4} was {former.account.name}’s until {former.until_on}; it has "
            f"····{former.account.number_last4} now.",
            "Write the new number.",
        )
    if account is None:
        account = Account.objects.create(
            number=row.number, number_index=index, number_last4=row.number[-4:], **facts
        )
        on_record.accounts_by_number[index].append(account)
        audit.record(audit.Action.ACCOUNT_ADDED, about=account, by=by, at=at, registration=row.registration)
        return Described(account, is_new=True)
    changed = {name: value for name, value in facts.items() if getattr(account, name) != value}
    if changed:
        for name, value in changed.items():
            setattr(account, name, value)
        account.save(update_fields=list(changed))
        moved = {"custodian_before": custodian_before} if "custodian" in changed else {}
        audit.record(
            audit.Action.ACCOUNT_CHANGED,
            about=account,
            by=by,
            at=at,
            sealing=(),
            changed=sorted(changed),
            **moved,
        )
    return Described(
        account,
        changed=tuple(sorted(changed)),
        custodian_before=custodian_before if "custodian" in changed else "",
    )


def display_form(seen: AccountSeen) -> tuple[str, str]:
    """Mask and label as they may be stored unencrypted: only the last digits of a full number."""
    mask = f"····{seen.number[-4:]}" if seen.number else seen.mask or ""
    return mask[:MASK_MAX], (seen.label or "")[:LABEL_MAX]


def find_accounts(wanted: Sequence[AccountSeen], *, custodian: str | None) -> dict[str, Account]:
    """The accounts that a file means, by how it names them; those that have not been bound are missing.

    A full number is looked up by its keyed digest, one that an account had before means that account; a masked one only through its binding, because tail digits
    and labels are not unique. A nickname without digits is meaningless outside its file.
    """
    index_of = {
        seen.key: blind_index(seen.number, purpose=NUMBER) for seen in wanted if seen.number is not None
    }
    by_index: dict[str, list[Account]] = defaultdict(list)
    for account in Account.objects.filter(number_index__in=set(index_of.values())):
        if not custodian or account.custodian == custodian:
            by_index[account.number_index].append(account)
    form_of = {seen.key: display_form(seen) for seen in wanted if seen.number is None and seen.mask}
    masks = {mask for mask, _ in form_of.values()}
    by_form: dict[tuple[str, str], list[Account]] = defaultdict(list)
    bindings = AccountBinding.objects.filter(mask__in=masks, ended_at=None).select_related("account")
    for binding in bindings if masks else ():
        if not custodian or binding.custodian == custodian:
            by_form[binding.mask, binding.label].append(binding.account)
    strangers = [index for index in index_of.values() if not by_index[index]]
    for index, former in former_numbers.of(strangers, custodian=custodian).items():
        by_index[index].append(former.account)
    found = {key: by_index[index] for key, index in index_of.items()}
    found |= {key: by_form[form] for key, form in form_of.items()}
    return {key: several[0] for key, several in found.items() if len(several) == 1}


def tax_unit_for(
    household: Household, owner: Person, registration: str, *, named: str | None = None
) -> TaxUnit | Unusable:
    """The return that reports the trades: the one that is named; else the trust's own for a separately taxed trust, the
    grantor's for a revocable one (IRC 671-677), otherwise the owner's.

    Somebody files one return a year, so a return of their own that has ended, or that a joint one has replaced, does
    not count beside the present one.
    """
    units = list(household.tax_units.all())
    is_trusts = {unit: unit.filing_status == TaxUnit.FilingStatus.TRUST for unit in units}
    fitting = [unit for unit in units if owner in unit.members.all()]
    fitting = [unit for unit in fitting if unit.last_tax_year is None] or fitting
    fitting = [unit for unit in fitting if unit.filing_status == TaxUnit.FilingStatus.JOINT] or fitting
    if named is not None:
        fitting = [unit for unit in units if unit.code == named]
    elif registration in {_R.IRREVOCABLE_TRUST, _R.CORPORATION, _R.PARTNERSHIP}:
        of_trusts = [unit for unit in units if is_trusts[unit]]
        fitting = [unit for unit in fitting if is_trusts[unit]] or of_trusts
    elif registration == _R.REVOCABLE_TRUST and not owner.is_human and not fitting:
        fitting = [unit for unit in units if not is_trusts[unit]]
    if len(fitting) == 1:
        return fitting[0]
    return Unusable(
        f"{len(fitting) or 'No'} tax {'unit' if not fitting else 'units'} of household {household.code} "
        f"could file for {owner}'s {_R(registration).label.lower()} account.",
        "Record exactly one tax unit that files for this account.",
    )


def _discretion(row: AccountRow) -> dict[str, str | date | None]:
    if row.discretion is Discretion.NONE:
        return {
            "discretion": str(Account.Discretion.NON_DISCRETIONARY),
            "discretion_from_on": None,
            "discretion_until_on": None,
        }
    return {
        "discretion": str(Account.Discretion.DISCRETIONARY),
        "discretion_from_on": row.agreement_on,
        "discretion_until_on": row.agreement_ends_on,
    }
