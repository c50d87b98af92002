import type { JwsAlgorithm } from '../../core/configuration.ts';
import { INVALID, type Schema } from '../schema-types.ts';
import { word } from '../schema-values.ts';

export const ASYMMETRIC_ALGORITHMS = [
  'Ed25519',
  'ES256',
  'ES384',
  'ES512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
] as const satisfies readonly JwsAlgorithm[];

const SYMMETRIC_ALGORITHMS = ['HS256', 'HS384', 'HS512'] as const satisfies readonly JwsAlgorithm[];

/** One signature algorithm. `none`, in any spelling, has a refusal of its own. */
export function signatureAlgorithm(): Schema<JwsAlgorithm> {
  return refusingNone(word([...ASYMMETRIC_ALGORITHMS, ...SYMMETRIC_ALGORITHMS]));
}

/** One signature algorithm with a public key. */
export function asymmetricAlgorithm(): Schema<JwsAlgorithm> {
  return refusingNone(word([...ASYMMETRIC_ALGORITHMS]));
}

function refusingNone(inner: Schema<JwsAlgorithm>): Schema<JwsAlgorithm> {
  return {
    ...inner,
    read(node, path, context) {
      if (node.kind === 'scalar' && typeof node.value === 'string' && node.value.toLowerCase() === 'none') {
        context.report('SP080', node.position, path, 'tokens without a signature prove nothing');
        return INVALID;
      }
      return inner.read(node, path, context);
    },
  };
}

export function isSymmetric(algorithm: JwsAlgorithm): boolean {
  return algorithm.startsWith('HS');
}
