"""A secret is found in every form in which it may get out, and text without one stays as it is."""

import base64
import html
import json
import random
import xml.sax.saxutils
from urllib.parse import quote, quote_plus, urlencode

import markupsafe
import pytest

from reconciler.core.errors import AnswerUnreadable
from reconciler.core.veil import MASK, Veil
from reconciler.render import annotations, markup

SECRET = "pa\"ss/w+rd_1 = <100 %>: 'ü', & more"
KEY = "-----BEGIN PRIVATE KEY-----\n" + "\n".join(letter * 64 for letter in "abc") + "\n-----END PRIVATE KEY-----\n"


@pytest.fixture
def veil():
    made = Veil()
    made.add(SECRET, KEY)
    return made


FORMS = {
    "raw": SECRET,
    "JSON": json.dumps({"x": SECRET}),
    "form": urlencode({"x": SECRET}),
    "path": quote(SECRET),
    "query": quote(SECRET, safe=""),
    "plus": quote_plus(SECRET),
    "basic": base64.b64encode(f"client:{SECRET}".encode()).decode(),
    "base64url": base64.urlsafe_b64encode(SECRET.encode()).decode(),
    "line of a key": f"one line: {'b' * 64}.",
    "Markdown": markup.escape(f"**{SECRET}**"),
    "code in Markdown": markup.code(SECRET),
    "HTML": str(markupsafe.escape(f"<p>{SECRET}")),
    "XML text": xml.sax.saxutils.escape(SECRET),
    "XML attribute": html.escape(SECRET),
    "annotation": annotations.diagnostics([AnswerUnreadable.rule.found(SECRET)]),
    "key": KEY,
    "key in JSON": json.dumps(KEY),
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
def test_secret_is_found_and_masked_in_every_form(text, veil):
    assert not veil.covers(text)
    masked = veil.over(text)
    assert veil.covers(masked)
    assert MASK in masked


def test_base64_is_found_wherever_the_secret_begins_in_it():
    chance = random.Random(7)
    for _ in range(300):
        secret = "".join(chance.choice("ABCxyz019+/-_") for _ in range(chance.randint(8, 40)))
        veil = Veil()
        veil.add(secret)
        around = chance.randbytes(chance.randint(0, 5)) + secret.encode() + chance.randbytes(chance.randint(0, 5))
        assert not veil.covers(base64.b64encode(around).decode())
        assert not veil.covers(base64.urlsafe_b64encode(around).decode())


def test_text_without_a_secret_is_left_alone(veil):
    text = "PRIVATE KEY -----BEGIN PRIVATE KEY----- of client, 100 %"
    assert veil.covers(text)
    assert veil.over(text) == text


def test_short_words_are_no_secrets_and_a_masked_text_stays_as_it_is():
    veil = Veil()
    veil.add("abc", "", "  \n")
    assert veil.covers("abc of it")


def test_longer_secret_is_masked_as_a_whole():
    veil = Veil()
    veil.add("secret")
    veil.add("secret-with-more")
    assert veil.over("secret-with-more, secret") == f"{MASK}, {MASK}"


def test_veil_can_be_lifted_for_the_next_test(veil):
    veil.clear()
    assert veil.covers(SECRET)
