"""6.10: faults planted in what keeps sign-in from telling who exists."""

from __future__ import annotations

from datetime import timedelta

from fanghu.signin.models import FailureCount
from tests.honesty.planting import House, Plant, tried

DUTY = "6.10"


def no_deadline(house: House) -> None:
    house.without("fanghu.signin.deadline.DeadlineMiddleware")


def deadline_of_nothing(house: House) -> None:
    house.setting("FANGHU_SIGNIN_DEADLINE", 0)


def unknown_unlocked(house: House) -> None:
    FailureCount.objects.create(pk="3" * 64, failures=3, last_failed_at=house.now - timedelta(minutes=1))


def shown(house: House) -> None:
    from django.forms import TextInput

    from fanghu.signin.forms import SignInForm

    field = SignInForm.base_fields["password"]
    hidden = field.widget
    house.undo.append(lambda: setattr(field, "widget", hidden))
    field.widget = TextInput()


PLANTS = [
    Plant("the middleware that holds answers to the deadline is taken out", no_deadline, "time_tells"),
    Plant("the deadline of answers is set to nothing", deadline_of_nothing, "time_tells"),
    Plant("a login id that nobody has failed three times and was not locked", unknown_unlocked, "lock_tells"),
    Plant("the password field of sign-in shows what is typed", shown, "shown"),
]
test_a_fault_is_seen = tried(DUTY, PLANTS)
