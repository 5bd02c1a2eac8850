"""The canary: a citizen and a firm that stand in every dataset and may surface nowhere.

Both are made up. Whoever finds one of these values in a log, an event, a report or a product has
found a leak.
"""

from __future__ import annotations

from datetime import date

RESIDENT_ID = "510903199001019993"
FULL_NAME = "言谨之"
BORN_ON = date(1990, 1, 1)
MOBILE = "13900009021"
EMAIL = "yan.jinzhi@example.com"
ADDRESS = "四川省遂宁市船山区谨言巷9021号"
USCC = "92510903MA9021YJ9A"
ENTERPRISE_NAME = "言谨之记粮油店"

VALUES = (RESIDENT_ID, FULL_NAME, MOBILE, EMAIL, ADDRESS, USCC, ENTERPRISE_NAME)
"""Every text that gives the canary away."""
