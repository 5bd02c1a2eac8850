from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from weir.crypto.dsse import Envelope, open_envelope, sign_envelope
from weir.crypto.sm2 import SigningKey
from weir.errors import IntegrityError

KIND = "application/vnd.in-toto+json"


@pytest.fixture(scope="module")
def key() -> SigningKey:
    """The bureau's key for these tests."""
    return SigningKey.generate()


def test_a_signed_payload_opens_for_its_key(key: SigningKey) -> None:
    """Through JSON and back, also beside keys that did not sign."""
    envelope = Envelope.from_json(
        json.loads(json.dumps(sign_envelope(b'{"a":1}', KIND, key).to_json()))
    )
    others = SigningKey.generate().public
    assert open_envelope(envelope, KIND, [others, key.public]) == b'{"a":1}'
    assert envelope.signatures[0].keyid == key.public.key_id


def test_the_signature_covers_the_encoding_of_the_dsse_specification(key: SigningKey) -> None:
    """The specification's own example of the pre-authentication encoding."""
    envelope = sign_envelope(b"hello world", "http://example.com/HelloWorld", key)
    encoded = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    assert key.public.verify(encoded, envelope.signatures[0].sig)


def test_an_edited_envelope_does_not_open(key: SigningKey) -> None:
    """Payload, type and signature are all bound."""
    envelope = sign_envelope(b"consent", KIND, key)
    signature = replace(envelope.signatures[0], sig=bytes(70))
    for edited, kind in (
        (replace(envelope, payload=b"refusal"), KIND),
        (replace(envelope, payload_type="text/plain"), "text/plain"),
        (replace(envelope, signatures=(signature,)), KIND),
        (replace(envelope, signatures=()), KIND),
    ):
        with pytest.raises(IntegrityError) as refusal:
            open_envelope(edited, kind, [key.public])
        assert refusal.value.code == "signature_invalid"


def test_an_envelope_opens_only_for_trusted_keys_and_its_own_type(key: SigningKey) -> None:
    """The key id inside an envelope convinces nobody."""
    envelope = sign_envelope(b"consent", KIND, SigningKey.generate())
    claimed = replace(envelope.signatures[0], keyid=key.public.key_id)
    for trusted in ([key.public], []):
        with pytest.raises(IntegrityError) as refusal:
            open_envelope(replace(envelope, signatures=(claimed,)), KIND, trusted)
        assert refusal.value.code == "signature_invalid"
    with pytest.raises(IntegrityError) as refusal:
        open_envelope(sign_envelope(b"x", KIND, key), "text/plain", [key.public])
    assert refusal.value.code == "payload_type_mismatch"


@pytest.mark.parametrize(
    "change",
    [
        {"payload": "not base64!"},
        {"payload": 7},
        {"payloadType": None},
        {"signatures": []},
        {"signatures": [{}] * 17},
        {"signatures": [{"keyid": "a"}]},
        {"signatures": [{"keyid": "a", "sig": "é"}]},
        {"signatures": "sig"},
    ],
)
def test_a_malformed_envelope_is_refused(key: SigningKey, change: dict[str, Any]) -> None:
    """Whatever is wrong with it, the answer is one refusal."""
    obj = sign_envelope(b"x", KIND, key).to_json() | change
    with pytest.raises(IntegrityError) as refusal:
        Envelope.from_json(obj)
    assert refusal.value.code == "envelope_malformed"
    with pytest.raises(IntegrityError):
        Envelope.from_json([base64.b64encode(b"x").decode()])
