"""Addresses of this app."""

from django.urls import URLPattern, path

from fanghu.retention import views

urlpatterns: list[URLPattern] = [
    path("", views.retention, name="retention"),
    path("hold/", views.hold, name="retention_hold"),
    path("hold/<int:pk>/release/", views.release, name="retention_release"),
    path("prune/<slug:log>/", views.prune, name="retention_prune"),
]
