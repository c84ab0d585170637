"""What a person may see of the pipeline. Out of scope is not found."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from clients import access as record
from clients.models import Household
from compliance import access as desk
from compliance.models import Approval, Consent, ConsentChannel, Decision, ExaminerAccess
from compliance.models.reviews import SubjectKind
from compliance.people.roles import Role
from rebalancing.models import (
    Alarm,
    ApprovalBatch,
    Block,
    Break,
    ClientSummary,
    Fill,
    FixInbox,
    FixSession,
    HoldOverride,
    ImpactRun,
    Order,
    OrderBatch,
    OrderLayout,
    Proposal,
    Reading,
    Release,
    ReplayRun,
    Revision,
    ScanRun,
    TradeError,
    TradingStop,
)


def proposals_for(user: Any) -> QuerySet[Proposal]:
    """Proposals of the households in this person's scope. Clients read summaries, never the desk's pages."""
    if not record.is_staff(user):
        return Proposal.objects.none()
    return Proposal.objects.filter(household__in=record.households_for(user))


def approvals_for(user: Any) -> QuerySet[Approval]:
    """Approvals of the proposals in this person's scope."""
    return Approval.objects.filter(review__revision__proposal__in=proposals_for(user)).select_related(
        "decision", "review__revision__proposal__household"
    )


def decided_revisions_for(user: Any) -> QuerySet[Revision]:
    """Revisions about which somebody said yes or no, for those who read the trail of the household: compliance, and advisors
    and reviewers of their book. An explanation shows it, so the trading desk, which reads no trail of others, gets none.
    """
    found = Revision.objects.select_related(
        "proposal__household", "proposal__reading", "policy__model__model", "model_version__model", "review"
    )
    if user.has_role(Role.EXAMINER):
        shown = [decided_within(one).values("pk") for one in ExaminerAccess.objects.of(user.pk)]
        return found.filter(reduce(or_, (Q(pk__in=keys) for keys in shown), Q(pk__in=[])))
    if not any(user.has_role(role) for role in (Role.COMPLIANCE, Role.ADVISOR, Role.REVIEWER)):
        return found.none()
    return found.filter(
        Exists(Decision.objects.filter(review=OuterRef("review"), verdict__in=("approved", "rejected"))),
        proposal__in=proposals_for(user),
    )


def decided_within(access: ExaminerAccess) -> QuerySet[Revision]:
    """The revisions that an examiner's access shows: of its client, decided in its period."""
    given = Decision.objects.filter(
        review=OuterRef("review"),
        verdict__in=("approved", "rejected"),
        **desk.within_period(access, "decided_at"),
    )
    found = Revision.objects.filter(Exists(given)).select_related("proposal__household", "review")
    if not access.household_ref:
        return found
    return found.filter(
        proposal__household__in=Household.objects.with_merged(Q(public_id=access.household_ref))
    )


def replays_for(user: Any) -> QuerySet[ReplayRun]:
    """Replays of the decisions that may be explained to this person."""
    found = ReplayRun.objects.select_related("revision__proposal__household", "asked_by")
    return found.filter(revision__in=decided_revisions_for(user).values("pk"))


def proposals_to_consent_for(user: Any) -> QuerySet[Proposal]:
    """Open proposals that wait for this client's own yes."""
    if not user.has_role(Role.CLIENT) or not record.sees_whole_household(user):
        return Proposal.objects.none()
    return Proposal.objects.filter(
        household__in=record.households_for(user),
        state=Proposal.State.IN_REVIEW,
        revisions__review__consent_required=True,
        revisions__review__state="open",
    ).distinct()


def consents_for(user: Any) -> QuerySet[Consent]:
    """What this client has agreed to in the portal, for the household they belong to today."""
    if not user.has_role(Role.CLIENT) or not record.sees_whole_household(user):
        return Consent.objects.none()
    return Consent.objects.filter(
        recorded_by=user,
        channel=ConsentChannel.PORTAL,
        review__subject_kind=SubjectKind.PROPOSAL,
        review__household_ref__in=record.households_for(user).values("public_id"),
    )


def readings_for(user: Any) -> QuerySet[Reading]:
    """Readings of the households in this person's scope; they are the firm's working papers."""
    if not record.is_staff(user):
        return Reading.objects.none()
    return Reading.objects.filter(household__in=record.households_for(user))


def hold_overrides_for(user: Any) -> QuerySet[HoldOverride]:
    """Decisions to trade anyway, of the households that this member of staff may see."""
    if not record.is_staff(user):
        return HoldOverride.objects.none()
    return HoldOverride.objects.filter(household__in=record.households_for(user))


def alarms_for(user: Any) -> QuerySet[Alarm]:
    """Alarms of the monitors about households in this person's scope; clients see none."""
    if not record.is_staff(user):
        return Alarm.objects.none()
    return Alarm.objects.filter(household__in=record.households_for(user))


def breaks_for(user: Any) -> QuerySet[Break]:
    """Differences in the accounts that this member of staff may see; those of no account are the desk's and compliance's."""
    if not record.is_staff(user):
        return Break.objects.none()
    mine = Q(account__in=record.accounts_of_the_desk(user))
    if user.has_role(Role.TRADER) or user.has_role(Role.COMPLIANCE):
        mine |= Q(account=None)
    return Break.objects.filter(mine)


def trade_errors_for(user: Any) -> QuerySet[TradeError]:
    """Errors in trading for the accounts that this member of staff may see."""
    if not record.is_staff(user):
        return TradeError.objects.none()
    return TradeError.objects.filter(account__in=record.accounts_of_the_desk(user))


def blocks_for(user: Any) -> QuerySet[Block]:
    """Blocks that were sent: of many households, so the trading desk's and compliance's."""
    if user.has_role(Role.TRADER) or user.has_role(Role.COMPLIANCE):
        return Block.objects.all()
    return Block.objects.none()


def orders_for(user: Any) -> QuerySet[Order]:
    """Orders of the accounts that this member of staff may see."""
    return Order.objects.filter(account__in=record.accounts_of_the_desk(user))


def fills_for(user: Any) -> QuerySet[Fill]:
    """What brokers reported: a block is of many households, so it is the trading desk's and compliance's."""
    if user.has_role(Role.TRADER) or user.has_role(Role.COMPLIANCE):
        return Fill.objects.all()
    return Fill.objects.none()


def fix_sessions_for(user: Any) -> QuerySet[FixSession]:
    """FIX sessions are the firm's; the trading desk, compliance and administrators see them."""
    if not any(user.has_role(role) for role in (Role.TRADER, Role.COMPLIANCE, Role.ADMINISTRATOR)):
        return FixSession.objects.none()
    return FixSession.objects.all()


def may_see_order_layouts(user: Any) -> bool:
    """Whether this person sees how order files are laid out: the trading desk, compliance and administrators do."""
    return any(user.has_role(role) for role in (Role.TRADER, Role.COMPLIANCE, Role.ADMINISTRATOR))


def order_layouts_for(user: Any) -> QuerySet[OrderLayout]:
    """The firm's layouts of order files, also those that are retired."""
    return OrderLayout.objects.all() if may_see_order_layouts(user) else OrderLayout.objects.none()


def fix_messages_for(user: Any) -> QuerySet[FixInbox]:
    """What brokers sent, of the sessions that this person sees."""
    return FixInbox.objects.filter(session__in=fix_sessions_for(user))


def scans_for(user: Any) -> QuerySet[ScanRun]:
    """Scan runs: every member of staff sees that a scan ran; readings are limited to the person's scope."""
    return ScanRun.objects.all() if record.is_staff(user) else ScanRun.objects.none()


def impacts_for(user: Any) -> QuerySet[ImpactRun]:
    """Impact previews of models: staff see that they ran and their totals; households are limited to their scope."""
    previews = ImpactRun.objects.select_related("version__model", "started_by")
    return previews if record.is_staff(user) else previews.none()


def batches_for(user: Any) -> QuerySet[OrderBatch]:
    """Order batches of the households in this person's scope."""
    if not record.is_staff(user):
        return OrderBatch.objects.none()
    return OrderBatch.objects.filter(revision__proposal__household__in=record.households_for(user))


def releases_for(user: Any) -> QuerySet[Release]:
    """Releases that hold at least one proposal of this person's scope; of the others they see nothing."""
    if not record.is_staff(user):
        return Release.objects.none()
    return Release.objects.filter(rows__proposal__in=proposals_for(user)).distinct()


def approval_batches_for(user: Any) -> QuerySet[ApprovalBatch]:
    """Batches of approvals that hold at least one proposal of this person's scope; of the others they see nothing."""
    if not record.is_staff(user):
        return ApprovalBatch.objects.none()
    return ApprovalBatch.objects.filter(rows__proposal__in=proposals_for(user)).distinct()


def trading_stops_for(user: Any) -> QuerySet[TradingStop]:
    """Trading stops: every member of staff sees that trading is stopped; of accounts, those of their scope."""
    stops = TradingStop.objects.select_related("account__household", "placed_by", "lifted_by")
    if not record.is_staff(user):
        return stops.none()
    return stops.filter(Q(account=None) | Q(account__household__in=record.households_for(user)))


def summaries_for(user: Any) -> QuerySet[ClientSummary]:
    """Client summaries: staff by their scope, a client only those of their own household.

    A client who may see only their own accounts gets none: a summary shows household totals.
    """
    if not record.is_staff(user) and not record.sees_whole_household(user):
        return ClientSummary.objects.none()
    return ClientSummary.objects.filter(household__in=record.households_for(user))


def refusal_to_release(user: Any) -> str | None:
    """Why this person may not send orders out; None when they may."""
    if user.has_role(Role.TRADER):
        return None
    return "Only the trading desk releases orders."


def refusal_to_let_go(user: Any) -> str | None:
    """Why this person may not let a held block go; None when they may: a trader, and compliance, who accepts findings."""
    if user.has_role(Role.TRADER) or user.has_role(Role.COMPLIANCE):
        return None
    return "Only the trading desk and compliance let a held block go."


def refusal_to_take_out(user: Any) -> str | None:
    """Why this person may not download order files, which carry full account numbers; None when they may."""
    if user.has_role(Role.TRADER):
        return None
    return "Only the trading desk can download order files."


def refusal_to_scan(user: Any) -> str | None:
    """Why this person may not start a scan; None when they may."""
    if user.has_role(Role.TRADER) or user.has_role(Role.ADVISOR):
        return None
    return "Only the schedule, an advisor or the trading desk can start a scan."


def refusal_to_revise(user: Any) -> str | None:
    """Why this person may not make a new revision; None when they may."""
    if user.has_role(Role.ADVISOR):
        return None
    return "Only an advisor can change a proposal. Request changes instead."
