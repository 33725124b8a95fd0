"""The rate limit in virtual time (okta-api §2.9)."""

import email.utils

import httpx
import pytest

from reconciler.backends.okta.client import Exchange
from reconciler.backends.okta.rate import Bucket, Told, bucket_of, told
from reconciler.core.errors import RateLimited

from .conftest import SERVERS, okta_error

SERVER_TIME = 1_800_000_000


def limited(remaining=0, reset=SERVER_TIME + 20, date=SERVER_TIME, status=429, **headers):
    said = {
        "X-Rate-Limit-Limit": "60",
        "X-Rate-Limit-Remaining": str(remaining),
        "X-Rate-Limit-Reset": str(reset),
        "Date": email.utils.formatdate(date, usegmt=True),
    }
    answer = okta_error(429, "E0000047") if status == 429 else httpx.Response(status, json={"data": []})
    answer.headers.update({**said, **headers})
    return answer


def test_window_lasts_for_reset_minus_the_date_of_the_answer():
    assert told(limited()).seconds == 20


@pytest.mark.parametrize("skew", [-3600, 3600])
def test_clock_that_is_wrong_by_an_hour_changes_nothing(skew, scripted, clock):
    clock._now = SERVER_TIME + skew
    client, script = scripted(limited(), httpx.Response(200, json={"data": []}))
    client.send(Exchange("GET", SERVERS))
    assert len(script.asked) == 2
    assert 20 <= sum(clock.slept) <= 21


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Rate-Limit-Reset": "soon"},
        {"X-Rate-Limit-Reset": ""},
        {"X-Rate-Limit-Reset": "nan"},
        {"X-Rate-Limit-Reset": "inf"},
        {"X-Rate-Limit-Reset": "-inf"},
        {"X-Rate-Limit-Reset": "99999999999999999999"},
        {"X-Rate-Limit-Reset": "0"},
        {"Date": "yesterday"},
        {"Date": "Mon, 01 Jan 0001 00:00:00 GMT"},
        {"Date": ""},
    ],
)
def test_headers_that_make_no_sense_give_a_finite_bounded_wait(headers, scripted, clock):
    client, script = scripted(limited(**headers), httpx.Response(200, json={"data": []}))
    client.send(Exchange("GET", SERVERS))
    assert len(script.asked) == 2
    assert 0 <= sum(clock.slept) <= 62


def test_missing_headers_give_a_fixed_wait(scripted, clock):
    client, _ = scripted(okta_error(429, "E0000047"), httpx.Response(200, json={"data": []}))
    client.send(Exchange("GET", SERVERS))
    assert sum(clock.slept) == pytest.approx(10, abs=1)


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_limit_that_lasts_is_an_error_after_a_bounded_time(method, scripted, clock):
    client, script = scripted(limited(reset=SERVER_TIME + 60))
    with pytest.raises(RateLimited, match="429 E0000047"):
        client.send(Exchange(method, SERVERS))
    assert len(script.asked) == 4
    assert sum(clock.slept) <= 4 * 62


def test_last_request_of_a_window_holds_the_next_one_back_before_a_429(scripted, clock):
    client, script = scripted(limited(status=200), httpx.Response(200, json={"data": []}))
    client.send(Exchange("GET", SERVERS))
    assert clock.slept == []
    client.send(Exchange("GET", SERVERS))
    assert 20 <= sum(clock.slept) <= 21
    assert len(script.asked) == 2


def test_empty_bucket_holds_only_its_own_family_back(scripted, clock):
    client, _ = scripted(limited(status=200), httpx.Response(200, json=[]))
    client.send(Exchange("GET", SERVERS))
    client.send(Exchange("GET", "/api/v1/authorizationServers"))
    assert clock.slept == []


def test_buckets_are_told_apart_by_collection():
    assert bucket_of(f"{SERVERS}/ems1/authorization-servers") == bucket_of(SERVERS)
    assert bucket_of("/resource-servers/api/v1/operations/op-1") != bucket_of(SERVERS)
    assert bucket_of("/api/v1/authorizationServers/aus1") == bucket_of("/api/v1/authorizationServers")
    assert bucket_of("/api/v1/authorizationServers") != bucket_of("/api/v1/apps")
    assert bucket_of("/oauth2/v1/token") == bucket_of("/oauth2/v1/token")


@pytest.mark.parametrize(
    "headers",
    [{"X-Rate-Limit-Limit": "many"}, {"X-Rate-Limit-Remaining": "-1"}, {"X-Rate-Limit-Limit": "-5"}],
)
def test_headers_that_make_no_sense_tell_nothing(headers):
    assert told(limited(**headers)) is None


def window(*remaining, taken=0):
    """A bucket of 100 that has heard these answers one after the other, each to a request of our own."""
    bucket = Bucket()
    for left in remaining:
        bucket.take(0.0)
        bucket.in_flight -= 1
        bucket.is_asked = False
        bucket.hear(Told(100, left, 1_000.0, 50.0), 0.0, 0.0)
    for _ in range(taken):
        bucket.take(0.0)
    return bucket


def test_what_others_were_seen_to_use_counts_into_what_is_left_to_them():
    alone = [99 - each for each in range(60)]
    assert window(*alone).pause(0.0, 0.4) == 50.0, "60 of 100 are used, and 40 left to others"
    beside = [99 - each - min(each, 15) for each in range(60)]
    assert window(*beside[:59]).pause(0.0, 0.4) == 0.0, "others have had 15 of their 40"
    assert window(*beside).pause(0.0, 0.4) == 50.0, "60 of 100 are used by us, whatever others do"


def test_half_of_the_headroom_stays_however_much_others_use():
    greedy = [99, 60, 25]
    assert window(*greedy).pause(0.0, 0.4) == 0.0
    assert window(*greedy, taken=4).pause(0.0, 0.4) == 0.0
    assert window(*greedy, taken=5).pause(0.0, 0.4) != 0.0


def test_what_was_used_before_the_first_answer_may_have_been_ours():
    assert window(40).pause(0.0, 0.4) == 50.0
