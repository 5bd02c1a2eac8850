from __future__ import annotations

from pathlib import Path

import pytest

from weir.errors import IntegrityError
from weir.runtime.adapters import public_key


def test_a_file_that_is_no_key_is_named(tmp_path: Path) -> None:
    """Two keys are given to `weir verify`: which of them is meant must be plain."""
    file = tmp_path / "bin.csv"
    file.write_text("a,b\n1,2\n")
    with pytest.raises(IntegrityError) as refused:
        public_key(file, "operator", "WEIR_OPERATOR_PUBLIC_KEY")
    assert refused.value.code == "key_malformed"
    assert refused.value.where["file"] == str(file)
