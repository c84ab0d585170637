from __future__ import annotations

from django.apps import AppConfig
from django.db.models import CharField
from django.db.models.functions import Length


class ClientsConfig(AppConfig):
    name = "clients"
    label = "clients"
    verbose_name = "Client record"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from clients.doors import catalog
        from clients.pages import review_links
        from clients.policies import model_reviews, reviewing
        from compliance.doors import registry
        from compliance.models import SubjectKind
        from compliance.review_desk import books

        books.told_by(review_links.seeing)
        registry.add(catalog.DOORS)
        registry.add_subject(SubjectKind.MODEL, model_reviews.SUBJECT)
        registry.add_subject(SubjectKind.POLICY, reviewing.SUBJECT)

        # Constraints on this floor and above use the length lookup, which Django does not register by
        # default.
        CharField.register_lookup(Length)
