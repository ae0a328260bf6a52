"""Addresses of this app."""

from django.urls import path, re_path

from fanghu.endpoints import views

KIND = r"(?P<kind>endpoint|flow)"
urlpatterns = [
    path("", views.endpoints, name="endpoints"),
    path("<int:pk>/", views.endpoint, name="endpoint"),
    path("<int:pk>/probe/", views.probe_now, name="endpoint_probe"),
    re_path(rf"^new/{KIND}/$", views.declare, name="endpoint_declare"),
    re_path(rf"^{KIND}/(?P<pk>\d+)/change/$", views.change, name="endpoint_change"),
    re_path(rf"^{KIND}/(?P<pk>\d+)/remove/$", views.remove, name="endpoint_remove"),
    re_path(r"^provoked/(?P<how>program|database)/$", views.provoked, name="endpoint_provoked"),
]
