"""Addresses of this app."""

from django.urls import URLPattern, path

from fanghu.endpoints import views

urlpatterns: list[URLPattern] = [
    path("", views.endpoints, name="endpoints"),
    path("<int:pk>/", views.endpoint, name="endpoint"),
    path("<int:pk>/probe/", views.probe_now, name="endpoint_probe"),
    path("provoked/program/", views.provoked, {"how": "program"}, name="provoked_program"),
    path("provoked/database/", views.provoked, {"how": "database"}, name="provoked_database"),
]
for kind in ("endpoint", "flow"):
    urlpatterns += [
        path(f"new/{kind}/", views.declare, {"kind": kind}, name=f"{kind}_declare"),
        path(f"{kind}/<int:pk>/change/", views.change, {"kind": kind}, name=f"{kind}_change"),
        path(f"{kind}/<int:pk>/remove/", views.remove, {"kind": kind}, name=f"{kind}_remove"),
    ]
