"""Ten thousand decided scenarios: the desk turns pages, and asks for no more than it shows."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import httpx
from sqlalchemy import Connection, event, insert

from bureau_server import BureauServer
from weir.bureau.tables import catalogues, decisions

MANY, ON_A_PAGE = 10_000, 100


def test_the_front_page_of_ten_thousand_scenarios_shows_a_hundred(
    bureau: BureauServer, desk: httpx.Client
) -> None:
    """With their number, the decision that counts, and a way to the rest."""
    now = datetime(2026, 11, 1, tzinfo=UTC)
    with bureau.engine.begin() as connection:
        connection.execute(insert(catalogues).values(sm3="c", body=b"{}", kept_at=now))
        for outcome in ("refused", "agreed"):
            connection.execute(
                insert(decisions),
                [
                    {
                        "scenario": f"many-{number:05d}",
                        "demand": "d",
                        "catalogue": "c",
                        "contract_digest": "x",
                        "decision_digest": f"{outcome}-{number}",
                        "outcome": outcome,
                        "reason": "",
                        "article": "第十三条",
                        "decided_by": "director",
                        "decided_at": now,
                        "valid_until": now + timedelta(days=365),
                        "bundle": json.dumps({"scenario": {"title": f"题{number}"}}).encode(),
                        "envelope": b"{}",
                    }
                    for number in range(MANY)
                ],
            )
    asked: list[str] = []

    def count(connection: Connection, cursor: object, statement: str, *_: object) -> None:
        del connection, cursor
        asked.append(statement)

    event.listen(bureau.engine, "before_cursor_execute", count)
    try:
        first = desk.get("/", timeout=60).text
    finally:
        event.remove(bureau.engine, "before_cursor_execute", count)
    assert len(asked) < 2 * ON_A_PAGE
    assert first.count('href="/scenarios/many-') == ON_A_PAGE
    assert f"<dd>{MANY}</dd>" in first
    assert "题99<" in first.replace("\n", "")
    assert "已拒绝" not in first
    assert 'href="/?after=many-00099"' in first
    last = desk.get("/?after=many-09990", timeout=60).text
    assert "many-09999" in last
    assert "下一页" not in last
