from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.template import TemplateSyntaxError
from django.template.loader import get_template


class Command(BaseCommand):
    help = "Compile every template of the project, so that a typing error is found before a visitor finds it."

    def handle(self, *args: object, **options: object) -> None:
        folder = Path(settings.TEMPLATES[0]["DIRS"][0])  # type: ignore[index]
        files = sorted(file for file in folder.rglob("*") if file.suffix in {".html", ".txt", ".svg"})
        broken = []
        for file in files:
            try:
                get_template(str(file.relative_to(folder)))
            except TemplateSyntaxError as error:
                broken.append(f"{file.relative_to(folder)}: {error}")
        if broken:
            raise CommandError("\n".join(broken))
        self.stdout.write(f"{len(files)} templates compile.")
