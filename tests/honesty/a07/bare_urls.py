"""The URL map without our error pages: the framework's own show instead."""

from fanghu.console.urls import urlpatterns

__all__ = ["urlpatterns"]
