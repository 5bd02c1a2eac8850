from weir.evidence.delivery import offer_again
from weir.runtime import adapters

told = adapters.settings()
offer_again(adapters.engine(told.delivery_dsn, "WEIR_DELIVERY_DSN"))
