FROM python:3.13-slim

ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_NO_CACHE=1

WORKDIR /app
RUN pip install --no-cache-dir --root-user-action=ignore "uv>=0.9,<1" \
    && useradd --system --uid 10001 --create-home sequitur \
    && install --directory --owner=sequitur --mode=0700 /var/lib/sequitur

# Packages first: they change less often than the code, so this layer is kept.
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-default-groups

COPY manage.py ./
COPY config/ config/
COPY core/ core/
COPY triggers/ triggers/
COPY actions/ actions/
COPY workflows/ workflows/
COPY fixtures/ fixtures/
COPY examples/ examples/

ENV SEQUITUR_HOME=/var/lib/sequitur \
    SEQUITUR_HOST=0.0.0.0
USER sequitur
EXPOSE 8000

ENTRYPOINT ["python", "-m", "config.entrypoint"]
CMD ["gunicorn", "--config", "python:config.web", "config.wsgi"]
