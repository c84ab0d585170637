"""What a person may see of the record. The lookup is the permission: anything out of scope is not found.
- Advisors and reviewers see the households in their book today, and in the book of a colleague they cover.
- Compliance officers and traders read all households.
- A client sees their own household, or only their own accounts, as the household has agreed.
- Staff who are also clients see their own household as a client only with a separate sign-in.
- Administrators run the firm's people and settings; they see whose book a household is in, and no holdings.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.db.models import F, Q, QuerySet

from clients.models import (
    Account,
    AssetClass,
    BookEntry,
    CashFlow,
    CashFlowRule,
    Coverage,
    CustodianFile,
    Hold,
    Household,
    LifeEvent,
    ModelPortfolio,
    Person,
    Policy,
    PolicyTemplate,
    Price,
    Security,
    TaxLot,
    TaxProfile,
    TaxUnit,
    WashGroup,
    Workbook,
)
from compliance import clock
from compliance.models import RestrictedIssuer
from compliance.people.roles import Role

if TYPE_CHECKING:
    from datetime import date

READ_ALL = (Role.COMPLIANCE, Role.TRADER)
WORKBOOK_ROLES = (Role.TRADER, Role.ADMINISTRATOR)
MODEL_MAKERS = (Role.ADVISOR, Role.REVIEWER, Role.TRADER)
STAFF = (*READ_ALL, Role.ADVISOR, Role.REVIEWER)
BOOK_PARTS = {Role.ADVISOR: BookEntry.Part.ADVISOR, Role.REVIEWER: BookEntry.Part.REVIEWER}


def is_staff(user: Any) -> bool:
    """Whether the person is staff and may see client data."""
    return any(user.has_role(role) for role in (*READ_ALL, *BOOK_PARTS))


def households_for(user: Any, *, on: date | None = None) -> QuerySet[Household]:
    """The households this person may see on a day (default: today in New York), with those merged into them."""
    day = on or clock.Today()
    if any(user.has_role(role) for role in READ_ALL):
        return Household.objects.all()
    parts = [part for role, part in BOOK_PARTS.items() if user.has_role(role)]
    in_book = Q(pk__in=_entries_of(user, parts, day).values("household"))
    if is_staff(user):
        # Staff see their own household only as part of their book, and never to decide about it.
        return Household.objects.with_merged(in_book)
    own = Q(pk__in=_persons_for(user).exclude(may_see=Person.MaySee.NOTHING).values("household"))
    return Household.objects.filter(own)


def advises(user: Any, household: Household, *, on: date | None = None) -> bool:
    """Whether this person advises the household on a day (default: today in New York), or covers who does."""
    entries = _entries_of(user, [BookEntry.Part.ADVISOR], on or clock.Today())
    return user.has_role(Role.ADVISOR) and entries.filter(household=household).exists()


def _entries_of(user: Any, parts: list[BookEntry.Part], day: Any) -> QuerySet[BookEntry]:
    """The entries a person works on a day: their own, and those of the colleagues they cover."""
    own = Q(user=user)
    for part in parts:
        away = Coverage.objects.filter(
            covered_by=user, part=part, ended_at=None, starts_on__lte=day, ends_on__gte=day
        )
        own |= Q(part=part, user__in=away.values("away"))
    entries: QuerySet[BookEntry] = BookEntry.objects.on(day).filter(own, part__in=parts)
    return entries


def book_entries_today() -> QuerySet[BookEntry]:
    """Whose book each household is in today, for pages about households the caller may see."""
    entries: QuerySet[BookEntry] = BookEntry.objects.on(clock.Today()).select_related("user")
    return entries


def refusal_to_keep_books(user: Any) -> str | None:
    """Why this person may not see whose book every household is in; None when they may."""
    if user.has_role(Role.ADMINISTRATOR) or user.has_role(Role.COMPLIANCE):
        return None
    return "Only a firm administrator or compliance can see everybody's books."


def households_in_books(user: Any) -> QuerySet[Household]:
    """Every household by name, for those who say whose book it is in. It shows no holdings."""
    return Household.objects.all() if refusal_to_keep_books(user) is None else Household.objects.none()


def book_entries_for(user: Any) -> QuerySet[BookEntry]:
    """Every assignment of a household to a book, for those who keep the books."""
    entries: QuerySet[BookEntry] = BookEntry.objects.select_related("household", "user")
    return entries if refusal_to_keep_books(user) is None else entries.none()


def staff_whose_books_are_kept_by(user: Any) -> QuerySet[Any]:
    """Everybody who ever had a book, for those who keep them."""
    found = get_user_model()._default_manager.filter(book_entries__isnull=False).distinct()
    return found if refusal_to_keep_books(user) is None else found.none()


def colleagues_who_may_cover(user: Any) -> QuerySet[Any]:
    """The colleagues who advise or review and can sign in, for staff who arrange coverage."""
    found = get_user_model()._default_manager.filter(
        is_active=True, role_grants__role__in=list(BOOK_PARTS), role_grants__revoked_at=None
    )
    may = refusal_to_keep_books(user) is None or any(user.has_role(role) for role in BOOK_PARTS)
    return found.order_by("name", "pk").distinct() if may else found.none()


def staff_with_books(user: Any) -> QuerySet[Any]:
    """The colleagues who advise or review, also those who have not taken up their invitation, for who keeps the books."""
    found = get_user_model()._default_manager.filter(
        role_grants__role__in=list(BOOK_PARTS), role_grants__revoked_at=None
    )
    if refusal_to_keep_books(user) is not None:
        found = found.filter(pk=user.pk)
    return found.order_by("name", "pk").distinct()


def coverages_today() -> QuerySet[Coverage]:
    """Who stands in for whom today, for pages that the caller may see."""
    day = clock.Today()
    return Coverage.objects.filter(ended_at=None, starts_on__lte=day, ends_on__gte=day)


def coverages_for(user: Any) -> QuerySet[Coverage]:
    """All coverage for those who keep the books, one's own for other staff."""
    if refusal_to_keep_books(user) is None:
        return Coverage.objects.all()
    if not is_staff(user):
        return Coverage.objects.none()
    return Coverage.objects.filter(Q(away=user) | Q(covered_by=user))


def advised_by(user: Any, *, on: date) -> set[int]:
    """The keys of the households that this person advises on a day."""
    if not user.has_role(Role.ADVISOR):
        return set()
    return set(_entries_of(user, [BookEntry.Part.ADVISOR], on).values_list("household", flat=True))


def accounts_for(user: Any, *, on: date | None = None) -> QuerySet[Account]:
    """The accounts this person may see: a client who sees only their own accounts gets just those."""
    accounts = Account.objects.filter(household__in=households_for(user, on=on))
    narrow = _persons_for(user).filter(may_see=Person.MaySee.OWN_ACCOUNTS)
    if narrow.exists() and not is_staff(user):
        accounts = accounts.filter(Q(owner__in=narrow) | Q(joint_owner__in=narrow))
    return accounts


def persons_for(user: Any) -> QuerySet[Person]:
    """The people of the households that a member of staff may see."""
    if not is_staff(user):
        return Person.objects.none()
    return Person.objects.filter(household__in=households_for(user)).select_related(
        "household", "user", "spouse"
    )


def lots_for(user: Any) -> QuerySet[TaxLot]:
    """The tax lots of the accounts this person may see."""
    return TaxLot.objects.filter(account__in=accounts_for(user))


def accounts_of_the_desk(user: Any) -> QuerySet[Account]:
    """The accounts of the households that this member of staff may see; clients have pages of their own."""
    return Account.objects.filter(household__in=_of_the_desk(user))


def lots_of_the_desk(user: Any) -> QuerySet[TaxLot]:
    """The tax lots of the accounts that this member of staff may see."""
    return TaxLot.objects.filter(account__household__in=_of_the_desk(user))


def cash_flows_for(user: Any) -> QuerySet[CashFlow]:
    """Money due in the households that this member of staff may see."""
    return CashFlow.objects.filter(account__household__in=_of_the_desk(user))


def cash_flow_rules_for(user: Any) -> QuerySet[CashFlowRule]:
    """Recurring cash needs of the households that this member of staff may see."""
    return CashFlowRule.objects.filter(account__household__in=_of_the_desk(user))


def holds_for(user: Any) -> QuerySet[Hold]:
    """Holds on the households that this member of staff may see."""
    return Hold.objects.filter(household__in=_of_the_desk(user))


def life_events_for(user: Any) -> QuerySet[LifeEvent]:
    """Life events of the households that this member of staff may see."""
    return LifeEvent.objects.filter(household__in=_of_the_desk(user))


def _of_the_desk(user: Any) -> QuerySet[Household]:
    return households_for(user) if is_staff(user) else Household.objects.none()


def securities_held_in(accounts: QuerySet[Account]) -> QuerySet[Security]:
    """What these accounts hold in lots, by symbol."""
    held = TaxLot.objects.filter(account__in=accounts, closed_on=None)
    return Security.objects.filter(pk__in=held.values("security")).order_by("symbol")


def tax_units_for(user: Any) -> QuerySet[TaxUnit]:
    """The tax units of the households that this member of staff may see."""
    return TaxUnit.objects.filter(household__in=_of_the_desk(user)).select_related("household")


def tax_profiles_for(user: Any) -> QuerySet[TaxProfile]:
    """The yearly tax profiles of the households that this member of staff may see."""
    found = TaxProfile.objects.filter(tax_unit__household__in=_of_the_desk(user))
    return found.select_related("tax_unit__household")


def closed_households_for(user: Any) -> QuerySet[Household]:
    """The closed households that were in this member of staff's book on their last day, or are in their scope."""
    if not is_staff(user):
        return Household.objects.none()
    parts = [part for role, part in BOOK_PARTS.items() if user.has_role(role)]
    ended = BookEntry.objects.filter(
        user=user, part__in=parts, ends_on__gte=F("household__closed_on") - timedelta(days=1)
    )
    closed = Household.objects.filter(closed_on__isnull=False)
    return closed.filter(Q(pk__in=ended.values("household")) | Q(pk__in=households_for(user).values("pk")))


def sees_whole_household(user: Any) -> bool:
    """Whether household totals may be shown, since they reveal other people's accounts."""
    return is_staff(user) or _persons_for(user).filter(may_see=Person.MaySee.HOUSEHOLD).exists()


def policies_for(user: Any) -> QuerySet[Policy]:
    """Policies of the households this person may see; a client sees those that bind or bound, and what is to be signed."""
    policies = Policy.objects.filter(household__in=households_for(user))
    if is_staff(user):
        return policies
    if not sees_whole_household(user):
        return policies.none()
    return policies.filter(state__in=(*Policy.SETTLED, Policy.State.APPROVED))


def policy_templates_for(user: Any) -> QuerySet[PolicyTemplate]:
    """The firm's policy templates: staff see all versions, clients none."""
    return PolicyTemplate.objects.all() if is_staff(user) else PolicyTemplate.objects.none()


def refusal_to_write_policies(user: Any, household: Household) -> str | None:
    """Why this person may not draft policies for the household; None when they may."""
    if advises(user, household):
        return None
    return "Only the household's advisor can draft its policy."


def models_for(user: Any) -> QuerySet[ModelPortfolio]:
    """Model portfolios are the firm's own: staff see all, clients none."""
    return ModelPortfolio.objects.all() if is_staff(user) else ModelPortfolio.objects.none()


def refusal_to_change_models(user: Any) -> str | None:
    """Why this person may not change model portfolios; None when they may."""
    if any(user.has_role(role) for role in MODEL_MAKERS):
        return None
    return "Only advisors, reviewers and the trading desk change model portfolios."


def securities_for(user: Any) -> QuerySet[Security]:
    """Securities are the firm's own: the desk reads all, clients none."""
    return Security.objects.all() if is_staff(user) else Security.objects.none()


def asset_classes_for(user: Any) -> QuerySet[AssetClass]:
    """Asset classes, for those who may read securities."""
    return AssetClass.objects.all() if is_staff(user) else AssetClass.objects.none()


def wash_groups_for(user: Any) -> QuerySet[WashGroup]:
    """Wash-sale groups, for those who may read securities."""
    return WashGroup.objects.all() if is_staff(user) else WashGroup.objects.none()


def prices_for(user: Any) -> QuerySet[Price]:
    """Prices of every source, for those who may read securities."""
    return Price.objects.all() if is_staff(user) else Price.objects.none()


def refusal_to_read_securities(user: Any) -> str | None:
    """Why this person may not open the pages of securities and prices; None where they may."""
    return None if is_staff(user) else "Securities and prices are for the firm's desk."


def firm_list_for(user: Any) -> QuerySet[RestrictedIssuer]:
    """The firm's restricted and watch lists: compliance keeps them, lifted entries too."""
    if user.has_role(Role.COMPLIANCE):
        return RestrictedIssuer.objects.all()
    return RestrictedIssuer.objects.none()


def files_for(user: Any) -> QuerySet[CustodianFile]:
    """Custodian files hold many households at once: only those who read all of them may open one."""
    if any(user.has_role(role) for role in READ_ALL):
        return CustodianFile.objects.all()
    return CustodianFile.objects.none()


def disputed_prices_for(user: Any) -> QuerySet[Price]:
    """Disputed prices, the newest day first, for those who may read custodian files and decide about prices."""
    waiting = Price.objects.filter(standing=Price.Standing.DISPUTED).select_related("security")
    if refusal_to_read_files(user) is not None:
        return waiting.none()
    return waiting.order_by("-as_of_on", "security__symbol", "source")


def refusal_to_read_files(user: Any) -> str | None:
    """Why this person may not open the import pages; None when they may."""
    if any(user.has_role(role) for role in READ_ALL):
        return None
    return "Custodian files hold many households at once. Only the trading desk and compliance can read them."


def refusal_to_import(user: Any) -> str | None:
    """Why this person may not import files; None when they may."""
    if user.has_role(Role.TRADER):
        return None
    return "Only the trading desk can import custodian files. Ask a trader to upload it."


def workbooks_for(user: Any) -> QuerySet[Workbook]:
    """The firm's workbooks hold many households at once, and no holdings: who loads them, and compliance."""
    if refusal_to_read_workbooks(user) is None:
        return Workbook.objects.all()
    return Workbook.objects.none()


def refusal_to_read_workbooks(user: Any) -> str | None:
    """Why this person may not open or export workbooks; None when they may."""
    if any(user.has_role(role) for role in (*WORKBOOK_ROLES, Role.COMPLIANCE)):
        return None
    return "Workbooks hold many households at once. Only the trading desk, compliance and administrators read them."


def refusal_to_load_workbooks(user: Any) -> str | None:
    """Why this person may not load workbooks; None when they may."""
    if any(user.has_role(role) for role in WORKBOOK_ROLES):
        return None
    return "Only the trading desk and administrators load workbooks. Ask one of them to upload it."


def refusal_to_adopt_policies(user: Any) -> str | None:
    """Why this person may not adopt a workbook's policies; None for a reviewer."""
    if user.has_role(Role.REVIEWER):
        return None
    return "Only a reviewer who did not load the workbook can adopt its policies."


def workbook_households_for(user: Any) -> QuerySet[Household]:
    """The households of an export in the workbook's layout: every open one, for who reads workbooks."""
    if refusal_to_read_workbooks(user) is None:
        return Household.objects.filter(closed_on=None)
    return Household.objects.none()


def loaded_policies_for(user: Any, workbook: Workbook) -> QuerySet[Policy]:
    """The policies that a workbook drafted, of the households this person may see; for staff who see all, all."""
    drafted = Policy.objects.filter(workbook_rows__workbook=workbook)
    return drafted.filter(household__in=households_for(user)) if is_staff(user) else drafted.none()


def workbooks_with_policies_for(user: Any) -> QuerySet[Workbook]:
    """The workbooks with policies of this reviewer's book, and those this person reads anyway."""
    own = Workbook.objects.filter(
        households__policy__household__in=households_for(user), households__policy__isnull=False
    )
    return (workbooks_for(user) | own).distinct() if is_staff(user) else workbooks_for(user)


def _persons_for(user: Any) -> QuerySet[Person]:
    if not user.has_role(Role.CLIENT):
        return Person.objects.none()
    return Person.objects.filter(user=user, deceased_on=None)
