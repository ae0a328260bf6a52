"""The two-person rule, pure."""

from fanghu.approvals.rules import Decider, Ruling, behind, rule_on

BOB = Decider("bob", able=True)
ERIN = Decider("erin", able=True)


def test_a_second_person_may_decide():
    assert rule_on("alice", BOB, [ERIN]) == Ruling()


def test_whoever_asks_cannot_decide_under_another_account_either():
    second_account = Decider("alice", able=True)
    assert rule_on("alice", second_account, [ERIN]).refusal == "same_person"


def test_who_is_unable_or_nobody_is_refused():
    assert rule_on("alice", Decider("bob", able=False), []).refusal == "unable"
    assert rule_on("alice", Decider("", able=True), []).refusal == "no_person"


def test_what_nobody_asked_for_must_first_be_asked_in_a_name():
    assert rule_on("", BOB, [ERIN]).refusal == "not_adopted"


def test_a_decider_made_by_the_asker_is_refused_where_a_third_person_is_free():
    for made in (Decider("bob", able=True, created_by="alice"), Decider("bob", able=True, factor_reset_by="alice")):
        assert rule_on("alice", made, [ERIN]).refusal == "made_by_asker"


def test_a_decider_made_by_the_asker_is_flagged_where_nobody_else_is_free():
    made = Decider("bob", able=True, created_by="alice")
    others = [
        Decider("alice", able=True),
        Decider("erin", able=False),
        Decider("dave", able=True, created_by="alice"),
    ]
    assert rule_on("alice", made, others) == Ruling(flag="made_by_asker")


def test_an_account_made_by_someone_else_is_no_matter():
    assert rule_on("alice", Decider("bob", able=True, created_by="erin"), [ERIN]) == Ruling()


def test_an_account_made_by_the_asker_is_refused_while_its_person_has_one_free_of_doubt():
    made = Decider("bob", able=True, created_by="alice")
    assert rule_on("alice", made, [BOB]).refusal == "made_by_asker"


def test_makers_of_makers_count():
    makers = {"nobody": frozenset({"ghost"}), "ghost": frozenset({"alice"}), "alice": frozenset({"alice"})}
    assert behind(makers, "nobody") == {"ghost", "alice"}
    made = Decider("nobody", able=True, created_by="ghost", behind=behind(makers, "nobody"))
    assert rule_on("alice", made, [ERIN]).refusal == "made_by_asker"
    assert rule_on("alice", made, []).flag == "made_by_asker"


def test_deciding_what_an_account_of_ones_own_making_asked_for_carries_a_flag():
    assert rule_on("ghost", BOB, [ERIN], behind_asker=frozenset({"bob"})) == Ruling(flag="made_asker")
    assert rule_on("ghost", ERIN, [BOB], behind_asker=frozenset({"bob"})) == Ruling()


def test_a_decider_recovered_on_the_machine_carries_a_flag():
    assert rule_on("alice", Decider("bob", able=True, recovered=True), [ERIN]) == Ruling(flag="recovered")
