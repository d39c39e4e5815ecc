import type { Tracing } from './tracing.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Opens tracing if `OTEL_EXPORTER_OTLP_ENDPOINT` (or `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`) is set,
 * and otherwise returns undefined without loading OpenTelemetry. It sends spans as JSON over HTTP
 * and honours the other standard variables: service name, resource attributes, sampler, limits,
 * headers, time-outs.
 *
 * `showsIds`: spans contain the ids of customers, journeys and events in plain text; otherwise
 * hashed.
 * @throws Error with advice, for an invalid address or an unsupported protocol.
 */
export async function openTracing(
  environment: Environment = process.env,
  showsIds = false,
): Promise<Tracing | undefined> {
  const variable = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'].find((name) =>
    environment[name]?.trim(),
  );
  if (variable === undefined || isOff(environment)) return undefined;
  const endpoint = environment[variable]!.trim();
  if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol)) {
    throw new Error(`${variable} must be http(s)://<host>:<port>, e.g. http://127.0.0.1:4318.`);
  }
  const protocol = environment.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? environment.OTEL_EXPORTER_OTLP_PROTOCOL ?? '';
  if (protocol.trim() === 'grpc') {
    throw new Error(
      'OTEL_EXPORTER_OTLP_PROTOCOL=grpc is not spoken here: set it to http/json, and the endpoint to the HTTP port of the collector (4318).',
    );
  }
  const { openTelemetry } = await import('./tracing-sdk.ts');
  return openTelemetry(showsIds);
}

function isOff(environment: Environment): boolean {
  return (
    environment.OTEL_SDK_DISABLED?.trim().toLowerCase() === 'true' ||
    environment.OTEL_TRACES_EXPORTER?.trim() === 'none'
  );
}
