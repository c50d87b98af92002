import type { StoredHoldings } from '../config/lint-stored.ts';
import { type AdminClient, AdminUnreachable, runningClient } from './admin-client.ts';

const PAGE = 400;
/** Twenty thousand keys take seconds to be listed; whoever has more waits for calls, not for this. */
const PAGES_MAX = 50;

export interface HoldingsAnswer {
  readonly stored: StoredHoldings | undefined;
  /** What could not be asked, and why; each a sentence without its full stop. */
  readonly notAsked: readonly string[];
}

/**
 * Asks the gateway that is named, or else the one that runs on a data folder, for scopes of usable keys, groups and tiers of
 * consumers. Changes nothing.
 */
export async function askHoldings(
  folder: string,
  nowMs: number,
  named: () => Promise<AdminClient | undefined>,
): Promise<HoldingsAnswer> {
  let client: AdminClient | undefined;
  try {
    client = (await named()) ?? (await runningClient(folder));
    if (client === undefined)
      return {
        stored: undefined,
        notAsked: [`scopes of keys, groups and tiers of consumers: no gateway runs on ${folder}`],
      };
    const keys = await wholeList(client, '/api/v1/keys', 'status=active&');
    const consumers = await wholeList(client, '/api/v1/consumers', '');
    const usable = keys?.filter(({ expiresAtMs }) => expiresAtMs === 0 || Number(expiresAtMs) > nowMs);
    const bound = PAGE * PAGES_MAX;
    return {
      stored: {
        keyScopes: usable && new Set(usable.flatMap(({ scopes }) => texts(scopes))),
        groups: consumers && new Set(consumers.flatMap(({ groups }) => texts(groups))),
        tiers: consumers && new Set(consumers.map(({ tier }) => String(tier))),
      },
      notAsked: [
        ...(keys === undefined ? [`scopes of keys: there are more than ${bound}`] : []),
        ...(consumers === undefined ? [`groups and tiers of consumers: there are more than ${bound}`] : []),
      ],
    };
  } catch (error) {
    // A file is judged whether or not somebody can be asked about it.
    if (!(error instanceof AdminUnreachable)) throw error;
    return { stored: undefined, notAsked: [`scopes of keys, groups and tiers of consumers: ${error.message}`] };
  } finally {
    client?.close();
  }
}

/** Undefined where the list is longer than is read. */
async function wholeList(
  client: AdminClient,
  path: string,
  query: string,
): Promise<readonly Readonly<Record<string, unknown>>[] | undefined> {
  const items: Readonly<Record<string, unknown>>[] = [];
  let cursor = '';
  for (let pages = 0; pages < PAGES_MAX; pages++) {
    const { status, body } = await client.request('GET', `${path}?${query}limit=${PAGE}${cursor}`);
    if (status !== 200 || !Array.isArray(body['items']))
      throw new AdminUnreachable(`the running gateway answered ${status} to ${path}`, 'look into its log');
    items.push(...(body['items'] as Readonly<Record<string, unknown>>[]));
    if (typeof body['next'] !== 'string') return items;
    cursor = `&cursor=${encodeURIComponent(body['next'])}`;
  }
  return undefined;
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
