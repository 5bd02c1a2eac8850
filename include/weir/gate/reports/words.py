"""Text that people wrote, made fit for a report."""

from __future__ import annotations


def redacted(text: str) -> str:
    """`text` with every identifier replaced by the name of its type.

    What a rule can recognise is replaced: numbers of persons and firms, telephone numbers, mail
    addresses. A person's name is not; whoever states facts leaves names out (docs/operations.md).
    """
    import pyarrow as pa

    from weir.privacy.redaction import redact

    return str(redact(pa.array([text], pa.large_string()))[0].as_py())
