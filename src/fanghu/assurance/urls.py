"""Paths of this app's pages."""

from django.urls import path, register_converter

from fanghu.assurance import views


class SubjectConverter:
    """``firm`` or ``system:<slug>``."""

    regex = r"firm|system:[-a-zA-Z0-9_]{1,60}"

    def to_python(self, value: str) -> str:
        """As written."""
        return value

    def to_url(self, value: object) -> str:
        """As written."""
        return str(value)


class DigestConverter(SubjectConverter):
    """A SHA-256 in lower-case hex."""

    regex = r"[0-9a-f]{64}"


register_converter(SubjectConverter, "subject")
register_converter(DigestConverter, "sha256")

urlpatterns = [
    path("attest/<str:duty>/<subject:subject>/", views.attest, name="attest"),
    path("attestation/<uuid:attestation>/withdraw/", views.withdraw, name="attestation_withdraw"),
    path("relief/<str:duty>/<subject:subject>/", views.relief, name="relief"),
    path("relief/<uuid:relief_id>/end/", views.relief_end, name="relief_end"),
    path("judge/", views.judge_now, name="judge_now"),
    path("drills/", views.drills, name="drills"),
    path("drills/run/", views.drills_run, name="drills_run"),
    path("drills/<slug:name>/", views.drill, name="drill"),
    path("drills/<slug:name>/run/", views.drill_run, name="drill_run"),
    path("document/<sha256:hash_>/", views.document, name="document"),
]
