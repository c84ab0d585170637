"""What stands at the addresses of the firm's people, books and settings, and what is sent there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from compliance.people.actors import Actor
from tests import cast
from tests.architecture.asking_things import Firm, Make
from tests.clock import LAST_FRIDAY, MONDAY, SUNDAY_NOON


def _coverage(firm: Firm) -> Any:
    from clients.models import Coverage

    return Coverage.objects.get()


def _cover(firm: Firm) -> None:
    from clients.households import books

    books.cover(
        firm.ana,
        covered_by=firm.otto,
        part="advisor",
        starts_on=MONDAY,
        ends_on=MONDAY,
        reason="Away.",
        on=LAST_FRIDAY,
        by=Actor.person(firm.ada),
        at=SUNDAY_NOON,
    )


def _saved_view(firm: Firm) -> Any:
    from compliance.lists import saved_views

    here = saved_views.views_for(firm.ana).first()
    return here or saved_views.save(
        address="/proposals/",
        query="state=open",
        name="Waiting",
        is_firm=True,
        by=Actor.person(firm.ana),
        at=SUNDAY_NOON,
    )


def _token(firm: Firm) -> Any:
    """A token of Ana's that works, made again where one was retired."""
    from advisory.people import tokens

    there = tokens.tokens_for(firm.ana).filter(ended_at=None).first()
    if there is not None:
        return there
    made = tokens.make(
        "import", ["files:import"], expires_on=MONDAY, by=Actor.person(firm.ana), at=SUNDAY_NOON
    )
    return made.token


def _webhook(firm: Firm) -> Any:
    """Ada's webhook, made again where one was retired."""
    from advisory.outward import webhooks
    from tests.factories.webhooks import a_webhook

    return webhooks.endpoints_for(firm.ada).filter(ended_at=None).first() or a_webhook(firm.ada)


def _paused_webhook(firm: Firm) -> None:
    from advisory.outward import webhooks

    webhooks.pause(_webhook(firm), reason="Moving.", by=Actor.person(firm.ada), at=SUNDAY_NOON)


def _delivery(firm: Firm) -> Any:
    from tests.factories.webhooks import a_failed_delivery

    return a_failed_delivery(_webhook(firm))


def _examination(firm: Firm) -> Any:
    """What Eve may read."""
    from compliance.models import ExaminerAccess

    return ExaminerAccess.objects.of(firm.eve.pk).get()


def _admitted(firm: Firm, **more: str) -> dict[str, str]:
    terms = {"since_on": "2026-01-01", "until_on": "2026-12-31", "ends_on": "2026-12-31"}
    return {**terms, "reason": "Examination 2026-115.", **more}


def _schedule_a_setting(firm: Firm) -> None:
    """The firm has decided about a day to come."""
    from datetime import date

    from compliance.firm.desk_figures import HOLD_DAYS_MAX
    from tests.factories.firm_settings import decided

    decided(HOLD_DAYS_MAX, 60, on=date(2027, 1, 1), at=SUNDAY_NOON)


def _max_is(state: str) -> Callable[[Firm], None]:
    """Whatever was before: Max is active with a second factor, invited, or has left."""

    def before(firm: Firm) -> None:
        from allauth.mfa.models import Authenticator

        from advisory.models import User
        from advisory.people import invitations

        someone = User.objects.filter(pk=cast.max_().pk)
        someone.update(is_active=state == "active", deactivated_at=SUNDAY_NOON if state == "left" else None)
        Authenticator.objects.get_or_create(user=someone.get(), type="totp", defaults={"data": {}})
        if state == "invited":
            invitations.issue(someone.get(), by=Actor.person(firm.ada), at=SUNDAY_NOON)

    return before


def _hal_is(state: str) -> Callable[[Firm], None]:
    """Whatever was before: Hal signs in, is invited, or has no sign-in."""

    def before(firm: Firm) -> None:
        from advisory.models import User
        from advisory.people import invitations

        person = firm.harts.people.order_by("pk")[0]
        type(person).objects.filter(pk=person.pk).update(user=None if state == "without" else firm.hal)
        User.objects.filter(pk=firm.hal.pk).update(is_active=state == "active")
        if state == "invited":
            invitations.issue(firm.hal, by=Actor.person(firm.ana), at=SUNDAY_NOON)

    return before


STATES_BEFORE = {
    "person_roles": _max_is("active"),
    "person_email": _max_is("active"),
    "person_sessions": _max_is("active"),
    "person_factors": _max_is("active"),
    "person_deactivate": _max_is("active"),
    "person_renew": _max_is("invited"),
    "person_withdraw": _max_is("invited"),
    "person_reactivate": _max_is("left"),
    "client_invite": _hal_is("without"),
    "client_sight": _hal_is("active"),
    "client_end": _hal_is("active"),
    "client_renew": _hal_is("invited"),
}


def _listed(firm: Firm) -> Any:
    """An entry of the watch list that Nina has just made: an item of the queue that a colleague settles."""
    from compliance import restrictions
    from compliance.models import ListKind, RestrictedIssuer

    return RestrictedIssuer.objects.filter(issuer="Newly Listed").first() or restrictions.place(
        "Newly Listed",
        on_record=("Newly Listed",),
        kind=ListKind.WATCH,
        starts_on=date(2026, 11, 1),
        reason="Talks.",
        by=Actor.person(cast.nina()),
        at=SUNDAY_NOON,
    )


def _taken(firm: Firm) -> None:
    from compliance.models import QueueOwner
    from compliance.review_desk import queue_owners

    item = _listed(firm).public_id
    if not QueueOwner.objects.filter(item=item, ended_at=None).exists():
        queue_owners.take(queue_owners.Named("listed", item), by=Actor.person(firm.cora), at=SUNDAY_NOON)


OBJECTS: tuple[tuple[str, str, Make], ...] = (
    ("people/", "public_id", lambda firm: firm.harts.people.order_by("pk")[0].public_id),
    ("examinations/", "public_id", lambda firm: _examination(firm).public_id),
    ("examiners/", "public_id", lambda firm: _examination(firm).public_id),
    ("compliance/items/", "kind", lambda firm: "listed"),
    ("compliance/items/", "item", lambda firm: _listed(firm).public_id),
    ("views/", "public_id", lambda firm: _saved_view(firm).public_id),
    ("webhooks/", "public_id", lambda firm: _webhook(firm).public_id),
    ("webhook-deliveries/", "public_id", lambda firm: _delivery(firm).public_id),
    ("tokens/", "public_id", lambda firm: _token(firm).public_id),
    ("settings/versions/", "number", lambda firm: 1),
    ("people/", "person", lambda firm: cast.max_().pk),
    ("persons/", "public_id", lambda firm: firm.harts.people.order_by("pk")[0].public_id),
    ("books/", "public_id", lambda firm: firm.harts.public_id),
    ("books/", "entry", lambda firm: firm.harts.book_entries.get(user=firm.rui).pk),
    ("books/", "person", lambda firm: firm.rui.pk),
    ("coverage/", "public_id", lambda firm: _coverage(firm).public_id),
)


BEFORE: dict[str, Callable[[Firm], None]] = {
    **{f"advisory:{name}": before for name, before in STATES_BEFORE.items()},
    **{f"api:{name.replace('_', '-')}": before for name, before in STATES_BEFORE.items()},
    "advisory:webhook_resume": _paused_webhook,
    "api:webhook-resume": _paused_webhook,
    "compliance:setting_take_back": _schedule_a_setting,
    "api:setting-take-back": _schedule_a_setting,
    "compliance:queue_give_back": _taken,
    "api:queue-give-back": _taken,
    "clients:coverage_end": _cover,
    "api:coverage-end": _cover,
}


BODIES: dict[str, Make] = {
    **{
        name: lambda firm: _admitted(
            firm, email="erin@examiners.example", name="Erin", household=firm.harts.public_id
        )
        for name in ("advisory:examiner_open", "api:examiner-open")
    },
    **{
        name: lambda firm: {"owner": str(cast.nina().pk), "note": "I am away."}
        for name in ("compliance:queue_hand_over", "api:queue-hand-over")
    },
    **{
        name: lambda firm: {"reason": "Looked at."}
        for act in ("give_back", "settle")
        for name in (f"compliance:queue_{act}", f"api:queue-{act.replace('_', '-')}")
    },
    **dict.fromkeys(("advisory:examiner_change", "api:examiner-change"), _admitted),
    **{name: lambda firm: {"reason": "Closed."} for name in ("advisory:examiner_end", "api:examiner-end")},
    **{
        name: lambda firm: {"name": "Ines", "email": "ines@firm.example", "roles": ["advisor"]}
        for name in ("advisory:person_invite", "api:person-invite")
    },
    "advisory:person_roles": lambda firm: {"roles": ["trader"], "reason": "Helps out."},
    "advisory:person_rename": lambda firm: {"name": "Max Olsen"},
    "advisory:person_email": lambda firm: {"email": "max.olsen@firm.example", "reason": "Typo."},
    "advisory:person_sessions": lambda firm: {"reason": "A lost phone."},
    "api:person-sessions": lambda firm: {"reason": "A lost phone."},
    **{
        name: lambda firm: {"reason": "No longer used."}
        for name in ("advisory:token_retire", "api:token-retire")
    },
    **{
        name: lambda firm: {
            "name": "portal",
            "url": "https://hooks.example.com/evenkeel",
            "wanted": ["proposals", "orders"],
        }
        for name in (
            *("advisory:webhook_make", "api:webhook-make"),
            *("advisory:webhook_change", "api:webhook-change"),
        )
    },
    **{
        name: lambda firm: {"reason": "The receiver moves."}
        for name in (
            *("advisory:webhook_pause", "api:webhook-pause"),
            *("advisory:webhook_retire", "api:webhook-retire"),
        )
    },
    "advisory:notices_read": lambda firm: {"up_to": "1"},
    **{name: lambda firm: {"digest": "daily"} for name in ("advisory:digest_choose", "api:digest-choose")},
    "advisory:tokens": lambda firm: {
        "name": "import",
        "scopes": ["files:import"],
        "expires_on": MONDAY.isoformat(),
    },
    "advisory:client_end": lambda firm: {"reason": "Asked by phone."},
    "api:client-end": lambda firm: {"reason": "Asked by phone."},
    "advisory:client_sight": lambda firm: {"may_see": "nothing"},
    **{
        name: lambda firm: {"user": firm.otto.pk, "part": "advisor", "starts_on": "2026-11-23"}
        for name in ("clients:book_assign", "api:book-assign")
    },
    **{name: lambda firm: {"ends_on": "2026-11-23"} for name in ("clients:book_end", "api:book-end")},
    "advisory:appearance": lambda firm: {"theme": "dark", "next": "/"},
}
