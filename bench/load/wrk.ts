import { runToEnd } from '../measure/processes.ts';

export interface WrkResult {
  readonly requests: number;
  readonly requestsPerSecond: number;
}

/**
 * As many requests as the system takes over 32 kept-alive connections. Any answer but 2xx or 3xx fails the run; with
 * `refusals` every answer has to be one. `script` is a Lua file that makes the requests.
 */
export async function wrk(
  url: string,
  options: {
    seconds: number;
    headers: readonly string[];
    cpu: number | undefined;
    script?: string;
    refusals?: boolean;
  },
): Promise<WrkResult> {
  const headers = options.headers.flatMap((header) => ['-H', header]);
  const script = options.script === undefined ? [] : ['-s', options.script];
  const output = await runToEnd(
    'wrk',
    ['-t1', '-c32', `-d${options.seconds}s`, ...headers, ...script, url],
    options.cpu,
  );
  return parseWrk(output, options.refusals ?? false);
}

export function parseWrk(output: string, refusals = false): WrkResult {
  const requests = /(\d+) requests in /.exec(output)?.[1];
  const perSecond = /Requests\/sec:\s+([\d.]+)/.exec(output)?.[1];
  if (requests === undefined || perSecond === undefined) throw new Error(`wrk said something unreadable:\n${output}`);
  const refused = Number(/Non-2xx or 3xx responses: (\d+)/.exec(output)?.[1] ?? 0);
  const bad = /Socket errors: (.+)/.exec(output);
  if (bad !== null) throw new Error(`wrk did not get what was to be measured: ${bad[0]}`);
  if (refused !== (refusals ? Number(requests) : 0))
    throw new Error(`wrk did not get what was to be measured: ${refused} of ${requests} answers were no 2xx`);
  return { requests: Number(requests), requestsPerSecond: Number(perSecond) };
}
