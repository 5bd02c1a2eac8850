"""Every way in which Weir says no.

An error names what was refused, where, by which article and what would help. It never holds a cell
value: whatever is put into one is printed, logged and sent to the bureau.
"""

from __future__ import annotations

from collections.abc import Mapping


class WeirError(Exception):
    """The base of all errors.

    `code` is stable and machine-readable (`snake_case`), `article` cites the regulation (第十三条)
    or the standard, `where` holds identifiers and counts only.
    """

    def __init__(
        self,
        code: str,
        what: str,
        *,
        where: Mapping[str, str | int] | None = None,
        article: str = "",
        remedy: str = "",
    ) -> None:
        self.code = code
        self.what = what
        self.where: dict[str, str | int] = dict(where or {})
        self.article = article
        self.remedy = remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        parts = [f"{self.code}: {self.what}"]
        if self.where:
            parts.append("(" + ", ".join(f"{k}={v}" for k, v in self.where.items()) + ")")
        if self.article:
            parts.append(f"[{self.article}]")
        if self.remedy:
            parts.append(f"Remedy: {self.remedy}")
        return " ".join(parts)

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.code, self.what, self.where, self.article, self.remedy))


def _rebuild(
    kind: type[WeirError],
    code: str,
    what: str,
    where: Mapping[str, str | int],
    article: str,
    remedy: str,
) -> WeirError:
    return kind(code, what, where=where, article=article, remedy=remedy)


class RefusedError(WeirError):
    """The answer is no, and asking again cannot change it."""


class ContractError(RefusedError):
    """A contract file is malformed, inconsistent or asks for what no contract may."""


class AuthorisationError(RefusedError):
    """No decision of the bureau covers this use."""


class SuspendedError(RefusedError):
    """The bureau has suspended supply for this scope (第十六条)."""


class ExpiredError(RefusedError):
    """A term has run out: agreement, decision, consent or policy."""


class SchemaDriftError(RefusedError):
    """The source no longer has the shape its dataset contract states."""


class IntegrityError(RefusedError):
    """Bytes are not what their digest, count or signature says."""


class QualityError(RefusedError):
    """A blocking expectation failed, or the check itself could not be trusted."""


class ClassificationError(RefusedError):
    """A field is unclassified, or holds more than the catalogue grades it for (第五条)."""


class DisclosureError(RefusedError):
    """A product would single out too few subjects."""


class LeakError(RefusedError):
    """An identifier was found where none may be."""


class ApprovalError(RefusedError):
    """An approval is missing, void or given by the wrong people."""


class UnavailableError(WeirError):
    """Something did not answer; the same call may succeed later."""


class ExchangeUnavailableError(UnavailableError):
    """The exchange platform did not answer."""


class StoreUnavailableError(UnavailableError):
    """The object store or a database did not answer."""


class IntakeUnavailableError(UnavailableError):
    """The intake did not answer."""


class GateUnavailableError(UnavailableError):
    """The gate did not answer."""


class BureauUnavailableError(UnavailableError):
    """The bureau did not answer."""
