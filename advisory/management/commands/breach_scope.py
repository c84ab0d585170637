from __future__ import annotations

from datetime import datetime, time, timedelta

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.dateparse import parse_date, parse_datetime

from advisory.models import User
from advisory.people import breach_scope
from advisory.people.breach_scope import Scope
from compliance import clock
from compliance.clock import EASTERN
from compliance.people.actors import Actor


class Command(BaseCommand):
    help = (
        "Say what an account opened, changed and took in a span of time, and what its lists could have shown."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", required=True, help="the address that signs in")
        parser.add_argument(
            "--from", dest="since", required=True, help="a day in New York, or a moment with its zone"
        )
        parser.add_argument("--to", dest="until", required=True, help="the same; a day is included whole")
        parser.add_argument("--json", action="store_true", help="as one JSON document")

    def handle(self, *args: object, **options: object) -> None:
        user = User.objects.filter(email__iexact=str(options["user"])).first()
        if user is None:
            raise CommandError(f"Nobody ever signed in as {options['user']}.")
        since = _moment(str(options["since"]), whole=False)
        until = _moment(str(options["until"]), whole=True)
        if since >= until:
            raise CommandError("The span ends before it begins.")
        scope = breach_scope.of(user, since=since, until=until, by=Actor.system("operator"), at=clock.now())
        if options["json"]:
            encoder = DjangoJSONEncoder(indent=2, ensure_ascii=False)
            self.stdout.write(encoder.encode(scope.as_dict()))
            return
        for line in _lines(scope):
            self.stdout.write(line)


def _moment(text: str, *, whole: bool) -> datetime:
    try:
        if day := parse_date(text):
            return datetime.combine(day + timedelta(days=whole), time(), EASTERN)
        moment = parse_datetime(text)
    except ValueError as error:
        raise CommandError(f"{text} is no day or moment: {error}.") from error
    if moment is None or moment.tzinfo is None:
        raise CommandError(
            f"{text} is no day (2026-11-20) and no moment with its zone (2026-11-20T09:00-05:00)."
        )
    return moment


def _lines(scope: Scope) -> list[str]:
    at = "%Y-%m-%d %H:%M:%S %Z"
    lines = [f"{scope.person}, {scope.since.strftime(at)} to {scope.until.strftime(at)}"]
    lines.append(
        f"Roles in that time: {', '.join(scope.roles) or 'none'}. Failed sign-ins: {scope.failed_sign_ins}."
    )
    lines.append(f"Sessions: {len(scope.sessions)}")
    lines += [
        f"  {one.ref}  {one.first.astimezone(EASTERN).strftime(at)} to {one.last.astimezone(EASTERN).strftime(at)}"
        f"  {one.events} lines  {one.methods or 'sign-in method unknown'}"
        for one in scope.sessions
    ]
    lines.append(f"Households opened, changed or taken: {len(scope.households)}")
    lines += [
        f"  {one.household}  {one.name or '(no longer on record)'}: "
        + ", ".join(f"{action} {count}" for action, count in one.actions.items())
        for one in scope.households
    ]
    lines.append(f"Files taken: {len(scope.taken)}")
    lines += [f"  {one}" for one in scope.taken]
    other = ", ".join(f"{action} {count}" for action, count in sorted(scope.other.items()))
    lines.append(f"Other lines: {other or 'none'}")
    if scope.reads_all:
        lines.append(
            "Lists could have shown every household of the firm: a role in that time reads all of them."
        )
    else:
        lines.append(f"Lists could have shown these {len(scope.could_list)} households of the book:")
        lines += [f"  {name}" for name in scope.could_list]
    return lines
