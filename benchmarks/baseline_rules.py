"""What both pandas sides look for."""

from __future__ import annotations

PATTERNS = {
    "ID": r"[1-9]\d{16}[\dXx]",
    "USCC": r"[0-9A-Z]{18}",
    "MOBILE": r"1[3-9]\d{9}",
    "LANDLINE": r"0\d{2,3}-\d{7,8}",
    "CARD": r"[2-6]\d{15,18}",
    "PLATE": r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][A-Z0-9]{5,6}",
    "PASSPORT": r"[EGDSPH]\d{8}",
    "EMAIL": r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}",
    "IPV4": r"(?:\d{1,3}\.){3}\d{1,3}",
}
K = 5
