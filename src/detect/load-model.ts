import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Model } from './model.ts';

/** The model that ships with this version. Throws where it is missing or damaged: without it nothing may start that promises to inspect. */
export function loadModel(file: string | URL = new URL('./model.json', import.meta.url)): Model {
  const name = file instanceof URL ? fileURLToPath(file) : file;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new Error(`the model of the detector is missing: ${name}`);
  }
  try {
    return Model.parse(text);
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : 'it cannot be read'}: ${name}`);
  }
}
