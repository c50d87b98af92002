import type { ContractPolicy } from '../core/configuration.ts';
import { DEFAULT_CONTRACT } from './defaults.ts';
import { object, withDefault } from './schema.ts';
import { refined, wordOrObject } from './schema-collections.ts';
import type { Schema } from './schema-types.ts';
import { boolean, word } from './schema-values.ts';

/** Of endpoints that stand in no document of a user. */
export const NO_CONTRACT: ContractPolicy = { ...DEFAULT_CONTRACT, request: 'off', response: 'off' };

/** `default`, `off`, or what is to be different. */
export const contract: Schema<ContractPolicy> = refined(
  wordOrObject(
    word(['default', 'off']),
    object({
      request: withDefault(
        word(['off', 'observe', 'enforce']),
        DEFAULT_CONTRACT.request,
        'Of calls. enforce refuses where the stage inspect enforces on the route; observe only records.',
      ),
      response: withDefault(
        word(['off', 'observe', 'enforce']),
        DEFAULT_CONTRACT.response,
        'Of answers. enforce holds every answer with a JSON or text body until it was judged, where the stage answer enforces.',
      ),
      unknownFields: withDefault(
        word(['deny', 'allow']),
        DEFAULT_CONTRACT.unknownFields,
        'Members of objects, query parameters and form fields the document does not name. What a schema says of additionalProperties holds in both.',
      ),
      undocumented: withDefault(
        word(['deny', 'allow']),
        DEFAULT_CONTRACT.undocumented,
        'Calls to paths and methods the document does not describe.',
      ),
      describe: withDefault(
        boolean(),
        DEFAULT_CONTRACT.describe,
        'true tells the caller where a refused call departs from the document and what is expected there, never a value.',
      ),
    }),
  ),
  (value) => (value === 'default' ? DEFAULT_CONTRACT : value === 'off' ? NO_CONTRACT : value),
);
