/** A small writer of MaxMind DB files (format 2.0): IPv4 or IPv6 networks, each in one country. */
export function mmdbOf(
  networks: Readonly<Record<string, string>>,
  { ipVersion = 6, recordSize = 24 }: { readonly ipVersion?: 4 | 6; readonly recordSize?: 24 | 28 | 32 } = {},
): Uint8Array {
  const nodes: [Slot, Slot][] = [[undefined, undefined]];
  const countries = [...new Set(Object.values(networks))];
  for (const [network, country] of Object.entries(networks)) {
    const bits = bitsOf(network, ipVersion);
    let node = 0;
    bits.forEach((bit, depth) => {
      const slots = nodes[node] ?? [undefined, undefined];
      if (depth === bits.length - 1) slots[bit] = { country };
      else if (typeof slots[bit] !== 'number') {
        nodes.push([undefined, undefined]);
        slots[bit] = nodes.length - 1;
      }
      const next = slots[bit];
      if (typeof next === 'number') node = next;
    });
  }
  const records = countries.map((code) => map({ country: map({ iso_code: text(code) }) }));
  const offsets = new Map<string, number>();
  let at = 0;
  countries.forEach((code, index) => {
    offsets.set(code, at);
    at += records[index]?.length ?? 0;
  });
  const recordOf = (slot: Slot): number =>
    slot === undefined
      ? nodes.length
      : typeof slot === 'number'
        ? slot
        : nodes.length + 16 + (offsets.get(slot.country) ?? 0);
  const tree = Buffer.concat(nodes.map(([left, right]) => nodeBytes(recordOf(left), recordOf(right), recordSize)));
  return Buffer.concat([
    tree,
    Buffer.alloc(16),
    ...records,
    Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'),
    map({
      node_count: uint(6, nodes.length),
      record_size: uint(5, recordSize),
      ip_version: uint(5, ipVersion),
      database_type: text('Test-Country'),
      languages: Buffer.from([0x00, 0x04]),
      binary_format_major_version: uint(5, 2),
      binary_format_minor_version: uint(5, 0),
      build_epoch: Buffer.concat([Buffer.from([0x04, 0x02]), Buffer.from([0x68, 0x00, 0x00, 0x00])]),
      description: map({}),
    }),
  ]);
}

type Slot = undefined | number | { readonly country: string };

function bitsOf(network: string, ipVersion: 4 | 6): (0 | 1)[] {
  const [address = '', length = ''] = network.split('/');
  const isV4 = address.includes('.');
  const bytes = isV4 ? address.split('.').map(Number) : v6Bytes(address);
  const padded = isV4 && ipVersion === 6 ? [...Array.from({ length: 12 }, () => 0), ...bytes] : bytes;
  const wanted = Number(length) + (isV4 && ipVersion === 6 ? 96 : 0);
  return padded
    .flatMap((byte) => Array.from({ length: 8 }, (_, bit) => ((byte >> (7 - bit)) & 1) as 0 | 1))
    .slice(0, wanted);
}

function v6Bytes(address: string): number[] {
  const [head = '', tail = ''] = address.split('::');
  const groups = (part: string): number[] => (part === '' ? [] : part.split(':').map((group) => parseInt(group, 16)));
  const zeros = 8 - groups(head).length - groups(tail).length;
  return [...groups(head), ...Array.from({ length: zeros }, () => 0), ...groups(tail)].flatMap((group) => [
    group >> 8,
    group & 0xff,
  ]);
}

function nodeBytes(left: number, right: number, recordSize: 24 | 28 | 32): Buffer {
  const bytes = Buffer.alloc(recordSize / 4);
  if (recordSize === 32) {
    bytes.writeUInt32BE(left, 0);
    bytes.writeUInt32BE(right, 4);
  } else if (recordSize === 24) {
    bytes.writeUIntBE(left, 0, 3);
    bytes.writeUIntBE(right, 3, 3);
  } else {
    bytes.writeUIntBE(left & 0xffffff, 0, 3);
    bytes.writeUInt8(((left >>> 24) << 4) | (right >>> 24), 3);
    bytes.writeUIntBE(right & 0xffffff, 4, 3);
  }
  return bytes;
}

function text(value: string): Buffer {
  return Buffer.concat([Buffer.from([0x40 | value.length]), Buffer.from(value)]);
}

function map(members: Readonly<Record<string, Buffer>>): Buffer {
  const entries = Object.entries(members);
  return Buffer.concat([
    Buffer.from([0xe0 | entries.length]),
    ...entries.flatMap(([name, value]) => [text(name), value]),
  ]);
}

/** Type 5: 16 bits, type 6: 32 bits. */
function uint(type: 5 | 6, value: number): Buffer {
  const bytes = Buffer.alloc(type === 5 ? 2 : 4);
  if (type === 5) bytes.writeUInt16BE(value);
  else bytes.writeUInt32BE(value);
  return Buffer.concat([Buffer.from([(type << 5) | bytes.length]), bytes]);
}
