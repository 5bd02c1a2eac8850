# Two images: `weir` (gate, bureau, Airflow, jobs) and `minio` (published as source only).

FROM golang:1.26.8 AS minio-build
ARG MINIO_VERSION=v0.0.0-20260212201848-7aac2a2c5b7c
RUN CGO_ENABLED=0 GOBIN=/out go install -trimpath -ldflags "-s -w" \
    github.com/minio/minio@${MINIO_VERSION}

FROM alpine:3.22.2 AS minio
COPY --from=minio-build /out/minio /usr/local/bin/minio
RUN adduser -D -H -u 10001 weir && install -d -o weir -g weir -m 0700 /data
USER 10001:10001
EXPOSE 9000
ENTRYPOINT ["minio"]

FROM python:3.11.14-slim-bookworm AS environment
WORKDIR /opt/weir
COPY requirements-tools.txt requirements.txt ./
RUN python -m venv .venv \
    && .venv/bin/python -m pip install --no-cache-dir --require-hashes -r requirements-tools.txt \
    && .venv/bin/uv pip install --no-cache --python .venv/bin/python --require-hashes \
       -r requirements.txt

FROM python:3.11.14-slim-bookworm AS weir
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin weir \
    && install -d -o weir -g weir -m 0700 \
       /opt/airflow /opt/airflow/logs /data \
       /var/lib/weir/keys /var/lib/weir/masking-keys /var/lib/weir/scratch
WORKDIR /opt/weir
COPY --from=environment /opt/weir/.venv .venv
COPY requirements.txt ./
COPY bin bin
COPY include include
COPY dags dags
COPY plugins plugins
COPY contracts contracts
COPY policy policy
COPY expectations expectations
COPY deploy deploy
ENV PATH=/opt/weir/.venv/bin:$PATH \
    PYTHONPATH=/opt/weir/include \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    GX_ANALYTICS_ENABLED=False \
    HOME=/tmp
USER 10001:10001
