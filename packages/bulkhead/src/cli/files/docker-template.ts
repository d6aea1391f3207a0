import { UV_VERSION } from '../../environment/fetched/uv-release.ts';

/** The files by which a new plugin becomes an image, by their path in its folder. */
export const DOCKER_FILES: Readonly<Record<string, string>> = {
  Dockerfile: `# The plugin's image. \`bulkhead sync\` builds it, and so does the first call; \`bulkhead sync --upgrade\` takes newer base images.
ARG PYTHON=python:3.13-slim-trixie
ARG UV=ghcr.io/astral-sh/uv:${UV_VERSION}

FROM \${UV} AS uv

# What uv.lock says, in a folder of its own. This is done again only when the two files that it begins with have changed.
FROM \${PYTHON} AS packages
COPY --from=uv /uv /usr/local/bin/uv
# Byte code is made now: nobody can write it later, and no start has to.
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
WORKDIR /app
COPY pyproject.toml uv.lock ./
RUN uv sync --locked --no-dev --no-install-project

# Neither uv nor its cache is in the image that runs.
FROM \${PYTHON}
# Libraries and programs of Debian that the plugin needs:
# RUN apt-get update && apt-get install -y --no-install-recommends NAME && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=packages /app/.venv /app/.venv
ENV PATH=/app/.venv/bin:\${PATH}
COPY --chown=10001:10001 . .
# Nobody that any machine knows. A number, because the image need not know its name.
USER 10001:10001
CMD ["python", "plugin.py"]
`,
  '.dockerignore': `.git
.venv
**/__pycache__
.pytest_cache
.dockerignore
Dockerfile
README.md
tests
`,
};
