import { CONFIGURATION_SCHEMA } from './configuration-schema.ts';
import type { JsonSchema } from './schema-types.ts';

/**
 * The JSON Schema (2020-12) of `sallyport.yaml`, for completion and validation in editors.
 * Does not express rules over several keys or references between them; `sallyport check` does.
 */
export function configurationJsonSchema(): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Sallyport configuration',
    ...CONFIGURATION_SCHEMA.jsonSchema,
  };
}

/** The text of `schema/sallyport.schema.json`. */
export function configurationJsonSchemaText(): string {
  return `${JSON.stringify(configurationJsonSchema(), undefined, 2)}\n`;
}
