"""Policy packs: every number the regulation states or leaves open, with its ground."""

from __future__ import annotations

import re

from pydantic import Field, field_validator

from weir.contracts.dataset import Contract, Day, Name, Text

ASSUMPTION = "assumption"
_ARTICLE = re.compile("第[一二三四五六七八九十百零〇]+条|GB")


class Parameter(Contract):
    """A number with the article that states it, or `assumption` where none does."""

    value: int = Field(ge=0)
    article: Text
    note: Text | None = None

    @field_validator("article")
    @classmethod
    def _states_its_ground(cls, article: str) -> str:
        if article != ASSUMPTION and not _ARTICLE.search(article):
            raise ValueError(f"cite an article (第…条) or a standard (GB …), or write {ASSUMPTION}")
        return article


class Parameters(Contract):
    agreement_term_years: Parameter
    renewal_notice_months: Parameter
    rectification_days: Parameter
    failed_after_rectifications: Parameter
    audit_retention_days: Parameter
    min_k: Parameter
    minor_age_years: Parameter
    two_reviewers_from_grade: Parameter
    max_release_days: Parameter
    incident_report_hours: Parameter
    revocation_seconds: Parameter
    feedback_due_days: Parameter
    report_due_days: Parameter
    disclosure_month: Parameter
    drill_days: Parameter


class PolicyPack(Contract):
    """policy/<pack>.yaml; in force on every day of [effective_from, effective_until)."""

    pack: Name
    title: Text
    effective_from: Day
    effective_until: Day | None
    source: Text
    parameters: Parameters
