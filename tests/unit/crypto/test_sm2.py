from __future__ import annotations

import pickle
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import gmalg
import pytest
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from weir.crypto import _libcrypto
from weir.crypto.sm2 import SigningKey, VerifyingKey
from weir.crypto.sm3 import sm3_hex
from weir.errors import IntegrityError, RefusedError

# GM/T 0003.5-2012 appendix A.2: key pair, and signature with the default identity.
PRIVATE = "3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8"
PUBLIC_X = "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
PUBLIC_Y = "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
R = "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
S = "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
MESSAGE = b"message digest"

SPKI_HEAD = bytes.fromhex("3059301306072A8648CE3D020106082A811CCF5501822D034200")
PKCS8_HEAD = bytes.fromhex(
    "308187020100301306072A8648CE3D020106082A811CCF5501822D046D306B0201010420"
)


def pem(label: str, der: bytes) -> bytes:
    """PEM by hand, so that the standard's numbers enter without our own code."""
    import base64

    body = base64.encodebytes(der).decode().replace("\n", "")
    lines = "\n".join(body[i : i + 64] for i in range(0, len(body), 64))
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n".encode()


@pytest.fixture
def public() -> VerifyingKey:
    """The standard's public key."""
    point = bytes.fromhex("04" + PUBLIC_X + PUBLIC_Y)
    return VerifyingKey.from_pem(pem("PUBLIC KEY", SPKI_HEAD + point))


@pytest.fixture
def private() -> SigningKey:
    """The standard's private key."""
    point = bytes.fromhex("04" + PUBLIC_X + PUBLIC_Y)
    der = PKCS8_HEAD + bytes.fromhex(PRIVATE) + bytes.fromhex("A144034200") + point
    return SigningKey.from_pem(pem("PRIVATE KEY", der))


@pytest.mark.article("第八条")
def test_the_signature_of_gm_t_0003_5_verifies(public: VerifyingKey) -> None:
    """The standard's own example."""
    signature = encode_dss_signature(int(R, 16), int(S, 16))
    assert public.verify(MESSAGE, signature)
    assert not public.verify(b"message digesT", signature)


def test_a_private_key_of_the_standard_has_its_public_key(
    private: SigningKey, public: VerifyingKey
) -> None:
    """Reading PKCS #8 gives the pair of the standard."""
    assert private.public.to_pem() == public.to_pem()
    assert private.public.key_id == public.key_id


def test_signatures_agree_with_an_independent_implementation(private: SigningKey) -> None:
    """The library gmalg verifies ours and we verify gmalg's."""
    oracle = gmalg.SM2(
        bytes.fromhex(PRIVATE),
        b"1234567812345678",
        bytes.fromhex("04" + PUBLIC_X + PUBLIC_Y),
    )
    r, s = decode_dss_signature(private.sign(b"to the bureau"))
    assert oracle.verify(b"to the bureau", r.to_bytes(32, "big"), s.to_bytes(32, "big"))
    r_bytes, s_bytes = oracle.sign(b"from the bureau")
    signature = encode_dss_signature(int.from_bytes(r_bytes, "big"), int.from_bytes(s_bytes, "big"))
    assert private.public.verify(b"from the bureau", signature)


def test_the_key_id_is_sm3_of_the_public_key_info(public: VerifyingKey) -> None:
    """Anyone can compute it from the DER form."""
    point = bytes.fromhex("04" + PUBLIC_X + PUBLIC_Y)
    assert public.key_id == sm3_hex(SPKI_HEAD + point)


def test_a_fresh_key_survives_its_pem() -> None:
    """Writing and reading gives a key that signs for the same public key."""
    key = SigningKey.generate()
    again = SigningKey.from_pem(key.to_pem())
    assert again.public.key_id == key.public.key_id
    assert key.public.verify(b"", again.sign(b""))
    assert SigningKey.generate().public.key_id != key.public.key_id


def test_malformed_signatures_are_simply_not_valid() -> None:
    """No exception, no leftover OpenSSL error, whatever the bytes."""
    key = SigningKey.generate()
    good = key.sign(b"m")
    for bad in (b"", b"\x00", good[:-1], good + b"\x00", b"0" * 4096, bytes(72)):
        assert not key.public.verify(b"m", bad)
    assert key.public.verify(b"m", good)


@pytest.mark.parametrize("data", [b"", b"junk", b"-----BEGIN PUBLIC KEY-----\n", b"\x00" * 20_000])
def test_what_is_no_key_is_refused(data: bytes) -> None:
    """Both kinds refuse junk by name."""
    for kind in (SigningKey, VerifyingKey):
        with pytest.raises(IntegrityError) as refusal:
            kind.from_pem(data)
        assert refusal.value.code == "key_malformed"


def test_keys_of_another_curve_are_refused() -> None:
    """A P-256 key is well-formed PEM, yet no SM2 key."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    other = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(IntegrityError):
        SigningKey.from_pem(
            other.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
    with pytest.raises(IntegrityError):
        VerifyingKey.from_pem(
            other.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )


def test_a_private_key_shows_nothing_and_is_not_pickled() -> None:
    """Neither repr nor pickle carries it away."""
    key = SigningKey.generate()
    body = b"".join(key.to_pem().splitlines()[1:-1]).decode()
    assert body[60:100] not in repr(key)
    with pytest.raises(TypeError):
        pickle.dumps(key)


def test_one_key_signs_in_many_threads() -> None:
    """Threads share a key without corrupting each other's signatures."""
    key = SigningKey.generate()

    def round_trip(number: int) -> bool:
        message = str(number).encode()
        return key.public.verify(message, key.sign(message))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(round_trip, range(400)))


def test_a_machine_without_openssl_3_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """The refusal names what to install."""
    monkeypatch.setattr(_libcrypto, "_NAMES", ("libcrypto-absent.so",))
    with pytest.raises(RefusedError) as refusal:
        _libcrypto.libcrypto.__wrapped__()
    assert refusal.value.code == "libcrypto_missing"
    assert "OpenSSL 3" in refusal.value.remedy


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the openssl command is not installed")
def test_stock_openssl_verifies_our_signatures(tmp_path: Path) -> None:
    """A stranger needs nothing of ours to check a signature."""
    key = SigningKey.generate()
    (tmp_path / "p.pem").write_bytes(key.public.to_pem())
    (tmp_path / "message").write_bytes(b"a checkpoint")
    (tmp_path / "sig").write_bytes(key.sign(b"a checkpoint"))
    command = ["openssl", "dgst", "-sm3", "-verify", "p.pem", "-signature", "sig"]
    command += ["-sigopt", "distid:1234567812345678", "message"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "Verified OK", done.stderr
    (tmp_path / "message").write_bytes(b"another checkpoint")
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode != 0
