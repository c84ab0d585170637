from __future__ import annotations

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from compliance import clock


class Command(BaseCommand):
    help = "Migrate, set the clock, grant the run-time role its privileges, and sync the schedule; run it on every release."

    def handle(self, *args: object, **options: object) -> None:
        call_command("migrate", verbosity=0, interactive=False, stdout=self.stdout)
        clock.shift(days=settings.CLOCK_SHIFT_DAYS)
        call_command("grant_privileges", stdout=self.stdout)
        call_command("sync_schedule", stdout=self.stdout)
