# Built in two steps, so that the image that runs holds no tools for building.
FROM python:3.12-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
COPY requirements.txt /requirements.txt
RUN /venv/bin/pip install --require-hashes -r /requirements.txt

FROM python:3.12-slim-bookworm
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=advisory.settings \
    EVENKEEL_ENVIRONMENT=production \
    EVENKEEL_STATIC_ROOT=/app/staticfiles \
    EVENKEEL_FILES=/files
RUN groupadd --gid 10001 evenkeel \
    && useradd --uid 10001 --gid evenkeel --no-create-home --shell /usr/sbin/nologin evenkeel \
    && install -d -o evenkeel -g evenkeel /files
COPY --from=build /venv /venv
WORKDIR /app
COPY manage.py pyproject.toml ./
COPY advisory advisory
COPY rebalancing rebalancing
COPY clients clients
COPY compliance compliance
COPY templates templates
COPY static static
RUN python -m compileall -q /venv/lib advisory rebalancing clients compliance \
    && python -m advisory.static_files
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=6s --start-period=40s --retries=3 CMD ["python", "-m", "advisory.health.probe", "web"]
CMD ["gunicorn", "advisory.wsgi", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "4", "--preload", \
     "--timeout", "60", "--graceful-timeout", "20", "--worker-tmp-dir", "/tmp", "--no-control-socket", \
     "--log-level", "warning"]
