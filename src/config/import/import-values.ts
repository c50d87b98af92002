import { parseCidr } from '../../http/client-address.ts';

/** Addresses and blocks as the configuration takes them, or undefined where one of them is none. */
export function addressBlocks(values: readonly string[]): readonly string[] | undefined {
  const blocks: string[] = [];
  for (const value of values) {
    const block = value.includes('%') || value.includes('${') ? undefined : parseCidr(value);
    if (block === undefined) return undefined;
    const text = value.includes('/') ? value : `${value}/${block.prefixBits}`;
    if (!blocks.includes(text)) blocks.push(text);
  }
  return blocks.length > 1000 ? undefined : blocks;
}
