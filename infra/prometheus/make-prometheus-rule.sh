#!/bin/sh
# Writes prometheus-rule.yaml, which the Prometheus operator reads, from touchstone-rules.yml, which Prometheus reads itself.
set -eu
cd "$(dirname "$0")"
{
  cat <<'HEAD'
# Made by make-prometheus-rule.sh from touchstone-rules.yml: change that, and run it again.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: touchstone
  labels: { app.kubernetes.io/name: touchstone }
spec:
HEAD
  sed 's/^\(.\)/  \1/' touchstone-rules.yml
} > prometheus-rule.yaml
