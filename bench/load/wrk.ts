import { runToEnd } from '../measure/processes.ts';

export interface WrkResult {
  readonly requests: number;
  readonly requestsPerSecond: number;
}

/** As many requests as the system takes over 32 kept-alive connections. Any answer but 2xx or 3xx fails the run. */
export async function wrk(
  url: string,
  options: { seconds: number; headers: readonly string[]; cpu: number | undefined },
): Promise<WrkResult> {
  const headers = options.headers.flatMap((header) => ['-H', header]);
  const output = await runToEnd('wrk', ['-t1', '-c32', `-d${options.seconds}s`, ...headers, url], options.cpu);
  return parseWrk(output);
}

export function parseWrk(output: string): WrkResult {
  const requests = /(\d+) requests in /.exec(output)?.[1];
  const perSecond = /Requests\/sec:\s+([\d.]+)/.exec(output)?.[1];
  if (requests === undefined || perSecond === undefined) throw new Error(`wrk said something unreadable:\n${output}`);
  const bad = /Non-2xx or 3xx responses: (\d+)/.exec(output) ?? /Socket errors: (.+)/.exec(output);
  if (bad !== null) throw new Error(`wrk did not get what was to be measured: ${bad[0]}`);
  return { requests: Number(requests), requestsPerSecond: Number(perSecond) };
}
