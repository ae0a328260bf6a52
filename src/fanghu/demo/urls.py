"""The URL map of the sample: the product's own, and the one-time links."""

from django.urls import path

from fanghu.console.urls import handler400, handler403, handler404, handler500
from fanghu.console.urls import urlpatterns as products
from fanghu.demo.views import enter
from fanghu.signin.challenge import Purpose, resists

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]
urlpatterns = [path("demo/enter/<str:token>/", resists(Purpose.CHANGE)(enter), name="demo_enter"), *products]
