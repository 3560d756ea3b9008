"""The keys that probes send: none but the right one opens anything, and no echo of one gives the right one away."""

import pytest

from harness.client.requests import Requests
from harness.contract.messages import API_KEY_HEADER
from harness.contract.profile import Profile
from harness.history.blot import Blot
from harness.scenario.plan import Control

SECRETS = ["sandbox-key", "xxxx", "x", 'with "quotes"/and a slash']


def sent(secret, key):
    request = Requests(secret, Profile()).control("/control", Control(key=key))
    return dict(request.headers).get(API_KEY_HEADER)


@pytest.mark.parametrize("secret", SECRETS)
def test_only_the_right_key_is_the_right_one(secret):
    assert sent(secret, "right") == secret
    assert sent(secret, "missing") is None
    assert sent(secret, "empty") == ""
    for key in ("wrong", "longer"):
        assert sent(secret, key) != secret


@pytest.mark.parametrize("secret", SECRETS)
def test_the_wrong_key_has_nothing_of_the_right_one_but_its_length(secret):
    wrong = sent(secret, "wrong")
    assert len(wrong) == len(secret)
    assert len(set(wrong)) == 1
    assert secret not in wrong


@pytest.mark.parametrize("secret", [secret for secret in SECRETS if len(secret) > 1])
def test_an_echo_of_the_longer_key_is_blotted_out(secret):
    longer = sent(secret, "longer")
    assert longer.startswith(secret)
    assert Blot(secret).out_of_bytes(longer.encode()) == b"*" * len(secret) + b"x"
