from __future__ import annotations

from django.core.management.base import BaseCommand

from advisory import schedule


class Command(BaseCommand):
    help = "Update the scheduler's tables from advisory/schedule.py."

    def handle(self, *args: object, **options: object) -> None:
        self.stdout.write(f"Scheduled: {', '.join(schedule.sync())}.")
