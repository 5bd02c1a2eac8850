# For those with Docker. `docker compose` reads .env.
WEIR_SECRETS ?= var/compose

compose-secrets: env .env  ## make .env and the secrets of docker-compose.yaml; what exists is kept
	@$(BIN)/python deploy/make_secrets.py $(WEIR_SECRETS)

.env:
	@cp .env.example .env

.PHONY: compose-secrets
