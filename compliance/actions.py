"""Every action on the audit trail: noun, then past-tense verb.

Listed by hand for the whole product, so that the vocabulary is in one place. Webhooks use the same names; a
name is never reused for something else.
"""

from __future__ import annotations

from django.db.models import TextChoices


class Action(TextChoices):
    """What happened. Add values next to related ones; never change or remove a value."""

    # Sign-in, roles and permissions.
    USER_SIGNED_IN = "user.signed_in", "Signed in"
    USER_SIGNED_OUT = "user.signed_out", "Signed out"
    USER_SIGN_IN_FAILED = "user.sign_in_failed", "Sign-in failed"
    USER_ADDED = "user.added", "User added"
    USER_CHANGED = "user.changed", "User changed"
    USER_DEACTIVATED = "user.deactivated", "User deactivated"
    USER_REACTIVATED = "user.reactivated", "User reactivated"
    INVITATION_SENT = "invitation.sent", "Invitation sent"
    INVITATION_ACCEPTED = "invitation.accepted", "Invitation accepted"
    INVITATION_WITHDRAWN = "invitation.withdrawn", "Invitation withdrawn"
    SESSIONS_ENDED = "sessions.ended", "Sessions ended"
    PASSWORD_CHANGED = "password.changed", "Password changed"
    FACTOR_ADDED = "factor.added", "Second factor added"
    FACTOR_REMOVED = "factor.removed", "Second factor removed"
    ROLE_GRANTED = "role.granted", "Role granted"
    ROLE_REVOKED = "role.revoked", "Role revoked"
    ACCESS_DENIED = "access.denied", "Access denied"
    SETTING_CHANGED = "setting.changed", "Firm setting changed"

    # Reading client data: Regulation S-P asks whose data an account could have seen.
    HOUSEHOLD_VIEWED = "household.viewed", "Household opened"
    ACCOUNT_VIEWED = "account.viewed", "Account opened"
    ACCOUNT_REVEALED = "account.revealed", "Account number revealed"
    PROPOSAL_VIEWED = "proposal.viewed", "Proposal opened"
    SUMMARY_VIEWED = "summary.viewed", "Client summary opened"
    EVENT_VIEWED = "event.viewed", "Audit event opened"
    DATA_EXPORTED = "data.exported", "Data exported"

    # How people like their lists.
    VIEW_SAVED = "view.saved", "View of a list saved"
    VIEW_REMOVED = "view.removed", "View of a list removed"

    # The record: households, accounts, policies, models.
    HOUSEHOLD_ADDED = "household.added", "Household added"
    HOUSEHOLD_CHANGED = "household.changed", "Household changed"
    HOUSEHOLD_CLOSED = "household.closed", "Household closed"
    HOUSEHOLD_REOPENED = "household.reopened", "Household reopened"
    HOUSEHOLD_MERGED = "household.merged", "Households merged"
    HOUSEHOLD_SPLIT = "household.split", "Household split"
    PERSON_ADDED = "person.added", "Person added"
    PERSON_CHANGED = "person.changed", "Person corrected"
    PERSON_LEFT = "person.left", "Person left the household"
    PERSON_RETURNED = "person.returned", "Person returned to the household"
    PERSON_DIED = "person.died", "Death recorded"
    PEOPLE_MARRIED = "people.married", "Marriage recorded"
    PEOPLE_DIVORCED = "people.divorced", "Divorce recorded"
    TAX_UNIT_ADDED = "tax_unit.added", "Tax unit added"
    TAX_UNIT_CHANGED = "tax_unit.changed", "Tax unit corrected"
    TAX_UNIT_RETIRED = "tax_unit.retired", "Tax unit files no longer"
    TAX_PROFILE_CONFIRMED = "tax_profile.confirmed", "Tax profile confirmed"
    TAX_PROFILE_CORRECTED = "tax_profile.corrected", "Tax profile corrected"
    ADVISOR_ASSIGNED = "advisor.assigned", "Advisor assigned"
    BOOK_ENDED = "book.ended", "Household taken out of a book"
    BOOK_HANDED_OVER = "book.handed_over", "Book handed over"
    COVERAGE_ARRANGED = "coverage.arranged", "Coverage arranged"
    COVERAGE_ENDED = "coverage.ended", "Coverage ended early"
    ACCOUNT_ADDED = "account.added", "Account added"
    ACCOUNT_BOUND = "account.bound", "Custodian account bound"
    ACCOUNT_UNBOUND = "account.unbound", "Custodian account unbound"
    ACCOUNT_CHANGED = "account.changed", "Account changed"
    ACCOUNT_RENUMBERED = "account.renumbered", "Account number changed"
    ACCOUNT_MOVED = "account.moved", "Account moved to another custodian"
    ACCOUNT_CLOSED = "account.closed", "Account closed"
    ACCOUNT_REOPENED = "account.reopened", "Account reopened"
    LOT_CORRECTED = "lot.corrected", "Tax lot corrected"
    LOT_CORRECTION_ENDED = "lot.correction_ended", "Correction of a tax lot ended"
    LOT_LOCKED = "lot.locked", "Tax lot locked"
    LOT_UNLOCKED = "lot.unlocked", "Tax lot unlocked"
    LOT_ORIGIN_RECORDED = "lot.origin_recorded", "Origin of a tax lot recorded"
    LOT_ORIGIN_ENDED = "lot.origin_ended", "Origin of a tax lot ended"
    BASIS_ELECTED = "basis_election.made", "Average basis elected"
    BASIS_ELECTION_CHANGED = "basis_election.changed", "Election of the average basis corrected"
    BASIS_ELECTION_ENDED = "basis_election.ended", "Election of the average basis ended"
    STATED_GAINS_RECORDED = "stated_gains.recorded", "Custodian's year-to-date gains recorded"
    STATED_GAINS_CHANGED = "stated_gains.changed", "Custodian's year-to-date gains corrected"
    STATED_GAINS_ENDED = "stated_gains.ended", "Custodian's year-to-date gains taken back"
    ESTIMATED_TAX_RECORDED = "estimated_tax.recorded", "Tax payments recorded"
    ESTIMATED_TAX_CHANGED = "estimated_tax.changed", "Tax payments corrected"
    ESTIMATED_TAX_ENDED = "estimated_tax.ended", "Tax payments taken back"
    OUTSIDE_ACCOUNT_DECLARED = "outside_account.declared", "Account elsewhere declared"
    OUTSIDE_ACCOUNT_CHANGED = "outside_account.changed", "Account elsewhere changed"
    OUTSIDE_ACCOUNT_ENDED = "outside_account.ended", "Account elsewhere taken off"
    RESTRICTION_MADE = "client_restriction.made", "Client restriction recorded"
    RESTRICTION_CHANGED = "client_restriction.changed", "Client restriction changed"
    RESTRICTION_CANCELLED = "client_restriction.cancelled", "Client restriction cancelled"
    RESTRICTION_EXPIRED = "client_restriction.expired", "Client restriction ended"
    PLAN_ADDED = "employer_plan.added", "Employer plan added"
    PLAN_CHANGED = "employer_plan.changed", "Employer plan corrected"
    PLAN_RETIRED = "employer_plan.retired", "Employer plan retired"
    PLAN_FUND_ADDED = "employer_plan.fund_added", "Fund put on a plan's menu"
    PLAN_FUND_CHANGED = "employer_plan.fund_changed", "Fund of a plan's menu changed"
    PLAN_FUND_ENDED = "employer_plan.fund_ended", "Fund taken off a plan's menu"
    PLAN_JOINED = "employer_plan.joined", "Account put in an employer's plan"
    PLAN_LEFT = "employer_plan.left", "Account taken out of an employer's plan"
    CASH_NEED_ADDED = "cash_need.added", "Cash need added"
    CASH_NEED_CHANGED = "cash_need.changed", "Cash need corrected"
    CASH_NEED_CANCELLED = "cash_need.cancelled", "Cash need cancelled"
    CASH_NEED_DONE = "cash_need.done", "Cash need done"
    CASH_RULE_ADDED = "cash_rule.added", "Recurring cash need added"
    CASH_RULE_CHANGED = "cash_rule.changed", "Recurring cash need changed"
    CASH_RULE_ENDED = "cash_rule.ended", "Recurring cash need ended"
    DISTRIBUTION_TERMS_RECORDED = "distribution_terms.recorded", "Terms of required distributions recorded"
    DISTRIBUTION_TERMS_CHANGED = "distribution_terms.changed", "Terms of required distributions corrected"
    DISTRIBUTION_TERMS_RETRACTED = (
        "distribution_terms.retracted",
        "Terms of required distributions taken back",
    )
    DISTRIBUTION_FIGURE_RECORDED = (
        "distribution_figure.recorded",
        "Figure of a required distribution recorded",
    )
    DISTRIBUTION_FIGURE_CHANGED = (
        "distribution_figure.changed",
        "Figure of a required distribution corrected",
    )
    DISTRIBUTION_FIGURE_RETRACTED = (
        "distribution_figure.retracted",
        "Figure of a required distribution taken back",
    )
    LIFE_EVENT_ADDED = "life_event.added", "Life event added"
    LIFE_EVENT_CHANGED = "life_event.changed", "Life event corrected"
    LIFE_EVENT_RESOLVED = "life_event.resolved", "Life event resolved"
    LIFE_EVENT_CANCELLED = "life_event.cancelled", "Life event taken back"
    POLICY_DRAFTED = "policy.drafted", "Policy drafted"
    POLICY_EDITED = "policy.edited", "Policy draft changed"
    POLICY_DISCARDED = "policy.discarded", "Policy draft discarded"
    POLICY_SUBMITTED = "policy.submitted", "Policy submitted for review"
    POLICY_REOPENED = "policy.reopened", "Policy reopened as a draft"
    POLICY_APPROVED = "policy.approved", "Policy approved, to be signed"
    POLICY_TEMPLATE_MADE = "policy_template.made", "Policy template made"
    POLICY_TEMPLATE_RETIRED = "policy_template.retired", "Policy template retired"
    POLICY_SIGNED = "policy.signed", "Policy signed"
    POLICY_ADOPTED = "policy.adopted", "Policy adopted"
    POLICY_SUPERSEDED = "policy.superseded", "Policy superseded"
    MODEL_DRAFTED = "model.drafted", "Model drafted"
    MODEL_CHANGED = "model.changed", "Model draft changed"
    MODEL_DISCARDED = "model.discarded", "Model draft discarded"
    MODEL_RETIRED = "model.retired", "Model retired"
    MODEL_PREVIEWED = "model.previewed", "Impact of a model previewed"
    MODEL_PUBLISHED = "model.published", "Model published"
    MODEL_RESCHEDULED = "model.rescheduled", "Model rescheduled"
    MODEL_CALLED_OFF = "model.called_off", "Scheduled model called off"
    MODEL_ASSIGNED = "model.assigned", "Model assigned"
    SECURITY_ADDED = "security.added", "Security added"
    SECURITY_RETIRED = "security.retired", "Security retired"
    SECURITY_REOPENED = "security.reopened", "Security reopened"
    WASH_GROUP_ADDED = "wash_group.added", "Wash-sale group added"
    WASH_GROUP_CHANGED = "wash_group.changed", "Wash-sale group changed"
    ASSET_CLASS_RETIRED = "asset_class.retired", "Asset class retired"
    SECURITY_CHANGED = "security.changed", "Security changed"
    ASSET_CLASS_ASSUMED = "asset_class.assumed", "Assumptions about an asset class changed"
    ASSET_CLASS_DECIDED = "asset_class.decided", "Asset class decided"
    SECURITY_RENAMED = "security.renamed", "Security renamed"
    PRICE_OVERRIDDEN = "price.overridden", "Price overridden"
    PRICE_RETIRED = "price.retired", "Manual price retired"
    PRICE_DECIDED = "price.decided", "Disputed price decided"
    DISTRIBUTION_ENTERED = "fund_distribution.entered", "Fund distribution entered"
    DISTRIBUTION_CHANGED = "fund_distribution.changed", "Fund distribution changed"
    DISTRIBUTION_ENDED = "fund_distribution.ended", "Fund distribution taken back"
    MARKET_CONDITION_ADDED = "market_condition.added", "Market condition entered"
    MARKET_CONDITION_CHANGED = "market_condition.changed", "Market condition corrected"
    MARKET_CONDITION_CANCELLED = "market_condition.cancelled", "Market condition taken back"

    # Custodian files.
    FILE_RECEIVED = "file.received", "File received"
    FILE_RECOGNIZED = "file.recognized", "Same file received again"
    FILE_LOADED = "file.loaded", "File loaded"
    FILE_REFUSED = "file.refused", "File refused"
    FILE_UNDONE = "file.undone", "Loading of a file undone"
    ACCOUNT_UNRECONCILED = "account.unreconciled", "Account does not reconcile"
    ACCOUNT_RECONCILED = "account.reconciled", "Account reconciled"

    # The firm's own workbooks.
    WORKBOOK_RECEIVED = "workbook.received", "Workbook received"
    WORKBOOK_CONFIRMED = "workbook.confirmed", "Workbook confirmed"
    WORKBOOK_PART_LOADED = "workbook.part_loaded", "Part of a workbook loaded"
    WORKBOOK_LOADED = "workbook.loaded", "Workbook loaded"
    WORKBOOK_DISCARDED = "workbook.discarded", "Workbook discarded"

    # Scans, proposals, holds.
    SCAN_STARTED = "scan.started", "Scan started"
    SCAN_COMPLETED = "scan.completed", "Scan completed"
    SCAN_FAILED = "scan.failed", "Scan failed"
    ALARM_RAISED = "alarm.raised", "Alarm raised"
    ALARM_ENDED = "alarm.ended", "Alarm ended"
    ALARM_ACKNOWLEDGED = "alarm.acknowledged", "Alarm acknowledged"
    ALARM_REOPENED = "alarm.reopened", "Acknowledgement withdrawn"
    HOLD_PLACED = "hold.placed", "Hold placed"
    HOLD_RENEWED = "hold.renewed", "Hold renewed"
    HOLD_CHANGED = "hold.changed", "Hold corrected"
    HOLD_LIFTED = "hold.lifted", "Hold lifted"
    HOLD_EXPIRED = "hold.expired", "Hold expired"
    HOLD_OVERRIDDEN = "hold_override.made", "Decided to trade although a reason says to wait"
    HOLD_OVERRIDE_CHANGED = "hold_override.changed", "Decision to trade anyway corrected"
    HOLD_OVERRIDE_ENDED = "hold_override.ended", "Decision to trade anyway ended"
    PROPOSAL_DRAFTED = "proposal.drafted", "Proposal drafted"
    PROPOSAL_REVISED = "proposal.revised", "Proposal revised"
    PROPOSAL_REPRICED = "proposal.repriced", "Proposal repriced"
    PROPOSAL_DECLINED = "proposal.declined", "No proposal made"
    PROPOSAL_SNOOZED = "proposal.snoozed", "Proposal snoozed"
    PROPOSAL_ASSIGNED = "proposal.assigned", "Proposal assigned"
    PROPOSAL_CANCELLED = "proposal.cancelled", "Proposal cancelled"

    # Changes that a second person decides.
    CHANGE_PROPOSED = "change.proposed", "Change proposed"
    CHANGE_MADE = "change.made", "Approved change made"

    # The review desk.
    REVIEW_REQUESTED = "review.requested", "Review requested"
    REVIEW_EXAMINED = "review.examined", "Rules examined"
    REVIEW_COMMENTED = "review.commented", "Comment added"
    REVIEW_RETURNED = "review.returned", "Changes requested"
    REVIEW_RESUMED = "review.resumed", "Change request lifted"
    REVIEW_DECIDED = "review.decided", "Review decided"
    REVIEW_WITHDRAWN = "review.withdrawn", "Review withdrawn"
    REVIEW_EXPIRED = "review.expired", "Review expired"
    REVIEW_SUPERSEDED = "review.superseded", "Review superseded"
    COMMENT_RESOLVED = "comment.resolved", "Thread resolved"
    CONSENT_RECORDED = "consent.recorded", "Client consent recorded"
    OVERRIDE_RECORDED = "override.recorded", "Finding overridden"
    APPROVAL_REFUSED = "approval.refused", "Approval attempt refused"
    APPROVAL_USED = "approval.used", "Approval acted on"
    ISSUER_RESTRICTED = "issuer.restricted", "Issuer put on the restricted or watch list"
    ISSUER_RELEASED = "issuer.released", "Issuer taken off the list"

    # Orders, fills, reconciliation.
    BATCH_RELEASED = "batch.released", "Order batch released"
    BATCH_CANCELLED = "batch.cancelled", "Order batch cancelled"
    ORDER_CHANGED = "order.changed", "Order changed"
    ORDER_CANCELLED = "order.cancelled", "Order cancelled"
    FILL_MATCHED = "fill.matched", "Fill matched"
    BREAK_OPENED = "break.opened", "Break opened"
    BREAK_CLOSED = "break.closed", "Break closed"

    # Client communication.
    SUMMARY_PUBLISHED = "summary.published", "Client summary published"
    LETTER_RENDERED = "letter.rendered", "Client letter rendered"

    # The trail itself.
    CHECKPOINT_WRITTEN = "checkpoint.written", "Audit checkpoint written"
    RECORD_SEALED = "record.sealed", "Existing record put on the trail"
    TRAIL_VERIFIED = "trail.verified", "Audit trail verified"
    DEMO_BUILT = "demo.built", "Demo firm built"
