# The server as it ships. Built by `ml-ci` from build/context (ml_ci/engines/context.py) with
# --network=none: every package is a wheel in the context, checked against its hash.
# The base has to hold Python 3.11 as `python3`, with `venv`; params.yaml names it.
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS packages
COPY wheels /wheels
COPY requirements/image.txt /wheels/
# pip lives in an environment of its own: what ships needs no installer. The root filesystem is
# read-only when it runs, so what Python would compile then is compiled here, without dates: the same
# sources give the same bytes.
RUN python3 -m venv /opt/installer \
 && python3 -m venv --without-pip /opt/server \
 && /opt/installer/bin/python -m pip --python /opt/server/bin/python --no-cache-dir \
      --disable-pip-version-check install --quiet --no-compile --no-index --no-deps \
      --require-hashes --find-links /wheels --requirement /wheels/image.txt \
 && /opt/server/bin/python -m compileall -q --invalidation-mode unchecked-hash /opt/server/lib
COPY ml_ci /srv/ml_ci
RUN /opt/server/bin/python -m compileall -q --invalidation-mode unchecked-hash /srv/ml_ci

FROM ${BASE}
ENV PATH=/opt/server/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
COPY --from=packages /opt/server /opt/server
COPY --from=packages /srv /srv
WORKDIR /srv
# A number, because Kubernetes' runAsNonRoot cannot check a name.
USER 10001:10001
EXPOSE 8080
ENTRYPOINT ["python", "-m", "ml_ci.serving"]
CMD ["--models", "models", "--settings", "serving.json", "--host", "0.0.0.0", "--port", "8080"]
# What changes most often comes last: a new model is one small layer.
COPY serving.json /srv/
COPY models /srv/models
