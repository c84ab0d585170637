from __future__ import annotations

import getpass
import sys

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from advisory.models import User
from advisory.people import roles
from compliance import clock
from compliance.people.roles import GRANTED_ROLES, Role


class Command(BaseCommand):
    help = "Add a person who may sign in. The password is asked for, or read as one line from standard input."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", required=True)
        parser.add_argument(
            "--role",
            action="append",
            choices=[role.value for role in GRANTED_ROLES],
            required=True,
            help="may be repeated",
        )

    def handle(self, *args: object, **options: object) -> None:
        email, name = str(options["email"]), str(options["name"])
        if User.objects.filter(email__iexact=email).exists():
            raise CommandError(f"{email} is already a person of the firm. Choose another address.")
        password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
        try:
            validate_password(password, User(email=email, name=name))
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        granted = [Role(value) for value in options["role"]]  # type: ignore[attr-defined]
        roles.join(email, name=name, password=password, roles=granted, by=None, at=clock.now())
        self.stdout.write(f"{name} may now sign in as {email}.")
