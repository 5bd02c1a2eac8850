# MinIO is published as source only; this builds the pinned version once into var/tools.
MINIO_VERSION := v0.0.0-20260212201848-7aac2a2c5b7c

var/tools/minio:
	@command -v go >/dev/null || { echo "Go 1.24 or newer is needed to build MinIO"; exit 1; }
	@mkdir -p $(@D)
	GOBIN=$(abspath $(@D)) GOFLAGS=-buildvcs=false nice go install github.com/minio/minio@$(MINIO_VERSION)

minio: var/tools/minio  ## build MinIO into var/tools (needs Go; some minutes)

.PHONY: minio
