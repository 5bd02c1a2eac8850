"""An invented successor of the seed pack, for tests alone: no such pack was ever issued."""

from __future__ import annotations

import shutil
from pathlib import Path

import yaml

from weir.settings import ROOT

SUCCESSOR = "invented-successor"


def with_successor(root: Path) -> tuple[Path, Path, Path]:
    """A copy of the project's contracts, packs and suites, in which `sme-credit` names a pack that
    follows the seed pack without a gap; `water-open` still names the seed pack."""
    folders = tuple(root / name for name in ("contracts", "policy", "expectations"))
    for folder in folders:
        shutil.copytree(ROOT / folder.name, folder)
    contracts, policy, _ = folders
    seed = yaml.safe_load((policy / "suining-2024.yaml").read_text("utf-8"))
    seed |= {
        "pack": SUCCESSOR,
        "title": "虚构的后续参数包(仅供测试)",
        "effective_from": "2026-02-01",
        "effective_until": "2028-02-01",
        "source": "虚构，仅供测试",
    }
    text = yaml.safe_dump(seed, allow_unicode=True).replace("'", "")
    (policy / f"{SUCCESSOR}.yaml").write_text(text, "utf-8")
    scenario = contracts / "scenarios" / "sme-credit.yaml"
    text = scenario.read_text("utf-8").replace("policy: suining-2024", f"policy: {SUCCESSOR}")
    scenario.write_text(text, "utf-8")
    return folders[0], folders[1], folders[2]
