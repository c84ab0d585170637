"""This floor's addresses."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from compliance import views

app_name = "compliance"

urlpatterns: list[URLPattern | URLResolver] = [
    path("audit/", views.audit_list, name="audit_list"),
    path("audit/verify/", views.verify, name="verify"),
    path("audit/<int:seq>/", views.audit_event, name="audit_event"),
    path("compliance/", views.queue, name="queue"),
    path("compliance/change-requests/<int:change_request>/dismiss/", views.dismiss, name="dismiss"),
    path("compliance/restrictions/", views.restriction_place, name="restriction_place"),
    path("compliance/restrictions/<str:public_id>/lift/", views.restriction_lift, name="restriction_lift"),
]
api_urlpatterns: list[URLPattern | URLResolver] = []
