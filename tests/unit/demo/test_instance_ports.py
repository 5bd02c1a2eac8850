"""The instance's ports: what a person set wrongly is named before anything starts."""

from __future__ import annotations

import pytest

from weir.demo.embedded.ports import pick_free
from weir.demo.ports import Ports, read_ports
from weir.errors import ContractError


@pytest.mark.parametrize("value", ["abc", "99999", "0", ""])
def test_a_port_that_is_none_names_its_variable(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    """A clear refusal instead of a traceback."""
    monkeypatch.setenv("WEIR_PORT_GATE", value)
    with pytest.raises(ContractError) as refused:
        read_ports()
    assert (refused.value.code, refused.value.where["setting"]) == (
        "port_invalid",
        "WEIR_PORT_GATE",
    )


def test_two_services_on_one_port_are_refused() -> None:
    """Otherwise the second would fail half a minute later."""
    airflow, gate, s3, postgres = pick_free(4)
    shared = Ports(airflow=airflow, gate=gate, bureau=gate, s3=s3, postgres=postgres)
    with pytest.raises(ContractError) as refused:
        shared.require_all_free()
    assert refused.value.code == "port_shared"
