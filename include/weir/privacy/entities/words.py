"""Cues that several types share."""

from __future__ import annotations

DOCUMENT = ("证件号", "证件编号", "证件号码", "证照号码", "zjhm", "document no", "id no")
IDENTITY = ("身份证", "身分证", "身份证明", "id card", "identity card", "sfzh", *DOCUMENT)
