"""Every number of a policy pack states its ground."""

from __future__ import annotations

import pytest

from fakes.sample_contracts import Data, sample_bundle
from weir.contracts.loader import ContractFiles, names_in
from weir.contracts.policy_pack import Parameters
from weir.errors import ContractError
from weir.settings import ROOT

POLICY = ROOT / "policy"


def test_every_number_of_the_projects_packs_has_an_article_or_is_an_assumption() -> None:
    """And says in words what it is."""
    files = ContractFiles(POLICY, POLICY, POLICY)
    packs = [files.policy(name).require() for name in names_in(POLICY, ".yaml")]
    assert packs
    for pack in packs:
        for name in Parameters.model_fields:
            parameter = getattr(pack.parameters, name)
            assert parameter.article == "assumption" or "条" in parameter.article
            assert parameter.note


@pytest.mark.parametrize("article", ["", "因为", "第条", "Assumption", "assumptions"])
def test_a_number_without_a_ground_is_refused(article: str) -> None:
    """Neither silence nor a manner of speaking is a ground."""

    def edit(data: Data) -> None:
        data["policy"]["parameters"]["min_k"]["article"] = article

    with pytest.raises(ContractError):
        sample_bundle(edit)


@pytest.mark.parametrize(
    "article",
    ["assumption", "第十五条", "第二十三条第(六)项", "网络数据安全管理条例 第十二条", "GB/T 35273"],
)
def test_an_article_a_standard_or_an_assumption_is_a_ground(article: str) -> None:
    """Of whatever law."""

    def edit(data: Data) -> None:
        data["policy"]["parameters"]["min_k"]["article"] = article

    assert sample_bundle(edit).policy.parameters.min_k.article == article
