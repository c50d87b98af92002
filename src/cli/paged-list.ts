import { reportRefusal, withAdmin } from './admin-client.ts';
import type { CommandArguments, CommandIo, ExitCode } from './command.ts';
import { EXIT_OK, printResult } from './output.ts';

const PAGE = 400;

/** Prints a list of the admin API whole, page after page. `path` is without query; `filter` goes into it. */
export function printWholeList(
  args: CommandArguments,
  io: CommandIo,
  path: string,
  textOf: (items: readonly Readonly<Record<string, unknown>>[]) => string,
  filter: Readonly<Record<string, string>> = {},
): Promise<ExitCode> {
  return withAdmin(args, io, async (client) => {
    const items: Record<string, unknown>[] = [];
    for (let cursor = ''; ; ) {
      const query = new URLSearchParams({ limit: String(PAGE), ...filter, ...(cursor === '' ? {} : { cursor }) });
      const reply = await client.request('GET', `${path}?${query}`);
      if (reply.status !== 200) return reportRefusal(io, reply);
      items.push(...(reply.body['items'] as Record<string, unknown>[]));
      if (typeof reply.body['next'] !== 'string') break;
      cursor = reply.body['next'];
    }
    printResult(io, { items }, () => textOf(items));
    return EXIT_OK;
  });
}
