import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { DIAGNOSTICS } from './diagnostic-catalogue.ts';
import { docsAnchor } from './diagnostics.ts';
import { configurationJsonSchema, configurationJsonSchemaText } from './json-schema.ts';
import { configurationReference } from './reference.ts';

const AGAIN = 'is not current: npm run docs writes it again';

test('schema/sallyport.schema.json is current', () => {
  const text = readFileSync(new URL('../../schema/sallyport.schema.json', import.meta.url), 'utf8');
  assert.ok(text === configurationJsonSchemaText(), `schema/sallyport.schema.json ${AGAIN}`);
});

test('docs/configuration.md is current', () => {
  const text = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
  assert.ok(text === configurationReference(), `docs/configuration.md ${AGAIN}`);
});

test('every diagnostic has the section its anchor points to', () => {
  const headings = new Set(
    [...configurationReference().matchAll(/^#+ (.+)$/gm)].map((match) => match[1]?.toLowerCase()),
  );
  for (const code of Object.keys(DIAGNOSTICS) as (keyof typeof DIAGNOSTICS)[]) {
    assert.ok(headings.has(docsAnchor(code).split('#')[1]), code);
  }
});

test('every key that can be given stands in the JSON Schema with a description, and no record is open', () => {
  let keys = 0;
  const visit = (schema: unknown): void => {
    if (Array.isArray(schema)) for (const item of schema) visit(item);
    if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return;
    const node = schema as Record<string, unknown>;
    if (node['type'] === 'object') assert.notEqual(node['additionalProperties'], undefined);
    const properties = node['properties'];
    if (typeof properties === 'object' && properties !== null) {
      for (const [name, property] of Object.entries(properties)) {
        keys++;
        assert.ok(String(Reflect.get(property, 'description')).length > 4, name);
      }
      for (const property of Object.values(properties)) visit(property);
    }
    for (const keyword of ['additionalProperties', 'items', 'anyOf', 'oneOf']) visit(node[keyword]);
  };
  visit(configurationJsonSchema());
  assert.ok(keys > 60, `${keys}`);
});

test('reserved keys stand in the reference, and not in the JSON Schema', () => {
  const reference = configurationReference();
  for (const key of ['decoys']) {
    assert.ok(reference.split('## Not available yet')[1]?.includes(`\`${key}\``), key);
  }
  assert.ok(!/"decoys"/.test(configurationJsonSchemaText()));
});
