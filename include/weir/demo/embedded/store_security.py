"""Between SeaweedFS's own parts: mutual TLS and signed tokens, so that S3 is the only way in.

Without them every account of the machine could read and write any object through the filer's, the
master's or the volume server's port, past all S3 policies.
"""

from __future__ import annotations

import ipaddress
import secrets
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from weir.clock import SystemClock
from weir.demo.embedded.ports import LOOPBACK
from weir.demo.embedded.process import write_private

SETTINGS = "security.toml"
"""SeaweedFS reads it from the folder it is started in."""

_TERM = timedelta(days=3650)
_TOKENS = ("jwt.signing", "jwt.signing.read", "jwt.filer_signing", "jwt.filer_signing.read")
_PARTS = ("master", "volume", "filer", "s3", "admin", "worker", "client")


def secure(folder: Path) -> None:
    """Make keys, certificates and settings in `folder` where they are not there yet.

    The authority's key is forgotten at once: it signs the one certificate that all parts share.
    """
    if (folder / SETTINGS).exists():
        return
    begins = SystemClock().now() - timedelta(days=1)
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer, subject = _name("weir embedded store authority"), _name("weir embedded store")
    authority = (
        _certificate(issuer, issuer, authority_key, begins)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    certificate = (
        _certificate(subject, issuer, key, begins)
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address(LOOPBACK))]
            ),
            critical=False,
        )
        .add_extension(
            x509.ExtendedKeyUsage(
                [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
            ),
            critical=False,
        )
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    write_private(folder / "ca.pem", authority.public_bytes(pem).decode())
    write_private(folder / "part.pem", certificate.public_bytes(pem).decode())
    write_private(
        folder / "part.key.pem",
        key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode(),
    )
    write_private(folder / SETTINGS, _settings())


def _settings() -> str:
    lines = []
    for name in _TOKENS:
        lines += [f"[{name}]", f'key = "{secrets.token_urlsafe(32)}"', "expires_after_seconds = 60"]
    lines += ["[grpc]", 'ca = "ca.pem"']
    for name in _PARTS:
        lines += [f"[grpc.{name}]", 'cert = "part.pem"', 'key = "part.key.pem"']
    return "\n".join([*lines, ""])


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, begins: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + _TERM)
    )
