"""The tables of the safeguards floor. Columns and constraints only; the verbs are in the modules beside this
package.
"""

from __future__ import annotations

from compliance.models.audit import AuditCheckpoint, AuditEvent, AuditEventQuerySet, AuditHead
from compliance.models.changes import ProposedChange
from compliance.models.decisions import Approval, Decision, Verdict
from compliance.models.examiners import ExaminerAccess
from compliance.models.findings import (
    Consent,
    ConsentChannel,
    Examination,
    FindingRow,
    Override,
    OverrideReason,
    SeverityLevel,
)
from compliance.models.queue import QueueOwner
from compliance.models.request_keys import RequestKey
from compliance.models.restrictions import ListKind, RestrictedIssuer
from compliance.models.reviews import (
    ACTIVE_STATES,
    Review,
    ReviewMaker,
    ReviewQuerySet,
    State,
    SubjectKind,
)
from compliance.models.saved_views import ColumnChoice, SavedView
from compliance.models.settings import SettingVersion
from compliance.models.threads import AnchorKind, ChangeRequest, Comment, Lift

__all__ = [
    "ACTIVE_STATES",
    "AnchorKind",
    "Approval",
    "AuditCheckpoint",
    "AuditEvent",
    "AuditEventQuerySet",
    "AuditHead",
    "ChangeRequest",
    "ColumnChoice",
    "Comment",
    "Consent",
    "ConsentChannel",
    "Decision",
    "Examination",
    "ExaminerAccess",
    "FindingRow",
    "Lift",
    "ListKind",
    "Override",
    "OverrideReason",
    "ProposedChange",
    "QueueOwner",
    "RequestKey",
    "RestrictedIssuer",
    "Review",
    "ReviewMaker",
    "ReviewQuerySet",
    "SavedView",
    "SettingVersion",
    "SeverityLevel",
    "State",
    "SubjectKind",
    "Verdict",
]
