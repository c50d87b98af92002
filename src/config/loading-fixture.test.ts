import { type LoadPorts, type LoadResult, loadConfigurationText } from './load.ts';

/** Ports without any file and without any variable. */
export const NO_PORTS: LoadPorts = { env: {}, readFile: missing, cwd: '/srv/gateway' };

/** A file that loads without a warning; tests change one thing of it. */
export const GOOD = `version: 1
mode: enforce
upstreams:
  orders: { url: "http://127.0.0.1:3000" }
authenticators:
  keys: { type: api-key, header: X-Api-Key }
routes:
  - id: read-order
    match: { host: API.example.com, path: "/orders/{orderId}", methods: [GET] }
    upstream: orders
    authenticate: { anyOf: [keys] }
    authorize: { scopes: ["orders:read"] }
    limits:
      - { per: consumer, rate: 100/1m, burst: 20 }
      - { per: [consumer, route], quota: 1000/1mo }
`;

export function load(text: string, ports: Partial<LoadPorts> = {}): LoadResult {
  return loadConfigurationText(text, 'sallyport.yaml', { ...NO_PORTS, ...ports });
}

/** Takes the mark ▲ out of a text and says where it stood. */
export function marked(text: string): { readonly text: string; readonly place: string } {
  const offset = text.indexOf('▲');
  const lines = text.slice(0, offset).split('\n');
  return { text: text.replace('▲', ''), place: `${lines.length}:${(lines.at(-1) ?? '').length + 1}` };
}

/** Every problem of a text as `code line:column path`, and as warnings where it loads. */
export function problemsOf(text: string, ports: Partial<LoadPorts> = {}): readonly string[] {
  const result = load(text, ports);
  const problems = result.ok ? result.warnings : result.diagnostics;
  return problems.map((problem) => `${problem.code} ${problem.line}:${problem.column} ${problem.path}`.trimEnd());
}

function missing(path: string): string {
  throw Object.assign(new Error(`no such file: ${path}`), { code: 'ENOENT' });
}
