# The server, the replay tool and the browser client, in one small image. Not root, nothing written
# but to /data and /reports.
FROM python:3.12-slim AS build
COPY requirements.lock /src/
RUN python3 -m venv --without-pip /app && \
    pip --python /app/bin/python3 install --no-cache-dir --quiet --disable-pip-version-check \
        --require-hashes --only-binary :all: -r /src/requirements.lock
COPY pyproject.toml README.md LICENSE CHANGELOG.md /src/
COPY server /src/server
COPY client_demo /src/client_demo
COPY scenarios /src/scenarios
RUN pip --python /app/bin/python3 install --no-cache-dir --quiet --disable-pip-version-check \
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
# Without urllib, which alone takes ten times as long to start as this.
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=5 CMD \
    ["python3", "-IS", "-c", "import socket as s; \
    door = s.create_connection(('127.0.0.1', 8080), 4); \
    door.sendall(b'GET /readyz HTTP/1.0\\r\\n\\r\\n'); \
    assert b' 200 ' in door.recv(32)"]
ENTRYPOINT ["afterparty"]
CMD ["serve"]
