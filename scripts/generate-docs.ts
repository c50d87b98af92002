/**
 * Writes the documents that are made from code: docs/reasons.md, docs/configuration.md, schema/sallyport.schema.json.
 * With --check nothing is written, and a document that is not what the code says ends in an error.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { configurationJsonSchemaText } from '../src/config/json-schema.ts';
import { configurationReference } from '../src/config/reference.ts';
import { reasonsDocument } from '../src/core/reasons-document.ts';

const documents: Readonly<Record<string, string>> = {
  'docs/reasons.md': reasonsDocument(),
  'docs/configuration.md': configurationReference(),
  'schema/sallyport.schema.json': configurationJsonSchemaText(),
};

const root = new URL('..', import.meta.url);
const check = process.argv.includes('--check');
for (const [name, text] of Object.entries(documents)) {
  const file = new URL(name, root);
  if (!check) writeFileSync(file, text);
  else if (readFileSync(file, 'utf8') !== text) {
    console.error(`${name} is not what the code says: run npm run docs`);
    process.exitCode = 1;
  }
}
