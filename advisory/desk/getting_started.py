"""The way from an empty record to the first scan: each step computed from the record, so it can be left and resumed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import Q

from advisory.desk.navigation import may_open, url_of
from advisory.models import User
from clients import figures
from clients.models import (
    Account,
    AssetClass,
    CustodianFile,
    Household,
    ModelVersion,
    Policy,
    Security,
    Workbook,
)
from clients.policies.drafts import UNDER_WAY
from compliance.clock import EASTERN
from compliance.firm import firm_facts, firm_settings
from compliance.people.roles import Role
from rebalancing.models import ScanRun

DONE, BEGUN, MISSING = "done", "begun", "missing"
LABELS = {DONE: "Done", BEGUN: "Begun", MISSING: "Missing"}
TONES = {DONE: "order", BEGUN: "action", MISSING: "attention"}
CONSOLE = "django.core.mail.backends.console.EmailBackend"
WORKING = (Role.ADVISOR, Role.REVIEWER, Role.TRADER, Role.COMPLIANCE)
"""The roles without which no household gets from a file to an order."""


@dataclass(frozen=True, slots=True)
class Link:
    """A door of a step. `posts` where it is a button that does something."""

    label: str
    url: str
    posts: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what is on record, what is missing, who can do it, and the doors for it."""

    number: int
    title: str
    state: str
    label: str
    tone: str
    sentence: str
    who: str
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class GettingStartedPage:
    """Every step in order. `next_title` is the first that is not done."""

    heading: str
    steps: tuple[Step, ...]
    done: int
    next_title: str


@dataclass(frozen=True, slots=True)
class _Found:
    """What one step found: its state, in words, who can do it, and its doors."""

    state: str
    sentence: str
    roles: tuple[Role, ...]
    links: tuple[tuple[str, str] | tuple[str, str, bool], ...]


def show(user: Any, *, at: datetime) -> GettingStartedPage:
    """The page for this person: doors they may not open are named with who may."""
    holders = _holders()
    steps = []
    for number, (title, look) in enumerate(STEPS, start=1):
        found = look(at)
        may = any(user.has_role(role) for role in found.roles)
        steps.append(
            Step(
                number=number,
                title=title,
                state=found.state,
                label=LABELS[found.state],
                tone=TONES[found.state],
                sentence=found.sentence,
                who=_who(found, holders, may=may),
                links=tuple(
                    Link(one[0], url, posts=len(one) > 2)
                    for one in found.links
                    if may and may_open(user, one[1]) and (url := url_of(one[1]))
                ),
            )
        )
    done = sum(1 for step in steps if step.state == DONE)
    waiting = next((step.title for step in steps if step.state != DONE), "")
    return GettingStartedPage(
        heading="The firm is set up"
        if not waiting
        else f"Setting up the firm: {done} of {len(steps)} steps done",
        steps=tuple(steps),
        done=done,
        next_title=waiting,
    )


def is_empty_for(user: Any) -> bool:
    """Whether an administrator looks at a record that holds nothing yet, so that home has nothing to lead to."""
    return user.has_role(Role.ADMINISTRATOR) and not any(
        table.objects.exists() for table in (Household, AssetClass, CustodianFile, Workbook)
    )


def _holders() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    held = User.objects.filter(is_active=True, role_grants__revoked_at=None)
    for name, role in held.order_by("name").values_list("name", "role_grants__role"):
        found.setdefault(role, []).append(name)
    return found


def _who(found: _Found, holders: dict[str, list[str]], *, may: bool) -> str:
    """Who can do a step; nothing where it is done, since then nobody has to."""
    if found.state == DONE:
        return ""
    if may:
        return "You can do this."
    names = sorted({name for role in found.roles for name in holders.get(role, ())})
    words = " or ".join(role.label.lower() for role in found.roles)
    if not names:
        return f"Nobody has the role {words} yet; an administrator can invite somebody."
    return f"{', '.join(names[:3])}{' and others' if len(names) > 3 else ''} can do this ({words})."


def _state(*, done: bool, begun: bool) -> str:
    return DONE if done else BEGUN if begun else MISSING


def _firm(at: datetime) -> _Found:
    settings = firm_settings.in_force(on=at.astimezone(EASTERN).date())
    named, addressed = settings.is_changed(firm_facts.NAME), bool(settings.of(firm_facts.ADDRESS))
    sentence = f"The firm is called {settings.of(firm_facts.NAME)}."
    if not named:
        sentence = "Letters still say “Your firm”. Give its name, address and letterhead, as on Form ADV."
    elif not addressed:
        sentence += " Its address is missing on letters."
    return _Found(
        _state(done=named and addressed, begun=named),
        sentence,
        (Role.ADMINISTRATOR, Role.COMPLIANCE),
        (("Name and address", "compliance:setting_firm"), ("All settings", "compliance:settings")),
    )


def _second_factor(at: datetime) -> _Found:
    administrators = User.objects.filter(
        is_active=True, role_grants__role=Role.ADMINISTRATOR, role_grants__revoked_at=None
    ).distinct()
    safe = Authenticator.objects.exclude(type=Authenticator.Type.RECOVERY_CODES).values("user")
    without = list(administrators.exclude(pk__in=safe).values_list("name", flat=True))
    count = administrators.count()
    sentence = (
        f"Without a second factor: {', '.join(without)}."
        if without
        else "Every administrator has a second factor."
    )
    return _Found(
        _state(done=count > 0 and not without, begun=count > len(without)),
        sentence if count else "Nobody is an administrator yet.",
        (Role.ADMINISTRATOR,),
        (("Second factors", "mfa_index"),),
    )


def _people(at: datetime) -> _Found:
    holders = _holders()
    lacking = [role.label.lower() for role in WORKING if not holders.get(role)]
    staff = {name for role in (*WORKING, Role.ADMINISTRATOR) for name in holders.get(role, ())}
    alone = len(staff) < 2
    parts = [f"{len(staff)} {'person works' if len(staff) == 1 else 'people work'} here."]
    parts += [f"Nobody is {', '.join(lacking)} yet."] if lacking else []
    parts += ["Whoever makes something cannot approve it, so a firm needs two people."] if alone else []
    if settings.EMAIL_BACKEND == CONSOLE:
        parts.append(
            "No mail server is set, so invitations are written to the web server's log (quick start: "
            ".evenkeel/logs/web.log). Set EVENKEEL_MAIL_HOST to send them."
        )
    return _Found(
        _state(done=not lacking and not alone, begun=len(staff) > 1),
        " ".join(parts),
        (Role.ADMINISTRATOR,),
        (
            ("People and invitations", "advisory:person_list"),
            ("Invite a colleague", "advisory:person_invite"),
        ),
    )


def _market(at: datetime) -> _Found:
    classes, securities = AssetClass.objects.count(), Security.objects.count()
    published = ModelVersion.objects.filter(state=ModelVersion.State.PUBLISHED).count()
    drafts = ModelVersion.objects.filter(state=ModelVersion.State.DRAFT).count()
    undecided = AssetClass.objects.filter(is_equity=None).exclude(code="cash").count()
    parts = [f"Asset classes: {classes}, securities: {securities}, published models: {published}."]
    if not classes:
        parts.append(
            "Begin with the starter set and change it, with your own workbook, or with a custodian's file."
        )
    parts += [f"Drafted models that wait for a reviewer: {drafts}."] if drafts else []
    parts += (
        [f"Classes of which compliance has not said whether they are stocks: {undecided}."]
        if undecided
        else []
    )
    return _Found(
        _state(done=bool(classes and securities and published), begun=bool(classes or securities)),
        " ".join(parts),
        (Role.TRADER, Role.ADMINISTRATOR, Role.REVIEWER, Role.COMPLIANCE),
        (
            ("Preview the starter set", "clients:workbook_starter", True),
            ("Load your own workbook", "clients:workbook_list"),
            ("Models and classes", "clients:model_list"),
            ("Decide about drafts", "compliance:review_list"),
        ),
    )


def _households(at: datetime) -> _Found:
    count = Household.objects.filter(closed_on=None).count()
    accounts = Account.objects.filter(closed_on=None).count()
    pending = Workbook.objects.filter(state=Workbook.State.PREVIEWED).count()
    parts = [f"Open households: {count}, accounts: {accounts}."]
    parts += [f"Workbooks that wait to be confirmed: {pending}."] if pending else []
    parts += ["Bring them by workbook, or open the first ones by hand."] if not count else []
    return _Found(
        _state(done=bool(count and accounts), begun=bool(count or pending)),
        " ".join(parts),
        (Role.TRADER, Role.ADMINISTRATOR, Role.ADVISOR),
        (
            ("Workbooks: template, upload, preview", "clients:workbook_list"),
            ("Open a household by hand", "clients:household_open"),
            ("Households", "clients:household_list"),
        ),
    )


def _files(at: datetime) -> _Found:
    loaded = CustodianFile.objects.filter(state=CustodianFile.State.LOADED).count()
    waiting = CustodianFile.objects.filter(state=CustodianFile.State.PREVIEWED).count()
    open_accounts = Account.objects.filter(closed_on=None)
    empty = open_accounts.filter(Q(cash=None), positions=None).count()
    parts = [f"Files loaded: {loaded}."]
    parts += [f"Files that wait to be confirmed: {waiting}."] if waiting else []
    parts += [f"Accounts without holdings: {empty}."] if empty else []
    return _Found(
        _state(done=bool(loaded) and open_accounts.exists() and not empty, begun=bool(loaded or waiting)),
        " ".join(parts),
        (Role.TRADER,),
        (("Upload custodian files", "clients:import_upload"), ("Files", "clients:import_list")),
    )


def _policies(at: datetime) -> _Found:
    open_households = Household.objects.filter(closed_on=None)
    count = open_households.count()
    with_policy = open_households.filter(policies__state=Policy.State.ADOPTED).distinct().count()
    drafts = Policy.objects.filter(state__in=UNDER_WAY).count()
    parts = [f"Households with a policy in force: {with_policy} of {count}."]
    parts += [f"Versions in draft, in review or to be signed: {drafts}."] if drafts else []
    return _Found(
        _state(done=bool(count) and with_policy == count, begun=bool(with_policy or drafts)),
        " ".join(parts),
        (Role.REVIEWER, Role.ADVISOR, Role.TRADER),
        (
            ("Decide about drafts", "compliance:review_list"),
            ("What is missing by household", "rebalancing:readiness"),
        ),
    )


def _scan(at: datetime) -> _Found:
    completed = ScanRun.objects.filter(state=ScanRun.State.COMPLETED, items__isnull=False)
    finished = completed.order_by("-started_at").first()
    running = ScanRun.objects.filter(state=ScanRun.State.RUNNING).exists()
    sentence = "No scan has run yet. One starts by itself after each market close; you can also ask for it."
    if finished is not None:
        sentence = (
            f"The first scans have run; the last one read the prices of {figures.day(finished.market_on)}."
        )
    elif running:
        sentence = "The first scan is running."
    return _Found(
        _state(done=finished is not None, begun=running),
        sentence,
        (Role.TRADER, Role.ADVISOR, Role.COMPLIANCE, Role.REVIEWER),
        (("Scans", "rebalancing:scan_list"), ("What is missing by household", "rebalancing:readiness")),
    )


STEPS: tuple[tuple[str, Callable[[datetime], _Found]], ...] = (
    ("The firm", _firm),
    ("Second factors of administrators", _second_factor),
    ("People and their roles", _people),
    ("Securities and models", _market),
    ("Households and accounts", _households),
    ("Custodian files", _files),
    ("Investment policies", _policies),
    ("The first scan", _scan),
)
"""In the order in which they rest on each other; none has to wait for the one before it."""
