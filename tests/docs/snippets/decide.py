from weir.contracts.loader import load_bundle
from weir.runtime import adapters

told = adapters.settings()
bundle = load_bundle("sme-credit", told.contracts_dir, told.policy_dir, told.expectations_dir)
with adapters.bureau_client(told) as bureau:
    bureau.decide(bundle, "agreed", reviewer="张三", reason="同意提供")
