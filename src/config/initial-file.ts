import { CONFIGURATION_FIELDS } from './configuration-schema.ts';

export interface InitialFileOptions {
  /** Origin of the API, as `parseOrigin` gives it. */
  readonly upstreamUrl: string;
  /** Path of the JSON Schema as seen from the file, for editors. */
  readonly schemaPath?: string;
}

type TopLevelKey = keyof typeof CONFIGURATION_FIELDS;

/** A commented configuration for one API, with the meaning of each key from the schema. */
export function initialConfigurationText(options: InitialFileOptions): string {
  const lines: string[] = [];
  if (options.schemaPath !== undefined) lines.push(`# yaml-language-server: $schema=${options.schemaPath}`);
  lines.push(
    '# Configuration of Sallyport. `sallyport check` validates it; docs/configuration.md explains every key.',
    'version: 1',
    '',
  );
  section(lines, 'mode', ['mode: observe']);
  section(lines, 'listen', [
    'listen: { host: 127.0.0.1, port: 8080 }',
    '# With TLS: listen: { host: 0.0.0.0, port: 8443, tls: { cert: ./gateway.crt, key: ./gateway.key } }',
  ]);
  section(lines, 'admin', ['admin: { host: 127.0.0.1, port: 8081 }']);
  section(lines, 'trustedProxies', ['trustedProxies: []']);
  section(lines, 'store', ['store: { url: "file:./data" }']);
  section(lines, 'upstreams', [
    'upstreams:',
    `  default: { url: ${JSON.stringify(options.upstreamUrl)}, timeoutSeconds: 30 }`,
  ]);
  section(lines, 'authenticators', ['authenticators:', '  keys: { type: api-key, header: x-api-key }']);
  section(lines, 'routes', [
    'routes:',
    '  - id: everything',
    '    match: { path: "/*" }',
    '    upstream: default',
    '    authenticate: { anyOf: [keys] }',
    '    # What looks like an attack is recorded, and refused once the route enforces.',
    '    inspect: { payload: default }',
    '  # A narrower route wins over a wider one, wherever it stands:',
    '  # - id: read-order',
    '  #   match: { path: "/orders/{orderId}", methods: [GET] }',
    '  #   upstream: default',
    '  #   mode: enforce',
    '  #   authenticate: { anyOf: [keys] }',
    '  #   authorize: { scopes: ["orders:read"] }',
    '  #   limits:',
    '  #     - { per: consumer, rate: 100/1m, burst: 20 }',
    '  #     - { per: consumer, quota: 100000/1mo }',
    '  #   inspect: { maxBodyBytes: 1MiB }',
  ]);
  section(lines, 'unmatched', ['unmatched: deny']);
  section(lines, 'consumers', ['consumers: {}', '# consumers: { acme: { groups: [partners], tier: gold } }']);
  section(lines, 'events', ['events: { retainDays: 7, maxBytes: 5GiB }']);
  return `${lines.join('\n').trimEnd()}\n`;
}

function section(lines: string[], key: TopLevelKey, content: readonly string[]): void {
  lines.push(...wrapped(CONFIGURATION_FIELDS[key].description), ...content, '');
}

function wrapped(description: string): string[] {
  const lines: string[] = [];
  let line = '#';
  for (const part of description.split(' ')) {
    if (line.length + part.length + 1 > COMMENT_COLUMNS) {
      lines.push(line);
      line = '#';
    }
    line += ` ${part}`;
  }
  return [...lines, line];
}

const COMMENT_COLUMNS = 100;
