# The server, the replay tool and the browser client, in one small image. Not root, nothing written
# but to /data and /reports.
FROM python:3.12-slim AS build
COPY requirements.lock /src/
RUN python3 -m venv /app && \
    /app/bin/pip install --no-cache-dir --quiet --disable-pip-version-check \
        --require-hashes --only-binary :all: -r /src/requirements.lock
COPY pyproject.toml README.md LICENSE CHANGELOG.md /src/
COPY server /src/server
COPY client_demo /src/client_demo
COPY scenarios /src/scenarios
RUN /app/bin/pip install --no-cache-dir --quiet --disable-pip-version-check \
        --no-deps --no-build-isolation /src

FROM python:3.12-slim
COPY --from=build /app /app
RUN useradd --system --uid 10001 --home-dir /data afterparty && \
    install -d -o afterparty /data /reports
USER afterparty
ENV PATH=/app/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    AFTERPARTY_HOST=0.0.0.0 AFTERPARTY_MEDIA_PORT=40000 AFTERPARTY_DATA=/data
WORKDIR /data
VOLUME ["/data", "/reports"]
EXPOSE 8080/tcp 40000/udp
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s CMD \
    ["python3", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/readyz', timeout=2)"]
ENTRYPOINT ["afterparty"]
CMD ["serve"]
