import sys

from weir.runtime import adapters

issued = adapters.gate_client(adapters.settings()).issue_credential("ua-2026-001")
sys.stdout.write(f"{issued.access_key} {issued.secret_key}\n")
