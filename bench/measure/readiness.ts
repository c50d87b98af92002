import http from 'node:http';
import type { Running } from './processes.ts';

export interface PlainAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** One GET on a connection of its own. */
export function get(port: number, path: string, headers: Record<string, string> = {}): Promise<PlainAnswer> {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', port, path, headers, agent: false, timeout: 5000 }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
      response.on('error', reject);
    });
    request.on('timeout', () => request.destroy(new Error(`no answer on port ${port} within 5 s`)));
    request.on('error', reject);
  });
}

/** Waits until the system answers `path` with `status`; throws with its own words where it ends or takes too long. */
export async function waitUntilReady(
  name: string,
  system: Running,
  port: number,
  path: string,
  status: number,
): Promise<void> {
  const until = performance.now() + 20_000;
  let last = 'nothing';
  while (performance.now() < until) {
    if (system.exited()) throw new Error(`${name} ended while starting:\n${system.output()}`);
    const seen = await get(port, path).then(
      (answer) => answer.status,
      (fault: Error) => fault.message,
    );
    if (seen === status) return;
    last = String(seen);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${name} was not ready within 20 s (last: ${last}):\n${system.output()}`);
}
