import type { UpstreamConfig } from '../core/configuration.ts';
import { DEFAULT_UPSTREAM } from './defaults.ts';
import { originUrl } from './formats-network.ts';
import { filePath } from './formats-places.ts';
import { duration } from './formats-units.ts';
import { object, optional, withDefault } from './schema.ts';
import { entryNode, list, refined } from './schema-collections.ts';
import { INVALID, type Schema } from './schema-types.ts';
import { boolean, integer, word } from './schema-values.ts';

const fields = object({
  url: optional(originUrl(), 'Address of the API: scheme, host and port.'),
  targets: optional(
    list(originUrl(), { min: 1, max: 64, unique: true }),
    'Addresses of several instances of the API, in place of url.',
  ),
  protocol: withDefault(word(['h1', 'h2']), DEFAULT_UPSTREAM.protocol, 'HTTP/1.1, or HTTP/2 over TLS.'),
  timeoutSeconds: withDefault(
    duration(0.1, 86_400),
    DEFAULT_UPSTREAM.timeoutSeconds,
    'Time to the head of the answer, and between two pieces of its body.',
  ),
  connectTimeoutSeconds: withDefault(
    duration(0.1, 300),
    DEFAULT_UPSTREAM.connectTimeoutSeconds,
    'Time to open a connection.',
  ),
  connectionsMax: withDefault(
    integer(1, 100_000),
    DEFAULT_UPSTREAM.connectionsMax,
    'Connections to each target, per thread.',
  ),
  ca: optional(filePath(), 'PEM file of the certificate authority of https:// targets, in place of the system’s own.'),
  preserveHost: withDefault(
    boolean(),
    DEFAULT_UPSTREAM.preserveHost,
    'true forwards the Host the client asked for; false sends the target’s own.',
  ),
  assertion: withDefault(
    boolean(),
    DEFAULT_UPSTREAM.assertion,
    'true adds a signed Sallyport-Assertion, by which the API can prove that the gateway was passed. It costs a signature per caller and minute.',
  ),
  openapi: optional(
    filePath(),
    'OpenAPI document of the API (2.0, 3.0, 3.1; YAML or JSON), as a file. Calls are held to it: see inspect.contract of routes.',
  ),
});

/** One upstream: exactly one of `url` and `targets`; HTTP/2 and `ca` need targets over TLS. */
export const upstream: Schema<UpstreamConfig> = refined(fields, (value, node, path, context) => {
  if (value.url !== undefined && value.targets !== undefined) {
    context.report(
      'SP015',
      entryNode(node, 'targets').position,
      [...path, 'targets'],
      'url and targets both say where the API is',
    );
    return INVALID;
  }
  const targets = value.targets ?? (value.url === undefined ? undefined : [value.url]);
  if (targets === undefined) {
    context.report(
      'SP011',
      node.position,
      [...path, 'url'],
      'the upstream needs the key "url" or "targets"',
      'add url: "http://127.0.0.1:3000"',
    );
    return INVALID;
  }
  const plain = targets.some((target) => target.startsWith('http:'));
  if (value.protocol === 'h2' && plain) {
    context.report(
      'SP056',
      entryNode(node, 'protocol').position,
      [...path, 'protocol'],
      'h2 needs TLS, and a target is http://',
    );
    return INVALID;
  }
  if (value.ca !== undefined && plain) {
    context.report('SP056', entryNode(node, 'ca').position, [...path, 'ca'], 'ca is for TLS, and a target is http://');
    return INVALID;
  }
  return {
    targets,
    protocol: value.protocol,
    timeoutSeconds: value.timeoutSeconds,
    connectTimeoutSeconds: value.connectTimeoutSeconds,
    connectionsMax: value.connectionsMax,
    caFile: value.ca,
    preserveHost: value.preserveHost,
    assertion: value.assertion,
    openapi: value.openapi === undefined ? undefined : { file: value.openapi, text: undefined, digest: '' },
    internal: false,
  };
});
