import { type CountryResponse, Reader } from 'maxmind';
import { parseAddress } from '../http/ip-address.ts';

/** The country of an address (ISO 3166-1, upper case), or undefined where the file does not know it. */
export type CountryOf = (address: string) => string | undefined;

export type CountriesReading =
  | { readonly ok: true; readonly countryOf: CountryOf }
  | { readonly ok: false; readonly problem: string };

/** Addresses and records whose country is remembered, per thread. */
const REMEMBERED_MAX = 8_192;
/** Between the search tree and the data (MaxMind DB format 2.0). */
const SEPARATOR_BYTES = 16;

/**
 * Reads a database of countries. Refuses one whose search tree leads out of the file. Does not check its records, which
 * are read as they are asked for: one that cannot be read is thrown then, and the rule could not be found out.
 */
export function readCountries(bytes: Uint8Array): CountriesReading {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let reader: Reader<CountryResponse>;
  try {
    reader = new Reader<CountryResponse>(file, { cache: new BoundedMemory() });
  } catch {
    return { ok: false, problem: 'it is no MMDB file' };
  }
  const problem = treeProblem(file, reader.metadata);
  if (problem !== undefined) return { ok: false, problem };
  const onlyIpv4 = reader.metadata.ipVersion === 4;
  const known = new BoundedMemory<string | undefined>();
  return {
    ok: true,
    countryOf: (address) => {
      if (known.has(address)) return known.get(address);
      const parsed = parseAddress(address);
      // The library would look the first bits of a longer address up in the tree of the shorter ones.
      const found = parsed === undefined || (onlyIpv4 && address.includes(':')) ? null : reader.get(address);
      const country = codeOf(found);
      known.set(address, country);
      return country;
    },
  };
}

/** Forgets everything when it is full: what is asked for again comes back. */
class BoundedMemory<T> extends Map<string | number, T> {
  override set(key: string | number, value: T): this {
    if (this.size >= REMEMBERED_MAX) this.clear();
    return super.set(key, value);
  }
}

interface TreeMetadata {
  readonly nodeCount: number;
  readonly recordSize: number;
  readonly nodeByteSize: number;
  readonly searchTreeSize: number;
}

function treeProblem(file: Buffer, metadata: TreeMetadata): string | undefined {
  const { nodeCount, recordSize, nodeByteSize, searchTreeSize } = metadata;
  if (!Number.isSafeInteger(nodeCount) || nodeCount < 1 || ![24, 28, 32].includes(recordSize))
    return 'its search tree is damaged';
  const dataBytes = file.length - searchTreeSize - SEPARATOR_BYTES;
  if (dataBytes <= 0) return 'it ends within its search tree';
  const recordMax = nodeCount + SEPARATOR_BYTES + dataBytes;
  for (let node = 0, at = 0; node < nodeCount; node++, at += nodeByteSize)
    if (leftOf(file, at, recordSize) >= recordMax || rightOf(file, at, recordSize) >= recordMax)
      return 'its search tree leads out of the file';
  return undefined;
}

function leftOf(file: Buffer, at: number, recordSize: number): number {
  if (recordSize === 24) return file.readUIntBE(at, 3);
  if (recordSize === 32) return file.readUInt32BE(at);
  return (file.readUInt8(at + 3) >> 4) * 0x1000000 + file.readUIntBE(at, 3);
}

function rightOf(file: Buffer, at: number, recordSize: number): number {
  if (recordSize === 24) return file.readUIntBE(at + 3, 3);
  if (recordSize === 32) return file.readUInt32BE(at + 4);
  return (file.readUInt8(at + 3) & 0xf) * 0x1000000 + file.readUIntBE(at + 4, 3);
}

/** `country.iso_code` of MaxMind and DB-IP, `country_code` and `country` of IPinfo. */
function codeOf(record: unknown): string | undefined {
  if (typeof record !== 'object' || record === null) return undefined;
  const { country, country_code: code } = record as Readonly<Record<string, unknown>>;
  const found =
    typeof country === 'object' && country !== null
      ? (country as Readonly<Record<string, unknown>>)['iso_code']
      : (code ?? country);
  return typeof found === 'string' && /^[A-Z]{2}$/.test(found) ? found : undefined;
}
