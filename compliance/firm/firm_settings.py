"""The firm's settings in force: which value counts on a day, and adopting a change.

A version holds what it changes and the day it takes effect. On a day, the version with the latest effective day counts
for each setting it names, and of two with the same day the later one. What nobody has changed is as shipped.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from django.conf import settings as installation
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from compliance.audit_trail import audit
from compliance.clock import EASTERN
from compliance.digests import canonical
from compliance.firm import catalog
from compliance.firm.catalog import BY_CODE
from compliance.firm.rule_figures import BY_THRESHOLD, threshold_value
from compliance.firm.setting import Group, Setting
from compliance.models import SettingVersion
from compliance.people import people
from compliance.people.actors import Actor
from compliance.people.roles import Person, Role
from compliance.refusals import BadInput, Cause, Conflict, NotAllowed
from compliance.rules import book
from compliance.rules.facts.thresholds import Thresholds
from compliance.statements.reads import prepared

T = TypeVar("T")

ROLES = frozenset({Role.ADMINISTRATOR, Role.COMPLIANCE})
REFUSAL = "Only an administrator or compliance can change the firm's settings."
REASON_MAX = 2_000


@dataclass(frozen=True, slots=True)
class InForce:
    """The settings of one day. `changed` holds the texts of those that some version changed, by code; `version` is the
    number of the last version in effect, 0 while everything is as shipped.
    """

    on: date
    version: int = 0
    since: date | None = None
    changed: tuple[tuple[str, str], ...] = ()

    def of(self, setting: Setting[T]) -> T:
        """The value of a setting on this day."""
        text = dict(self.changed).get(setting.code)
        return shipped(setting) if text is None else setting.of_text(text)

    def shown(self, setting: Setting[Any]) -> str:
        """The value in words."""
        return setting.shown(self.of(setting))

    def is_changed(self, setting: Setting[Any]) -> bool:
        return self.of(setting) != shipped(setting)

    def thresholds(self) -> Thresholds:
        """The firm's figures for the rule book: the defaults, with what the firm has set otherwise."""
        found = Thresholds()
        for name, setting in BY_THRESHOLD.items():
            threshold = book.THRESHOLDS[name]
            value = threshold_value(threshold, self.of(setting))
            if value != threshold.default:
                found = found.with_(threshold, value)
        return found


def shipped(setting: Setting[T]) -> T:
    """The value that counts until the firm decides: the installation's where it names one, else the default."""
    if setting.from_env:
        value: T = getattr(installation, setting.from_env)
        return value
    return setting.default


def in_force(*, on: date) -> InForce:
    """The settings in force on a day; one query."""
    return folded(versions.rows(), on=on)


@prepared
def versions() -> QuerySet[SettingVersion]:
    """Every version, for the days that somebody asks about."""
    return SettingVersion.objects.all()


def folded(versions: Iterable[SettingVersion], *, on: date) -> InForce:
    """The settings on a day, of these versions; those of later days do not count yet."""
    texts: dict[str, str] = {}
    number, since = 0, None
    for version in sorted(versions, key=lambda one: (one.effective_on, one.number)):
        if version.effective_on > on:
            break
        # What an older version of the product could set and this one cannot has no effect.
        texts |= {code: text for code, text in texts_of(version).items() if code in BY_CODE}
        number, since = max(number, version.number), version.effective_on
    return InForce(on=on, version=number, since=since, changed=tuple(sorted(texts.items())))


def texts_of(version: SettingVersion) -> dict[str, str]:
    """What a version changes: texts by code."""
    texts: dict[str, str] = json.loads(version.changes)
    return texts


def adopt(
    group: Group,
    values: Mapping[str, Any],
    *,
    effective_on: date,
    reason: str,
    asked_by: Person,
    by: Actor,
    at: datetime,
) -> SettingVersion:
    """Adopt a change that one person asked for and another approved; it takes effect on `effective_on`, and not before
    the day it is approved.

    `values` may name any settings of the group; only those that would differ on that day are kept. Raises `NotAllowed`
    for people who may not, and where the person who asked approves although somebody else could; `BadInput` for values
    that cannot be used or do not fit together, and where nothing would change; `Conflict` when another change was first.
    """
    reason = reason.strip()
    if not reason or len(reason) > REASON_MAX:
        raise BadInput("A change of the firm's settings needs its reason.", "Say in a sentence why.")
    approver = people.behind(by)
    is_alone = asked_by.pk == approver.pk
    for person in (asked_by, approver):
        if not any(person.has_role(role) for role in ROLES):
            raise NotAllowed(REFUSAL)
    if is_alone and others_who_could(approver):
        raise NotAllowed(
            "Somebody else has to approve this.",
            "Ask another administrator or compliance officer to decide it.",
        )
    starts_on = max(effective_on, at.astimezone(EASTERN).date())
    changes = checked(group, values, effective_on=starts_on)
    try:
        with transaction.atomic():
            last = SettingVersion.objects.order_by("-number").values_list("number", flat=True).first() or 0
            before = in_force(on=starts_on)
            version = SettingVersion.objects.create(
                number=last + 1,
                group=group.value,
                changes=canonical.text(changes),
                effective_on=starts_on,
                reason=reason,
                asked_by_id=asked_by.pk,
                asked_by_label=asked_by.get_full_name() or asked_by.get_username(),
                approved_by_id=approver.pk,
                approved_by_label=by.label,
                approved_at=at,
                is_alone=is_alone,
            )
            audit.record(
                audit.Action.SETTING_CHANGED,
                about=version,
                by=by,
                at=at,
                sealing=[("setting_version", version.pk)],
                number=version.number,
                group=group.value,
                changed={
                    code: {"before": _text_on(before, BY_CODE[code]), "after": text}
                    for code, text in changes.items()
                },
                effective_on=starts_on,
                reason=reason,
                asked_by=version.asked_by_label,
                is_alone=is_alone,
            )
    except IntegrityError:
        raise Conflict(
            "Somebody else changed the firm's settings just now.",
            "Look at them again, then repeat your change.",
        ) from None
    return version


def take_back(
    version: SettingVersion, *, reason: str, asked_by: Person, by: Actor, at: datetime
) -> SettingVersion:
    """Replace a change that is not yet in effect by what would count on its day without it, with a version of its own.

    Raises `Conflict` when it is in effect by now, and as `adopt`.
    """
    if version.effective_on <= at.astimezone(EASTERN).date():
        raise Conflict("This change is in effect.", "Propose another one instead.")
    others = SettingVersion.objects.exclude(pk=version.pk)
    without = folded(others, on=version.effective_on)
    values = {code: without.of(BY_CODE[code]) for code in texts_of(version) if code in BY_CODE}
    return adopt(
        Group(version.group),
        values,
        effective_on=version.effective_on,
        reason=reason,
        asked_by=asked_by,
        by=by,
        at=at,
    )


def checked(group: Group, values: Mapping[str, Any], *, effective_on: date) -> dict[str, str]:
    """The texts of what these values would change on a day. Raises `BadInput` naming every value that cannot be used,
    what does not fit together on that day or with a change scheduled after it, and where nothing would change.
    """
    known = {one.code: one for one in catalog.in_group(group)}
    faults = [
        Cause(input=code, sentence=f"{code} is no setting of “{group.label}”.")
        for code in values
        if code not in known
    ]
    faults += [
        Cause(input=code, sentence=fault)
        for code, value in values.items()
        if code in known and (fault := known[code].fault(value))
    ]
    if not faults:
        versions = list(SettingVersion.objects.all())
        before = folded(versions, on=effective_on)
        texts = {code: known[code].as_text(value) for code, value in values.items()}
        changes = {code: text for code, text in texts.items() if text != _text_on(before, known[code])}
        if not changes:
            raise BadInput(
                "Nothing would change.",
                "Change at least one setting; on that day they already have these values.",
            )
        faults += _misfits(versions, changes, effective_on)
    if faults:
        raise BadInput(
            " ".join(fault.sentence for fault in faults), "Correct it, then send it again.", causes=faults
        )
    return changes


def _misfits(versions: list[SettingVersion], changes: Mapping[str, str], effective_on: date) -> list[Cause]:
    new = SettingVersion(
        number=max((one.number for one in versions), default=0) + 1,
        changes=json.dumps(dict(changes)),
        effective_on=effective_on,
    )
    days = {effective_on} | {one.effective_on for one in versions if one.effective_on > effective_on}
    found = []
    for day in sorted(days):
        then = folded([*versions, new], on=day)
        found += [
            Cause(input=code, sentence=sentence if day == effective_on else f"From {day}: {sentence}")
            for code, sentence in catalog.faults_between(then.of)
        ]
    return found


def others_who_could(person: Person) -> bool:
    """Whether anybody else may decide about the firm's settings now."""
    return any(other.pk != person.pk for role in ROLES for other in people.holding(role))


def _text_on(values: InForce, setting: Setting[Any]) -> str:
    return setting.as_text(values.of(setting))
