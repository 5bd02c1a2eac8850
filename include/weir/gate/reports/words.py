"""Text that people wrote, made fit for a report."""

from __future__ import annotations

import re

# Of eleven digits and more in a row, or of seventeen with spaces or hyphens between them.
_NUMBER = re.compile(r"(?<![0-9A-Za-z])(?:\d{11,}|\d(?:[ -]?\d){16,})[Xx]?(?![0-9A-Za-z])")


def redacted(text: str) -> str:
    """`text` with every identifier replaced by the name of its type.

    What a rule can recognise is replaced: numbers of persons and firms, telephone numbers, mail
    addresses; and as `<NUMBER>` any other number as long as those, for people mistype them. A
    person's name is not; whoever states facts leaves names out (docs/operations.md).
    """
    import pyarrow as pa

    from weir.privacy.redaction import redact

    return _NUMBER.sub("<NUMBER>", redact(pa.array([text], pa.large_string()))[0].as_py())
