import { lookup as dnsLookup, type LookupAddress } from 'node:dns';
import { readFileSync } from 'node:fs';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, request } from 'undici';
import { isPublicAddress } from '../http/public-address.ts';
import type { Fetch, OutboundAnswer } from '../ports.ts';

const CONNECTIONS_PER_HOST = 8;
const IDLE_MS = 10_000;
/** Authorities with connections of their own; beyond it those are closed and opened anew. */
const AUTHORITIES_MAX = 64;

/** Of an address that is not public, while only public ones are allowed. */
class PrivateAddress extends Error {}

/**
 * Requests of the gateway's own, to the servers of its configuration. Where only public addresses are allowed, what a name
 * resolves to is judged in the very look-up the connection is made by, so that no second answer of the DNS can differ.
 */
export function createFetch(): Fetch {
  const system = createAgents(undefined);
  const byAuthority = new Map<string, Agents>();
  const agentsOf = (caFile: string): Agents => {
    const known = byAuthority.get(caFile);
    if (known !== undefined) return known;
    const agents = createAgents(readAuthority(caFile));
    if (byAuthority.size >= AUTHORITIES_MAX) {
      for (const { open, guarded } of byAuthority.values()) void Promise.all([open.close(), guarded.close()]);
      byAuthority.clear();
    }
    byAuthority.set(caFile, agents);
    return agents;
  };
  return async ({ method, url, headers, body, timeoutMs, bytesMax, allowPrivateAddresses, caFile }) => {
    const { hostname } = new URL(url);
    const literal = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
    // An address in the URL itself is looked up by nobody.
    if (!allowPrivateAddresses && isIP(literal) !== 0 && !isPublicAddress(literal))
      throw new Error('its address is not public');
    const { open, guarded } = caFile === undefined ? system : agentsOf(caFile);
    // One deadline for all of it: connecting, waiting, reading.
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const answer = await request(url, {
        method,
        headers,
        body: body ?? null,
        signal,
        dispatcher: allowPrivateAddresses ? open : guarded,
      });
      return {
        status: answer.statusCode,
        headers: plainHeaders(answer.headers),
        body: await readBounded(answer.body, bytesMax),
      } satisfies OutboundAnswer;
    } catch (error) {
      throw new Error(explain(error, signal));
    }
  };
}

interface Agents {
  readonly open: Agent;
  readonly guarded: Agent;
}

function createAgents(ca: string | undefined): Agents {
  const shared = { connections: CONNECTIONS_PER_HOST, keepAliveTimeout: IDLE_MS, pipelining: 1 };
  // Said here, so that no variable of the environment can say otherwise.
  const verified = { rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }) };
  return {
    open: new Agent({ ...shared, connect: verified }),
    guarded: new Agent({ ...shared, connect: { ...verified, lookup: publicLookup } }),
  };
}

function readAuthority(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new Error('the file of its authority cannot be read');
  }
}

/** Answers only public addresses; none of them is a failure. */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  dnsLookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    if (error !== null) {
      callback(error, '', 0);
      return;
    }
    const publics = addresses.filter(({ address }) => isPublicAddress(address));
    const [first] = publics;
    if (first === undefined) callback(new PrivateAddress('its address is not public'), '', 0);
    else if (options.all === true) callback(null, publics);
    else callback(null, first.address, first.family);
  });
};

async function readBounded(
  body: AsyncIterable<Uint8Array> & { destroy(): unknown },
  bytesMax: number,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.length;
    if (bytes > bytesMax) {
      body.destroy();
      throw new RangeError('its answer is too long');
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces, bytes);
}

function plainHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) plain[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  return plain;
}

/** Names the kind of failure; the texts of libraries may hold addresses or parts of an answer. */
function explain(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'it did not answer in time';
  const causes: unknown[] = [error];
  for (let at = error; at instanceof Error && at.cause !== undefined && causes.length < 4; at = at.cause)
    causes.push(at.cause);
  for (const cause of causes) {
    if (cause instanceof PrivateAddress || cause instanceof RangeError) return cause.message;
    if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string')
      return `it could not be reached (${cause.code})`;
  }
  return 'it could not be reached';
}
