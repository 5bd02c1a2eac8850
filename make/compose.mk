# For those with Docker. `docker compose` reads .env.
WEIR_SECRETS ?= var/compose

compose-secrets: env .env  ## make .env and the secrets of docker-compose.yaml; what exists is kept
	@$(BIN)/python deploy/make_secrets.py $(WEIR_SECRETS)

.env:
	@cp .env.example .env

# Compose as a program of its own, for machines with Go and without Docker: it renders and checks
# docker-compose.yaml; running it takes an engine.
COMPOSE_VERSION := v2.40.3

var/tools/docker-compose:
	@command -v go >/dev/null || { echo "Go 1.24 or newer is needed to build Compose"; exit 1; }
	@mkdir -p var/tools/compose
	cd var/tools/compose && { [ -f go.mod ] || go mod init compose.invalid; } \
	  && go get github.com/docker/compose/v2/cmd@$(COMPOSE_VERSION) \
	  && GOFLAGS=-buildvcs=false nice go build -o ../docker-compose github.com/docker/compose/v2/cmd

compose-client: var/tools/docker-compose  ## build Compose into var/tools (needs Go; some minutes)

.PHONY: compose-secrets compose-client
