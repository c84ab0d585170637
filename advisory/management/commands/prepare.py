from __future__ import annotations

from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Migrate, give the run-time role its rights, and sync the timetable: what every release needs."

    def handle(self, *args: object, **options: object) -> None:
        call_command("migrate", verbosity=0, interactive=False, stdout=self.stdout)
        call_command("grant_privileges", stdout=self.stdout)
        call_command("sync_schedule", stdout=self.stdout)
