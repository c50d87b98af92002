import { readCountries } from '../authz/countries.ts';
import type { Configuration } from '../core/configuration.ts';
import { errorCode } from './interpolation.ts';
import type { ReadContext } from './schema-types.ts';
import { positionOf, type SourceNode } from './source-tree.ts';

interface FileContext extends Pick<ReadContext, 'report'> {
  readBytes(path: string): Uint8Array;
}

/** Reads the file of countries, so that a missing or damaged one is found before it is needed. */
export function checkGeoFile({ geo }: Configuration, root: SourceNode, context: FileContext): void {
  if (geo === undefined) return;
  const path = ['geo', 'countries'];
  let bytes: Uint8Array;
  try {
    bytes = context.readBytes(geo.countriesFile);
  } catch (error) {
    context.report('SP140', positionOf(root, path), path, `the file cannot be read${errorCode(error)}`);
    return;
  }
  const read = readCountries(bytes);
  if (!read.ok) context.report('SP140', positionOf(root, path), path, `the file cannot be used: ${read.problem}`);
}
