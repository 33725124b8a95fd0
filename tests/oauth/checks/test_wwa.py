from dataclasses import replace

import pytest

from reconciler.oauth import Revision, Variant
from tests.support.defects import answers, challenge, defect, judge_world, more, prove, target
from tests.support.readiness import PRM_URL, URL, legacy, opened, reply

HINT = f'resource_metadata="{PRM_URL}"'
GOOD = f'Bearer {HINT}, scope="read"'


def elsewhere(document):
    """The document of the challenge is another one."""
    return lambda w: w.places.update({Variant.CHALLENGE: document})


def two_hints(w):
    opened(w)
    w.replies["hostile"] = reply(URL, 401, www_authenticate=GOOD)


def drifting(w):
    w.replies["tools"] = reply(URL, 401, www_authenticate='Bearer resource_metadata="https://mcp.example.com/other"')


def unfound(w):
    """No well-known place answers; the document of the challenge does not either."""
    for fetched in w.server().documents:
        w.places[fetched.variant] = reply(fetched.reply.url, 404)


STEP = 'Bearer error="insufficient_scope", scope="a", resource_metadata="x"'


def step_up(status=403, header=STEP):
    return lambda w: setattr(w, "step_up", reply(URL, status, www_authenticate=header))


DEFECTS = [
    defect("WWA001", challenge(None)),
    defect("WWA002", challenge("Basic realm=mcp"), also="WWA003"),
    defect("WWA003", challenge('Bearer scope="read"'), weight="W", name="mild"),
    defect(
        "WWA003", challenge('Bearer scope="read"'), weight="E", name="strict", base=(target(revision=Revision.M06),)
    ),
    defect("WWA004", challenge('Bearer resource_metadata="https://x.example/a", scope="read"')),
    defect("WWA004", challenge('Bearer resource_metadata="nothing", scope="read"'), name="none"),
    defect(
        "WWA005", elsewhere(reply(PRM_URL, 200, {"resource": URL, "scopes_supported": ["read"]})), also="PRM007 PRM008"
    ),
    defect("WWA006", challenge(f"Bearer {HINT}"), weight="I", name="none"),
    defect("WWA006", challenge(f'Bearer {HINT}, scope="offline_access"'), also="", weight="W", name="offline"),
    defect("WWA007", challenge(f'Bearer {HINT} scope="read"'), name="comma"),
    defect("WWA007", challenge(f'Bearer resource_metadata = "{PRM_URL}", scope="read"'), name="blank"),
    defect("WWA007", challenge(f'Bearer x_{HINT.replace("mcp.", "e.")}, {HINT}, scope="read"'), name="look-alike"),
    defect("WWA008", challenge(f'{GOOD}, error="invalid_token"')),
    defect("WWA009", drifting, base=(two_hints,)),
    defect("WWA010", step_up(401), name="status"),
    defect("WWA010", step_up(header="Basic realm=a"), name="scheme"),
]


@pytest.mark.parametrize("case", DEFECTS)
def test_a_defect_is_found_by_its_check_alone(case):
    prove(case)


def verdicts(*changes):
    return {f.id: f for f in judge_world(*changes) if f.id.startswith("WWA")}


def test_one_document_for_all_methods_passes():
    assert verdicts(two_hints)["WWA009"].verdict == "pass"


def test_without_a_challenge_its_content_is_not_judged():
    found = verdicts(challenge(None))
    assert {code for code, f in found.items() if f.verdict == "skip"} >= {
        "WWA002",
        "WWA003",
        "WWA004",
        "WWA006",
        "WWA007",
        "WWA008",
    }


def test_an_open_server_has_no_challenge():
    assert {f.verdict for code, f in verdicts(legacy).items() if code < "WWA009" and code != "WWA005"} == {"skip"}


def test_the_first_revision_knows_no_metadata():
    found = verdicts(target(revision=Revision.M03), challenge("Bearer realm=a"))
    assert (found["WWA003"].verdict, found["WWA006"].verdict) == ("skip", "pass")


def test_a_missing_parameter_is_fatal_where_the_well_known_place_is_empty():
    [finding] = [f for f in judge_world(challenge('Bearer scope="read"'), unfound) if f.id == "WWA003"]
    assert (finding.verdict, finding.weight) == ("fail", None)


def test_a_hinted_document_that_is_not_there_is_unknown():
    assert verdicts(elsewhere(reply(PRM_URL, 404)))["WWA005"].verdict == "unknown"
    assert verdicts(unfound)["WWA005"].verdict == "skip"


def test_without_a_narrow_token_step_up_is_unknown():
    assert verdicts(more(control=None))["WWA010"].verdict == "unknown"
    assert replace(reply(URL), status=1).status == 1
    assert verdicts(answers(discover=None))["WWA001"].verdict == "unknown"
