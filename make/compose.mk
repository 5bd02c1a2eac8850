# For those with Docker. `docker compose` reads .env (see .env.example).
WEIR_SECRETS ?= var/compose

compose-secrets: env  ## make the secrets folder of docker-compose.yaml, once
	@$(BIN)/python deploy/make_secrets.py $(WEIR_SECRETS)

.PHONY: compose-secrets
