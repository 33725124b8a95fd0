"""The laws of apply under every answer that the contract leaves open (okta-api §6).

The suite lets each answer meet a third of the worlds, a different third from one answer to the next; `make laws` all.
"""

import pytest

from reconciler.emulator.switches import SWITCHES
from tests.laws.test_okta import fulfil
from tests.laws.test_states import EVERY
from tests.support.emulated import Emulated
from tests.support.steady import many

ELSEWHERE = {
    "register-failure": "about metadata that cannot be reached",
    "dropped-issuer": "about metadata that changes",
    "activate-not-connectable": "connectable needs client auth settings, which these worlds have not",
    "refresh": "without a new look only `revalidate: reregister` leads out of INVALID",
    "delete-unsettled": "such an organisation refuses what is PENDING or INVALID, and that is passed on",
}
OTHERS = [
    (switch.name, value)
    for switch in SWITCHES
    for value in (switch.values or (("3",) if switch.name == "stale-reads" else ()))
    if value != switch.default and switch.name not in ELSEWHERE
]
HARD = [story for name, story in EVERY.items() if name.startswith("server") and name.endswith("differs")]
THIRDS = 3
MEETINGS = [
    pytest.param(switch, value, HARD if many(1) > 1 else HARD[number % THIRDS :: THIRDS], id=f"{switch}-{value}")
    for number, (switch, value) in enumerate(OTHERS)
]


@pytest.mark.parametrize(("switch", "value", "stories"), MEETINGS)
def test_every_goal_is_reached_whatever_the_organisation_answers(switch, value, stories):
    with Emulated(**{switch: value}) as organisation:
        for story in stories:
            fulfil(organisation, story)


def test_in_the_suite_too_every_world_meets_many_answers():
    for number in range(THIRDS):
        assert len(MEETINGS[number::THIRDS]) >= 9
        assert len(HARD[number::THIRDS]) >= 4
