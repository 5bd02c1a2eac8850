from weir.bureau.client import BureauClient
from weir.runtime import adapters

told = adapters.settings()
gate = adapters.gate_client(told)
with BureauClient(told.bureau_url, told.bureau_delivery_token.get_secret_value()) as bureau:
    decision, orders = bureau.decision("sme-credit"), bureau.orders()
for order in orders:
    gate.register_order(order)
if decision is not None:
    gate.register_decision(decision)
